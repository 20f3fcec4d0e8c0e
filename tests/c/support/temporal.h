/*
 * A server, started through the library, and calls to it: a real dev server, or the one inside of the process.
 *
 * TEMPORAL_CLI_PATH names the Temporal CLI, which is the dev server.
 */
#ifndef TESTS_C_TEMPORAL_H
#define TESTS_C_TEMPORAL_H

#include "messages.h"

struct temporal {
    uint64_t runtime, server, client;
};

/* Starts a dev server and connects to it. */
struct temporal temporal_start(void);

/* Stops the dev server, and frees the three handles. */
void temporal_stop(const struct temporal *temporal);

/* Creates an embedded server with a configuration in JSON, and connects to it. */
struct temporal temporal_embed(const char *config);

/* Frees the three handles of an embedded server. */
void temporal_embedded_free(const struct temporal *temporal);

/* A new worker of the server. */
uint64_t temporal_worker(const struct temporal *temporal, const char *task_queue, int task_types, int activity_slots);

/* Starts a workflow with one argument. The run's id; to be freed with free. */
char *start_workflow(uint64_t client, const char *workflow_id, const char *type, const char *task_queue,
                     const char *argument_json);

/* Waits for a workflow to complete; the JSON of its result, which lives until messages_free. */
const char *workflow_result(uint64_t client, const char *workflow_id);

/* The whole history of a workflow, encoded; to be freed. */
struct bytes workflow_history(uint64_t client, const char *workflow_id);

/* Calls a method of the workflow service; the encoded response, to be freed. */
struct bytes workflow_service(uint64_t client, const char *method, const ProtobufCMessage *request);

#endif

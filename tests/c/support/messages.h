/*
 * Protobuf messages: short names for the generated types that the programs use, encoding and decoding, and the few
 * pieces that most messages are made of.
 *
 * What is built here points at what it was given and at memory that lives until messages_free, so that a message is
 * put together without a word about ownership.
 */
#ifndef TESTS_C_MESSAGES_H
#define TESTS_C_MESSAGES_H

#include "bridge.h"
#include "temporal/api/history/v1/message.pb-c.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "temporal/sdk/core/core_interface.pb-c.h"

typedef Coresdk__WorkflowActivation__WorkflowActivation Activation;
typedef Coresdk__WorkflowActivation__WorkflowActivationJob ActivationJob;
typedef Coresdk__WorkflowActivation__RemoveFromCache RemoveFromCache;
typedef Coresdk__WorkflowCommands__WorkflowCommand Command;
typedef Coresdk__ActivityTask__ActivityTask ActivityTask;
typedef Temporal__Api__Common__V1__Payload Payload;
typedef Temporal__Api__History__V1__History History;
typedef Temporal__Api__History__V1__HistoryEvent HistoryEvent;

#define JOB(name) CORESDK__WORKFLOW_ACTIVATION__WORKFLOW_ACTIVATION_JOB__VARIANT_##name
#define EVICTION(name) CORESDK__WORKFLOW_ACTIVATION__REMOVE_FROM_CACHE__EVICTION_REASON__##name

/* The encoded message; to be freed. */
struct bytes encode(const ProtobufCMessage *message);

/* The decoded message, which must be well-formed; to be freed with protobuf_c_message_free_unpacked. */
void *decode(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t length);

Activation *decode_activation(const uint8_t *data, size_t length);
ActivityTask *decode_activity_task(const uint8_t *data, size_t length);
void message_free(void *message);

/* A payload with this JSON. */
Payload *payload(const char *json);

/* The JSON of a payload. */
const char *payload_json(const Payload *payload);

Google__Protobuf__Duration *milliseconds(int64_t value);

/* Commands of a workflow. */
Command *schedule_activity(uint32_t seq, const char *type, const char *task_queue, Payload *input);
Command *start_timer(uint32_t seq, int64_t timeout_ms);
Command *complete_workflow(Payload *result);

/* The completion of a run's activation with these commands, encoded; to be freed. */
struct bytes activation_completion(const char *run_id, Command **commands, size_t count);

/* The completion of an activity task, encoded; to be freed. `failure`: the activity failed with this message, and
   is to be * retried; NULL: it returned `result`. */
struct bytes activity_completion(const ActivityTask *task, Payload *result, const char *failure);

/* The heartbeat of an activity, encoded; to be freed. */
struct bytes activity_heartbeat(const ActivityTask *task, Payload *details);

/* Why an activation tells to forget its run; -1 if it does not. */
int eviction_reason(const Activation *activation);

/* Frees what this thread has built so far. */
void messages_free(void);

#endif

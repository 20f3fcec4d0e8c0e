/*
 * A server that takes connections and never answers: what is asked of it stays under way until it is cancelled.
 */
#ifndef TESTS_C_SILENT_SERVER_H
#define TESTS_C_SILENT_SERVER_H

#include <stdint.h>

struct silent_server {
    int socket;
    char target[32]; /* http://host:port */
};

struct silent_server silent_server_start(void);
void silent_server_stop(struct silent_server *server);

/* A client that is connected to the server, as far as it can tell. */
uint64_t silent_client(uint64_t runtime, const struct silent_server *server);

/* Submits a call that only ends when it is cancelled, or nothing is left to run it. As temporal_bun_client_call. */
uint64_t endless_call(uint64_t client, uint64_t queue, uint64_t tag);

#endif

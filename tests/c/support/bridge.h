/*
 * What every program does with the library: expecting success or one exact error, waiting for pending calls, reading
 * a queue's records, and making the objects that most tests need.
 */
#ifndef TESTS_C_BRIDGE_H
#define TESTS_C_BRIDGE_H

#include "check.h"
#include "temporal_bun_bridge.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Longer than anything here takes, also under valgrind on a busy machine: running into it is a failure. */
enum { PATIENCE_MS = 60000 };

/* Bytes on the heap, to be freed with bytes_free. */
struct bytes {
    uint8_t *data;
    size_t length;
};

void bytes_free(struct bytes bytes);

/* A call that returns a temporal_bun_code succeeds. */
#define OK(call) expect_ok(__FILE__, __LINE__, #call, (call))

/* A call fails with this code, and leaves a well-formed error with the thread. Three kinds of results: */
#define FAILS(code, call) expect_error(__FILE__, __LINE__, #call, (call), (code))
#define FAILS_SIZE(code, call) expect_error(__FILE__, __LINE__, #call, -(call), (code))
#define FAILS_HANDLE(code, call) expect_no_handle(__FILE__, __LINE__, #call, (call), (code))

/* This thread's last error has this text among its details. */
#define ERROR_DETAIL(key, expected) expect_detail(__FILE__, __LINE__, (key), (expected))

/* This thread's last error has this whole number among its details. */
#define ERROR_DETAIL_INT(key, expected) expect_detail_int(__FILE__, __LINE__, (key), (expected))

/* A call that returns a handle succeeds; gives the handle. */
#define HANDLE(call) expect_handle(__FILE__, __LINE__, #call, (call))

/* The pending call succeeds with bytes, which are taken; its handle is freed. */
#define RESULT(call) pending_bytes(__FILE__, __LINE__, #call, (call))

/* The pending call succeeds with empty bytes; its handle is freed. */
#define DONE(call) pending_done(__FILE__, __LINE__, #call, (call))

/* The pending call succeeds with a handle, which is taken; its own handle is freed. */
#define RESULT_HANDLE(call) pending_handle(__FILE__, __LINE__, #call, (call))

/* The call was submitted, and fails with this code; its handle is freed. */
#define FAILS_LATER(code, call) pending_fails(__FILE__, __LINE__, #call, (call), (code))

void expect_ok(const char *file, int line, const char *call, int64_t code);
void expect_error(const char *file, int line, const char *call, int64_t code, int64_t expected);
void expect_no_handle(const char *file, int line, const char *call, uint64_t handle, int64_t expected);
void expect_detail(const char *file, int line, const char *key, const char *expected);
void expect_detail_int(const char *file, int line, const char *key, int64_t expected);
uint64_t expect_handle(const char *file, int line, const char *call, uint64_t handle);
struct bytes pending_bytes(const char *file, int line, const char *call, uint64_t pending);
void pending_done(const char *file, int line, const char *call, uint64_t pending);
uint64_t pending_handle(const char *file, int line, const char *call, uint64_t pending);
void pending_fails(const char *file, int line, const char *call, uint64_t pending, int64_t expected);

/* An error's JSON is whole: this code by name, a message, details. */
void expect_error_json(const char *file, int line, const uint8_t *json, size_t length, int64_t expected);

/* A record of a completion queue. */
enum record_kind { RECORD_BYTES, RECORD_ERROR, RECORD_HANDLE, RECORD_END };

struct record {
    uint64_t tag;
    uint32_t kind;
    uint32_t length;
    const uint8_t *payload; /* valid until the next call of the same inbox */
};

/* Reads one record at a time from a queue. Starts as { .queue = … }; ends with inbox_free, which leaves the queue
   open. */
struct inbox {
    uint64_t queue;
    uint8_t *drained;
    size_t capacity, length, position;
};

/* The next record; waits for it. */
struct record inbox_next(struct inbox *inbox);
/* The next record if there is one; false if not. Does not wait. */
int inbox_poll(struct inbox *inbox, struct record *record);
void inbox_free(struct inbox *inbox);
/* The handle in a record of that kind. */
uint64_t record_handle(const struct record *record);
/* How long a record with such a payload is. */
size_t record_size(size_t payload_length);

/* JSON from jansson's json_pack format. To be freed with free. */
char *json_text(const char *format, ...);

/* The library's functions take text as bytes and length: TEXT(string) gives both. */
#define TEXT(string) (const uint8_t *)(string), strlen(string)

/* How many descriptors this process has open. */
int open_descriptors(void);

uint64_t new_runtime(void);
/* A client's configuration. To be freed with free. */
char *client_config(const char *target);
/* A client's configuration that asks nothing of the server while it connects. To be freed with free. */
char *hasty_client_config(const char *target);

enum task_types { WORKFLOWS = 1, ACTIVITIES = 2 };

/* A worker's configuration. To be freed with free. */
char *worker_config(const char *task_queue, int task_types, int activity_slots);

#endif

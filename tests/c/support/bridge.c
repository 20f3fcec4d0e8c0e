#include "bridge.h"

#include <dirent.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The names of the codes, from docs/ffi-surface.md. */
static const char *const code_names[] = {
    [TEMPORAL_BUN_CODE_OK] = "ok",
    [TEMPORAL_BUN_CODE_INVALID_ARGUMENT] = "invalid_argument",
    [TEMPORAL_BUN_CODE_INVALID_HANDLE] = "invalid_handle",
    [TEMPORAL_BUN_CODE_WRONG_HANDLE_KIND] = "wrong_handle_kind",
    [TEMPORAL_BUN_CODE_INVALID_CONFIG] = "invalid_config",
    [TEMPORAL_BUN_CODE_INVALID_PROTOBUF] = "invalid_protobuf",
    [TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL] = "buffer_too_small",
    [TEMPORAL_BUN_CODE_NOT_READY] = "not_ready",
    [TEMPORAL_BUN_CODE_ALREADY_TAKEN] = "already_taken",
    [TEMPORAL_BUN_CODE_CANCELLED] = "cancelled",
    [TEMPORAL_BUN_CODE_CLOSED] = "closed",
    [TEMPORAL_BUN_CODE_FAILED_PRECONDITION] = "failed_precondition",
    [TEMPORAL_BUN_CODE_SHUT_DOWN] = "shut_down",
    [TEMPORAL_BUN_CODE_CONNECT_FAILED] = "connect_failed",
    [TEMPORAL_BUN_CODE_RPC_FAILED] = "rpc_failed",
    [TEMPORAL_BUN_CODE_WORKER_FAILED] = "worker_failed",
    [TEMPORAL_BUN_CODE_SERVER_FAILED] = "server_failed",
    [TEMPORAL_BUN_CODE_INTERNAL] = "internal",
};

void bytes_free(struct bytes bytes)
{
    free(bytes.data);
}

/* This thread's last error as text; to be freed. */
static char *last_error(void)
{
    int64_t length = temporal_bun_last_error(NULL, 0);
    char *text = calloc((size_t)length + 1, 1);
    CHECK(text != NULL);
    CHECK_INT(temporal_bun_last_error((uint8_t *)text, (size_t)length), length);
    return text;
}

static json_t *last_error_detail(const char *file, int line, const char *key)
{
    char *text = last_error();
    json_t *error = json_loads(text, 0, NULL);
    json_t *detail = json_object_get(json_object_get(error, "details"), key);
    if (detail == NULL) {
        check_failed(file, line, "no %s in %s", key, text);
    }
    json_incref(detail);
    json_decref(error);
    free(text);
    return detail;
}

void expect_ok(const char *file, int line, const char *call, int64_t code)
{
    if (code != TEMPORAL_BUN_CODE_OK) {
        check_failed(file, line, "%s gave %lld: %s", call, (long long)code, last_error());
    }
}

void expect_error_json(const char *file, int line, const uint8_t *text, size_t length, int64_t expected)
{
    json_error_t problem;
    json_t *error = json_loadb((const char *)text, length, JSON_ALLOW_NUL, &problem);
    const char *code, *message;
    json_t *details;
    if (error == NULL ||
        json_unpack_ex(error, &problem, JSON_STRICT, "{s:s, s:s, s:o}", "code", &code, "message", &message, "details",
                       &details) != 0) {
        check_failed(file, line, "a malformed error (%s): %.*s", problem.text, (int)length, (const char *)text);
    }
    if (strcmp(code, code_names[expected]) != 0 || *message == '\0' || !json_is_object(details)) {
        check_failed(file, line, "expected %s, got %.*s", code_names[expected], (int)length, (const char *)text);
    }
    json_decref(error);
}

static void expect_last_error(const char *file, int line, int64_t expected)
{
    char *text = last_error();
    expect_error_json(file, line, (const uint8_t *)text, strlen(text), expected);
    check_int(file, line, "temporal_bun_last_error_code()", temporal_bun_last_error_code(), expected);
    free(text);
}

void expect_error(const char *file, int line, const char *call, int64_t code, int64_t expected)
{
    if (code != expected) {
        check_failed(file, line, "%s gave %lld, not %s (the last error is %s)", call, (long long)code,
                     code_names[expected], last_error());
    }
    expect_last_error(file, line, expected);
}

void expect_no_handle(const char *file, int line, const char *call, uint64_t handle, int64_t expected)
{
    if (handle != 0) {
        check_failed(file, line, "%s gave a handle, not %s", call, code_names[expected]);
    }
    expect_last_error(file, line, expected);
}

void expect_detail(const char *file, int line, const char *key, const char *expected)
{
    json_t *detail = last_error_detail(file, line, key);
    check_text(file, line, key, json_string_value(detail), expected);
    json_decref(detail);
}

void expect_detail_int(const char *file, int line, const char *key, int64_t expected)
{
    json_t *detail = last_error_detail(file, line, key);
    if (!json_is_integer(detail)) {
        check_failed(file, line, "%s is not a whole number", key);
    }
    check_int(file, line, key, json_integer_value(detail), expected);
    json_decref(detail);
}

uint64_t expect_handle(const char *file, int line, const char *call, uint64_t handle)
{
    if (handle == 0) {
        check_failed(file, line, "%s gave no handle: %s", call, last_error());
    }
    return handle;
}

static void expect_ready(const char *file, int line, const char *call, uint64_t pending)
{
    expect_handle(file, line, call, pending);
    int progress = temporal_bun_pending_wait(pending, PATIENCE_MS);
    if (progress == 2) {
        (void)temporal_bun_pending_result_size(pending);
        check_failed(file, line, "%s failed: %s", call, last_error());
    }
    check_int(file, line, call, progress, 1);
}

struct bytes pending_bytes(const char *file, int line, const char *call, uint64_t pending)
{
    expect_ready(file, line, call, pending);
    int64_t length = temporal_bun_pending_result_size(pending);
    /* One byte more, so that an empty result has an address too. */
    struct bytes bytes = {malloc((size_t)length + 1), (size_t)length};
    CHECK(bytes.data != NULL);
    check_int(file, line, call, temporal_bun_pending_take(pending, bytes.data, bytes.length), length);
    expect_ok(file, line, call, temporal_bun_pending_free(pending));
    return bytes;
}

void pending_done(const char *file, int line, const char *call, uint64_t pending)
{
    struct bytes bytes = pending_bytes(file, line, call, pending);
    check_int(file, line, call, (int64_t)bytes.length, 0);
    bytes_free(bytes);
}

uint64_t pending_handle(const char *file, int line, const char *call, uint64_t pending)
{
    expect_ready(file, line, call, pending);
    uint64_t handle = expect_handle(file, line, call, temporal_bun_pending_take_handle(pending));
    expect_ok(file, line, call, temporal_bun_pending_free(pending));
    return handle;
}

void pending_fails(const char *file, int line, const char *call, uint64_t pending, int64_t expected)
{
    expect_handle(file, line, call, pending);
    check_int(file, line, call, temporal_bun_pending_wait(pending, PATIENCE_MS), 2);
    expect_error(file, line, call, -temporal_bun_pending_take(pending, NULL, 0), expected);
    expect_ok(file, line, call, temporal_bun_pending_free(pending));
}

size_t record_size(size_t payload_length)
{
    return 16 + (payload_length + 7) / 8 * 8;
}

static uint64_t little_endian(const uint8_t *bytes, int length)
{
    uint64_t value = 0;
    for (int i = length - 1; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

int inbox_poll(struct inbox *inbox, struct record *record)
{
    if (inbox->position == inbox->length) {
        int64_t ready = temporal_bun_queue_ready_bytes(inbox->queue);
        CHECK(ready >= 0);
        if (ready == 0) {
            return 0;
        }
        if ((size_t)ready > inbox->capacity) {
            inbox->capacity = (size_t)ready;
            inbox->drained = realloc(inbox->drained, inbox->capacity);
            CHECK(inbox->drained != NULL);
        }
        int64_t drained = temporal_bun_queue_drain(inbox->queue, inbox->drained, inbox->capacity);
        CHECK(drained > 0);
        inbox->length = (size_t)drained;
        inbox->position = 0;
    }
    const uint8_t *bytes = inbox->drained + inbox->position;
    *record = (struct record){
        .tag = little_endian(bytes, 8),
        .kind = (uint32_t)little_endian(bytes + 8, 4) & ~TEMPORAL_BUN_RECORD_MORE,
        .length = (uint32_t)little_endian(bytes + 12, 4),
        .payload = bytes + 16,
    };
    inbox->position += record_size(record->length);
    CHECK(inbox->position <= inbox->length);
    return 1;
}

struct record inbox_next(struct inbox *inbox)
{
    struct record record;
    while (!inbox_poll(inbox, &record)) {
        int waited = temporal_bun_queue_wait(inbox->queue, PATIENCE_MS);
        if (waited < 0) {
            check_failed(__FILE__, __LINE__, "waiting for a record: %s", last_error());
        }
        CHECK_INT(waited, 1);
    }
    return record;
}

void inbox_free(struct inbox *inbox)
{
    free(inbox->drained);
}

uint64_t record_handle(const struct record *record)
{
    CHECK_INT(record->kind, RECORD_HANDLE);
    CHECK_INT(record->length, 8);
    return little_endian(record->payload, 8);
}

char *json_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    json_error_t problem;
    json_t *value = json_vpack_ex(&problem, 0, format, arguments);
    va_end(arguments);
    if (value == NULL) {
        check_failed(__FILE__, __LINE__, "json_text(\"%s\"): %s", format, problem.text);
    }
    char *text = json_dumps(value, JSON_COMPACT);
    CHECK(text != NULL);
    json_decref(value);
    return text;
}

int open_descriptors(void)
{
    /* Neither the two points nor the descriptor of the list itself. */
    int count = -3;
    DIR *list = opendir("/proc/self/fd");
    CHECK(list != NULL);
    while (readdir(list) != NULL) {
        count++;
    }
    closedir(list);
    return count;
}

uint64_t new_runtime(void)
{
    return HANDLE(temporal_bun_runtime_new(TEXT("{\"workerThreads\":2}")));
}

char *client_config(const char *target)
{
    return json_text("{s:s, s:s, s:s, s:s}", "target", target, "clientName", "tests-c", "clientVersion", "1",
                     "identity", "c-harness");
}

char *hasty_client_config(const char *target)
{
    return json_text("{s:s, s:s, s:s, s:s, s:b, s:n, s:n}", "target", target, "clientName", "tests-c",
                     "clientVersion", "1", "identity", "c-harness", "skipGetSystemInfo", 1, "keepAlive",
                     "dnsLoadBalancing");
}

char *worker_config(const char *task_queue, int task_types, int activity_slots)
{
    int workflows = (task_types & WORKFLOWS) != 0, activities = (task_types & ACTIVITIES) != 0;
    return json_text("{s:s, s:s, s:{s:b, s:b, s:b, s:b}, s:{s:s, s:s}, s:i,"
                     " s:{s:{s:s, s:i}, s:{s:s, s:i}, s:{s:s, s:i}, s:{s:s, s:i}}}",
                     "namespace", "default", "taskQueue", task_queue,
                     "taskTypes", "workflows", workflows, "localActivities", 0, "activities", activities, "nexus", 0,
                     "versioning", "type", "none", "buildId", "c-harness",
                     "maxCachedWorkflows", 100,
                     "tuner", "workflow", "type", "fixed", "slots", 10, "activity", "type", "fixed", "slots",
                     activity_slots, "localActivity", "type", "fixed", "slots", 2, "nexus", "type", "fixed",
                     "slots", 2);
}

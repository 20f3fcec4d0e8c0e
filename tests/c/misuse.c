/*
 * What a caller can do wrong. Each misuse gives its error code, with a well-formed error, and nothing is lost: the
 * objects that are misused here go on to work.
 */
#include "support/replay_worker.h"
#include "support/silent_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ANY_METHOD "temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo"

#define A_MESSAGE "coresdk.ActivityTaskCompletion"

/* One living object of each kind that needs no real server. */
static struct silent_server server;
static uint64_t runtime, client, worker, replay, metric, queue, pending;
static uint8_t room[64];

/* -- Handles: every function, with every handle that is not the one it needs. -- */

/* A function's code, whatever it returns: a code, a size or state, a handle. */
static int64_t of_handle(uint64_t handle)
{
    return handle == 0 ? temporal_bun_last_error_code() : TEMPORAL_BUN_CODE_OK;
}

#define CODE(name, call) static int64_t name(uint64_t h) { return (call); }
#define SIZE(name, call) static int64_t name(uint64_t h) { int64_t size = (call); return size < 0 ? -size : 0; }
#define MAKES(name, call) static int64_t name(uint64_t h) { return of_handle(call); }

/* clang-format off */
SIZE(queue_ready_bytes, temporal_bun_queue_ready_bytes(h))
SIZE(queue_drain, temporal_bun_queue_drain(h, room, sizeof room))
SIZE(queue_wait, temporal_bun_queue_wait(h, 0))
SIZE(queue_fd, temporal_bun_queue_fd(h))
SIZE(queue_fd_dup, temporal_bun_queue_fd_dup(h))
CODE(queue_post, temporal_bun_queue_post(h, 1, NULL, 0))
CODE(queue_close, temporal_bun_queue_close(h))
SIZE(pending_poll, temporal_bun_pending_poll(h))
SIZE(pending_wait, temporal_bun_pending_wait(h, -1))
SIZE(pending_result_size, temporal_bun_pending_result_size(h))
SIZE(pending_take, temporal_bun_pending_take(h, room, sizeof room))
MAKES(pending_take_handle, temporal_bun_pending_take_handle(h))
CODE(pending_cancel, temporal_bun_pending_cancel(h))
CODE(pending_free, temporal_bun_pending_free(h))
CODE(runtime_attach_log_queue, temporal_bun_runtime_attach_log_queue(h, queue, 1))
CODE(runtime_attach_log_queue_queue, temporal_bun_runtime_attach_log_queue(runtime, h, 1))
SIZE(runtime_metrics_bytes, temporal_bun_runtime_metrics_bytes(h))
SIZE(runtime_take_metrics, temporal_bun_runtime_take_metrics(h, room, sizeof room))
CODE(runtime_free, temporal_bun_runtime_free(h))
MAKES(metric_new, temporal_bun_metric_new(h, TEXT("{}")))
MAKES(metric_with_attributes, temporal_bun_metric_with_attributes(h, TEXT("{}")))
CODE(metric_record, temporal_bun_metric_record(h, 1))
CODE(metric_free, temporal_bun_metric_free(h))
MAKES(client_connect, temporal_bun_client_connect(h, TEXT("{}"), 0, 0))
MAKES(client_call, temporal_bun_client_call(h, TEXT(ANY_METHOD), NULL, 0, NULL, 0, 0, 0))
MAKES(client_call_queue, temporal_bun_client_call(client, TEXT(ANY_METHOD), NULL, 0, NULL, 0, h, 1))
CODE(client_update_metadata, temporal_bun_client_update_metadata(h, TEXT("{}")))
CODE(client_update_api_key, temporal_bun_client_update_api_key(h, NULL, 0))
CODE(client_free, temporal_bun_client_free(h))
CODE(service_call_answer, temporal_bun_service_call_answer(h, NULL, 0, NULL, 0))
MAKES(slot_supplier_new, temporal_bun_slot_supplier_new(h, 1))
CODE(slot_supplier_answer, temporal_bun_slot_supplier_answer(h, 1, 1))
CODE(slot_supplier_free, temporal_bun_slot_supplier_free(h))
MAKES(worker_new, temporal_bun_worker_new(h, client, TEXT("{}")))
MAKES(worker_new_client, temporal_bun_worker_new(runtime, h, TEXT("{}")))
MAKES(worker_validate, temporal_bun_worker_validate(h, 0, 0))
MAKES(worker_validate_queue, temporal_bun_worker_validate(worker, h, 1))
CODE(attach_workflow_queue, temporal_bun_worker_attach_workflow_queue(h, queue, 1))
CODE(attach_workflow_queue_queue, temporal_bun_worker_attach_workflow_queue(worker, h, 1))
CODE(attach_activity_queue, temporal_bun_worker_attach_activity_queue(h, queue, 1))
CODE(attach_activity_queue_queue, temporal_bun_worker_attach_activity_queue(worker, h, 1))
CODE(attach_nexus_queue, temporal_bun_worker_attach_nexus_queue(h, queue, 1))
CODE(attach_nexus_queue_queue, temporal_bun_worker_attach_nexus_queue(worker, h, 1))
MAKES(poll_workflow_task, temporal_bun_worker_poll_workflow_task(h, 0, 0))
MAKES(poll_workflow_task_queue, temporal_bun_worker_poll_workflow_task(replay, h, 1))
MAKES(poll_activity_task, temporal_bun_worker_poll_activity_task(h, 0, 0))
MAKES(poll_activity_task_queue, temporal_bun_worker_poll_activity_task(worker, h, 1))
MAKES(poll_nexus_task, temporal_bun_worker_poll_nexus_task(h, 0, 0))
MAKES(poll_nexus_task_queue, temporal_bun_worker_poll_nexus_task(worker, h, 1))
MAKES(complete_workflow_task, temporal_bun_worker_complete_workflow_task(h, NULL, 0, 0, 0))
MAKES(complete_workflow_task_queue, temporal_bun_worker_complete_workflow_task(replay, NULL, 0, h, 1))
MAKES(complete_activity_task, temporal_bun_worker_complete_activity_task(h, NULL, 0, 0, 0))
MAKES(complete_activity_task_queue, temporal_bun_worker_complete_activity_task(worker, NULL, 0, h, 1))
MAKES(complete_nexus_task, temporal_bun_worker_complete_nexus_task(h, NULL, 0, 0, 0))
MAKES(complete_nexus_task_queue, temporal_bun_worker_complete_nexus_task(worker, NULL, 0, h, 1))
CODE(record_activity_heartbeat, temporal_bun_worker_record_activity_heartbeat(h, NULL, 0))
CODE(request_workflow_eviction, temporal_bun_worker_request_workflow_eviction(h, TEXT("run")))
CODE(replace_client, temporal_bun_worker_replace_client(h, client))
CODE(replace_client_client, temporal_bun_worker_replace_client(worker, h))
CODE(initiate_shutdown, temporal_bun_worker_initiate_shutdown(h))
MAKES(finalize_shutdown, temporal_bun_worker_finalize_shutdown(h, 0, 0))
MAKES(finalize_shutdown_queue, temporal_bun_worker_finalize_shutdown(worker, h, 1))
CODE(worker_free, temporal_bun_worker_free(h))
MAKES(replay_worker_new, temporal_bun_replay_worker_new(h, TEXT("{}")))
MAKES(push_history, temporal_bun_replay_worker_push_history(h, TEXT("id"), NULL, 0, 0, 0))
MAKES(push_history_queue, temporal_bun_replay_worker_push_history(replay, TEXT("id"), NULL, 0, h, 1))
MAKES(push_history_json, temporal_bun_replay_worker_push_history_json(h, TEXT("id"), NULL, 0, 0, 0))
MAKES(push_history_json_queue, temporal_bun_replay_worker_push_history_json(replay, TEXT("id"), NULL, 0, h, 1))
CODE(end_input, temporal_bun_replay_worker_end_input(h))
MAKES(dev_server_start, temporal_bun_dev_server_start(h, TEXT("{}"), 0, 0))
MAKES(test_server_start, temporal_bun_test_server_start(h, TEXT("{}"), 0, 0))
SIZE(server_target, temporal_bun_server_target(h, room, sizeof room))
MAKES(server_stop, temporal_bun_server_stop(h, 0, 0))
CODE(server_free, temporal_bun_server_free(h))
MAKES(embedded_server_new, temporal_bun_embedded_server_new(h, NULL, 0))
SIZE(embedded_server_schedule, temporal_bun_embedded_server_schedule(h, room, sizeof room))
CODE(embedded_server_free, temporal_bun_embedded_server_free(h))

#define ENTRY(kind, function) {kind, #function, function, 0}
#define DESTINATION(function) {"queue", #function, function, 1}
static const struct {
    const char *kind, *name;
    int64_t (*call)(uint64_t handle);
    int zero_is_none;
} functions[] = {
    ENTRY("queue", queue_ready_bytes), ENTRY("queue", queue_drain), ENTRY("queue", queue_wait),
    ENTRY("queue", queue_fd), ENTRY("queue", queue_fd_dup), ENTRY("queue", queue_post), ENTRY("queue", queue_close),
    ENTRY("pending", pending_poll), ENTRY("pending", pending_wait), ENTRY("pending", pending_result_size),
    ENTRY("pending", pending_take), ENTRY("pending", pending_take_handle), ENTRY("pending", pending_cancel),
    ENTRY("pending", pending_free),
    ENTRY("runtime", runtime_attach_log_queue), ENTRY("queue", runtime_attach_log_queue_queue),
    ENTRY("runtime", runtime_metrics_bytes), ENTRY("runtime", runtime_take_metrics), ENTRY("runtime", runtime_free),
    ENTRY("runtime", metric_new), ENTRY("metric", metric_with_attributes), ENTRY("metric", metric_record),
    ENTRY("metric", metric_free),
    ENTRY("runtime", client_connect), ENTRY("client", client_call), DESTINATION(client_call_queue),
    ENTRY("client", client_update_metadata), ENTRY("client", client_update_api_key), ENTRY("client", client_free),
    ENTRY("service call", service_call_answer),
    ENTRY("queue", slot_supplier_new), ENTRY("slot supplier", slot_supplier_answer),
    ENTRY("slot supplier", slot_supplier_free),
    ENTRY("runtime", worker_new), ENTRY("client", worker_new_client),
    ENTRY("worker", worker_validate), DESTINATION(worker_validate_queue),
    ENTRY("worker", attach_workflow_queue), ENTRY("queue", attach_workflow_queue_queue),
    ENTRY("worker", attach_activity_queue), ENTRY("queue", attach_activity_queue_queue),
    ENTRY("worker", attach_nexus_queue), ENTRY("queue", attach_nexus_queue_queue),
    ENTRY("worker", poll_workflow_task), DESTINATION(poll_workflow_task_queue),
    ENTRY("worker", poll_activity_task), DESTINATION(poll_activity_task_queue),
    ENTRY("worker", poll_nexus_task), DESTINATION(poll_nexus_task_queue),
    ENTRY("worker", complete_workflow_task), DESTINATION(complete_workflow_task_queue),
    ENTRY("worker", complete_activity_task), DESTINATION(complete_activity_task_queue),
    ENTRY("worker", complete_nexus_task), DESTINATION(complete_nexus_task_queue),
    ENTRY("worker", record_activity_heartbeat), ENTRY("worker", request_workflow_eviction),
    ENTRY("worker", replace_client), ENTRY("client", replace_client_client),
    ENTRY("worker", initiate_shutdown), ENTRY("worker", finalize_shutdown), DESTINATION(finalize_shutdown_queue),
    ENTRY("worker", worker_free),
    ENTRY("runtime", replay_worker_new), ENTRY("worker", push_history), DESTINATION(push_history_queue),
    ENTRY("worker", push_history_json), DESTINATION(push_history_json_queue), ENTRY("worker", end_input),
    ENTRY("runtime", dev_server_start), ENTRY("runtime", test_server_start), ENTRY("server", server_target),
    ENTRY("server", server_stop), ENTRY("server", server_free),
    ENTRY("runtime", embedded_server_new), ENTRY("embedded server", embedded_server_schedule),
    ENTRY("embedded server", embedded_server_free),
};
/* clang-format on */

enum { FUNCTIONS = sizeof functions / sizeof *functions };

static void handles_that_name_nothing_are_invalid(void)
{
    uint64_t freed = HANDLE(temporal_bun_queue_new(NULL, NULL));
    OK(temporal_bun_queue_close(freed));
    uint64_t stale_pending = HANDLE(endless_call(client, 0, 0));
    OK(temporal_bun_pending_free(stale_pending));
    const uint64_t handles[] = {0, freed, stale_pending, UINT64_C(1) << 40, UINT64_C(1) << 53, INT64_MAX};
    for (int i = 0; i < FUNCTIONS; i++) {
        for (size_t j = 0; j < sizeof handles / sizeof *handles; j++) {
            if (handles[j] == 0 && functions[i].zero_is_none) {
                continue;
            }
            expect_error(__FILE__, __LINE__, functions[i].name, functions[i].call(handles[j]),
                         TEMPORAL_BUN_CODE_INVALID_HANDLE);
            ERROR_DETAIL("expected", functions[i].kind);
        }
    }
}

static void handles_of_another_kind_are_told_apart(void)
{
    const struct {
        const char *kind;
        uint64_t handle;
    } objects[] = {
        {"runtime", runtime}, {"client", client}, {"worker", worker},   {"worker", replay},
        {"metric", metric},   {"queue", queue},   {"pending", pending},
    };
    for (int i = 0; i < FUNCTIONS; i++) {
        for (size_t j = 0; j < sizeof objects / sizeof *objects; j++) {
            if (strcmp(functions[i].kind, objects[j].kind) == 0) {
                continue;
            }
            expect_error(__FILE__, __LINE__, functions[i].name, functions[i].call(objects[j].handle),
                         TEMPORAL_BUN_CODE_WRONG_HANDLE_KIND);
            ERROR_DETAIL("expected", functions[i].kind);
            ERROR_DETAIL("actual", objects[j].kind);
            ERROR_DETAIL_INT("handle", (int64_t)objects[j].handle);
        }
    }
}

static void *misuse_all(void *unused)
{
    for (int i = 0; i < FUNCTIONS; i++) {
        CHECK_INT(functions[i].call(UINT64_MAX), TEMPORAL_BUN_CODE_INVALID_HANDLE);
        CHECK_INT(functions[i].call(strcmp(functions[i].kind, "metric") == 0 ? queue : metric),
                  TEMPORAL_BUN_CODE_WRONG_HANDLE_KIND);
        ERROR_DETAIL("expected", functions[i].kind);
    }
    return unused;
}

static void at_once(void *(*body)(void *), void *argument)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, body, argument), 0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
}

static void several_threads_may_misuse_handles_at_once(void)
{
    at_once(misuse_all, NULL);
}

/* -- Configurations: every function that takes one. -- */

/* clang-format off */
#define CONFIGURED(name, call) \
    static int64_t name(const uint8_t *text, size_t length) { return of_handle(call); }
CONFIGURED(configured_runtime, temporal_bun_runtime_new(text, length))
CONFIGURED(configured_metric, temporal_bun_metric_new(runtime, text, length))
CONFIGURED(configured_attributes, temporal_bun_metric_with_attributes(metric, text, length))
CONFIGURED(configured_client, temporal_bun_client_connect(runtime, text, length, 0, 0))
CONFIGURED(configured_call, temporal_bun_client_call(client, TEXT(ANY_METHOD), NULL, 0, text, length, 0, 0))
CONFIGURED(configured_worker, temporal_bun_worker_new(runtime, client, text, length))
CONFIGURED(configured_replay_worker, temporal_bun_replay_worker_new(runtime, text, length))
CONFIGURED(configured_dev_server, temporal_bun_dev_server_start(runtime, text, length, 0, 0))
CONFIGURED(configured_test_server, temporal_bun_test_server_start(runtime, text, length, 0, 0))
CONFIGURED(configured_embedded_server, temporal_bun_embedded_server_new(runtime, text, length))
static int64_t configured_config_load(const uint8_t *text, size_t length)
{
    int64_t size = temporal_bun_client_config_load(text, length, NULL, 0);
    return size < 0 ? -size : 0;
}

static int64_t configured_metadata(const uint8_t *text, size_t length)
{
    return temporal_bun_client_update_metadata(client, text, length);
}

static const struct {
    const char *name;
    int64_t (*call)(const uint8_t *text, size_t length);
    const char *wrong; /* JSON that parses, with one value that does not fit */
    const char *field; /* where */
} configured[] = {
    {"runtime", configured_runtime, "{\"workerThreads\":\"two\"}", "workerThreads"},
    {"metric", configured_metric, "{\"kind\":\"clock\",\"name\":\"n\"}", "kind"},
    {"attributes", configured_attributes, "{\"key\":[]}", "key"},
    {"client", configured_client, "{\"target\":5}", "target"},
    {"call", configured_call, "{\"timeoutMs\":-1}", "timeoutMs"},
    {"worker", configured_worker, "{\"taskTypes\":{\"workflows\":1}}", "taskTypes.workflows"},
    {"replay worker", configured_replay_worker, "{\"namespace\":5}", "namespace"},
    {"dev server", configured_dev_server, "{\"executable\":{\"path\":\"/nowhere\"}}", "executable.path"},
    {"test server", configured_test_server, "{\"executable\":{\"path\":\"/bin/sh\"},\"port\":-1}", "port"},
    {"embedded server", configured_embedded_server, "{\"seed\":\"seven\"}", "seed"},
    {"config load", configured_config_load, "{\"strict\":1}", "strict"},
    {"metadata", configured_metadata, "{\"binaryMetadata\":{\"a-bin\":\"?\"}}", "binaryMetadata.a-bin"},
};
/* clang-format on */

enum { CONFIGURED_FUNCTIONS = sizeof configured / sizeof *configured };

static void wrong_configurations_are_refused(void)
{
    char *deep = malloc(100001);
    memset(deep, '[', 100000);
    deep[100000] = '\0';
    const char *const malformed[] = {"{", "[]", "null", "\"{}\"", "{} {}", "{\"odd\":{}}", "{\"\":null}", deep};
    for (int i = 0; i < CONFIGURED_FUNCTIONS; i++) {
        for (size_t j = 0; j < sizeof malformed / sizeof *malformed; j++) {
            expect_error(__FILE__, __LINE__, configured[i].name, configured[i].call(TEXT(malformed[j])),
                         TEMPORAL_BUN_CODE_INVALID_CONFIG);
        }
        expect_error(__FILE__, __LINE__, configured[i].name, configured[i].call(TEXT(configured[i].wrong)),
                     TEMPORAL_BUN_CODE_INVALID_CONFIG);
        ERROR_DETAIL("field", configured[i].field);
    }
    free(deep);
}

static void configurations_that_are_no_text_are_refused(void)
{
    const char *const not_utf8[] = {"\xff", "{\"name\":\"\xc3\"}", "\xef\xbf", "{}\x80"};
    for (int i = 0; i < CONFIGURED_FUNCTIONS; i++) {
        for (size_t j = 0; j < sizeof not_utf8 / sizeof *not_utf8; j++) {
            expect_error(__FILE__, __LINE__, configured[i].name, configured[i].call(TEXT(not_utf8[j])),
                         TEMPORAL_BUN_CODE_INVALID_ARGUMENT);
        }
        expect_error(__FILE__, __LINE__, configured[i].name, configured[i].call(NULL, 2),
                     TEMPORAL_BUN_CODE_INVALID_ARGUMENT);
        expect_error(__FILE__, __LINE__, configured[i].name, configured[i].call(room, SIZE_MAX),
                     TEMPORAL_BUN_CODE_INVALID_ARGUMENT);
    }
}

/* -- Other arguments. -- */

static void null_is_refused_where_bytes_are_needed(void)
{
    const int invalid = TEMPORAL_BUN_CODE_INVALID_ARGUMENT;
    FAILS_SIZE(invalid, temporal_bun_build_info(NULL, 1));
    FAILS(invalid, temporal_bun_queue_post(queue, 1, NULL, 1));
    FAILS_SIZE(invalid, temporal_bun_queue_drain(queue, NULL, 1));
    FAILS_SIZE(invalid, temporal_bun_pending_take(pending, NULL, 1));
    FAILS_HANDLE(invalid, temporal_bun_client_call(client, NULL, 1, NULL, 0, NULL, 0, 0, 0));
    ERROR_DETAIL("argument", "method");
    FAILS_HANDLE(invalid, temporal_bun_client_call(client, TEXT(ANY_METHOD), NULL, 1, NULL, 0, 0, 0));
    ERROR_DETAIL("argument", "request");
    FAILS_HANDLE(invalid, temporal_bun_client_call(client, TEXT(ANY_METHOD), NULL, 0, NULL, 1, 0, 0));
    ERROR_DETAIL("argument", "options");
    FAILS(invalid, temporal_bun_client_update_api_key(client, NULL, 1));
    FAILS_HANDLE(invalid, temporal_bun_worker_complete_workflow_task(replay, NULL, 1, 0, 0));
    FAILS_HANDLE(invalid, temporal_bun_worker_complete_activity_task(worker, NULL, 1, 0, 0));
    FAILS_HANDLE(invalid, temporal_bun_worker_complete_nexus_task(worker, NULL, 1, 0, 0));
    FAILS(invalid, temporal_bun_worker_record_activity_heartbeat(worker, NULL, 1));
    FAILS(invalid, temporal_bun_worker_request_workflow_eviction(replay, NULL, 1));
    FAILS_HANDLE(invalid, temporal_bun_replay_worker_push_history(replay, NULL, 1, NULL, 0, 0, 0));
    FAILS_HANDLE(invalid, temporal_bun_replay_worker_push_history(replay, NULL, 0, NULL, 1, 0, 0));
    FAILS_HANDLE(invalid, temporal_bun_replay_worker_push_history_json(replay, NULL, 1, NULL, 0, 0, 0));
    FAILS_HANDLE(invalid, temporal_bun_replay_worker_push_history_json(replay, NULL, 0, NULL, 1, 0, 0));
    FAILS_SIZE(invalid, temporal_bun_client_config_load(NULL, 1, NULL, 0));
    FAILS_SIZE(invalid, temporal_bun_client_config_load(NULL, 0, NULL, 1));
    FAILS_SIZE(invalid, temporal_bun_message_to_json(NULL, 1, NULL, 0, NULL, 0));
    ERROR_DETAIL("argument", "name");
    FAILS_SIZE(invalid, temporal_bun_message_to_json(TEXT(A_MESSAGE), NULL, 1, NULL, 0));
    ERROR_DETAIL("argument", "message");
    FAILS_SIZE(invalid, temporal_bun_message_from_json(TEXT(A_MESSAGE), NULL, 1, NULL, 0));
    ERROR_DETAIL("argument", "json");
    FAILS_SIZE(invalid, temporal_bun_message_from_json(TEXT(A_MESSAGE), TEXT("{}"), NULL, 1));
    ERROR_DETAIL("argument", "out");
    /* Asked for the last error, NULL only loses the copy. */
    CHECK(temporal_bun_last_error(NULL, 1) > 0);
}

static void text_must_be_utf8(void)
{
    const int invalid = TEMPORAL_BUN_CODE_INVALID_ARGUMENT;
    FAILS_HANDLE(invalid, temporal_bun_client_call(client, TEXT("\xff"), NULL, 0, NULL, 0, 0, 0));
    ERROR_DETAIL("argument", "method");
    FAILS(invalid, temporal_bun_client_update_api_key(client, TEXT("\xff")));
    ERROR_DETAIL("argument", "api_key");
    FAILS(invalid, temporal_bun_worker_request_workflow_eviction(replay, TEXT("\xff")));
    ERROR_DETAIL("argument", "run_id");
    FAILS_HANDLE(invalid, temporal_bun_replay_worker_push_history(replay, TEXT("\xff"), NULL, 0, 0, 0));
    ERROR_DETAIL("argument", "workflow_id");
}

static void values_out_of_range_are_refused(void)
{
    const int invalid = TEMPORAL_BUN_CODE_INVALID_ARGUMENT;
    FAILS(invalid, temporal_bun_metric_record(metric, -1));
    FAILS(invalid, temporal_bun_metric_record(metric, 0.0 / 0.0));
    FAILS(invalid, temporal_bun_worker_attach_workflow_queue(replay, queue, 0));
    FAILS(invalid, temporal_bun_worker_attach_activity_queue(worker, queue, 0));
    FAILS(invalid, temporal_bun_worker_attach_nexus_queue(worker, queue, 0));
    FAILS_LATER(invalid, temporal_bun_client_call(client, TEXT("no/Method"), NULL, 0, NULL, 0, 0, 0));
    ERROR_DETAIL("argument", "method");
}

static void what_was_not_asked_for_is_refused(void)
{
    /* The runtime here has no metrics buffer. */
    FAILS_SIZE(TEMPORAL_BUN_CODE_FAILED_PRECONDITION, temporal_bun_runtime_metrics_bytes(runtime));
    uint64_t supplier = HANDLE(temporal_bun_slot_supplier_new(queue, 1));
    FAILS(TEMPORAL_BUN_CODE_FAILED_PRECONDITION, temporal_bun_slot_supplier_answer(supplier, 1, 1));
    OK(temporal_bun_slot_supplier_free(supplier));
}

/* -- Messages. -- */

#define GARBAGE (const uint8_t *)"\xff\xff\xff\xff", 4

static void garbage_is_not_a_message(void)
{
    const int invalid = TEMPORAL_BUN_CODE_INVALID_PROTOBUF;
    FAILS_HANDLE(invalid, temporal_bun_worker_complete_workflow_task(replay, GARBAGE, 0, 0));
    ERROR_DETAIL("message", "coresdk.workflow_completion.WorkflowActivationCompletion");
    FAILS_HANDLE(invalid, temporal_bun_worker_complete_activity_task(worker, GARBAGE, 0, 0));
    ERROR_DETAIL("message", "coresdk.ActivityTaskCompletion");
    FAILS_HANDLE(invalid, temporal_bun_worker_complete_nexus_task(worker, GARBAGE, 0, 0));
    ERROR_DETAIL("message", "coresdk.nexus.NexusTaskCompletion");
    FAILS(invalid, temporal_bun_worker_record_activity_heartbeat(worker, GARBAGE));
    ERROR_DETAIL("message", "coresdk.ActivityHeartbeat");
    FAILS_HANDLE(invalid, temporal_bun_replay_worker_push_history(replay, TEXT("id"), GARBAGE, 0, 0));
    ERROR_DETAIL("message", "temporal.api.history.v1.History");
    /* A history without events is well-formed, and no history. */
    FAILS_HANDLE(invalid, temporal_bun_replay_worker_push_history(replay, TEXT("id"), NULL, 0, 0, 0));
    FAILS_LATER(invalid, temporal_bun_replay_worker_push_history_json(replay, TEXT("id"), GARBAGE, 0, 0));
    ERROR_DETAIL("message", "temporal.api.history.v1.History");
    FAILS_LATER(invalid, temporal_bun_replay_worker_push_history_json(replay, TEXT("id"), TEXT("{}"), 0, 0));
    FAILS_LATER(invalid, temporal_bun_client_call(client, TEXT(ANY_METHOD), GARBAGE, NULL, 0, 0, 0));
    ERROR_DETAIL("message", "temporal.api.workflowservice.v1.GetSystemInfoRequest");
}

static void json_that_is_no_message_is_named(void)
{
    const int invalid = TEMPORAL_BUN_CODE_INVALID_PROTOBUF;
    FAILS_SIZE(TEMPORAL_BUN_CODE_INVALID_ARGUMENT, temporal_bun_message_from_json(TEXT("no.Message"), NULL, 0, NULL, 0));
    ERROR_DETAIL("argument", "name");
    FAILS_SIZE(invalid, temporal_bun_message_to_json(TEXT(A_MESSAGE), GARBAGE, NULL, 0));
    ERROR_DETAIL("message", A_MESSAGE);
    FAILS_SIZE(invalid, temporal_bun_message_from_json(TEXT(A_MESSAGE), GARBAGE, NULL, 0));
    FAILS_SIZE(invalid, temporal_bun_message_from_json(TEXT(A_MESSAGE), TEXT("{\"result\":{\"failed\":5}}"), NULL, 0));
    ERROR_DETAIL("field", "result.failed");
    FAILS_SIZE(invalid, temporal_bun_message_from_json(TEXT(A_MESSAGE), TEXT("{\"result\":{\"odd\":{}}}"), NULL, 0));
    ERROR_DETAIL("field", "result.odd");
    ERROR_DETAIL("message", A_MESSAGE);
}

/* An Any in an Any, and so on: each would be decoded for itself, and take its own room on the stack. */
static void messages_in_messages_are_read_to_a_depth(void)
{
    enum { DEPTH = 3000, ROOM = DEPTH * 64 };
    static const char url[] = "type.googleapis.com/google.protobuf.Any";
    uint8_t *message = malloc(ROOM), *start = message + ROOM;
    for (int i = 0; i < DEPTH; i++) {
        size_t length = (size_t)(message + ROOM - start);
        if (length > 0) {
            /* Its length in as many bytes as any here needs. */
            const uint8_t head[] = {0x12, 0x80 | (length & 0x7f), 0x80 | (length >> 7 & 0x7f), length >> 14 & 0x7f};
            memcpy(start -= sizeof head, head, sizeof head);
        }
        memcpy(start -= sizeof url - 1, url, sizeof url - 1);
        *--start = sizeof url - 1;
        *--start = 0x0a;
    }
    FAILS_SIZE(TEMPORAL_BUN_CODE_INVALID_PROTOBUF,
               temporal_bun_message_to_json(TEXT("google.protobuf.Any"), start, (size_t)(message + ROOM - start), NULL, 0));
    uint8_t error[512] = {0};
    CHECK(temporal_bun_last_error(error, sizeof error - 1) > 0);
    CHECK(strstr((char *)error, "200 deep") != NULL);
    free(message);
}

static void a_message_becomes_json_and_comes_back(void)
{
    const char *json = "{\"taskToken\":\"AQI=\",\"result\":{\"cancelled\":{}}}";
    const uint8_t encoded[] = {0x0a, 2, 1, 2, 0x12, 2, 0x1a, 0};
    uint8_t out[64] = {0};
    CHECK_INT(temporal_bun_message_from_json(TEXT(A_MESSAGE), TEXT(json), NULL, 0), sizeof encoded);
    CHECK_INT(temporal_bun_message_from_json(TEXT(A_MESSAGE), TEXT(json), out, sizeof encoded - 1), sizeof encoded);
    CHECK_INT(out[0], 0);
    CHECK_INT(temporal_bun_message_from_json(TEXT(A_MESSAGE), TEXT(json), out, sizeof out), sizeof encoded);
    CHECK(memcmp(out, encoded, sizeof encoded) == 0);
    CHECK_INT(temporal_bun_message_to_json(TEXT(A_MESSAGE), encoded, sizeof encoded, out, sizeof out), strlen(json));
    CHECK(memcmp(out, json, strlen(json)) == 0);
}

static void a_profile_is_loaded(void)
{
    const char *options = "{\"configText\":\"[profile.default]\\naddress = 'here:1'\",\"disableEnvironment\":true}";
    const char *loaded = "{\"client\":{\"target\":\"http://here:1\"},\"namespace\":\"default\"}";
    uint8_t out[128];
    CHECK_INT(temporal_bun_client_config_load(TEXT(options), out, sizeof out), strlen(loaded));
    CHECK(memcmp(out, loaded, strlen(loaded)) == 0);
}

static void completions_of_nothing_fail(void)
{
    const int failed = TEMPORAL_BUN_CODE_WORKER_FAILED;
    FAILS_LATER(failed, temporal_bun_worker_complete_workflow_task(replay, NULL, 0, 0, 0));
    ERROR_DETAIL("runId", "");
    /* Nobody polls the replay worker, so that core would never answer. */
    struct bytes completion = activation_completion("no such run", NULL, 0);
    FAILS_LATER(failed, temporal_bun_worker_complete_workflow_task(replay, completion.data, completion.length, 0, 0));
    ERROR_DETAIL("runId", "no such run");
    bytes_free(completion);
    messages_free();
    FAILS_LATER(failed, temporal_bun_worker_complete_activity_task(worker, NULL, 0, 0, 0));
    ERROR_DETAIL("taskToken", "");
    FAILS_LATER(failed, temporal_bun_worker_complete_nexus_task(worker, NULL, 0, 0, 0));
    ERROR_DETAIL("taskToken", "");
    /* A heartbeat for an activity that is not running is ignored, and so is the eviction of a run that is not
       cached. */
    OK(temporal_bun_worker_record_activity_heartbeat(worker, NULL, 0));
    OK(temporal_bun_worker_request_workflow_eviction(replay, TEXT("no such run")));
}

/* Gives noise to everything that decodes. Some of it happens to be a message, and is refused later or ignored. */
static void noise_does_no_harm(void)
{
    uint32_t random = 1;
    for (int round = 0; round < 200; round++) {
        uint8_t noise[48];
        size_t length = (size_t)round % sizeof noise;
        for (size_t i = 0; i < length; i++) {
            random = random * 1664525 + 1013904223;
            /* Small numbers are more often the beginning of a field. */
            noise[i] = (uint8_t)(random >> 24) >> (round % 3);
        }
        const uint64_t calls[] = {
            temporal_bun_worker_complete_workflow_task(replay, noise, length, 0, 0),
            temporal_bun_worker_complete_activity_task(worker, noise, length, 0, 0),
            temporal_bun_worker_complete_nexus_task(worker, noise, length, 0, 0),
            temporal_bun_replay_worker_push_history(replay, TEXT("id"), noise, length, 0, 0),
        };
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            if (calls[i] == 0) {
                continue;
            }
            int progress = temporal_bun_pending_wait(calls[i], PATIENCE_MS);
            CHECK(progress == 1 || temporal_bun_pending_take(calls[i], NULL, 0) == -TEMPORAL_BUN_CODE_WORKER_FAILED);
            OK(temporal_bun_pending_free(calls[i]));
        }
        int code = temporal_bun_worker_record_activity_heartbeat(worker, noise, length);
        CHECK(code == TEMPORAL_BUN_CODE_OK || code == TEMPORAL_BUN_CODE_INVALID_PROTOBUF);
    }
}

/* -- States. -- */

static void what_a_worker_cannot_do_is_refused(void)
{
    const int refused = TEMPORAL_BUN_CODE_FAILED_PRECONDITION;
    FAILS(refused, temporal_bun_worker_request_workflow_eviction(worker, TEXT("run")));
    FAILS(refused, temporal_bun_replay_worker_end_input(worker));
    struct bytes history = short_history("run");
    FAILS_HANDLE(refused,
                 temporal_bun_replay_worker_push_history(worker, TEXT("id"), history.data, history.length, 0, 0));
    bytes_free(history);
    FAILS(refused, temporal_bun_worker_replace_client(replay, client));
    char *config = worker_config("silent", ACTIVITIES, 2);
    FAILS_HANDLE(TEMPORAL_BUN_CODE_WORKER_FAILED, temporal_bun_worker_new(runtime, client, TEXT(config)));
    free(config);
}

static void polls_and_streams_exclude_each_other(void)
{
    const int refused = TEMPORAL_BUN_CODE_FAILED_PRECONDITION;
    uint64_t other = HANDLE(temporal_bun_queue_new(NULL, NULL));
    OK(temporal_bun_worker_attach_activity_queue(worker, queue, 1));
    FAILS_HANDLE(refused, temporal_bun_worker_poll_activity_task(worker, 0, 0));
    FAILS(refused, temporal_bun_worker_attach_activity_queue(worker, other, 1));

    uint64_t poll = HANDLE(temporal_bun_worker_poll_workflow_task(replay, 0, 0));
    FAILS(refused, temporal_bun_worker_attach_workflow_queue(replay, queue, 1));
    OK(temporal_bun_pending_cancel(poll));
    FAILS_LATER(TEMPORAL_BUN_CODE_CANCELLED, poll);
    FAILS(refused, temporal_bun_worker_attach_workflow_queue(replay, queue, 1));
    OK(temporal_bun_queue_close(other));
}

/* After all of the above the replay worker still replays. */
static void nothing_was_lost(void)
{
    push_short_history(replay, "kept");
    struct bytes task = RESULT(temporal_bun_worker_poll_workflow_task(replay, 0, 0));
    Activation *activation = decode_activation(task.data, task.length);
    CHECK_TEXT(activation->run_id, "kept");
    /* Refused at once: the task stays to be completed. */
    FAILS_HANDLE(TEMPORAL_BUN_CODE_INVALID_PROTOBUF, temporal_bun_worker_complete_workflow_task(replay, GARBAGE, 0, 0));
    struct bytes answer = short_history_answer(activation);
    DONE(temporal_bun_worker_complete_workflow_task(replay, answer.data, answer.length, 0, 0));
    bytes_free(answer);
    bytes_free(task);
    message_free(activation);
}

static void the_end_of_input_is_announced_once(void)
{
    uint64_t worker_for_replay = replay_worker(runtime);
    OK(temporal_bun_replay_worker_end_input(worker_for_replay));
    FAILS(TEMPORAL_BUN_CODE_FAILED_PRECONDITION, temporal_bun_replay_worker_end_input(worker_for_replay));
    struct bytes history = short_history("run");
    FAILS_HANDLE(TEMPORAL_BUN_CODE_FAILED_PRECONDITION,
                 temporal_bun_replay_worker_push_history(worker_for_replay, TEXT("id"), history.data, history.length, 0,
                                                         0));
    bytes_free(history);
    end_worker(worker_for_replay);
}

static void a_worker_that_is_shut_down_does_nothing_more(void)
{
    const int over = TEMPORAL_BUN_CODE_SHUT_DOWN;
    uint64_t ended = replay_worker(runtime);
    OK(temporal_bun_worker_initiate_shutdown(ended));
    FAILS_LATER(over, temporal_bun_worker_poll_workflow_task(ended, 0, 0));
    DONE(temporal_bun_worker_finalize_shutdown(ended, 0, 0));

    FAILS_HANDLE(over, temporal_bun_worker_validate(ended, 0, 0));
    FAILS_HANDLE(over, temporal_bun_worker_poll_workflow_task(ended, 0, 0));
    FAILS_HANDLE(over, temporal_bun_worker_poll_activity_task(ended, 0, 0));
    FAILS_HANDLE(over, temporal_bun_worker_poll_nexus_task(ended, 0, 0));
    FAILS_HANDLE(over, temporal_bun_worker_complete_workflow_task(ended, NULL, 0, 0, 0));
    FAILS_HANDLE(over, temporal_bun_worker_complete_activity_task(ended, NULL, 0, 0, 0));
    FAILS_HANDLE(over, temporal_bun_worker_complete_nexus_task(ended, NULL, 0, 0, 0));
    FAILS(over, temporal_bun_worker_record_activity_heartbeat(ended, NULL, 0));
    FAILS(over, temporal_bun_worker_request_workflow_eviction(ended, TEXT("run")));
    FAILS(over, temporal_bun_worker_initiate_shutdown(ended));
    FAILS_HANDLE(over, temporal_bun_worker_finalize_shutdown(ended, 0, 0));
    OK(temporal_bun_worker_free(ended));
}

static void streams_of_a_worker_that_is_shut_down_end_at_once(void)
{
    uint64_t ended = replay_worker(runtime);
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    OK(temporal_bun_worker_attach_workflow_queue(ended, inbox.queue, 7));
    OK(temporal_bun_worker_initiate_shutdown(ended));
    struct record record = inbox_next(&inbox);
    CHECK_INT(record.kind, RECORD_END);
    CHECK_INT(record.tag, 7);
    CHECK_INT(record.length, 0);
    DONE(temporal_bun_worker_finalize_shutdown(ended, 0, 0));
    OK(temporal_bun_worker_attach_workflow_queue(ended, inbox.queue, 8));
    record = inbox_next(&inbox);
    CHECK_INT(record.kind, RECORD_END);
    CHECK_INT(record.tag, 8);
    OK(temporal_bun_worker_attach_activity_queue(ended, inbox.queue, 9));
    record = inbox_next(&inbox);
    CHECK_INT(record.kind, RECORD_END);
    CHECK_INT(record.tag, 9);
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
    OK(temporal_bun_worker_free(ended));
}

static uint64_t victim;
static atomic_int finalized, freed;

/* Asks a worker for all it can do while others shut it down. */
static void *finalize_victim(void *unused)
{
    for (int round = 0; round < 10; round++) {
        if (round == 5) {
            temporal_bun_worker_initiate_shutdown(victim);
        }
        temporal_bun_worker_request_workflow_eviction(victim, TEXT("run"));
        CHECK(temporal_bun_worker_attach_nexus_queue(victim, queue, 1) != TEMPORAL_BUN_CODE_INTERNAL);
        uint64_t poll = temporal_bun_worker_poll_workflow_task(victim, 0, 0);
        if (poll == 0) {
            CHECK_INT(temporal_bun_last_error_code(), TEMPORAL_BUN_CODE_SHUT_DOWN);
            continue;
        }
        temporal_bun_pending_cancel(poll);
        OK(temporal_bun_pending_free(poll));
    }
    uint64_t finalize = temporal_bun_worker_finalize_shutdown(victim, 0, 0);
    if (finalize == 0) {
        CHECK_INT(temporal_bun_last_error_code(), TEMPORAL_BUN_CODE_SHUT_DOWN);
    } else if (temporal_bun_pending_wait(finalize, PATIENCE_MS) == 1) {
        atomic_fetch_add(&finalized, 1);
        DONE(finalize);
    } else {
        FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, finalize);
    }
    return unused;
}

static void *free_victim(void *unused)
{
    int code = temporal_bun_worker_free(victim);
    CHECK(code == TEMPORAL_BUN_CODE_OK || code == TEMPORAL_BUN_CODE_INVALID_HANDLE);
    atomic_fetch_add(&freed, code == TEMPORAL_BUN_CODE_OK);
    return unused;
}

static void of_several_threads_one_ends_a_worker(void)
{
    for (int round = 0; round < 5; round++) {
        victim = replay_worker(runtime);
        finalized = freed = 0;
        at_once(finalize_victim, NULL);
        at_once(free_victim, NULL);
        CHECK_INT(finalized, 1);
        CHECK_INT(freed, 1);
    }
}

/* The same without a second phase, while others use it. */
static void *abuse_victim(void *unused)
{
    for (int round = 0; round < 10; round++) {
        temporal_bun_worker_record_activity_heartbeat(victim, NULL, 0);
        temporal_bun_worker_replace_client(victim, client);
        if (round == 5) {
            free_victim(NULL);
        }
        uint64_t poll = temporal_bun_worker_poll_activity_task(victim, 0, 0);
        if (poll == 0) {
            int code = temporal_bun_last_error_code();
            CHECK(code == TEMPORAL_BUN_CODE_INVALID_HANDLE || code == TEMPORAL_BUN_CODE_SHUT_DOWN);
        } else {
            OK(temporal_bun_pending_free(poll));
        }
    }
    return unused;
}

static void a_worker_may_be_freed_while_others_use_it(void)
{
    char *config = worker_config("victim", ACTIVITIES, 2);
    for (int round = 0; round < 5; round++) {
        victim = HANDLE(temporal_bun_worker_new(runtime, client, TEXT(config)));
        freed = 0;
        at_once(abuse_victim, NULL);
        CHECK_INT(freed, 1);
    }
    free(config);
}

int main(void)
{
    server = silent_server_start();
    runtime = new_runtime();
    client = silent_client(runtime, &server);
    char *config = worker_config("silent", ACTIVITIES, 2);
    worker = HANDLE(temporal_bun_worker_new(runtime, client, TEXT(config)));
    free(config);
    replay = replay_worker(runtime);
    metric = HANDLE(temporal_bun_metric_new(runtime, TEXT("{\"kind\":\"counter\",\"name\":\"n\"}")));
    queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    pending = HANDLE(endless_call(client, 0, 0));

    TEST(handles_that_name_nothing_are_invalid);
    TEST(handles_of_another_kind_are_told_apart);
    TEST(several_threads_may_misuse_handles_at_once);
    TEST(wrong_configurations_are_refused);
    TEST(configurations_that_are_no_text_are_refused);
    TEST(null_is_refused_where_bytes_are_needed);
    TEST(text_must_be_utf8);
    TEST(values_out_of_range_are_refused);
    TEST(what_was_not_asked_for_is_refused);
    TEST(garbage_is_not_a_message);
    TEST(json_that_is_no_message_is_named);
    TEST(messages_in_messages_are_read_to_a_depth);
    TEST(a_message_becomes_json_and_comes_back);
    TEST(a_profile_is_loaded);
    TEST(completions_of_nothing_fail);
    TEST(noise_does_no_harm);
    TEST(what_a_worker_cannot_do_is_refused);
    TEST(polls_and_streams_exclude_each_other);
    TEST(nothing_was_lost);
    TEST(the_end_of_input_is_announced_once);
    TEST(a_worker_that_is_shut_down_does_nothing_more);
    TEST(streams_of_a_worker_that_is_shut_down_end_at_once);
    TEST(of_several_threads_one_ends_a_worker);
    TEST(a_worker_may_be_freed_while_others_use_it);

    OK(temporal_bun_pending_cancel(pending));
    FAILS_LATER(TEMPORAL_BUN_CODE_CANCELLED, pending);
    OK(temporal_bun_queue_close(queue));
    OK(temporal_bun_metric_free(metric));
    end_worker(replay);
    OK(temporal_bun_worker_free(worker));
    OK(temporal_bun_client_free(client));
    OK(temporal_bun_runtime_free(runtime));
    silent_server_stop(&server);
}

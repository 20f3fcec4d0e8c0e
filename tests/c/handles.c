/*
 * The library itself, and the life of a handle of each kind. The life of a server's handle is in support/temporal.c,
 * that of slots in slots.c.
 */
#include "support/replay_worker.h"
#include "support/silent_server.h"

#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void the_library_says_what_it_is(void)
{
    CHECK_INT(temporal_bun_abi_version(), TEMPORAL_BUN_ABI_VERSION);
    int64_t length = temporal_bun_build_info(NULL, 0);
    CHECK(length > 0 && length < 1000);
    uint8_t text[1000];
    memset(text, '#', sizeof text);
    CHECK_INT(temporal_bun_build_info(text, (size_t)length - 1), length);
    CHECK_INT(text[0], '#');
    CHECK_INT(temporal_bun_build_info(text, sizeof text), length);
    CHECK_INT(text[length], '#');
    json_t *info = json_loadb((char *)text, (size_t)length, 0, NULL);
    const char *name, *version, *core;
    int abi;
    CHECK_INT(json_unpack_ex(info, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:i}", "name", &name, "version", &version,
                             "coreVersion", &core, "abiVersion", &abi),
              0);
    CHECK_TEXT(name, "temporal-bun-bridge");
    CHECK_INT(abi, TEMPORAL_BUN_ABI_VERSION);
    json_decref(info);
}

static void a_handle_is_a_number_that_is_never_used_twice(void)
{
    uint64_t last = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
        CHECK(queue > last && queue < UINT64_C(1) << 53);
        OK(temporal_bun_queue_close(queue));
        last = queue;
    }
}

static void a_runtime_lives_until_it_is_freed(void)
{
    uint64_t empty = HANDLE(temporal_bun_runtime_new(NULL, 0));
    uint64_t second = new_runtime();
    OK(temporal_bun_runtime_free(empty));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_runtime_free(empty));
    ERROR_DETAIL("expected", "runtime");
    OK(temporal_bun_runtime_free(second));
}

static void metrics_are_freed_in_any_order(void)
{
    uint64_t runtime = new_runtime();
    char *config = json_text("{s:s, s:s, s:s, s:s}", "kind", "counter", "name", "tests", "unit", "1", "description",
                             "How many tests were run.");
    uint64_t metric = HANDLE(temporal_bun_metric_new(runtime, TEXT(config)));
    free(config);
    config = json_text("{s:s, s:i, s:b}", "text", "a", "number", 1, "truth", 1);
    uint64_t labelled = HANDLE(temporal_bun_metric_with_attributes(metric, TEXT(config)));
    free(config);
    OK(temporal_bun_metric_record(metric, 1));
    OK(temporal_bun_metric_free(metric));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_metric_record(metric, 1));
    OK(temporal_bun_runtime_free(runtime));
    OK(temporal_bun_metric_record(labelled, 2));
    OK(temporal_bun_metric_free(labelled));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_metric_free(labelled));
}

/* A call whose runtime is gone is closed, unless its connection went first, which is `lost`. */
static void ends_with_its_runtime(uint64_t call, int lost)
{
    CHECK_INT(temporal_bun_pending_wait(call, PATIENCE_MS), 2);
    int64_t code = -temporal_bun_pending_take(call, NULL, 0);
    FAILS_LATER(code == lost ? lost : TEMPORAL_BUN_CODE_CLOSED, call);
}

static void a_client_keeps_its_runtime(void)
{
    struct silent_server server = silent_server_start();
    uint64_t runtime = new_runtime();
    uint64_t client = silent_client(runtime, &server);
    OK(temporal_bun_runtime_free(runtime));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_runtime_free(runtime));
    OK(temporal_bun_client_update_metadata(client, TEXT("{\"metadata\":{\"key\":\"text\"}}")));
    OK(temporal_bun_client_update_api_key(client, TEXT("secret")));
    OK(temporal_bun_client_update_api_key(client, NULL, 0));
    uint64_t call = HANDLE(endless_call(client, 0, 0));
    CHECK_INT(temporal_bun_pending_poll(call), 0);
    /* The last of the runtime goes with its client, and ends what is under way, its connection included. */
    OK(temporal_bun_client_free(client));
    ends_with_its_runtime(call, TEMPORAL_BUN_CODE_RPC_FAILED);
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_client_free(client));
    silent_server_stop(&server);
}

static void a_connect_does_not_keep_its_runtime(void)
{
    struct silent_server server = silent_server_start();
    uint64_t runtime = new_runtime();
    char *config = client_config(server.target);
    uint64_t connect = HANDLE(temporal_bun_client_connect(runtime, TEXT(config), 0, 0));
    free(config);
    OK(temporal_bun_runtime_free(runtime));
    ends_with_its_runtime(connect, TEMPORAL_BUN_CODE_CONNECT_FAILED);
    silent_server_stop(&server);
}

static void a_worker_keeps_its_runtime_and_its_client(void)
{
    struct silent_server server = silent_server_start();
    uint64_t runtime = new_runtime();
    uint64_t client = silent_client(runtime, &server);
    char *config = worker_config("silent", ACTIVITIES, 1);
    uint64_t worker = HANDLE(temporal_bun_worker_new(runtime, client, TEXT(config)));
    free(config);
    uint64_t other = silent_client(runtime, &server);
    OK(temporal_bun_worker_replace_client(worker, other));
    OK(temporal_bun_client_free(client));
    OK(temporal_bun_client_free(other));
    OK(temporal_bun_runtime_free(runtime));
    uint64_t poll = HANDLE(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    CHECK_INT(temporal_bun_pending_poll(poll), 0);
    /* Not finalized: it stops at once, and so does the poll. */
    OK(temporal_bun_worker_free(worker));
    CHECK_INT(temporal_bun_pending_wait(poll, PATIENCE_MS), 2);
    OK(temporal_bun_pending_free(poll));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_worker_free(worker));
    silent_server_stop(&server);
}

static void a_worker_that_was_freed_makes_room_for_another(void)
{
    struct silent_server server = silent_server_start();
    uint64_t runtime = new_runtime();
    uint64_t client = silent_client(runtime, &server);
    char *config = worker_config("silent", ACTIVITIES, 1);
    for (int i = 0; i < 3; i++) {
        uint64_t worker = HANDLE(temporal_bun_worker_new(runtime, client, TEXT(config)));
        OK(temporal_bun_worker_free(worker));
    }
    free(config);
    OK(temporal_bun_client_free(client));
    OK(temporal_bun_runtime_free(runtime));
    silent_server_stop(&server);
}

/* Idle, with a history that nobody has asked for, and with a task that is out. */
static void a_replay_worker_that_was_freed_leaves_nothing(void)
{
    uint64_t runtime = new_runtime();
    for (int state = 0; state < 3; state++) {
        uint64_t worker = replay_worker(runtime);
        if (state > 0) {
            push_short_history(worker, "run");
        }
        if (state > 1) {
            bytes_free(RESULT(temporal_bun_worker_poll_workflow_task(worker, 0, 0)));
        }
        OK(temporal_bun_worker_free(worker));
    }
    OK(temporal_bun_runtime_free(runtime));
    messages_free();
}

static void a_worker_ends_in_two_phases_and_is_then_freed(void)
{
    uint64_t runtime = new_runtime();
    uint64_t worker = replay_worker(runtime);
    OK(temporal_bun_runtime_free(runtime));
    push_short_history(worker, "run");
    struct bytes task = RESULT(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    uint64_t poll = HANDLE(temporal_bun_worker_poll_workflow_task(worker, 0, 0));

    OK(temporal_bun_worker_initiate_shutdown(worker));
    OK(temporal_bun_worker_initiate_shutdown(worker));
    uint64_t finalize = HANDLE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    /* A task is still out: both wait for it. */
    CHECK_INT(temporal_bun_pending_wait(finalize, 50), 0);
    CHECK_INT(temporal_bun_pending_poll(poll), 0);

    Activation *activation = decode_activation(task.data, task.length);
    struct bytes answer = short_history_answer(activation);
    uint64_t complete = temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, 0, 0);
    DONE(complete);
    bytes_free(answer);
    bytes_free(task);
    message_free(activation);
    /* The eviction, if it comes, is the last task. */
    while (temporal_bun_pending_wait(poll, PATIENCE_MS) == 1) {
        task = RESULT(poll);
        activation = decode_activation(task.data, task.length);
        answer = short_history_answer(activation);
        DONE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, 0, 0));
        bytes_free(answer);
        bytes_free(task);
        message_free(activation);
        poll = temporal_bun_worker_poll_workflow_task(worker, 0, 0);
        if (poll == 0) {
            break;
        }
    }
    if (poll != 0) {
        FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, poll);
    }
    DONE(finalize);

    FAILS_HANDLE(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_worker_free(worker));
    messages_free();
}

static void a_server_that_does_not_start_leaves_no_handle(void)
{
    uint64_t runtime = new_runtime();
    char *config = json_text("{s:{s:s}, s:b}", "executable", "path", "/bin/false", "quiet", 1);
    FAILS_LATER(TEMPORAL_BUN_CODE_SERVER_FAILED, temporal_bun_dev_server_start(runtime, TEXT(config), 0, 0));
    FAILS_LATER(TEMPORAL_BUN_CODE_SERVER_FAILED, temporal_bun_test_server_start(runtime, TEXT(config), 0, 0));
    free(config);
    OK(temporal_bun_runtime_free(runtime));
}

static void a_call_to_a_queue_ends_its_own_handle(void)
{
    struct silent_server server = silent_server_start();
    uint64_t runtime = new_runtime();
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    char *config = hasty_client_config(server.target);
    uint64_t connect = HANDLE(temporal_bun_client_connect(runtime, TEXT(config), inbox.queue, 5));
    free(config);
    struct record record = inbox_next(&inbox);
    CHECK_INT(record.tag, 5);
    uint64_t client = record_handle(&record);
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_pending_cancel(connect));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_pending_free(connect));
    OK(temporal_bun_client_free(client));
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
    OK(temporal_bun_runtime_free(runtime));
    silent_server_stop(&server);
}

static void *see_no_error(void *unused)
{
    CHECK_INT(temporal_bun_last_error(NULL, 0), 0);
    CHECK_INT(temporal_bun_last_error_code(), TEMPORAL_BUN_CODE_OK);
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_worker_free(0));
    return unused;
}

static void each_thread_has_its_own_last_error(void)
{
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_client_free(0));
    int64_t length = temporal_bun_last_error(NULL, 0);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, see_no_error, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    ERROR_DETAIL("expected", "client");

    /* Too little room: the error stays, whole. A success does not clear it. */
    uint8_t byte = '#';
    CHECK_INT(temporal_bun_last_error(&byte, 1), length);
    CHECK_INT(byte, '#');
    CHECK_INT(temporal_bun_last_error(NULL, 5), length);
    OK(temporal_bun_queue_close(HANDLE(temporal_bun_queue_new(NULL, NULL))));
    CHECK_INT(temporal_bun_last_error_code(), TEMPORAL_BUN_CODE_INVALID_HANDLE);
    ERROR_DETAIL("expected", "client");
}

static pthread_key_t at_thread_end;

/* Runs as a thread's last, when what it had of its own is gone. */
static void free_what_is_gone(void *handle)
{
    CHECK_INT(temporal_bun_client_free((uint64_t)(uintptr_t)handle), TEMPORAL_BUN_CODE_INVALID_HANDLE);
    CHECK_INT(temporal_bun_last_error_code(), TEMPORAL_BUN_CODE_INVALID_HANDLE);
    CHECK(temporal_bun_last_error(NULL, 0) >= 0);
}

static void *end_with_a_failure(void *unused)
{
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_worker_free(0));
    CHECK_INT(pthread_setspecific(at_thread_end, (void *)(uintptr_t)(UINT64_C(1) << 40)), 0);
    return unused;
}

static void a_call_may_fail_while_its_thread_ends(void)
{
    CHECK_INT(pthread_key_create(&at_thread_end, free_what_is_gone), 0);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, end_with_a_failure, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(pthread_key_delete(at_thread_end), 0);
}

/* Says if a thread of this process is one of the library's, and which signals it blocks. */
static int is_of_the_library(const char *thread, uint64_t *blocked)
{
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/status", thread);
    FILE *status = fopen(path, "r");
    int found = 0;
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        found |= strcmp(line, "Name:\ttemporal-core\n") == 0;
        sscanf(line, "SigBlk:\t%" SCNx64, blocked);
    }
    if (status != NULL) {
        fclose(status);
    }
    return found;
}

/* Its threads write to sockets, and a program in C does not ignore the signal. */
static void a_lost_connection_does_not_end_the_process(void)
{
    struct silent_server server = silent_server_start();
    uint64_t runtime = HANDLE(temporal_bun_runtime_new(TEXT("{\"workerThreads\":1}")));
    /* Its one thread has run when there is a client. */
    OK(temporal_bun_client_free(silent_client(runtime, &server)));
    DIR *threads = opendir("/proc/self/task");
    CHECK(threads != NULL);
    int count = 0;
    for (struct dirent *thread = readdir(threads); thread != NULL; thread = readdir(threads)) {
        uint64_t blocked = 0;
        if (is_of_the_library(thread->d_name, &blocked)) {
            CHECK(blocked >> (SIGPIPE - 1) & 1);
            count++;
        }
    }
    closedir(threads);
    CHECK(count > 0);
    OK(temporal_bun_runtime_free(runtime));
    silent_server_stop(&server);
}

int main(void)
{
    TEST(the_library_says_what_it_is);
    TEST(a_handle_is_a_number_that_is_never_used_twice);
    TEST(a_runtime_lives_until_it_is_freed);
    TEST(metrics_are_freed_in_any_order);
    TEST(a_client_keeps_its_runtime);
    TEST(a_connect_does_not_keep_its_runtime);
    TEST(a_worker_keeps_its_runtime_and_its_client);
    TEST(a_worker_that_was_freed_makes_room_for_another);
    TEST(a_replay_worker_that_was_freed_leaves_nothing);
    TEST(a_worker_ends_in_two_phases_and_is_then_freed);
    TEST(a_server_that_does_not_start_leaves_no_handle);
    TEST(a_call_to_a_queue_ends_its_own_handle);
    TEST(each_thread_has_its_own_last_error);
    TEST(a_call_may_fail_while_its_thread_ends);
    TEST(a_lost_connection_does_not_end_the_process);
}

/*
 * Pending handles: polled, waited for, taken, taken twice, cancelled, freed; also while the call is under way, and by
 * several threads at once.
 */
#include "support/replay_worker.h"
#include "support/silent_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { PENDING, READY, FAILED };

static struct silent_server server;
static uint64_t runtime, client;

static uint64_t connect_call(void)
{
    char *config = hasty_client_config(server.target);
    uint64_t connect = HANDLE(temporal_bun_client_connect(runtime, TEXT(config), 0, 0));
    free(config);
    return connect;
}

static void a_call_is_pending_while_it_is_under_way(void)
{
    uint64_t call = HANDLE(endless_call(client, 0, 0));
    uint8_t byte;
    CHECK_INT(temporal_bun_pending_poll(call), PENDING);
    CHECK_INT(temporal_bun_pending_wait(call, 0), PENDING);
    CHECK_INT(temporal_bun_pending_wait(call, 20), PENDING);
    FAILS_SIZE(TEMPORAL_BUN_CODE_NOT_READY, temporal_bun_pending_result_size(call));
    FAILS_SIZE(TEMPORAL_BUN_CODE_NOT_READY, temporal_bun_pending_take(call, &byte, 1));
    FAILS_HANDLE(TEMPORAL_BUN_CODE_NOT_READY, temporal_bun_pending_take_handle(call));
    CHECK_INT(temporal_bun_pending_poll(call), PENDING);
    OK(temporal_bun_pending_cancel(call));
    FAILS_LATER(TEMPORAL_BUN_CODE_CANCELLED, call);
}

static void a_cancelled_call_fails(void)
{
    uint64_t call = HANDLE(endless_call(client, 0, 0));
    OK(temporal_bun_pending_cancel(call));
    OK(temporal_bun_pending_cancel(call));
    CHECK_INT(temporal_bun_pending_wait(call, PATIENCE_MS), FAILED);
    CHECK_INT(temporal_bun_pending_poll(call), FAILED);
    /* An error can be read again and again. */
    for (int i = 0; i < 2; i++) {
        FAILS_SIZE(TEMPORAL_BUN_CODE_CANCELLED, temporal_bun_pending_result_size(call));
        FAILS_SIZE(TEMPORAL_BUN_CODE_CANCELLED, temporal_bun_pending_take(call, NULL, 0));
        FAILS_HANDLE(TEMPORAL_BUN_CODE_CANCELLED, temporal_bun_pending_take_handle(call));
    }
    OK(temporal_bun_pending_free(call));
}

static void a_failed_call_has_its_own_error(void)
{
    struct silent_server gone = silent_server_start();
    silent_server_stop(&gone);
    char *config = hasty_client_config(gone.target);
    uint64_t connect = HANDLE(temporal_bun_client_connect(runtime, TEXT(config), 0, 0));
    free(config);
    CHECK_INT(temporal_bun_pending_wait(connect, PATIENCE_MS), FAILED);
    FAILS_HANDLE(TEMPORAL_BUN_CODE_CONNECT_FAILED, temporal_bun_pending_take_handle(connect));
    FAILS_LATER(TEMPORAL_BUN_CODE_CONNECT_FAILED, connect);
}

static void a_call_that_runs_out_of_time_fails(void)
{
    uint64_t call = HANDLE(temporal_bun_client_call(
        client, TEXT("temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo"), NULL, 0,
        TEXT("{\"retry\":false,\"timeoutMs\":20}"), 0, 0));
    CHECK_INT(temporal_bun_pending_wait(call, PATIENCE_MS), FAILED);
    FAILS_SIZE(TEMPORAL_BUN_CODE_RPC_FAILED, temporal_bun_pending_take(call, NULL, 0));
    OK(temporal_bun_pending_free(call));
}

static void a_handle_is_taken_once(void)
{
    uint64_t connect = connect_call();
    CHECK_INT(temporal_bun_pending_wait(connect, -1), READY);
    CHECK_INT(temporal_bun_pending_result_size(connect), 8);
    uint8_t bytes[8];
    FAILS_SIZE(TEMPORAL_BUN_CODE_FAILED_PRECONDITION, temporal_bun_pending_take(connect, bytes, sizeof bytes));
    uint64_t made = HANDLE(temporal_bun_pending_take_handle(connect));
    FAILS_HANDLE(TEMPORAL_BUN_CODE_ALREADY_TAKEN, temporal_bun_pending_take_handle(connect));
    FAILS_SIZE(TEMPORAL_BUN_CODE_ALREADY_TAKEN, temporal_bun_pending_take(connect, bytes, sizeof bytes));
    FAILS_SIZE(TEMPORAL_BUN_CODE_ALREADY_TAKEN, temporal_bun_pending_result_size(connect));
    FAILS(TEMPORAL_BUN_CODE_ALREADY_TAKEN, -temporal_bun_pending_poll(connect));
    FAILS(TEMPORAL_BUN_CODE_ALREADY_TAKEN, -temporal_bun_pending_wait(connect, -1));
    OK(temporal_bun_pending_free(connect));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_pending_free(connect));
    /* What was taken outlives the call. */
    OK(temporal_bun_client_free(made));
}

static void a_handle_that_nobody_took_is_freed(void)
{
    uint64_t connect = connect_call();
    CHECK_INT(temporal_bun_pending_wait(connect, PATIENCE_MS), READY);
    /* Handles are counted up, and nothing else makes one here. */
    uint64_t made = connect + 1;
    OK(temporal_bun_client_update_api_key(made, NULL, 0));
    OK(temporal_bun_pending_free(connect));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_client_update_api_key(made, NULL, 0));
}

static void bytes_are_taken_whole_and_once(void)
{
    uint64_t worker = replay_worker(runtime);
    push_short_history(worker, "run");
    uint64_t poll = HANDLE(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    CHECK_INT(temporal_bun_pending_wait(poll, PATIENCE_MS), READY);
    int64_t size = temporal_bun_pending_result_size(poll);
    CHECK(size > 0);
    FAILS_HANDLE(TEMPORAL_BUN_CODE_FAILED_PRECONDITION, temporal_bun_pending_take_handle(poll));
    FAILS_SIZE(TEMPORAL_BUN_CODE_INVALID_ARGUMENT, temporal_bun_pending_take(poll, NULL, (size_t)size));

    uint8_t *bytes = malloc((size_t)size + 8);
    memset(bytes, '#', (size_t)size + 8);
    for (int64_t capacity = 0; capacity < size; capacity++) {
        FAILS_SIZE(TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL, temporal_bun_pending_take(poll, bytes, (size_t)capacity));
        ERROR_DETAIL_INT("needed", size);
        ERROR_DETAIL_INT("capacity", capacity);
    }
    CHECK_INT(bytes[0], '#');
    CHECK_INT(temporal_bun_pending_take(poll, bytes, (size_t)size + 8), size);
    CHECK_INT(bytes[size], '#');
    FAILS_SIZE(TEMPORAL_BUN_CODE_ALREADY_TAKEN, temporal_bun_pending_take(poll, bytes, (size_t)size));
    OK(temporal_bun_pending_free(poll));

    Activation *activation = decode_activation(bytes, (size_t)size);
    CHECK_TEXT(activation->run_id, "run");
    struct bytes answer = short_history_answer(activation);
    uint64_t complete =
        HANDLE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, 0, 0));
    FAILS(TEMPORAL_BUN_CODE_FAILED_PRECONDITION, temporal_bun_pending_cancel(complete));
    DONE(complete);
    bytes_free(answer);
    message_free(activation);
    free(bytes);
    end_worker(worker);
}

/* The next task of the worker is the first of this run; it is answered. */
static void answer_first_task(uint64_t worker, uint64_t poll, const char *run_id)
{
    struct bytes task = RESULT(poll);
    Activation *activation = decode_activation(task.data, task.length);
    CHECK_TEXT(activation->run_id, run_id);
    CHECK_INT(eviction_reason(activation), -1);
    struct bytes answer = short_history_answer(activation);
    DONE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, 0, 0));
    bytes_free(answer);
    bytes_free(task);
    message_free(activation);
}

static void a_task_that_nobody_took_comes_again(void)
{
    uint64_t worker = replay_worker(runtime);
    push_short_history(worker, "run");
    uint64_t poll = HANDLE(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    CHECK_INT(temporal_bun_pending_wait(poll, PATIENCE_MS), READY);
    OK(temporal_bun_pending_free(poll));
    answer_first_task(worker, temporal_bun_worker_poll_workflow_task(worker, 0, 0), "run");
    end_worker(worker);
}

static void a_poll_that_is_freed_under_way_loses_no_task(void)
{
    uint64_t worker = replay_worker(runtime);
    uint64_t poll = HANDLE(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    OK(temporal_bun_pending_free(poll));
    push_short_history(worker, "run");
    answer_first_task(worker, temporal_bun_worker_poll_workflow_task(worker, 0, 0), "run");
    end_worker(worker);
}

static void a_poll_that_is_cancelled_loses_no_task(void)
{
    uint64_t worker = replay_worker(runtime);
    uint64_t poll = HANDLE(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    CHECK_INT(temporal_bun_pending_wait(poll, 20), PENDING);
    OK(temporal_bun_pending_cancel(poll));
    FAILS_LATER(TEMPORAL_BUN_CODE_CANCELLED, poll);
    /* Also one that waited before there was a task. */
    poll = HANDLE(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    push_short_history(worker, "run");
    answer_first_task(worker, poll, "run");
    end_worker(worker);
}

static void a_call_that_is_freed_under_way_goes_on_without_its_handle(void)
{
    uint64_t call = HANDLE(endless_call(client, 0, 0));
    OK(temporal_bun_pending_free(call));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, -temporal_bun_pending_poll(call));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_pending_cancel(call));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_pending_free(call));
}

static void *wait_for_failure(void *pending)
{
    CHECK_INT(temporal_bun_pending_wait(*(uint64_t *)pending, -1), FAILED);
    return NULL;
}

static void every_thread_that_waits_is_woken(void)
{
    uint64_t call = HANDLE(endless_call(client, 0, 0));
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, wait_for_failure, &call), 0);
    }
    OK(temporal_bun_pending_cancel(call));
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
    OK(temporal_bun_pending_free(call));
}

static atomic_int taken;
static pthread_barrier_t together;

static void *take_the_handle(void *pending)
{
    pthread_barrier_wait(&together);
    uint64_t made = temporal_bun_pending_take_handle(*(uint64_t *)pending);
    if (made != 0) {
        atomic_fetch_add(&taken, 1);
        OK(temporal_bun_client_free(made));
    } else {
        CHECK_INT(temporal_bun_last_error_code(), TEMPORAL_BUN_CODE_ALREADY_TAKEN);
    }
    return NULL;
}

static atomic_int freed;

static void *free_the_handle(void *pending)
{
    pthread_barrier_wait(&together);
    if (temporal_bun_pending_free(*(uint64_t *)pending) == TEMPORAL_BUN_CODE_OK) {
        atomic_fetch_add(&freed, 1);
    } else {
        CHECK_INT(temporal_bun_last_error_code(), TEMPORAL_BUN_CODE_INVALID_HANDLE);
    }
    return NULL;
}

static void at_once(void *(*body)(void *), void *argument)
{
    pthread_t threads[4];
    CHECK_INT(pthread_barrier_init(&together, NULL, 4), 0);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, body, argument), 0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
    pthread_barrier_destroy(&together);
}

static void of_several_threads_one_takes_and_one_frees(void)
{
    for (int round = 0; round < 20; round++) {
        uint64_t connect = connect_call();
        CHECK_INT(temporal_bun_pending_wait(connect, PATIENCE_MS), READY);
        taken = freed = 0;
        at_once(take_the_handle, &connect);
        at_once(free_the_handle, &connect);
        CHECK_INT(taken, 1);
        CHECK_INT(freed, 1);
    }
}

static void a_cancellation_may_come_too_late(void)
{
    for (int round = 0; round < 20; round++) {
        uint64_t connect = connect_call();
        OK(temporal_bun_pending_cancel(connect));
        if (temporal_bun_pending_wait(connect, PATIENCE_MS) == READY) {
            OK(temporal_bun_client_free(temporal_bun_pending_take_handle(connect)));
            OK(temporal_bun_pending_free(connect));
        } else {
            FAILS_LATER(TEMPORAL_BUN_CODE_CANCELLED, connect);
        }
    }
}

int main(void)
{
    server = silent_server_start();
    runtime = new_runtime();
    client = silent_client(runtime, &server);
    TEST(a_call_is_pending_while_it_is_under_way);
    TEST(a_cancelled_call_fails);
    TEST(a_failed_call_has_its_own_error);
    TEST(a_call_that_runs_out_of_time_fails);
    TEST(a_handle_is_taken_once);
    TEST(a_handle_that_nobody_took_is_freed);
    TEST(bytes_are_taken_whole_and_once);
    TEST(a_task_that_nobody_took_comes_again);
    TEST(a_poll_that_is_freed_under_way_loses_no_task);
    TEST(a_poll_that_is_cancelled_loses_no_task);
    TEST(a_call_that_is_freed_under_way_goes_on_without_its_handle);
    TEST(every_thread_that_waits_is_woken);
    TEST(of_several_threads_one_takes_and_one_frees);
    TEST(a_cancellation_may_come_too_late);
    OK(temporal_bun_client_free(client));
    OK(temporal_bun_runtime_free(runtime));
    silent_server_stop(&server);
}

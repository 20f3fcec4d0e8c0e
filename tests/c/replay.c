/*
 * Replay: the history of a workflow that a real server ran is replayed by the same code without failure, and by other
 * code with an eviction for nondeterminism.
 */
#include "support/greeting.h"
#include "support/temporal.h"

#include <stdio.h>
#include <stdlib.h>

#define TASK_QUEUE "replayed"

static struct temporal temporal;
static struct bytes history;

/* Runs a workflow to its end on one queue for all tasks, and keeps its history. */
static void record_a_history(void)
{
    uint64_t worker = temporal_worker(&temporal, TASK_QUEUE, WORKFLOWS | ACTIVITIES, 2);
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    enum { WORKFLOW_TASK = 1, ACTIVITY_TASK };
    OK(temporal_bun_worker_attach_workflow_queue(worker, inbox.queue, WORKFLOW_TASK));
    OK(temporal_bun_worker_attach_activity_queue(worker, inbox.queue, ACTIVITY_TASK));
    free(start_workflow(temporal.client, "replay", "greeting", TASK_QUEUE, "\"Replay\""));
    for (int evicted = 0; !evicted;) {
        struct record record = inbox_next(&inbox);
        CHECK_INT(record.kind, RECORD_BYTES);
        struct bytes answer;
        if (record.tag == ACTIVITY_TASK) {
            ActivityTask *task = decode_activity_task(record.payload, record.length);
            answer = greet_answer(task);
            message_free(task);
            DONE(temporal_bun_worker_complete_activity_task(worker, answer.data, answer.length, 0, 0));
        } else {
            Activation *activation = decode_activation(record.payload, record.length);
            evicted = eviction_reason(activation) >= 0;
            answer = greeting_answer(activation, TASK_QUEUE);
            message_free(activation);
            /* Quiet: only a failure would come through the queue. */
            HANDLE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, inbox.queue, 0));
        }
        bytes_free(answer);
    }
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    for (int ended = 0; ended < 2; ended++) {
        CHECK_INT(inbox_next(&inbox).kind, RECORD_END);
    }
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
    OK(temporal_bun_worker_free(worker));

    CHECK_TEXT(workflow_result(temporal.client, "replay"), "\"Hello, Replay!\"");
    history = workflow_history(temporal.client, "replay");
    messages_free();
}

typedef struct bytes (*workflow_code)(const Activation *activation, const char *task_queue);

/* Replays the history this many times over with this code; why the runs were evicted. */
static int replay_with(workflow_code code, int times)
{
    char *config = worker_config(TASK_QUEUE, WORKFLOWS, 2);
    uint64_t worker = HANDLE(temporal_bun_replay_worker_new(temporal.runtime, TEXT(config)));
    free(config);
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    OK(temporal_bun_worker_attach_workflow_queue(worker, inbox.queue, 1));
    int pushed = 0, evictions = 0, reason = -1;
    for (;;) {
        /* One after the other: they have the same run id. */
        if (pushed == evictions && pushed < times) {
            uint64_t push = temporal_bun_replay_worker_push_history(worker, TEXT("replay"), history.data,
                                                                    history.length, 0, 0);
            DONE(push);
            if (++pushed == times) {
                OK(temporal_bun_replay_worker_end_input(worker));
            }
        }
        struct record record = inbox_next(&inbox);
        if (record.kind == RECORD_END) {
            break;
        }
        CHECK_INT(record.kind, RECORD_BYTES);
        Activation *activation = decode_activation(record.payload, record.length);
        if (eviction_reason(activation) >= 0) {
            evictions++;
            reason = eviction_reason(activation);
        } else {
            CHECK(activation->is_replaying);
        }
        struct bytes answer = code(activation, TASK_QUEUE);
        DONE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, 0, 0));
        bytes_free(answer);
        message_free(activation);
    }
    CHECK_INT(evictions, times);
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
    messages_free();
    return reason;
}

static void the_same_code_replays(void)
{
    int reason = replay_with(greeting_answer, 3);
    CHECK(reason != EVICTION(NONDETERMINISM) && reason != EVICTION(FATAL) && reason != EVICTION(LANG_FAIL));
}

/* Starts a timer where the workflow called an activity. */
static struct bytes timer_answer(const Activation *activation, const char *task_queue)
{
    (void)task_queue;
    Command *command = eviction_reason(activation) < 0 ? start_timer(1, 1000) : NULL;
    return activation_completion(activation->run_id, &command, command != NULL);
}

/* Calls another activity. */
static struct bytes other_activity_answer(const Activation *activation, const char *task_queue)
{
    Command *command =
        eviction_reason(activation) < 0 ? schedule_activity(1, "wave", task_queue, payload("\"Replay\"")) : NULL;
    return activation_completion(activation->run_id, &command, command != NULL);
}

static void other_code_is_told_of_nondeterminism(void)
{
    CHECK_INT(replay_with(timer_answer, 1), EVICTION(NONDETERMINISM));
    CHECK_INT(replay_with(other_activity_answer, 2), EVICTION(NONDETERMINISM));
}

int main(void)
{
    temporal = temporal_start();
    TEST(record_a_history);
    TEST(the_same_code_replays);
    TEST(other_code_is_told_of_nondeterminism);
    bytes_free(history);
    temporal_stop(&temporal);
}

/*
 * The bookkeeping of permits: a worker takes as many activity tasks as it has slots, and each completion, of any
 * kind, gives its slot back. A slot that was not given back would keep a later task, or the second phase of the
 * shutdown, from coming.
 */
#include "support/shutdown.h"
#include "support/temporal.h"

#include <stdio.h>
#include <stdlib.h>

#define TASK_QUEUE "slots"
enum { SLOTS = 2, TASKS = 5 };

static struct temporal temporal;

/* The workflow calls the activity this many times at once, and completes when all have returned. */
static void answer_workflow_task(uint64_t worker, int *returned)
{
    struct bytes bytes = RESULT(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    Activation *activation = decode_activation(bytes.data, bytes.length);
    Command *commands[TASKS];
    size_t count = 0;
    for (size_t i = 0; i < activation->n_jobs; i++) {
        if (activation->jobs[i]->variant_case == JOB(INITIALIZE_WORKFLOW)) {
            for (uint32_t seq = 1; seq <= TASKS; seq++) {
                commands[count++] = schedule_activity(seq, "work", TASK_QUEUE, payload("null"));
            }
        } else if (activation->jobs[i]->variant_case == JOB(RESOLVE_ACTIVITY) && ++*returned == TASKS) {
            commands[count++] = complete_workflow(payload("\"done\""));
        }
    }
    struct bytes answer = activation_completion(activation->run_id, commands, count);
    DONE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, 0, 0));
    bytes_free(answer);
    bytes_free(bytes);
    message_free(activation);
}

/* Starts a workflow, whose activities are then there to be polled. */
static uint64_t workflow_worker_with_tasks(const char *workflow_id)
{
    uint64_t worker = temporal_worker(&temporal, TASK_QUEUE, WORKFLOWS, SLOTS);
    free(start_workflow(temporal.client, workflow_id, "slots", TASK_QUEUE, "null"));
    int returned = 0;
    answer_workflow_task(worker, &returned);
    return worker;
}

static void complete_workflow_and_end(uint64_t worker, const char *workflow_id)
{
    int returned = 0;
    while (returned < TASKS) {
        answer_workflow_task(worker, &returned);
    }
    CHECK_TEXT(workflow_result(temporal.client, workflow_id), "\"done\"");
    end_worker(worker);
}

static ActivityTask *take_task(uint64_t poll)
{
    struct bytes bytes = RESULT(poll);
    ActivityTask *task = decode_activity_task(bytes.data, bytes.length);
    CHECK_INT(task->variant_case, CORESDK__ACTIVITY_TASK__ACTIVITY_TASK__VARIANT_START);
    bytes_free(bytes);
    return task;
}

/* `failure`: this attempt fails, and the task comes again. */
static void end_task(uint64_t worker, ActivityTask *task, const char *failure)
{
    struct bytes completion = activity_completion(task, payload("null"), failure);
    DONE(temporal_bun_worker_complete_activity_task(worker, completion.data, completion.length, 0, 0));
    bytes_free(completion);
    message_free(task);
}

static void a_slot_is_given_back_with_each_completion(void)
{
    uint64_t workflows = workflow_worker_with_tasks("slots-polled");
    uint64_t worker = temporal_worker(&temporal, TASK_QUEUE, ACTIVITIES, SLOTS);
    ActivityTask *first = take_task(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    ActivityTask *second = take_task(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    /* Both slots are taken: three more tasks are there, and none comes. */
    uint64_t poll = HANDLE(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    CHECK_INT(temporal_bun_pending_wait(poll, 500), 0);
    end_task(worker, first, NULL);
    ActivityTask *third = take_task(poll);
    poll = HANDLE(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    CHECK_INT(temporal_bun_pending_wait(poll, 500), 0);
    /* A failure gives back its slot as well. The attempt comes again. */
    end_task(worker, second, "try again");
    ActivityTask *fourth = take_task(poll);
    end_task(worker, third, NULL);
    end_task(worker, fourth, NULL);
    for (int left = TASKS - 3; left > 0; left--) {
        end_task(worker, take_task(temporal_bun_worker_poll_activity_task(worker, 0, 0)), NULL);
    }
    complete_workflow_and_end(workflows, "slots-polled");

    OK(temporal_bun_worker_initiate_shutdown(worker));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_activity_task(worker, 0, 0));
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
}

static void a_stream_has_no_more_tasks_than_slots(void)
{
    uint64_t workflows = workflow_worker_with_tasks("slots-streamed");
    uint64_t worker = temporal_worker(&temporal, TASK_QUEUE, ACTIVITIES, SLOTS);
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    OK(temporal_bun_worker_attach_activity_queue(worker, inbox.queue, 1));
    ActivityTask *tasks[SLOTS];
    struct record record;
    for (int i = 0; i < SLOTS; i++) {
        record = inbox_next(&inbox);
        CHECK_INT(record.kind, RECORD_BYTES);
        tasks[i] = decode_activity_task(record.payload, record.length);
    }
    CHECK_INT(temporal_bun_queue_wait(inbox.queue, 500), 0);

    /* Another queue gets what was not drained from a queue that is closed. */
    end_task(worker, tasks[0], NULL);
    CHECK_INT(temporal_bun_queue_wait(inbox.queue, PATIENCE_MS), 1);
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
    inbox = (struct inbox){.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    OK(temporal_bun_worker_attach_activity_queue(worker, inbox.queue, 2));
    end_task(worker, tasks[1], NULL);
    for (int left = TASKS - SLOTS; left > 0; left--) {
        record = inbox_next(&inbox);
        CHECK_INT(record.tag, 2);
        end_task(worker, decode_activity_task(record.payload, record.length), NULL);
    }
    complete_workflow_and_end(workflows, "slots-streamed");

    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    record = inbox_next(&inbox);
    CHECK_INT(record.kind, RECORD_END);
    CHECK(!inbox_poll(&inbox, &record));
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
    OK(temporal_bun_worker_free(worker));
}

static void a_shutdown_waits_for_the_tasks_that_are_out(void)
{
    uint64_t workflows = workflow_worker_with_tasks("slots-shutdown");
    uint64_t worker = temporal_worker(&temporal, TASK_QUEUE, ACTIVITIES, SLOTS);
    ActivityTask *first = take_task(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    ActivityTask *second = take_task(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    uint64_t finalize = HANDLE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    uint64_t poll = HANDLE(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    CHECK_INT(temporal_bun_pending_wait(finalize, 200), 0);
    end_task(worker, first, NULL);
    CHECK_INT(temporal_bun_pending_wait(finalize, 200), 0);
    end_task(worker, second, NULL);
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, poll);
    DONE(finalize);
    OK(temporal_bun_worker_free(worker));

    /* The next worker takes the rest. */
    worker = temporal_worker(&temporal, TASK_QUEUE, ACTIVITIES, SLOTS);
    for (int left = TASKS - 2; left > 0; left--) {
        end_task(worker, take_task(temporal_bun_worker_poll_activity_task(worker, 0, 0)), NULL);
    }
    complete_workflow_and_end(workflows, "slots-shutdown");
    OK(temporal_bun_worker_initiate_shutdown(worker));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_activity_task(worker, 0, 0));
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
}

int main(void)
{
    temporal = temporal_start();
    TEST(a_slot_is_given_back_with_each_completion);
    TEST(a_stream_has_no_more_tasks_than_slots);
    TEST(a_shutdown_waits_for_the_tasks_that_are_out);
    temporal_stop(&temporal);
}

/*
 * Workflow tasks for several threads: all activations of a run come to one queue, and the runs of a queue that is
 * closed continue on another. Every thread completes what it got itself.
 */
#include "support/greeting.h"
#include "support/temporal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define TASK_QUEUE "routed"
enum { MOST_RUNS = 32, TASK_TAG = 1, STOP_TAG };

static struct temporal temporal;
static uint64_t worker;

/* A thread that runs workflows, with a queue of its own. */
struct workflow_thread {
    pthread_t thread;
    struct inbox inbox;
    /* What it saw: the runs that started or continued here, in their first activation. */
    char *runs[MOST_RUNS];
    atomic_int run_count;
    /* A caller that waits for `run_count` is told here. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static int find_run(const struct workflow_thread *thread, const char *run_id)
{
    for (int i = 0; i < thread->run_count; i++) {
        if (strcmp(thread->runs[i], run_id) == 0) {
            return 1;
        }
    }
    return 0;
}

static void note_run(struct workflow_thread *thread, const Activation *activation)
{
    CHECK(activation->n_jobs > 0);
    int starts = activation->jobs[0]->variant_case == JOB(INITIALIZE_WORKFLOW);
    /* Everything but the first activation of a run is about a run that this thread has. */
    CHECK(starts || find_run(thread, activation->run_id));
    if (!starts || find_run(thread, activation->run_id)) {
        return;
    }
    CHECK(thread->run_count < MOST_RUNS);
    pthread_mutex_lock(&thread->lock);
    thread->runs[thread->run_count] = strdup(activation->run_id);
    thread->run_count++;
    pthread_cond_signal(&thread->changed);
    pthread_mutex_unlock(&thread->lock);
}

static void *run_workflows(void *argument)
{
    struct workflow_thread *thread = argument;
    for (;;) {
        struct record record = inbox_next(&thread->inbox);
        if (record.kind == RECORD_END || record.tag == STOP_TAG) {
            break;
        }
        CHECK_INT(record.kind, RECORD_BYTES);
        Activation *activation = decode_activation(record.payload, record.length);
        note_run(thread, activation);
        struct bytes answer = greeting_answer(activation, TASK_QUEUE);
        HANDLE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, thread->inbox.queue, 0));
        bytes_free(answer);
        message_free(activation);
        messages_free();
    }
    return NULL;
}

static void workflow_thread_attach(struct workflow_thread *thread)
{
    *thread = (struct workflow_thread){.inbox.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    CHECK_INT(pthread_mutex_init(&thread->lock, NULL), 0);
    CHECK_INT(pthread_cond_init(&thread->changed, NULL), 0);
    OK(temporal_bun_worker_attach_workflow_queue(worker, thread->inbox.queue, TASK_TAG));
}

static void workflow_thread_run(struct workflow_thread *thread)
{
    CHECK_INT(pthread_create(&thread->thread, NULL, run_workflows, thread), 0);
}

/* Ends the thread where it is, and closes its queue. */
static void workflow_thread_close(struct workflow_thread *thread)
{
    OK(temporal_bun_queue_post(thread->inbox.queue, STOP_TAG, NULL, 0));
    CHECK_INT(pthread_join(thread->thread, NULL), 0);
    OK(temporal_bun_queue_close(thread->inbox.queue));
}

static void workflow_thread_free(struct workflow_thread *thread)
{
    inbox_free(&thread->inbox);
    for (int i = 0; i < thread->run_count; i++) {
        free(thread->runs[i]);
    }
    pthread_mutex_destroy(&thread->lock);
    pthread_cond_destroy(&thread->changed);
}

/* Starts workflows <prefix>-0, <prefix>-1, … */
static void start_workflows(const char *prefix, int count)
{
    for (int i = 0; i < count; i++) {
        char id[64];
        snprintf(id, sizeof id, "%s-%d", prefix, i);
        free(start_workflow(temporal.client, id, "greeting", TASK_QUEUE, "\"Route\""));
    }
}

static void expect_results(const char *prefix, int count)
{
    for (int i = 0; i < count; i++) {
        char id[64];
        snprintf(id, sizeof id, "%s-%d", prefix, i);
        CHECK_TEXT(workflow_result(temporal.client, id), "\"Hello, Route!\"");
    }
}

/* Takes this many activity tasks, and only then completes them: till then all workflows wait. */
static void run_activities(struct inbox *activities, int count)
{
    ActivityTask *tasks[MOST_RUNS];
    for (int i = 0; i < count; i++) {
        struct record record = inbox_next(activities);
        CHECK_INT(record.kind, RECORD_BYTES);
        tasks[i] = decode_activity_task(record.payload, record.length);
    }
    for (int i = 0; i < count; i++) {
        struct bytes answer = greet_answer(tasks[i]);
        DONE(temporal_bun_worker_complete_activity_task(worker, answer.data, answer.length, 0, 0));
        bytes_free(answer);
        message_free(tasks[i]);
    }
}

static void end_streamed_worker(struct inbox *activities)
{
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    CHECK_INT(inbox_next(activities).kind, RECORD_END);
    OK(temporal_bun_queue_close(activities->queue));
    inbox_free(activities);
    OK(temporal_bun_worker_free(worker));
    messages_free();
}

static struct inbox start_worker(void)
{
    worker = temporal_worker(&temporal, TASK_QUEUE, WORKFLOWS | ACTIVITIES, MOST_RUNS);
    struct inbox activities = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    OK(temporal_bun_worker_attach_activity_queue(worker, activities.queue, TASK_TAG));
    return activities;
}

static void a_run_stays_with_one_queue(void)
{
    enum { WORKFLOW_COUNT = 10 };
    struct inbox activities = start_worker();
    struct workflow_thread threads[2];
    for (int i = 0; i < 2; i++) {
        workflow_thread_attach(&threads[i]);
        workflow_thread_run(&threads[i]);
    }
    start_workflows("stays", WORKFLOW_COUNT);
    run_activities(&activities, WORKFLOW_COUNT);
    expect_results("stays", WORKFLOW_COUNT);
    end_streamed_worker(&activities);
    int runs = 0;
    for (int i = 0; i < 2; i++) {
        CHECK_INT(pthread_join(threads[i].thread, NULL), 0);
        OK(temporal_bun_queue_close(threads[i].inbox.queue));
        /* A new run goes where the fewest are. */
        CHECK_INT(threads[i].run_count, WORKFLOW_COUNT / 2);
        runs += threads[i].run_count;
    }
    CHECK_INT(runs, WORKFLOW_COUNT);
    for (int i = 0; i < threads[0].run_count; i++) {
        CHECK(!find_run(&threads[1], threads[0].runs[i]));
    }
    workflow_thread_free(&threads[0]);
    workflow_thread_free(&threads[1]);
}

static void the_runs_of_a_closed_queue_continue_on_another(void)
{
    enum { WORKFLOW_COUNT = 6 };
    struct inbox activities = start_worker();
    struct workflow_thread leaving, staying;
    workflow_thread_attach(&leaving);
    workflow_thread_attach(&staying);
    workflow_thread_run(&leaving);
    workflow_thread_run(&staying);
    start_workflows("moves", WORKFLOW_COUNT);
    /* All workflows wait for their activities now, half of them in each thread. */
    while (temporal_bun_queue_wait(activities.queue, PATIENCE_MS) != 1) {
    }
    pthread_mutex_lock(&leaving.lock);
    while (leaving.run_count < WORKFLOW_COUNT / 2) {
        pthread_cond_wait(&leaving.changed, &leaving.lock);
    }
    pthread_mutex_unlock(&leaving.lock);
    workflow_thread_close(&leaving);
    run_activities(&activities, WORKFLOW_COUNT);
    expect_results("moves", WORKFLOW_COUNT);
    end_streamed_worker(&activities);
    CHECK_INT(pthread_join(staying.thread, NULL), 0);
    OK(temporal_bun_queue_close(staying.inbox.queue));
    /* The runs of the thread that left were replayed by the one that stayed. */
    CHECK_INT(staying.run_count, WORKFLOW_COUNT);
    for (int i = 0; i < leaving.run_count; i++) {
        CHECK(find_run(&staying, leaving.runs[i]));
    }
    workflow_thread_free(&leaving);
    workflow_thread_free(&staying);
}

static void activations_that_were_not_answered_are_lost_to_nobody(void)
{
    enum { WORKFLOW_COUNT = 4 };
    struct inbox activities = start_worker();
    /* This one takes an activation and goes away; another it does not even take. */
    struct workflow_thread leaving, staying;
    workflow_thread_attach(&leaving);
    start_workflows("unanswered", 2);
    struct record record = inbox_next(&leaving.inbox);
    CHECK_INT(record.kind, RECORD_BYTES);
    workflow_thread_attach(&staying);
    workflow_thread_run(&staying);
    OK(temporal_bun_queue_close(leaving.inbox.queue));
    start_workflows("unanswered-more", WORKFLOW_COUNT - 2);
    run_activities(&activities, WORKFLOW_COUNT);
    expect_results("unanswered", 2);
    expect_results("unanswered-more", WORKFLOW_COUNT - 2);
    end_streamed_worker(&activities);
    CHECK_INT(pthread_join(staying.thread, NULL), 0);
    OK(temporal_bun_queue_close(staying.inbox.queue));
    CHECK_INT(staying.run_count, WORKFLOW_COUNT);
    workflow_thread_free(&leaving);
    workflow_thread_free(&staying);
}

static void activations_wait_for_a_queue(void)
{
    struct inbox activities = start_worker();
    struct workflow_thread first, second;
    /* With no queue left the activation waits for the next. */
    workflow_thread_attach(&first);
    workflow_thread_run(&first);
    workflow_thread_close(&first);
    start_workflows("waits", 2);
    workflow_thread_attach(&second);
    workflow_thread_run(&second);
    run_activities(&activities, 2);
    expect_results("waits", 2);
    end_streamed_worker(&activities);
    CHECK_INT(pthread_join(second.thread, NULL), 0);
    OK(temporal_bun_queue_close(second.inbox.queue));
    CHECK_INT(first.run_count, 0);
    CHECK_INT(second.run_count, 2);
    workflow_thread_free(&first);
    workflow_thread_free(&second);
}

int main(void)
{
    temporal = temporal_start();
    TEST(a_run_stays_with_one_queue);
    TEST(the_runs_of_a_closed_queue_continue_on_another);
    TEST(activations_that_were_not_answered_are_lost_to_nobody);
    TEST(activations_wait_for_a_queue);
    temporal_stop(&temporal);
}

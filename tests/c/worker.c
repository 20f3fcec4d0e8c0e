/*
 * A whole worker in C against a real server: it answers the workflow's tasks, runs the activity, with a heartbeat and
 * a failed attempt, and shuts down in two phases. Everything by polling, in one thread: the plain way.
 */
#include "support/greeting.h"
#include "support/temporal.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TASK_QUEUE "plain"

static struct temporal temporal;

static ActivityTask *poll_activity_task(uint64_t worker)
{
    struct bytes bytes = RESULT(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    ActivityTask *task = decode_activity_task(bytes.data, bytes.length);
    bytes_free(bytes);
    return task;
}

static void complete_activity_task(uint64_t worker, struct bytes completion)
{
    DONE(temporal_bun_worker_complete_activity_task(worker, completion.data, completion.length, 0, 0));
    bytes_free(completion);
}

static void a_worker_in_c_runs_a_workflow_and_its_activity(void)
{
    uint64_t worker = temporal_worker(&temporal, TASK_QUEUE, WORKFLOWS | ACTIVITIES, 2);
    struct bytes info = RESULT(temporal_bun_worker_validate(worker, 0, 0));
    message_free(decode(&coresdk__namespace_info__descriptor, info.data, info.length));
    bytes_free(info);

    free(start_workflow(temporal.client, "greet-world", "greeting", TASK_QUEUE, "\"World\""));
    CHECK_INT(answer_workflow_task(worker, TASK_QUEUE), -1);

    ActivityTask *task = poll_activity_task(worker);
    CHECK_INT(task->start->attempt, 1);
    struct bytes heartbeat = activity_heartbeat(task, payload("\"half way\""));
    OK(temporal_bun_worker_record_activity_heartbeat(worker, heartbeat.data, heartbeat.length));
    bytes_free(heartbeat);
    complete_activity_task(worker, activity_completion(task, NULL, "not yet"));
    message_free(task);

    task = poll_activity_task(worker);
    CHECK_INT(task->start->attempt, 2);
    CHECK_INT(task->start->n_heartbeat_details, 1);
    CHECK_TEXT(payload_json(task->start->heartbeat_details[0]), "\"half way\"");
    complete_activity_task(worker, greet_answer(task));
    message_free(task);

    CHECK_INT(answer_workflow_task(worker, TASK_QUEUE), -1);
    CHECK_TEXT(workflow_result(temporal.client, "greet-world"), "\"Hello, World!\"");

    /* First phase: polls end once what is left, the eviction, is answered. */
    OK(temporal_bun_worker_initiate_shutdown(worker));
    CHECK_INT(answer_workflow_task(worker, TASK_QUEUE), EVICTION(WORKFLOW_EXECUTION_ENDING));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_activity_task(worker, 0, 0));
    /* Second phase. */
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
    messages_free();
}

static void a_task_that_no_queue_takes_does_not_keep_a_worker(void)
{
    static const char *task_queue = "given-back";
    uint64_t worker = temporal_worker(&temporal, task_queue, WORKFLOWS | ACTIVITIES, 2);
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    OK(temporal_bun_worker_attach_activity_queue(worker, queue, 1));
    free(start_workflow(temporal.client, "given-back", "greeting", task_queue, "\"World\""));
    CHECK_INT(answer_workflow_task(worker, task_queue), -1);
    /* The activity's task is there, and goes back when its queue is closed. */
    CHECK_INT(temporal_bun_queue_wait(queue, PATIENCE_MS), 1);
    OK(temporal_bun_queue_close(queue));
    uint64_t finalized = HANDLE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    DONE(finalized);
    OK(temporal_bun_worker_free(worker));

    /* The task failed, so that another worker has it at once. */
    worker = temporal_worker(&temporal, task_queue, WORKFLOWS | ACTIVITIES, 2);
    ActivityTask *task = poll_activity_task(worker);
    CHECK_INT(task->start->attempt, 2);
    complete_activity_task(worker, greet_answer(task));
    message_free(task);
    /* This worker does not know the run: it replays its start first. */
    CHECK_INT(answer_workflow_task(worker, task_queue), -1);
    CHECK_INT(answer_workflow_task(worker, task_queue), -1);
    CHECK_TEXT(workflow_result(temporal.client, "given-back"), "\"Hello, World!\"");
    OK(temporal_bun_worker_initiate_shutdown(worker));
    CHECK_INT(answer_workflow_task(worker, task_queue), EVICTION(WORKFLOW_EXECUTION_ENDING));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_activity_task(worker, 0, 0));
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
    messages_free();
}

static void completions_of_unknown_tasks_are_ignored(void)
{
    /* Core takes them for late ones. */
    uint64_t worker = temporal_worker(&temporal, TASK_QUEUE, WORKFLOWS | ACTIVITIES, 2);
    uint64_t poll = HANDLE(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    struct bytes completion = activation_completion("no such run", NULL, 0);
    DONE(temporal_bun_worker_complete_workflow_task(worker, completion.data, completion.length, 0, 0));
    bytes_free(completion);
    ActivityTask task = CORESDK__ACTIVITY_TASK__ACTIVITY_TASK__INIT;
    task.task_token = (ProtobufCBinaryData){4, (uint8_t *)"none"};
    complete_activity_task(worker, activity_completion(&task, payload("null"), NULL));
    OK(temporal_bun_worker_initiate_shutdown(worker));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, poll);
    /* Activity tasks were never asked for, which does not keep the worker. */
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
    messages_free();
}

static void an_error_of_the_server_carries_its_grpc_status(void)
{
    Temporal__Api__Common__V1__WorkflowExecution execution = TEMPORAL__API__COMMON__V1__WORKFLOW_EXECUTION__INIT;
    execution.workflow_id = "no such workflow";
    Temporal__Api__Workflowservice__V1__DescribeWorkflowExecutionRequest request =
        TEMPORAL__API__WORKFLOWSERVICE__V1__DESCRIBE_WORKFLOW_EXECUTION_REQUEST__INIT;
    request.namespace_ = "default";
    request.execution = &execution;
    struct bytes encoded = encode(&request.base);
    FAILS_LATER(TEMPORAL_BUN_CODE_RPC_FAILED,
                temporal_bun_client_call(
                    temporal.client, TEXT("temporal.api.workflowservice.v1.WorkflowService/DescribeWorkflowExecution"),
                    encoded.data, encoded.length, NULL, 0, 0, 0));
    bytes_free(encoded);
    ERROR_DETAIL_INT("grpcCode", 5);
}

static void a_worker_of_an_unknown_namespace_is_not_valid(void)
{
    char *config = worker_config(TASK_QUEUE, WORKFLOWS, 2);
    char *odd = strstr(config, "\"default\"");
    CHECK(odd != NULL);
    memcpy(odd, "\"nowhere\"", strlen("\"nowhere\""));
    uint64_t worker = HANDLE(temporal_bun_worker_new(temporal.runtime, temporal.client, TEXT(config)));
    free(config);
    FAILS_LATER(TEMPORAL_BUN_CODE_WORKER_FAILED, temporal_bun_worker_validate(worker, 0, 0));
    ERROR_DETAIL_INT("grpcCode", 5);
    OK(temporal_bun_worker_free(worker));
}

/* How many threads of core's, each for the workflows of one worker, there are. The kernel keeps 15 letters of a name. */
static int workflow_threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300], name[16] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            continue;
        if (fgets(name, sizeof name, file) != NULL && strncmp(name, "workflow-proces", 15) == 0)
            count++;
        fclose(file);
    }
    closedir(tasks);
    return count;
}

/* A runtime of its own, with a client and a worker of which one workflow task is out. */
struct busy_worker {
    uint64_t runtime, client, worker;
    int descriptors_before;
};

static struct busy_worker new_busy_worker(const char *task_queue)
{
    char target[300] = "http://";
    int64_t length = temporal_bun_server_target(temporal.server, (uint8_t *)target + 7, sizeof target - 8);
    CHECK(length > 0);
    target[7 + length] = 0;
    struct busy_worker busy = {.descriptors_before = open_descriptors()};
    busy.runtime = new_runtime();
    char *config = client_config(target);
    busy.client = RESULT_HANDLE(temporal_bun_client_connect(busy.runtime, TEXT(config), 0, 0));
    free(config);
    config = worker_config(task_queue, WORKFLOWS, 2);
    busy.worker = HANDLE(temporal_bun_worker_new(busy.runtime, busy.client, TEXT(config)));
    free(config);
    free(start_workflow(temporal.client, task_queue, "greeting", task_queue, "\"World\""));
    bytes_free(RESULT(temporal_bun_worker_poll_workflow_task(busy.worker, 0, 0)));
    return busy;
}

static void free_busy_worker(const struct busy_worker *busy)
{
    OK(temporal_bun_worker_free(busy->worker));
    OK(temporal_bun_client_free(busy->client));
    OK(temporal_bun_runtime_free(busy->runtime));
    time_t start = time(NULL);
    while (workflow_threads() > 0 || open_descriptors() > busy->descriptors_before) {
        CHECK(time(NULL) - start < PATIENCE_MS / 1000);
        sched_yield();
    }
}

static void a_worker_that_is_freed_while_a_task_is_out_leaves_no_thread_and_no_descriptor(void)
{
    struct busy_worker busy = new_busy_worker("freed");
    CHECK(workflow_threads() > 0);
    free_busy_worker(&busy);
    messages_free();
}

static void a_runtime_can_be_freed_while_a_finalization_waits_for_a_task(void)
{
    struct busy_worker busy = new_busy_worker("freed-while-finalized");
    uint64_t finalization = HANDLE(temporal_bun_worker_finalize_shutdown(busy.worker, 0, 0));
    CHECK_INT(temporal_bun_pending_wait(finalization, 200), 0);
    OK(temporal_bun_pending_free(finalization));
    free_busy_worker(&busy);
    messages_free();
}

int main(void)
{
    temporal = temporal_start();
    TEST(a_worker_in_c_runs_a_workflow_and_its_activity);
    TEST(a_task_that_no_queue_takes_does_not_keep_a_worker);
    TEST(completions_of_unknown_tasks_are_ignored);
    TEST(an_error_of_the_server_carries_its_grpc_status);
    TEST(a_worker_of_an_unknown_namespace_is_not_valid);
    TEST(a_worker_that_is_freed_while_a_task_is_out_leaves_no_thread_and_no_descriptor);
    TEST(a_runtime_can_be_freed_while_a_finalization_waits_for_a_task);
    temporal_stop(&temporal);
}

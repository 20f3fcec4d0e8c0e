#include "replay_worker.h"

#include <stdlib.h>
#include <string.h>

#define EVENT(name) TEMPORAL__API__ENUMS__V1__EVENT_TYPE__EVENT_TYPE_##name
#define ATTRIBUTES(name) TEMPORAL__API__HISTORY__V1__HISTORY_EVENT__ATTRIBUTES_##name##_EVENT_ATTRIBUTES

uint64_t replay_worker(uint64_t runtime)
{
    char *config = worker_config("replay", WORKFLOWS, 2);
    uint64_t worker = HANDLE(temporal_bun_replay_worker_new(runtime, TEXT(config)));
    free(config);
    return worker;
}

struct bytes short_history(const char *run_id)
{
    Temporal__Api__Common__V1__WorkflowType type = TEMPORAL__API__COMMON__V1__WORKFLOW_TYPE__INIT;
    type.name = "short";
    Temporal__Api__Taskqueue__V1__TaskQueue queue = TEMPORAL__API__TASKQUEUE__V1__TASK_QUEUE__INIT;
    queue.name = "replay";
    Temporal__Api__History__V1__WorkflowExecutionStartedEventAttributes started =
        TEMPORAL__API__HISTORY__V1__WORKFLOW_EXECUTION_STARTED_EVENT_ATTRIBUTES__INIT;
    started.workflow_type = &type;
    started.task_queue = &queue;
    started.original_execution_run_id = (char *)run_id;
    Temporal__Api__History__V1__WorkflowTaskScheduledEventAttributes task_scheduled =
        TEMPORAL__API__HISTORY__V1__WORKFLOW_TASK_SCHEDULED_EVENT_ATTRIBUTES__INIT;
    task_scheduled.task_queue = &queue;
    Temporal__Api__History__V1__WorkflowTaskStartedEventAttributes task_started =
        TEMPORAL__API__HISTORY__V1__WORKFLOW_TASK_STARTED_EVENT_ATTRIBUTES__INIT;
    task_started.scheduled_event_id = 2;
    Temporal__Api__History__V1__WorkflowTaskCompletedEventAttributes task_completed =
        TEMPORAL__API__HISTORY__V1__WORKFLOW_TASK_COMPLETED_EVENT_ATTRIBUTES__INIT;
    task_completed.scheduled_event_id = 2;
    task_completed.started_event_id = 3;
    Temporal__Api__History__V1__WorkflowExecutionCompletedEventAttributes completed =
        TEMPORAL__API__HISTORY__V1__WORKFLOW_EXECUTION_COMPLETED_EVENT_ATTRIBUTES__INIT;
    completed.workflow_task_completed_event_id = 4;

    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    HistoryEvent events[5];
    HistoryEvent *list[5];
    for (int i = 0; i < 5; i++) {
        temporal__api__history__v1__history_event__init(&events[i]);
        events[i].event_id = i + 1;
        events[i].event_time = &time;
        list[i] = &events[i];
    }
    events[0].event_type = EVENT(WORKFLOW_EXECUTION_STARTED);
    events[0].attributes_case = ATTRIBUTES(WORKFLOW_EXECUTION_STARTED);
    events[0].workflow_execution_started_event_attributes = &started;
    events[1].event_type = EVENT(WORKFLOW_TASK_SCHEDULED);
    events[1].attributes_case = ATTRIBUTES(WORKFLOW_TASK_SCHEDULED);
    events[1].workflow_task_scheduled_event_attributes = &task_scheduled;
    events[2].event_type = EVENT(WORKFLOW_TASK_STARTED);
    events[2].attributes_case = ATTRIBUTES(WORKFLOW_TASK_STARTED);
    events[2].workflow_task_started_event_attributes = &task_started;
    events[3].event_type = EVENT(WORKFLOW_TASK_COMPLETED);
    events[3].attributes_case = ATTRIBUTES(WORKFLOW_TASK_COMPLETED);
    events[3].workflow_task_completed_event_attributes = &task_completed;
    events[4].event_type = EVENT(WORKFLOW_EXECUTION_COMPLETED);
    events[4].attributes_case = ATTRIBUTES(WORKFLOW_EXECUTION_COMPLETED);
    events[4].workflow_execution_completed_event_attributes = &completed;
    History history = TEMPORAL__API__HISTORY__V1__HISTORY__INIT;
    history.n_events = 5;
    history.events = list;
    return encode(&history.base);
}

void push_short_history(uint64_t worker, const char *run_id)
{
    struct bytes history = short_history(run_id);
    DONE(temporal_bun_replay_worker_push_history(worker, TEXT("short"), history.data, history.length, 0, 0));
    bytes_free(history);
}

struct bytes short_history_answer(const Activation *activation)
{
    Command *command = eviction_reason(activation) < 0 ? complete_workflow(NULL) : NULL;
    return activation_completion(activation->run_id, &command, command != NULL);
}

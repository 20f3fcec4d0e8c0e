#include "greeting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes greeting_answer(const Activation *activation, const char *task_queue)
{
    Command *command = NULL;
    for (size_t i = 0; i < activation->n_jobs; i++) {
        const ActivationJob *job = activation->jobs[i];
        if (job->variant_case == JOB(INITIALIZE_WORKFLOW)) {
            CHECK_INT(job->initialize_workflow->n_arguments, 1);
            command = schedule_activity(1, "greet", task_queue, job->initialize_workflow->arguments[0]);
        } else if (job->variant_case == JOB(RESOLVE_ACTIVITY)) {
            CHECK_INT(job->resolve_activity->seq, 1);
            CHECK_INT(job->resolve_activity->result->status_case,
                      CORESDK__ACTIVITY_RESULT__ACTIVITY_RESOLUTION__STATUS_COMPLETED);
            command = complete_workflow(job->resolve_activity->result->completed->result);
        }
    }
    return activation_completion(activation->run_id, &command, command != NULL);
}

int answer_workflow_task(uint64_t worker, const char *task_queue)
{
    struct bytes task = RESULT(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    Activation *activation = decode_activation(task.data, task.length);
    struct bytes answer = greeting_answer(activation, task_queue);
    DONE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, 0, 0));
    int eviction = eviction_reason(activation);
    message_free(activation);
    bytes_free(answer);
    bytes_free(task);
    return eviction;
}

struct bytes greet_answer(const ActivityTask *task)
{
    CHECK_INT(task->variant_case, CORESDK__ACTIVITY_TASK__ACTIVITY_TASK__VARIANT_START);
    CHECK_TEXT(task->start->activity_type, "greet");
    CHECK_INT(task->start->n_input, 1);
    const char *name = payload_json(task->start->input[0]);
    char greeting[128];
    /* The name comes with its quotes. */
    snprintf(greeting, sizeof greeting, "\"Hello, %.*s!\"", (int)strlen(name) - 2, name + 1);
    return activity_completion(task, payload(greeting), NULL);
}

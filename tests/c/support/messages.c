#include "messages.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What this thread has built, newest first. */
struct block {
    struct block *next;
    max_align_t content[];
};
static _Thread_local struct block *blocks;

static void *allocate(size_t size)
{
    struct block *block = calloc(1, sizeof *block + size);
    CHECK(block != NULL);
    block->next = blocks;
    blocks = block;
    return block->content;
}

void messages_free(void)
{
    while (blocks != NULL) {
        struct block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

static char *copy_text(const char *text)
{
    return strcpy(allocate(strlen(text) + 1), text);
}

/* A new message of a generated type. */
static void *new_message(const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = allocate(type->sizeof_message);
    protobuf_c_message_init(type, message);
    return message;
}

struct bytes encode(const ProtobufCMessage *message)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    struct bytes bytes = {malloc(length + 1), length};
    CHECK(bytes.data != NULL);
    CHECK_INT(protobuf_c_message_pack(message, bytes.data), length);
    return bytes;
}

void *decode(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t length)
{
    void *message = protobuf_c_message_unpack(type, NULL, length, data);
    CHECK(message != NULL);
    return message;
}

Activation *decode_activation(const uint8_t *data, size_t length)
{
    return decode(&coresdk__workflow_activation__workflow_activation__descriptor, data, length);
}

ActivityTask *decode_activity_task(const uint8_t *data, size_t length)
{
    return decode(&coresdk__activity_task__activity_task__descriptor, data, length);
}

void message_free(void *message)
{
    protobuf_c_message_free_unpacked(message, NULL);
}

static ProtobufCBinaryData binary(const char *text)
{
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)copy_text(text)};
}

Payload *payload(const char *json)
{
    Temporal__Api__Common__V1__Payload__MetadataEntry *encoding =
        new_message(&temporal__api__common__v1__payload__metadata_entry__descriptor);
    encoding->key = "encoding";
    encoding->value = binary("json/plain");
    Payload *payload = new_message(&temporal__api__common__v1__payload__descriptor);
    payload->n_metadata = 1;
    payload->metadata = allocate(sizeof *payload->metadata);
    payload->metadata[0] = encoding;
    payload->data = binary(json);
    return payload;
}

const char *payload_json(const Payload *payload)
{
    char *json = allocate(payload->data.len + 1);
    memcpy(json, payload->data.data, payload->data.len);
    return json;
}

Google__Protobuf__Duration *milliseconds(int64_t value)
{
    Google__Protobuf__Duration *duration = new_message(&google__protobuf__duration__descriptor);
    duration->seconds = value / 1000;
    duration->nanos = (int32_t)(value % 1000) * 1000000;
    return duration;
}

static Payload **payload_list(Payload *payload)
{
    Payload **list = allocate(sizeof *list);
    list[0] = payload;
    return list;
}

static Command *new_command(void)
{
    return new_message(&coresdk__workflow_commands__workflow_command__descriptor);
}

Command *schedule_activity(uint32_t seq, const char *type, const char *task_queue, Payload *input)
{
    Temporal__Api__Common__V1__RetryPolicy *retry = new_message(&temporal__api__common__v1__retry_policy__descriptor);
    retry->initial_interval = milliseconds(10);
    retry->maximum_attempts = 3;
    Coresdk__WorkflowCommands__ScheduleActivity *schedule =
        new_message(&coresdk__workflow_commands__schedule_activity__descriptor);
    schedule->seq = seq;
    schedule->activity_id = allocate(16);
    snprintf(schedule->activity_id, 16, "%u", seq);
    schedule->activity_type = copy_text(type);
    schedule->task_queue = copy_text(task_queue);
    schedule->n_arguments = 1;
    schedule->arguments = payload_list(input);
    schedule->start_to_close_timeout = milliseconds(PATIENCE_MS);
    schedule->retry_policy = retry;
    Command *command = new_command();
    command->variant_case = CORESDK__WORKFLOW_COMMANDS__WORKFLOW_COMMAND__VARIANT_SCHEDULE_ACTIVITY;
    command->schedule_activity = schedule;
    return command;
}

Command *start_timer(uint32_t seq, int64_t timeout_ms)
{
    Coresdk__WorkflowCommands__StartTimer *timer = new_message(&coresdk__workflow_commands__start_timer__descriptor);
    timer->seq = seq;
    timer->start_to_fire_timeout = milliseconds(timeout_ms);
    Command *command = new_command();
    command->variant_case = CORESDK__WORKFLOW_COMMANDS__WORKFLOW_COMMAND__VARIANT_START_TIMER;
    command->start_timer = timer;
    return command;
}

Command *complete_workflow(Payload *result)
{
    Coresdk__WorkflowCommands__CompleteWorkflowExecution *complete =
        new_message(&coresdk__workflow_commands__complete_workflow_execution__descriptor);
    complete->result = result;
    Command *command = new_command();
    command->variant_case = CORESDK__WORKFLOW_COMMANDS__WORKFLOW_COMMAND__VARIANT_COMPLETE_WORKFLOW_EXECUTION;
    command->complete_workflow_execution = complete;
    return command;
}

struct bytes activation_completion(const char *run_id, Command **commands, size_t count)
{
    Coresdk__WorkflowCompletion__Success success = CORESDK__WORKFLOW_COMPLETION__SUCCESS__INIT;
    success.n_commands = count;
    success.commands = commands;
    Coresdk__WorkflowCompletion__WorkflowActivationCompletion completion =
        CORESDK__WORKFLOW_COMPLETION__WORKFLOW_ACTIVATION_COMPLETION__INIT;
    completion.run_id = (char *)run_id;
    completion.status_case = CORESDK__WORKFLOW_COMPLETION__WORKFLOW_ACTIVATION_COMPLETION__STATUS_SUCCESSFUL;
    completion.successful = &success;
    return encode(&completion.base);
}

struct bytes activity_completion(const ActivityTask *task, Payload *result, const char *failure)
{
    Coresdk__ActivityResult__ActivityExecutionResult status = CORESDK__ACTIVITY_RESULT__ACTIVITY_EXECUTION_RESULT__INIT;
    Coresdk__ActivityResult__Success success = CORESDK__ACTIVITY_RESULT__SUCCESS__INIT;
    Coresdk__ActivityResult__Failure failed = CORESDK__ACTIVITY_RESULT__FAILURE__INIT;
    Temporal__Api__Failure__V1__Failure reason = TEMPORAL__API__FAILURE__V1__FAILURE__INIT;
    Temporal__Api__Failure__V1__ApplicationFailureInfo application =
        TEMPORAL__API__FAILURE__V1__APPLICATION_FAILURE_INFO__INIT;
    if (failure != NULL) {
        reason.message = (char *)failure;
        reason.failure_info_case = TEMPORAL__API__FAILURE__V1__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
        reason.application_failure_info = &application;
        failed.failure = &reason;
        status.status_case = CORESDK__ACTIVITY_RESULT__ACTIVITY_EXECUTION_RESULT__STATUS_FAILED;
        status.failed = &failed;
    } else {
        success.result = result;
        status.status_case = CORESDK__ACTIVITY_RESULT__ACTIVITY_EXECUTION_RESULT__STATUS_COMPLETED;
        status.completed = &success;
    }
    Coresdk__ActivityTaskCompletion completion = CORESDK__ACTIVITY_TASK_COMPLETION__INIT;
    completion.task_token = task->task_token;
    completion.result = &status;
    return encode(&completion.base);
}

struct bytes activity_heartbeat(const ActivityTask *task, Payload *details)
{
    Coresdk__ActivityHeartbeat heartbeat = CORESDK__ACTIVITY_HEARTBEAT__INIT;
    heartbeat.task_token = task->task_token;
    heartbeat.n_details = 1;
    heartbeat.details = &details;
    return encode(&heartbeat.base);
}

int eviction_reason(const Activation *activation)
{
    for (size_t i = 0; i < activation->n_jobs; i++) {
        if (activation->jobs[i]->variant_case == JOB(REMOVE_FROM_CACHE)) {
            return (int)activation->jobs[i]->remove_from_cache->reason;
        }
    }
    return -1;
}

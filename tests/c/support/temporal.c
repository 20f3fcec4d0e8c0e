#include "temporal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE "temporal.api.workflowservice.v1.WorkflowService/"

struct temporal temporal_start(void)
{
    const char *cli = getenv("TEMPORAL_CLI_PATH");
    if (cli == NULL) {
        check_failed(__FILE__, __LINE__, "TEMPORAL_CLI_PATH does not name the Temporal CLI");
    }
    struct temporal temporal = {.runtime = new_runtime()};
    char *config = json_text("{s:{s:s}, s:b}", "executable", "path", cli, "quiet", 1);
    temporal.server = RESULT_HANDLE(temporal_bun_dev_server_start(temporal.runtime, TEXT(config), 0, 0));
    free(config);

    char address[64] = "", target[80];
    int64_t length = temporal_bun_server_target(temporal.server, (uint8_t *)address, sizeof address - 1);
    CHECK(length > 0 && (size_t)length < sizeof address);
    snprintf(target, sizeof target, "http://%s", address);
    config = client_config(target);
    temporal.client = RESULT_HANDLE(temporal_bun_client_connect(temporal.runtime, TEXT(config), 0, 0));
    free(config);
    return temporal;
}

void temporal_stop(const struct temporal *temporal)
{
    OK(temporal_bun_client_free(temporal->client));
    DONE(temporal_bun_server_stop(temporal->server, 0, 0));
    FAILS_HANDLE(TEMPORAL_BUN_CODE_FAILED_PRECONDITION, temporal_bun_server_stop(temporal->server, 0, 0));
    OK(temporal_bun_server_free(temporal->server));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_server_free(temporal->server));
    OK(temporal_bun_runtime_free(temporal->runtime));
}

struct temporal temporal_embed(const char *config)
{
    struct temporal temporal = {.runtime = new_runtime()};
    temporal.server = HANDLE(temporal_bun_embedded_server_new(temporal.runtime, TEXT(config)));
    char *connection = json_text("{s:I, s:s, s:s, s:s}", "embeddedServer", (json_int_t)temporal.server, "clientName",
                                 "tests-c", "clientVersion", "1", "identity", "c-harness");
    temporal.client = RESULT_HANDLE(temporal_bun_client_connect(temporal.runtime, TEXT(connection), 0, 0));
    free(connection);
    return temporal;
}

void temporal_embedded_free(const struct temporal *temporal)
{
    OK(temporal_bun_client_free(temporal->client));
    OK(temporal_bun_embedded_server_free(temporal->server));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_embedded_server_free(temporal->server));
    OK(temporal_bun_runtime_free(temporal->runtime));
}

uint64_t temporal_worker(const struct temporal *temporal, const char *task_queue, int task_types, int activity_slots)
{
    char *config = worker_config(task_queue, task_types, activity_slots);
    uint64_t worker = HANDLE(temporal_bun_worker_new(temporal->runtime, temporal->client, TEXT(config)));
    free(config);
    return worker;
}

struct bytes workflow_service(uint64_t client, const char *method, const ProtobufCMessage *request)
{
    char name[128];
    snprintf(name, sizeof name, SERVICE "%s", method);
    struct bytes encoded = encode(request);
    uint64_t call = temporal_bun_client_call(client, TEXT(name), encoded.data, encoded.length,
                                             TEXT("{\"timeoutMs\":60000}"), 0, 0);
    bytes_free(encoded);
    return pending_bytes(__FILE__, __LINE__, name, call);
}

char *start_workflow(uint64_t client, const char *workflow_id, const char *type, const char *task_queue,
                     const char *argument_json)
{
    Temporal__Api__Common__V1__WorkflowType workflow_type = TEMPORAL__API__COMMON__V1__WORKFLOW_TYPE__INIT;
    workflow_type.name = (char *)type;
    Temporal__Api__Taskqueue__V1__TaskQueue queue = TEMPORAL__API__TASKQUEUE__V1__TASK_QUEUE__INIT;
    queue.name = (char *)task_queue;
    Payload *argument = payload(argument_json);
    Temporal__Api__Common__V1__Payloads input = TEMPORAL__API__COMMON__V1__PAYLOADS__INIT;
    input.n_payloads = 1;
    input.payloads = &argument;
    Temporal__Api__Workflowservice__V1__StartWorkflowExecutionRequest request =
        TEMPORAL__API__WORKFLOWSERVICE__V1__START_WORKFLOW_EXECUTION_REQUEST__INIT;
    request.namespace_ = "default";
    request.workflow_id = (char *)workflow_id;
    request.request_id = (char *)workflow_id;
    request.workflow_type = &workflow_type;
    request.task_queue = &queue;
    request.input = &input;

    struct bytes encoded = workflow_service(client, "StartWorkflowExecution", &request.base);
    Temporal__Api__Workflowservice__V1__StartWorkflowExecutionResponse *response =
        decode(&temporal__api__workflowservice__v1__start_workflow_execution_response__descriptor, encoded.data,
               encoded.length);
    bytes_free(encoded);
    char *run_id = strdup(response->run_id);
    message_free(response);
    return run_id;
}

/* One page of a workflow's history, once the workflow is closed; to be freed with message_free. */
static Temporal__Api__Workflowservice__V1__GetWorkflowExecutionHistoryResponse *history_page(
    uint64_t client, const char *workflow_id, int close_event_only, ProtobufCBinaryData page)
{
    Temporal__Api__Common__V1__WorkflowExecution execution = TEMPORAL__API__COMMON__V1__WORKFLOW_EXECUTION__INIT;
    execution.workflow_id = (char *)workflow_id;
    Temporal__Api__Workflowservice__V1__GetWorkflowExecutionHistoryRequest request =
        TEMPORAL__API__WORKFLOWSERVICE__V1__GET_WORKFLOW_EXECUTION_HISTORY_REQUEST__INIT;
    request.namespace_ = "default";
    request.execution = &execution;
    request.next_page_token = page;
    if (close_event_only) {
        request.wait_new_event = 1;
        request.history_event_filter_type =
            TEMPORAL__API__ENUMS__V1__HISTORY_EVENT_FILTER_TYPE__HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    }
    struct bytes encoded = workflow_service(client, "GetWorkflowExecutionHistory", &request.base);
    void *response = decode(&temporal__api__workflowservice__v1__get_workflow_execution_history_response__descriptor,
                            encoded.data, encoded.length);
    bytes_free(encoded);
    return response;
}

const char *workflow_result(uint64_t client, const char *workflow_id)
{
    Temporal__Api__Workflowservice__V1__GetWorkflowExecutionHistoryResponse *response =
        history_page(client, workflow_id, 1, (ProtobufCBinaryData){0});
    /* A long poll that ran out has no event, and a token to go on with. */
    while (response->history->n_events == 0) {
        void *empty = response;
        response = history_page(client, workflow_id, 1, response->next_page_token);
        message_free(empty);
    }
    HistoryEvent *last = response->history->events[response->history->n_events - 1];
    CHECK_INT(last->event_type, TEMPORAL__API__ENUMS__V1__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED);
    Temporal__Api__Common__V1__Payloads *result = last->workflow_execution_completed_event_attributes->result;
    CHECK(result != NULL && result->n_payloads == 1);
    const char *json = payload_json(result->payloads[0]);
    message_free(response);
    return json;
}

struct bytes workflow_history(uint64_t client, const char *workflow_id)
{
    Temporal__Api__Workflowservice__V1__GetWorkflowExecutionHistoryResponse *response =
        history_page(client, workflow_id, 0, (ProtobufCBinaryData){0});
    CHECK_INT(response->next_page_token.len, 0);
    struct bytes history = encode(&response->history->base);
    message_free(response);
    return history;
}

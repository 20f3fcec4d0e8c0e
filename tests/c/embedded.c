/*
 * The server inside of the process: a client, and a worker in C that runs a workflow with an activity on it, where no
 * other program is.
 */
#include "support/greeting.h"
#include "support/temporal.h"

#include <stdlib.h>

#define TASK_QUEUE "embedded"

/* Polls an activity task, and answers it with the greeting, or with a failure. */
static void answer_activity_task(uint64_t worker, int attempt, const char *failure)
{
    struct bytes bytes = RESULT(temporal_bun_worker_poll_activity_task(worker, 0, 0));
    ActivityTask *task = decode_activity_task(bytes.data, bytes.length);
    bytes_free(bytes);
    CHECK_INT(task->start->attempt, attempt);
    struct bytes completion = failure == NULL ? greet_answer(task) : activity_completion(task, NULL, failure);
    DONE(temporal_bun_worker_complete_activity_task(worker, completion.data, completion.length, 0, 0));
    bytes_free(completion);
    message_free(task);
}

static void shut_down(uint64_t worker)
{
    OK(temporal_bun_worker_initiate_shutdown(worker));
    CHECK_INT(answer_workflow_task(worker, TASK_QUEUE), EVICTION(WORKFLOW_EXECUTION_ENDING));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_workflow_task(worker, 0, 0));
    FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, temporal_bun_worker_poll_activity_task(worker, 0, 0));
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
}

/* Carries a workflow through whose activity fails once. */
static void greet(const struct temporal *temporal, const char *workflow_id)
{
    uint64_t worker = temporal_worker(temporal, TASK_QUEUE, WORKFLOWS | ACTIVITIES, 2);
    struct bytes info = RESULT(temporal_bun_worker_validate(worker, 0, 0));
    message_free(decode(&coresdk__namespace_info__descriptor, info.data, info.length));
    bytes_free(info);
    free(start_workflow(temporal->client, workflow_id, "greeting", TASK_QUEUE, "\"World\""));
    CHECK_INT(answer_workflow_task(worker, TASK_QUEUE), -1);
    answer_activity_task(worker, 1, "not yet");
    answer_activity_task(worker, 2, NULL);
    CHECK_INT(answer_workflow_task(worker, TASK_QUEUE), -1);
    CHECK_TEXT(workflow_result(temporal->client, workflow_id), "\"Hello, World!\"");
    shut_down(worker);
    messages_free();
}

static void a_worker_in_c_runs_a_workflow_on_an_embedded_server(void)
{
    struct temporal temporal = temporal_embed("{\"time\":\"unlocked\"}");
    greet(&temporal, "embedded-greeting");
    struct bytes history = workflow_history(temporal.client, "embedded-greeting");
    CHECK(history.length > 0);
    bytes_free(history);
    temporal_embedded_free(&temporal);
}

static void two_embedded_servers_know_nothing_of_each_other(void)
{
    struct temporal one = temporal_embed("{}"), other = temporal_embed("{}");
    /* Each refuses a second workflow of an id, but takes one that the other has. */
    free(start_workflow(one.client, "same", "greeting", TASK_QUEUE, "\"One\""));
    free(start_workflow(other.client, "same", "greeting", TASK_QUEUE, "\"Other\""));
    temporal_embedded_free(&one);
    temporal_embedded_free(&other);
    messages_free();
}

/* The schedule of a server, as JSON; to be freed. */
static char *schedule_of(const struct temporal *temporal)
{
    int64_t length = temporal_bun_embedded_server_schedule(temporal->server, NULL, 0);
    CHECK(length > 0);
    char *schedule = calloc(1, (size_t)length + 1);
    CHECK_INT(temporal_bun_embedded_server_schedule(temporal->server, (uint8_t *)schedule, (size_t)length), length);
    return schedule;
}

static void a_seed_gives_one_schedule(void)
{
    static const char *seven = "{\"time\":\"unlocked\",\"seed\":7}";
    struct temporal one = temporal_embed(seven), same = temporal_embed(seven);
    greet(&one, "seeded");
    greet(&same, "seeded");
    char *of_one = schedule_of(&one), *of_same = schedule_of(&same);
    CHECK_TEXT(of_one, of_same);
    free(of_one);
    free(of_same);
    temporal_embedded_free(&one);
    temporal_embedded_free(&same);
}

static void a_server_lives_on_while_a_client_is_connected(void)
{
    struct temporal temporal = temporal_embed("{}");
    OK(temporal_bun_embedded_server_free(temporal.server));
    free(start_workflow(temporal.client, "still-there", "greeting", TASK_QUEUE, "\"World\""));
    OK(temporal_bun_client_free(temporal.client));
    OK(temporal_bun_runtime_free(temporal.runtime));
    messages_free();
}

static void a_wrong_configuration_names_the_field(void)
{
    uint64_t runtime = new_runtime();
    FAILS_HANDLE(TEMPORAL_BUN_CODE_INVALID_CONFIG,
                 temporal_bun_embedded_server_new(runtime, TEXT("{\"faults\":{\"pollLost\":2}}")));
    ERROR_DETAIL("field", "faults.pollLost");
    OK(temporal_bun_runtime_free(runtime));
}

int main(void)
{
    TEST(a_worker_in_c_runs_a_workflow_on_an_embedded_server);
    TEST(two_embedded_servers_know_nothing_of_each_other);
    TEST(a_seed_gives_one_schedule);
    TEST(a_server_lives_on_while_a_client_is_connected);
    TEST(a_wrong_configuration_names_the_field);
}

/*
 * An activity worker in C: one file, with jansson for messages as JSON.
 *
 * It waits with poll(2) for the file descriptor of its completion queue and for signals, so that all of it runs in one
 * thread. The server comes from the TEMPORAL_... variables or a profile. SIGTERM and Ctrl-C end it in good order.
 */
#include <temporal_bun_bridge.h>

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT(string) (const uint8_t *)(string), strlen(string)
#define ACTIVITY_TASK "coresdk.activity_task.ActivityTask"
#define COMPLETION "coresdk.ActivityTaskCompletion"
#define HEARTBEAT "coresdk.ActivityHeartbeat"

/* The tags of what comes into the queue. */
enum { CONNECTED = 1, VALIDATED, TASKS, COMPLETED };
enum { HEARTBEAT_MS = 100, MAX_WAITING = 100 };

static uint64_t queue, worker;
static int signals[2];
/* The task tokens of activities that wait to be cancelled. */
static char *waiting[MAX_WAITING];
static size_t waiting_count;

/* Ends the program with the library's last error, or with a message of its own. */
static void fail(const char *what)
{
    char error[4096] = {0};
    temporal_bun_last_error((uint8_t *)error, sizeof error - 1);
    fprintf(stderr, "%s: %s\n", what, error);
    exit(1);
}

/* Encodes a message, and takes the reference to its JSON. Two calls: the first asks for the size. */
static uint8_t *encode(const char *name, json_t *message, size_t *length)
{
    char *json = json_dumps(message, JSON_COMPACT);
    int64_t size = temporal_bun_message_from_json(TEXT(name), TEXT(json), NULL, 0);
    uint8_t *encoded = malloc(size > 0 ? (size_t)size : 1);
    if (size < 0 || encoded == NULL) {
        fail(json);
    }
    temporal_bun_message_from_json(TEXT(name), TEXT(json), encoded, (size_t)size);
    *length = (size_t)size;
    free(json);
    json_decref(message);
    return encoded;
}

static json_t *decode(const char *name, const uint8_t *message, size_t length)
{
    int64_t size = temporal_bun_message_to_json(TEXT(name), message, length, NULL, 0);
    char *json = malloc(size > 0 ? (size_t)size : 1);
    if (size < 0 || json == NULL) {
        fail(name);
    }
    temporal_bun_message_to_json(TEXT(name), message, length, (uint8_t *)json, (size_t)size);
    json_t *decoded = json_loadb(json, (size_t)size, 0, NULL);
    free(json);
    return decoded;
}

static void complete(const char *token, json_t *result)
{
    size_t length;
    uint8_t *completion = encode(COMPLETION, json_pack("{s:s, s:o}", "taskToken", token, "result", result), &length);
    if (temporal_bun_worker_complete_activity_task(worker, completion, length, queue, COMPLETED) == 0) {
        fail("completion");
    }
    free(completion);
}

/* The activity "echo" returns its argument, a payload, as it came: it need not be read. */
static void echo(const char *token, json_t *start)
{
    json_t *argument = json_array_get(json_object_get(start, "input"), 0);
    complete(token, json_pack("{s:{s:O}}", "completed", "result", argument));
}

/* The activity "wait" tells that it lives until it is cancelled. */
static void start_waiting(const char *token)
{
    if (waiting_count == MAX_WAITING) {
        complete(token, json_pack("{s:{s:{s:s, s:{}}}}", "failed", "failure", "message", "too many wait here",
                                  "applicationFailureInfo"));
        return;
    }
    waiting[waiting_count++] = strdup(token);
}

static void cancel(const char *token)
{
    for (size_t i = 0; i < waiting_count; i++) {
        if (strcmp(waiting[i], token) != 0) {
            continue;
        }
        complete(token, json_pack("{s:{s:{s:s, s:{}}}}", "cancelled", "failure", "message", "cancelled",
                                  "canceledFailureInfo"));
        free(waiting[i]);
        waiting[i] = waiting[--waiting_count];
        return;
    }
}

static void send_heartbeats(void)
{
    for (size_t i = 0; i < waiting_count; i++) {
        size_t length;
        /* The details are a payload with the JSON text "waiting". */
        json_t *details = json_pack("{s:{s:s}, s:s}", "metadata", "encoding", "anNvbi9wbGFpbg==", "data",
                                    "IndhaXRpbmci");
        uint8_t *heartbeat =
            encode(HEARTBEAT, json_pack("{s:s, s:[o]}", "taskToken", waiting[i], "details", details), &length);
        temporal_bun_worker_record_activity_heartbeat(worker, heartbeat, length);
        free(heartbeat);
    }
}

static void run_task(const uint8_t *bytes, size_t length)
{
    json_t *task = decode(ACTIVITY_TASK, bytes, length);
    const char *token = json_string_value(json_object_get(task, "taskToken"));
    json_t *start = json_object_get(task, "start");
    const char *type = json_string_value(json_object_get(start, "activityType"));
    if (start == NULL) {
        cancel(token);
    } else if (strcmp(type, "echo") == 0) {
        echo(token, start);
    } else if (strcmp(type, "wait") == 0) {
        start_waiting(token);
    } else {
        complete(token, json_pack("{s:{s:{s:s, s:{s:b}}}}", "failed", "failure", "message", "no such activity",
                                  "applicationFailureInfo", "nonRetryable", 1));
    }
    json_decref(task);
}

/* Waits for the record of a call that nothing else is under way beside; the handle in it, if there is one. */
static uint64_t await(const char *what, uint64_t submitted, uint64_t tag)
{
    uint8_t record[4096];
    uint64_t got, handle = 0;
    uint32_t kind, length;
    if (submitted == 0 || temporal_bun_queue_wait(queue, -1) < 0 ||
        temporal_bun_queue_drain(queue, record, sizeof record) <= 0) {
        fail(what);
    }
    memcpy(&got, record, 8);
    memcpy(&kind, record + 8, 4);
    memcpy(&length, record + 12, 4);
    if (got != tag || kind == 1) {
        fprintf(stderr, "%s: %.*s\n", what, (int)length, (const char *)record + 16);
        exit(1);
    }
    if (kind == 2) {
        memcpy(&handle, record + 16, 8);
    }
    return handle;
}

/* Takes all records of the queue. True once the stream of tasks has ended. */
static int drain(void)
{
    int has_ended = 0;
    int64_t size = temporal_bun_queue_ready_bytes(queue);
    uint8_t *records = malloc(size > 0 ? (size_t)size : 1);
    if (size < 0 || (size = temporal_bun_queue_drain(queue, records, (size_t)size)) < 0) {
        fail("drain");
    }
    for (int64_t at = 0; at < size;) {
        uint64_t tag;
        uint32_t kind, length;
        const uint8_t *payload = records + at + 16;
        memcpy(&tag, records + at, 8);
        memcpy(&kind, records + at + 8, 4);
        memcpy(&length, records + at + 12, 4);
        kind &= ~TEMPORAL_BUN_RECORD_MORE;
        at += 16 + (int64_t)((length + 7) / 8 * 8);
        if (kind == 1) {
            fprintf(stderr, "%.*s\n", (int)length, (const char *)payload);
        } else if (tag == TASKS && kind == 3) {
            has_ended = 1;
        } else if (tag == TASKS) {
            run_task(payload, length);
        }
    }
    free(records);
    return has_ended;
}

static void on_signal(int number)
{
    (void)number;
    int before = errno;
    if (write(signals[1], "", 1) < 0) {
        /* The pipe is full of signals. */
    }
    errno = before;
}

/* The configuration from the environment, as the library reads it. */
static json_t *load_config(void)
{
    int64_t size = temporal_bun_client_config_load(NULL, 0, NULL, 0);
    char *text = malloc(size > 0 ? (size_t)size : 1);
    if (size < 0 || temporal_bun_client_config_load(NULL, 0, (uint8_t *)text, (size_t)size) < 0) {
        fail("configuration");
    }
    json_t *config = json_loadb(text, (size_t)size, 0, NULL);
    free(text);
    return config;
}

static char *worker_config(const char *namespace)
{
    const char *task_queue = getenv("TASK_QUEUE");
    json_t *slots = json_pack("{s:s, s:i}", "type", "fixed", "slots", MAX_WAITING);
    json_t *config = json_pack(
        "{s:s, s:s, s:{s:b, s:b, s:b, s:b}, s:{s:s, s:s}, s:{s:O, s:O, s:O, s:O}, s:i, s:i, s:i}", "namespace",
        namespace, "taskQueue", task_queue ? task_queue : "c-worker", "taskTypes", "workflows", 0, "localActivities", 0,
        "activities", 1, "nexus", 0, "versioning", "type", "none", "buildId", "c-worker", "tuner", "workflow", slots,
        "activity", slots, "localActivity", slots, "nexus", slots, "gracefulShutdownPeriodMs", 0,
        "maxHeartbeatThrottleIntervalMs", HEARTBEAT_MS, "defaultHeartbeatThrottleIntervalMs", HEARTBEAT_MS);
    char *text = json_dumps(config, JSON_COMPACT);
    json_decref(config);
    json_decref(slots);
    return text;
}

int main(void)
{
    if (temporal_bun_abi_version() != TEMPORAL_BUN_ABI_VERSION) {
        fprintf(stderr, "the header is of another version than the library\n");
        return 1;
    }
    struct sigaction action = {.sa_handler = on_signal};
    if (pipe(signals) != 0 || sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0) {
        return 1;
    }
    queue = temporal_bun_queue_new(NULL, NULL);
    uint64_t runtime = temporal_bun_runtime_new(NULL, 0);
    json_t *loaded = load_config(), *config = json_object_get(loaded, "client");
    json_object_set_new(config, "clientName", json_string("c-worker"));
    json_object_set_new(config, "clientVersion", json_string("1"));
    json_object_set_new(config, "identity", json_sprintf("%d@c-worker", (int)getpid()));
    char *text = json_dumps(config, JSON_COMPACT);
    uint64_t client =
        await("connect", temporal_bun_client_connect(runtime, TEXT(text), queue, CONNECTED), CONNECTED);
    free(text);
    text = worker_config(json_string_value(json_object_get(loaded, "namespace")));
    worker = temporal_bun_worker_new(runtime, client, TEXT(text));
    if (worker == 0) {
        fail("worker");
    }
    free(text);
    json_decref(loaded);
    await("validate", temporal_bun_worker_validate(worker, queue, VALIDATED), VALIDATED);
    if (temporal_bun_worker_attach_activity_queue(worker, queue, TASKS) != TEMPORAL_BUN_CODE_OK) {
        fail("attach");
    }
    printf("polling\n");
    fflush(stdout);

    struct pollfd watched[] = {{.fd = temporal_bun_queue_fd(queue), .events = POLLIN},
                               {.fd = signals[0], .events = POLLIN}};
    for (int has_ended = 0; !has_ended;) {
        int count = poll(watched, 2, waiting_count > 0 ? HEARTBEAT_MS : -1);
        if (count == 0) {
            send_heartbeats();
        } else if (count > 0 && watched[1].revents != 0) {
            char byte;
            if (read(signals[0], &byte, 1) == 1) {
                /* Activities that run are told so, by cancellations. The stream ends when all are completed. */
                temporal_bun_worker_initiate_shutdown(worker);
            }
        } else if (count > 0) {
            has_ended = drain();
        }
    }
    /* The finalization waits until the last completions are sent. */
    uint64_t finalized = temporal_bun_worker_finalize_shutdown(worker, 0, 0);
    if (finalized == 0 || temporal_bun_pending_wait(finalized, -1) != 1) {
        fail("finalization");
    }
    temporal_bun_pending_free(finalized);
    drain();
    temporal_bun_worker_free(worker);
    temporal_bun_client_free(client);
    temporal_bun_runtime_free(runtime);
    temporal_bun_queue_close(queue);
    printf("done\n");
    return 0;
}

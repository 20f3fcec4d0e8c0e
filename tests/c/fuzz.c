/*
 * Gives the functions that read bytes what somebody might send: the files of corpus/, changed at random. Each either
 * takes them or refuses them with a well-formed error, and the library goes on to work.
 *
 * FUZZ_SECONDS says for how long, FUZZ_SEED where the numbers begin: a failure prints it. If the library counts which code
 * runs (scripts/fuzz), bytes that reach something new are changed further, and kept in the folder FUZZ_FOUND for the next
 * run. What came last is in the file FUZZ_LAST, and FUZZ_REPEAT gives such a file again.
 */
#include "support/coverage.h"
#include "support/replay_worker.h"
#include "support/silent_server.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SEEDS = 4096, MAX_LENGTH = 4096 };

static struct silent_server server;
static uint64_t runtime, client, worker, replay, metric, queue;
static struct bytes seeds[MAX_SEEDS];
static size_t seed_count, corpus_count;
static uint64_t state;

static uint32_t below(size_t end)
{
    state = state * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)((state >> 33) % end);
}

/* -- What is called. Each gives 0, or the code of its failure. -- */

static const char *const messages[] = {
    "coresdk.workflow_activation.WorkflowActivation",
    "coresdk.workflow_completion.WorkflowActivationCompletion",
    "coresdk.activity_task.ActivityTask",
    "coresdk.ActivityTaskCompletion",
    "temporal.api.history.v1.History",
    "temporal.api.failure.v1.Failure",
    "google.protobuf.Struct",
    "google.protobuf.Any",
};

static const char *any_message(void)
{
    return messages[below(sizeof messages / sizeof *messages)];
}

static int64_t of_size(int64_t size)
{
    return size < 0 ? -size : 0;
}

/* Frees an object that was made of the bytes. */
static int64_t of_object(uint64_t handle, temporal_bun_code (*free_handle)(uint64_t))
{
    if (handle == 0) {
        return temporal_bun_last_error_code();
    }
    OK(free_handle(handle));
    return 0;
}

/* Waits for a call that was submitted. */
static int64_t of_call(uint64_t pending)
{
    if (pending == 0) {
        return temporal_bun_last_error_code();
    }
    int progress = temporal_bun_pending_wait(pending, PATIENCE_MS);
    CHECK(progress == 1 || progress == 2);
    int64_t code = progress == 1 ? 0 : -temporal_bun_pending_take(pending, NULL, 0);
    OK(temporal_bun_pending_free(pending));
    return code;
}

/* Submits a call, and gives it up. */
static int64_t of_abandoned(uint64_t pending)
{
    if (pending == 0) {
        return temporal_bun_last_error_code();
    }
    OK(temporal_bun_pending_free(pending));
    return 0;
}

/* Text that ends with a byte that no JSON ends with: it is read, and starts no server. */
static int64_t of_unfinished(uint64_t (*start)(uint64_t, const uint8_t *, size_t, uint64_t, uint64_t), const uint8_t *bytes,
                             size_t length)
{
    static uint8_t text[MAX_LENGTH + 1];
    memcpy(text, bytes, length);
    text[length] = 1;
    CHECK_INT(start(runtime, text, length + 1, 0, 0), 0);
    return temporal_bun_last_error_code();
}

/* Posts the bytes, and takes them again. */
static int64_t of_message(const uint8_t *bytes, size_t length)
{
    static uint8_t room[MAX_LENGTH + 32];
    temporal_bun_code code = temporal_bun_queue_post(queue, 1, bytes, length);
    if (code == 0) {
        CHECK(temporal_bun_queue_drain(queue, room, sizeof room) >= (int64_t)length);
        CHECK(memcmp(room + 16, bytes, length) == 0);
    }
    return code;
}

#define METHOD TEXT("temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution")

/* clang-format off */
#define TARGET(name, call) static int64_t name(const uint8_t *bytes, size_t length) { return (call); }
TARGET(config_load, of_size(temporal_bun_client_config_load(bytes, length, NULL, 0)))
TARGET(runtime_options, of_object(temporal_bun_runtime_new(bytes, length), temporal_bun_runtime_free))
TARGET(client_options, of_abandoned(temporal_bun_client_connect(runtime, bytes, length, 0, 0)))
TARGET(method, of_abandoned(temporal_bun_client_call(client, bytes, length, NULL, 0, NULL, 0, 0, 0)))
TARGET(request, of_abandoned(temporal_bun_client_call(client, METHOD, bytes, length, NULL, 0, 0, 0)))
TARGET(call_options, of_abandoned(temporal_bun_client_call(client, METHOD, NULL, 0, bytes, length, 0, 0)))
TARGET(api_key, temporal_bun_client_update_api_key(client, bytes, length))
TARGET(response, temporal_bun_service_call_answer(UINT64_C(1) << 40, bytes, length, NULL, 0))
TARGET(posted, of_message(bytes, length))
TARGET(embedded_options, of_object(temporal_bun_embedded_server_new(runtime, bytes, length), temporal_bun_embedded_server_free))
TARGET(dev_server_options, of_unfinished(temporal_bun_dev_server_start, bytes, length))
TARGET(test_server_options, of_unfinished(temporal_bun_test_server_start, bytes, length))
TARGET(replay_options, of_object(temporal_bun_replay_worker_new(runtime, bytes, length), temporal_bun_worker_free))
TARGET(history, of_abandoned(temporal_bun_replay_worker_push_history(replay, TEXT("id"), bytes, length, 0, 0)))
TARGET(history_json, of_abandoned(temporal_bun_replay_worker_push_history_json(replay, TEXT("id"), bytes, length, 0, 0)))
TARGET(workflow_id, of_abandoned(temporal_bun_replay_worker_push_history(replay, bytes, length, NULL, 0, 0, 0)))
TARGET(completed_workflow, of_call(temporal_bun_worker_complete_workflow_task(replay, bytes, length, 0, 0)))
TARGET(metadata, temporal_bun_client_update_metadata(client, bytes, length))
TARGET(metric_config, of_object(temporal_bun_metric_new(runtime, bytes, length), temporal_bun_metric_free))
TARGET(attributes, of_object(temporal_bun_metric_with_attributes(metric, bytes, length), temporal_bun_metric_free))
TARGET(worker_options, of_object(temporal_bun_worker_new(runtime, client, bytes, length), temporal_bun_worker_free))
TARGET(completed_activity, of_call(temporal_bun_worker_complete_activity_task(worker, bytes, length, 0, 0)))
TARGET(completed_operation, of_call(temporal_bun_worker_complete_nexus_task(worker, bytes, length, 0, 0)))
TARGET(heartbeat, temporal_bun_worker_record_activity_heartbeat(worker, bytes, length))
TARGET(eviction, temporal_bun_worker_request_workflow_eviction(replay, bytes, length))
TARGET(failure, temporal_bun_service_call_answer(UINT64_C(1) << 40, NULL, 0, bytes, length))
TARGET(name_of_message, of_size(temporal_bun_message_to_json(bytes, length, NULL, 0, NULL, 0)))
TARGET(message, of_size(temporal_bun_message_to_json(TEXT(any_message()), bytes, length, NULL, 0)))
TARGET(message_json, of_size(temporal_bun_message_from_json(TEXT(any_message()), bytes, length, NULL, 0)))
/* clang-format on */

/* JSON that is taken once is taken again in the form that the library gives it. */
static int64_t round_trip(const uint8_t *bytes, size_t length)
{
    static uint8_t encoded[4 * MAX_LENGTH], json[64 * MAX_LENGTH];
    const char *name = any_message();
    int64_t size = temporal_bun_message_from_json(TEXT(name), bytes, length, encoded, sizeof encoded);
    if (size < 0 || size > (int64_t)sizeof encoded) {
        return of_size(size);
    }
    int64_t written = temporal_bun_message_to_json(TEXT(name), encoded, (size_t)size, json, sizeof json);
    if (written >= 0 && written <= (int64_t)sizeof json) {
        CHECK_INT(temporal_bun_message_from_json(TEXT(name), json, (size_t)written, NULL, 0), size);
    }
    return of_size(written);
}

static int64_t (*const targets[])(const uint8_t *bytes, size_t length) = {
    runtime_options, client_options, method, request, call_options, api_key, response, posted, embedded_options,
    dev_server_options, test_server_options, replay_options, history, history_json, workflow_id, completed_workflow,
    config_load, metadata, metric_config, attributes, worker_options, completed_activity, completed_operation, heartbeat,
    eviction, failure, name_of_message, message, message_json, round_trip,
};

enum { TARGETS = sizeof targets / sizeof *targets };

/* -- What they are given. -- */

/* Takes the files of a folder as bytes to be changed. */
static void read_corpus(const char *folder)
{
    DIR *entries = opendir(folder);
    CHECK(entries != NULL);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        CHECK(file != NULL && seed_count < MAX_SEEDS);
        struct bytes seed = {.data = malloc(MAX_LENGTH)};
        seed.length = fread(seed.data, 1, MAX_LENGTH, file);
        fclose(file);
        seeds[seed_count++] = seed;
    }
    closedir(entries);
}

/* A file of the corpus with some bytes changed, left out, doubled, or taken from another file. */
static size_t changed(uint8_t *out)
{
    struct bytes seed = seeds[below(seed_count)];
    size_t length = seed.length;
    memcpy(out, seed.data, length);
    for (uint32_t change = below(5); change > 0 && length > 0; change--) {
        size_t at = below(length), rest = length - at, part = below(rest) + 1;
        struct bytes other = seeds[below(seed_count)];
        switch (below(5)) {
        case 0:
            out[at] ^= (uint8_t)(1u << below(8));
            break;
        case 1:
            out[at] = "\"\\{}[]:,0-9e\xff\x80"[below(14)];
            break;
        case 2:
            memmove(out + at, out + at + part, rest - part);
            length -= part;
            break;
        case 3:
            if (length + part <= MAX_LENGTH) {
                memmove(out + at + part, out + at, rest);
                length += part;
            }
            break;
        default:
            part = part < other.length ? part : other.length;
            memcpy(out + at, other.data + (other.length > part ? below(other.length - part) : 0), part);
        }
    }
    return length;
}

/* Keeps bytes that reached new code, in the place of others if there are too many, and for the corpus. */
static void keep(const uint8_t *bytes, size_t length)
{
    const char *folder = getenv("FUZZ_FOUND");
    size_t at = seed_count;
    if (seed_count == MAX_SEEDS) {
        at = corpus_count + below(MAX_SEEDS - (uint32_t)corpus_count);
    } else {
        seeds[seed_count++].data = malloc(MAX_LENGTH);
    }
    memcpy(seeds[at].data, bytes, length);
    seeds[at].length = length;
    if (folder) {
        char path[512];
        snprintf(path, sizeof path, "%s/%zu", folder, at);
        FILE *file = fopen(path, "wb");
        CHECK(file != NULL && fwrite(bytes, 1, length, file) == length);
        fclose(file);
    }
}

/* Gives bytes to a target. */
static void give(size_t target, const uint8_t *bytes, size_t length)
{
    int64_t code = targets[target](bytes, length);
    CHECK(code >= 0 && code != TEMPORAL_BUN_CODE_INTERNAL);
    if (code != 0) {
        uint8_t error[16384];
        int64_t size = temporal_bun_last_error(error, sizeof error);
        CHECK(size > 0);
        if (size <= (int64_t)sizeof error) {
            expect_error_json(__FILE__, __LINE__, error, (size_t)size, code);
        }
    }
}

/* The file of what came last has the number of the target, and the bytes. */
static void note(int file, uint8_t target, const uint8_t *bytes, size_t length)
{
    CHECK(pwrite(file, &target, 1, 0) == 1);
    CHECK(pwrite(file, bytes, length, 1) == (ssize_t)length);
    CHECK(ftruncate(file, (off_t)length + 1) == 0);
}

static void the_bytes_of_a_failure_do_no_harm(void)
{
    static uint8_t bytes[MAX_LENGTH + 1];
    FILE *file = fopen(getenv("FUZZ_REPEAT"), "rb");
    CHECK(file != NULL);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    CHECK(length > 0 && bytes[0] < TARGETS);
    give(bytes[0], bytes + 1, length - 1);
}

static void no_bytes_do_harm(void)
{
    const char *given = getenv("FUZZ_SECONDS"), *seed = getenv("FUZZ_SEED"), *last = getenv("FUZZ_LAST");
    int file = last ? open(last, O_CREAT | O_WRONLY, 0600) : -1;
    time_t end = time(NULL) + (given ? atoi(given) : 15);
    uint64_t rounds = 0;
    state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    printf("FUZZ_SEED=%llu\n", (unsigned long long)state);
    fflush(stdout);
    do {
        static uint8_t bytes[MAX_LENGTH];
        size_t length = changed(bytes);
        /* Each in turn, so that none is left out. */
        size_t target = rounds % TARGETS;
        if (file >= 0) {
            note(file, (uint8_t)target, bytes, length);
        }
        give(target, bytes, length);
        if (coverage_grew()) {
            keep(bytes, length);
        }
        rounds++;
    } while (rounds < TARGETS || time(NULL) < end);
    if (file >= 0) {
        close(file);
    }
    printf("%llu calls, %llu of each of %d targets\n", (unsigned long long)rounds, (unsigned long long)(rounds / TARGETS),
           TARGETS);
    if (coverage_is_counted()) {
        printf("%zu files reached new code\n", seed_count - corpus_count);
        CHECK(seed_count > corpus_count);
    }
}

int main(void)
{
    server = silent_server_start();
    runtime = new_runtime();
    client = silent_client(runtime, &server);
    char *config = worker_config("fuzz", ACTIVITIES, 1);
    worker = HANDLE(temporal_bun_worker_new(runtime, client, TEXT(config)));
    free(config);
    replay = replay_worker(runtime);
    metric = HANDLE(temporal_bun_metric_new(runtime, TEXT("{\"kind\":\"counter\",\"name\":\"n\"}")));
    queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    read_corpus("tests/c/corpus");
    CHECK(seed_count > 5);
    corpus_count = seed_count;
    if (getenv("FUZZ_FOUND")) {
        read_corpus(getenv("FUZZ_FOUND"));
    }
    if (getenv("FUZZ_REPEAT")) {
        TEST(the_bytes_of_a_failure_do_no_harm);
    } else {
        TEST(no_bytes_do_harm);
    }
    OK(temporal_bun_queue_close(queue));
    OK(temporal_bun_metric_free(metric));
    OK(temporal_bun_worker_free(worker));
    end_worker(replay);
    OK(temporal_bun_client_free(client));
    OK(temporal_bun_runtime_free(runtime));
    silent_server_stop(&server);
    for (size_t i = 0; i < seed_count; i++) {
        bytes_free(seeds[i]);
    }
}

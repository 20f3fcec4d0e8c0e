/*
 * Completion queues: the layout of records, wakes, descriptors, several producers and consumers, closing while calls
 * are in flight, and the calls of a client that come into one.
 */
#include "support/ordering.h"
#include "support/replay_worker.h"
#include "support/silent_server.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct silent_server server;
static uint64_t runtime, client;

static void post(uint64_t queue, uint64_t tag, const char *message)
{
    OK(temporal_bun_queue_post(queue, tag, TEXT(message)));
}

static void records_have_the_documented_layout(void)
{
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    CHECK_INT(temporal_bun_queue_ready_bytes(queue), 0);
    CHECK_INT(temporal_bun_queue_drain(queue, NULL, 0), 0);
    post(queue, UINT64_C(0x1122334455667788), "abc");
    post(queue, 2, "");
    OK(temporal_bun_queue_post(queue, 3, NULL, 0));
    CHECK_INT(temporal_bun_queue_ready_bytes(queue), 24 + 16 + 16);
    uint8_t drained[64];
    memset(drained, '#', sizeof drained);
    CHECK_INT(temporal_bun_queue_drain(queue, drained, sizeof drained), 56);
    static const uint8_t expected[] = {
        0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c', 0, 0, 0, 0, 0, /**/
        2,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0,                               /**/
        3,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0,                               /**/
        '#',
    };
    CHECK(memcmp(drained, expected, sizeof expected) == 0);
    CHECK_INT(temporal_bun_queue_ready_bytes(queue), 0);
    OK(temporal_bun_queue_close(queue));
}

static void a_drain_takes_only_whole_records(void)
{
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    post(queue, 1, "12345678");
    post(queue, 2, "123456789");
    uint8_t drained[64];
    for (size_t capacity = 0; capacity < 24; capacity++) {
        FAILS_SIZE(TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL, temporal_bun_queue_drain(queue, drained, capacity));
        ERROR_DETAIL_INT("needed", 24);
        ERROR_DETAIL_INT("capacity", (int64_t)capacity);
    }
    FAILS_SIZE(TEMPORAL_BUN_CODE_INVALID_ARGUMENT, temporal_bun_queue_drain(queue, NULL, 24));
    CHECK_INT(temporal_bun_queue_ready_bytes(queue), 24 + 32);
    CHECK_INT(temporal_bun_queue_drain(queue, drained, 24 + 31), 24);
    CHECK_INT(drained[0], 1);
    CHECK_INT(drained[8 + 3], TEMPORAL_BUN_RECORD_MORE >> 24);
    CHECK_INT(temporal_bun_queue_ready_bytes(queue), 32);
    CHECK_INT(temporal_bun_queue_drain(queue, drained, 32), 32);
    CHECK_INT(drained[0], 2);
    CHECK_INT(drained[8 + 3], 0);
    OK(temporal_bun_queue_close(queue));
}

static void results_come_as_bytes_errors_and_handles(void)
{
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    char *config = hasty_client_config(server.target);
    HANDLE(temporal_bun_client_connect(runtime, TEXT(config), inbox.queue, 1));
    free(config);
    struct record record = inbox_next(&inbox);
    CHECK_INT(record.tag, 1);
    OK(temporal_bun_client_free(record_handle(&record)));

    OK(temporal_bun_pending_cancel(HANDLE(endless_call(client, inbox.queue, 2))));
    record = inbox_next(&inbox);
    CHECK_INT(record.tag, 2);
    CHECK_INT(record.kind, RECORD_ERROR);
    expect_error_json(__FILE__, __LINE__, record.payload, record.length, TEMPORAL_BUN_CODE_CANCELLED);

    post(inbox.queue, 3, "text");
    record = inbox_next(&inbox);
    CHECK_INT(record.tag, 3);
    CHECK_INT(record.kind, RECORD_BYTES);
    CHECK(record.length == 4 && memcmp(record.payload, "text", 4) == 0);
    CHECK(!inbox_poll(&inbox, &record));
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
}

static void the_fire_and_forget_tag_delivers_only_failures(void)
{
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    char *config = hasty_client_config(server.target);
    uint64_t connect = HANDLE(temporal_bun_client_connect(runtime, TEXT(config), inbox.queue, 0));
    /* Its handle ends when it is done: while it is waited for, or before. */
    int waited = temporal_bun_pending_wait(connect, PATIENCE_MS);
    CHECK(waited == -TEMPORAL_BUN_CODE_ALREADY_TAKEN || waited == -TEMPORAL_BUN_CODE_INVALID_HANDLE);
    free(config);
    OK(temporal_bun_pending_cancel(HANDLE(endless_call(client, inbox.queue, 0))));
    struct record record = inbox_next(&inbox);
    CHECK_INT(record.tag, 0);
    CHECK_INT(record.kind, RECORD_ERROR);
    CHECK(!inbox_poll(&inbox, &record));
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
}

static void logs_stream_into_a_queue(void)
{
    uint64_t logging =
        HANDLE(temporal_bun_runtime_new(TEXT("{\"telemetry\":{\"logging\":{\"filter\":\"info\",\"forward\":true}}}")));
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    /* Core says what it makes. What was said before there was a queue comes too. */
    end_worker(replay_worker(logging));
    OK(temporal_bun_runtime_attach_log_queue(logging, inbox.queue, 9));
    struct record record = inbox_next(&inbox);
    CHECK_INT(record.tag, 9);
    CHECK_INT(record.kind, RECORD_BYTES);
    json_t *line = json_loadb((const char *)record.payload, record.length, 0, NULL);
    const char *target, *level, *message;
    json_int_t timestamp;
    json_t *fields, *spans;
    CHECK_INT(json_unpack_ex(line, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:I, s:o, s:o}", "target", &target, "level",
                             &level, "message", &message, "timestampMs", &timestamp, "fields", &fields, "spans",
                             &spans),
              0);
    CHECK_TEXT(level, "INFO");
    CHECK(strncmp(target, "temporalio", strlen("temporalio")) == 0);
    CHECK(json_is_object(fields) && json_is_array(spans) && timestamp > 0);
    json_decref(line);
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
    OK(temporal_bun_runtime_free(logging));
}

static void a_wait_ends_with_a_record_or_its_time(void)
{
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    CHECK_INT(temporal_bun_queue_wait(queue, 0), 0);
    CHECK_INT(temporal_bun_queue_wait(queue, 20), 0);
    post(queue, 1, "");
    CHECK_INT(temporal_bun_queue_wait(queue, 0), 1);
    CHECK_INT(temporal_bun_queue_wait(queue, -1), 1);
    OK(temporal_bun_queue_close(queue));
}

static void count_wake(void *count)
{
    atomic_fetch_add((atomic_int *)count, 1);
}

static void wakes_are_coalesced(void)
{
    atomic_int wakes = 0;
    uint64_t queue = HANDLE(temporal_bun_queue_new(count_wake, &wakes));
    for (int i = 0; i < 100; i++) {
        post(queue, 1, "");
    }
    CHECK_INT(wakes, 1);
    uint8_t drained[1600];
    CHECK_INT(temporal_bun_queue_drain(queue, drained, 800), 800);
    post(queue, 1, "");
    CHECK_INT(wakes, 1);
    CHECK_INT(temporal_bun_queue_drain(queue, drained, sizeof drained), 51 * 16);
    CHECK_INT(wakes, 1);
    post(queue, 1, "");
    CHECK_INT(wakes, 2);
    OK(temporal_bun_queue_close(queue));
}

/* Many producers, many consumers: each producer posts to each consumer, each consumer has a queue of its own. */

enum { PRODUCERS = 4, CONSUMERS = 3, MESSAGES = 500 };

struct consumer {
    struct inbox inbox;
    int by_wake; /* waits for its wakes, not in the library */
    sem_t woken;
};

static struct consumer consumers[CONSUMERS];

static void wake_consumer(void *woken)
{
    sem_post(woken);
}

static void *produce(void *number)
{
    uint64_t producer = (uint64_t)(uintptr_t)number;
    for (uint64_t message = 1; message <= MESSAGES; message++) {
        for (int i = 0; i < CONSUMERS; i++) {
            uint8_t payload[40];
            size_t length = message % sizeof payload;
            memset(payload, (int)message, length);
            OK(temporal_bun_queue_post(consumers[i].inbox.queue, producer << 32 | message, payload, length));
        }
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct consumer *consumer = argument;
    uint64_t last[PRODUCERS] = {0};
    for (int left = PRODUCERS * MESSAGES; left > 0; left--) {
        struct record record;
        if (consumer->by_wake) {
            while (!inbox_poll(&consumer->inbox, &record)) {
                sem_wait(&consumer->woken);
            }
        } else {
            record = inbox_next(&consumer->inbox);
        }
        uint64_t producer = record.tag >> 32, message = record.tag & UINT32_MAX;
        CHECK(producer < PRODUCERS);
        CHECK_INT(message, last[producer] + 1);
        last[producer] = message;
        CHECK_INT(record.length, message % 40);
        for (uint32_t i = 0; i < record.length; i++) {
            CHECK_INT(record.payload[i], message % 256);
        }
    }
    return NULL;
}

static void many_producers_reach_many_consumers_in_order(void)
{
    pthread_t producing[PRODUCERS], consuming[CONSUMERS];
    for (int i = 0; i < CONSUMERS; i++) {
        struct consumer *consumer = &consumers[i];
        consumer->by_wake = i % 2;
        CHECK_INT(sem_init(&consumer->woken, 0, 0), 0);
        consumer->inbox = (struct inbox){
            .queue = HANDLE(consumer->by_wake ? temporal_bun_queue_new(wake_consumer, &consumer->woken)
                                              : temporal_bun_queue_new(NULL, NULL)),
        };
    }
    for (int i = 0; i < CONSUMERS; i++) {
        CHECK_INT(pthread_create(&consuming[i], NULL, consume, &consumers[i]), 0);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        CHECK_INT(pthread_create(&producing[i], NULL, produce, (void *)(uintptr_t)i), 0);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        CHECK_INT(pthread_join(producing[i], NULL), 0);
    }
    for (int i = 0; i < CONSUMERS; i++) {
        CHECK_INT(pthread_join(consuming[i], NULL), 0);
        CHECK_INT(temporal_bun_queue_ready_bytes(consumers[i].inbox.queue), 0);
        OK(temporal_bun_queue_close(consumers[i].inbox.queue));
        inbox_free(&consumers[i].inbox);
        sem_destroy(&consumers[i].woken);
    }
}

/* Each thread submits calls to its own queue, cancels some from there, and gets each completion once. */

enum { CALLS = 100 };

static void *submit_and_drain(void *unused)
{
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    int completed[CALLS + 1] = {0};
    for (uint64_t tag = 1; tag <= CALLS; tag++) {
        uint64_t call = HANDLE(endless_call(client, inbox.queue, tag));
        OK(temporal_bun_pending_cancel(call));
    }
    for (int left = CALLS; left > 0; left--) {
        struct record record = inbox_next(&inbox);
        CHECK(record.tag >= 1 && record.tag <= CALLS);
        CHECK_INT(completed[record.tag]++, 0);
        CHECK_INT(record.kind, RECORD_ERROR);
    }
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
    return unused;
}

static void each_thread_gets_its_own_completions(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, submit_and_drain, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
}

/* Closing. */

static void a_closed_queue_takes_nothing(void)
{
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    post(queue, 1, "");
    OK(temporal_bun_queue_close(queue));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_queue_close(queue));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_queue_post(queue, 1, NULL, 0));
    FAILS_SIZE(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_queue_ready_bytes(queue));
    FAILS_SIZE(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_queue_wait(queue, -1));
    FAILS_HANDLE(TEMPORAL_BUN_CODE_INVALID_HANDLE, endless_call(client, queue, 1));
}

static void a_handle_that_was_not_drained_is_freed(void)
{
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    char *config = hasty_client_config(server.target);
    uint64_t connect = HANDLE(temporal_bun_client_connect(runtime, TEXT(config), queue, 1));
    free(config);
    CHECK_INT(temporal_bun_queue_wait(queue, PATIENCE_MS), 1);
    /* Handles are counted up, and nothing else makes one here. */
    uint64_t made = connect + 1;
    OK(temporal_bun_client_update_api_key(made, NULL, 0));
    OK(temporal_bun_queue_close(queue));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_client_update_api_key(made, NULL, 0));
}

static atomic_int waiting;

static void *wait_for_close(void *queue)
{
    atomic_fetch_add(&waiting, 1);
    int waited = temporal_bun_queue_wait(*(uint64_t *)queue, -1);
    /* Or it was closed before this thread came so far. */
    CHECK(waited == -TEMPORAL_BUN_CODE_CLOSED || waited == -TEMPORAL_BUN_CODE_INVALID_HANDLE);
    return NULL;
}

static void a_close_ends_waits(void)
{
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    pthread_t threads[3];
    waiting = 0;
    for (int i = 0; i < 3; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, wait_for_close, &queue), 0);
    }
    while (waiting < 3) {
        sched_yield();
    }
    OK(temporal_bun_queue_close(queue));
    for (int i = 0; i < 3; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
}

struct slow_wake {
    uint64_t queue;
    sem_t inside, leave;
    atomic_int left;
};

static void wake_slowly(void *argument)
{
    struct slow_wake *wake = argument;
    sem_post(&wake->inside);
    sem_wait(&wake->leave);
    atomic_store(&wake->left, 1);
}

static void *close_slow(void *argument)
{
    struct slow_wake *wake = argument;
    /* Lets the callback go on only now, so that the close has to wait for it. */
    sem_post(&wake->leave);
    OK(temporal_bun_queue_close(wake->queue));
    CHECK_INT(wake->left, 1);
    return NULL;
}

static void a_close_waits_for_the_wake_that_runs(void)
{
    for (int round = 0; round < 20; round++) {
        struct slow_wake wake = {.left = 0};
        sem_init(&wake.inside, 0, 0);
        sem_init(&wake.leave, 0, 0);
        wake.queue = HANDLE(temporal_bun_queue_new(wake_slowly, &wake));
        OK(temporal_bun_pending_cancel(HANDLE(endless_call(client, wake.queue, 1))));
        sem_wait(&wake.inside);
        pthread_t closing;
        CHECK_INT(pthread_create(&closing, NULL, close_slow, &wake), 0);
        CHECK_INT(pthread_join(closing, NULL), 0);
        sem_destroy(&wake.inside);
        sem_destroy(&wake.leave);
    }
}

struct closing_wake {
    uint64_t queue;
    sem_t done;
};

static void close_inside(void *argument)
{
    struct closing_wake *wake = argument;
    take_over(wake);
    FAILS(TEMPORAL_BUN_CODE_FAILED_PRECONDITION, temporal_bun_queue_close(wake->queue));
    sem_post(&wake->done);
}

static void a_close_from_inside_of_a_wake_is_an_error(void)
{
    struct closing_wake wake = {0};
    sem_init(&wake.done, 0, 0);
    wake.queue = HANDLE(temporal_bun_queue_new(close_inside, &wake));
    hand_over(&wake);
    /* From the thread of the host that posts, and from one of the library's. */
    post(wake.queue, 1, "");
    sem_wait(&wake.done);
    uint8_t drained[16];
    CHECK_INT(temporal_bun_queue_drain(wake.queue, drained, sizeof drained), 16);
    OK(temporal_bun_pending_cancel(HANDLE(endless_call(client, wake.queue, 1))));
    sem_wait(&wake.done);
    /* Open still. */
    post(wake.queue, 1, "");
    OK(temporal_bun_queue_close(wake.queue));
    sem_destroy(&wake.done);
}

/* What a wake uses; gone right after the close, so that a late wake is caught by any memory checker, and by
   `closed`. */
struct fragile {
    atomic_int closed, wakes;
};

static void wake_fragile(void *argument)
{
    struct fragile *fragile = argument;
    take_over(fragile);
    CHECK_INT(fragile->closed, 0);
    atomic_fetch_add(&fragile->wakes, 1);
    hand_over(fragile);
}

static void *submit_until_closed(void *queue)
{
    for (;;) {
        uint64_t call = endless_call(client, *(uint64_t *)queue, 1);
        if (call == 0) {
            CHECK_INT(temporal_bun_last_error_code(), TEMPORAL_BUN_CODE_INVALID_HANDLE);
            return NULL;
        }
        temporal_bun_pending_cancel(call);
        sched_yield();
        int code = temporal_bun_queue_post(*(uint64_t *)queue, 1, NULL, 0);
        CHECK(code == TEMPORAL_BUN_CODE_OK || code == TEMPORAL_BUN_CODE_CLOSED ||
              code == TEMPORAL_BUN_CODE_INVALID_HANDLE);
    }
}

static void no_wake_comes_after_a_close(void)
{
    for (int round = 0; round < 20; round++) {
        struct fragile *fragile = calloc(1, sizeof *fragile);
        CHECK(fragile != NULL);
        hand_over(fragile);
        struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(wake_fragile, fragile))};
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) {
            CHECK_INT(pthread_create(&threads[i], NULL, submit_until_closed, &inbox.queue), 0);
        }
        /* Some come through, and a wake or more; then it closes in the middle. */
        for (int i = 0; i < 10 || fragile->wakes == 0; i++) {
            inbox_next(&inbox);
        }
        OK(temporal_bun_queue_close(inbox.queue));
        take_over(fragile);
        atomic_store(&fragile->closed, 1);
        free(fragile);
        for (int i = 0; i < 2; i++) {
            CHECK_INT(pthread_join(threads[i], NULL), 0);
        }
        inbox_free(&inbox);
    }
}

/* poll(2) says at once whether the descriptor is readable. */
static int is_readable(int fd)
{
    struct pollfd asked = {.fd = fd, .events = POLLIN};
    int count = poll(&asked, 1, 0);
    CHECK(count >= 0);
    CHECK_INT(asked.revents, count == 1 ? POLLIN : 0);
    return count == 1;
}

static void a_descriptor_is_readable_while_there_is_something(void)
{
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    post(queue, 1, "before it is asked for");
    int fd = temporal_bun_queue_fd(queue);
    CHECK(fd >= 0);
    CHECK_INT(temporal_bun_queue_fd(queue), fd);
    CHECK(is_readable(fd));
    uint8_t drained[64];
    CHECK_INT(temporal_bun_queue_drain(queue, drained, sizeof drained), (int64_t)record_size(22));
    CHECK(!is_readable(fd));
    post(queue, 2, "");
    post(queue, 3, "");
    CHECK(is_readable(fd));
    CHECK_INT(temporal_bun_queue_drain(queue, drained, 16), 16);
    CHECK(is_readable(fd));
    CHECK_INT(temporal_bun_queue_drain(queue, drained, 16), 16);
    CHECK(!is_readable(fd));
    CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
    OK(temporal_bun_queue_close(queue));
    CHECK_INT(fcntl(fd, F_GETFD), -1);
    CHECK_INT(errno, EBADF);
}

/* For loops that take a descriptor over. */
static void another_descriptor_is_the_hosts_to_close(void)
{
    int before = open_descriptors();
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    int first = temporal_bun_queue_fd_dup(queue);
    int second = temporal_bun_queue_fd_dup(queue);
    CHECK(first >= 0 && second >= 0 && first != second);
    CHECK(first != temporal_bun_queue_fd(queue));
    CHECK_INT(fcntl(first, F_GETFD), FD_CLOEXEC);
    post(queue, 1, "");
    CHECK(is_readable(first) && is_readable(second));
    CHECK_INT(close(second), 0);
    char sign[8];
    CHECK_INT(read(first, sign, sizeof sign), 1);
    CHECK(!is_readable(first) && !is_readable(temporal_bun_queue_fd(queue)));
    uint8_t drained[16];
    CHECK_INT(temporal_bun_queue_drain(queue, drained, sizeof drained), 16);
    post(queue, 2, "");
    CHECK(is_readable(first));
    OK(temporal_bun_queue_close(queue));
    CHECK_INT(read(first, sign, sizeof sign), 1);
    CHECK_INT(read(first, sign, sizeof sign), 0);
    CHECK_INT(close(first), 0);
    CHECK_INT(open_descriptors(), before);
}

/* What a queue costs that is only drained and woken for. */
static void a_queue_has_no_descriptor_until_it_is_asked_for(void)
{
    int before = open_descriptors();
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    post(queue, 1, "");
    CHECK_INT(temporal_bun_queue_wait(queue, PATIENCE_MS), 1);
    uint8_t drained[16];
    CHECK_INT(temporal_bun_queue_drain(queue, drained, sizeof drained), 16);
    CHECK_INT(open_descriptors(), before);
    CHECK(temporal_bun_queue_fd(queue) >= 0);
    CHECK_INT(open_descriptors(), before + 2);
    OK(temporal_bun_queue_close(queue));
    CHECK_INT(open_descriptors(), before);
}

static void *post_later(void *queue)
{
    post(*(uint64_t *)queue, 1, "from another thread");
    return NULL;
}

static void an_event_loop_waits_for_a_descriptor(void)
{
    uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
    int loop = epoll_create1(EPOLL_CLOEXEC);
    CHECK(loop >= 0);
    /* Told of changes only: each round is one. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    CHECK_INT(epoll_ctl(loop, EPOLL_CTL_ADD, temporal_bun_queue_fd(queue), &event), 0);
    for (int round = 0; round < 100; round++) {
        pthread_t thread;
        CHECK_INT(pthread_create(&thread, NULL, post_later, &queue), 0);
        CHECK_INT(epoll_wait(loop, &event, 1, PATIENCE_MS), 1);
        uint8_t drained[64];
        CHECK_INT(temporal_bun_queue_drain(queue, drained, sizeof drained), (int64_t)record_size(19));
        CHECK_INT(pthread_join(thread, NULL), 0);
    }
    CHECK_INT(epoll_wait(loop, &event, 1, 0), 0);
    OK(temporal_bun_queue_close(queue));
    CHECK_INT(close(loop), 0);
}

/* A call as it comes from a client with a service override. */
struct served {
    uint64_t handle;
    char *description;
    struct bytes request;
};

static struct served next_call(struct inbox *inbox)
{
    struct record record = inbox_next(inbox);
    CHECK_INT(record.tag, 5);
    CHECK_INT(record.kind, RECORD_BYTES);
    struct served call = {0};
    uint32_t lengths[2];
    memcpy(&call.handle, record.payload, 8);
    memcpy(lengths, record.payload + 8, sizeof lengths);
    CHECK_INT(record.length, 16 + lengths[0] + lengths[1]);
    call.description = strndup((const char *)record.payload + 16, lengths[0]);
    call.request.length = lengths[1];
    call.request.data = malloc(lengths[1] + 1);
    memcpy(call.request.data, record.payload + 16 + lengths[0], lengths[1]);
    return call;
}

static void served_free(struct served call)
{
    free(call.description);
    bytes_free(call.request);
}

static void the_host_answers_for_a_server(void)
{
    struct inbox inbox = {.queue = HANDLE(temporal_bun_queue_new(NULL, NULL))};
    char *config = json_text("{s:s, s:s, s:s, s:{s:I, s:i}}", "target", "http://nowhere", "clientName", "c",
                             "clientVersion", "1", "serviceOverride", "queue", (json_int_t)inbox.queue, "tag", 5);
    uint64_t connecting = HANDLE(temporal_bun_client_connect(runtime, TEXT(config), 0, 0));
    free(config);
    /* A connect asks what the server can do. */
    struct served call = next_call(&inbox);
    CHECK(strstr(call.description, "WorkflowService/GetSystemInfo") != NULL);
    OK(temporal_bun_service_call_answer(call.handle, NULL, 0, NULL, 0));
    FAILS(TEMPORAL_BUN_CODE_INVALID_HANDLE, temporal_bun_service_call_answer(call.handle, NULL, 0, NULL, 0));
    served_free(call);
    uint64_t overridden = RESULT_HANDLE(connecting);

    const char *method = "temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace";
    const uint8_t request[] = {0x0a, 1, 'n'}, response[] = {0x3a, 0};
    uint64_t calling =
        HANDLE(temporal_bun_client_call(overridden, TEXT(method), request, sizeof request, NULL, 0, 0, 0));
    call = next_call(&inbox);
    CHECK(strstr(call.description, method) != NULL);
    CHECK(call.request.length == sizeof request && memcmp(call.request.data, request, sizeof request) == 0);
    FAILS(TEMPORAL_BUN_CODE_INVALID_CONFIG,
          temporal_bun_service_call_answer(call.handle, NULL, 0, TEXT("{\"grpcCode\":17}")));
    ERROR_DETAIL("field", "grpcCode");
    OK(temporal_bun_service_call_answer(call.handle, response, sizeof response, NULL, 0));
    struct bytes result = RESULT(calling);
    CHECK(result.length == sizeof response && memcmp(result.data, response, sizeof response) == 0);
    bytes_free(result);
    served_free(call);

    calling = HANDLE(temporal_bun_client_call(overridden, TEXT(method), NULL, 0, NULL, 0, 0, 0));
    call = next_call(&inbox);
    OK(temporal_bun_service_call_answer(call.handle, NULL, 0,
                                        TEXT("{\"grpcCode\":5,\"grpcMessage\":\"no such namespace\"}")));
    FAILS_LATER(TEMPORAL_BUN_CODE_RPC_FAILED, calling);
    ERROR_DETAIL_INT("grpcCode", 5);
    ERROR_DETAIL("grpcMessage", "no such namespace");
    served_free(call);

    OK(temporal_bun_client_free(overridden));
    OK(temporal_bun_queue_close(inbox.queue));
    inbox_free(&inbox);
}

static pthread_barrier_t together;
static atomic_int closes;

static void *close_once(void *queue)
{
    pthread_barrier_wait(&together);
    int code = temporal_bun_queue_close(*(uint64_t *)queue);
    if (code == TEMPORAL_BUN_CODE_OK) {
        atomic_fetch_add(&closes, 1);
    } else {
        CHECK_INT(code, TEMPORAL_BUN_CODE_INVALID_HANDLE);
    }
    return NULL;
}

static void of_several_threads_one_closes(void)
{
    CHECK_INT(pthread_barrier_init(&together, NULL, 3), 0);
    for (int round = 0; round < 20; round++) {
        uint64_t queue = HANDLE(temporal_bun_queue_new(NULL, NULL));
        pthread_t threads[3];
        closes = 0;
        for (int i = 0; i < 3; i++) {
            CHECK_INT(pthread_create(&threads[i], NULL, close_once, &queue), 0);
        }
        for (int i = 0; i < 3; i++) {
            CHECK_INT(pthread_join(threads[i], NULL), 0);
        }
        CHECK_INT(closes, 1);
    }
    pthread_barrier_destroy(&together);
}

int main(void)
{
    /* Before there is a runtime, which opens and closes descriptors when it likes. */
    TEST(a_queue_has_no_descriptor_until_it_is_asked_for);
    TEST(another_descriptor_is_the_hosts_to_close);
    server = silent_server_start();
    runtime = new_runtime();
    client = silent_client(runtime, &server);
    TEST(records_have_the_documented_layout);
    TEST(a_drain_takes_only_whole_records);
    TEST(results_come_as_bytes_errors_and_handles);
    TEST(the_fire_and_forget_tag_delivers_only_failures);
    TEST(logs_stream_into_a_queue);
    TEST(a_wait_ends_with_a_record_or_its_time);
    TEST(wakes_are_coalesced);
    TEST(many_producers_reach_many_consumers_in_order);
    TEST(each_thread_gets_its_own_completions);
    TEST(a_closed_queue_takes_nothing);
    TEST(a_handle_that_was_not_drained_is_freed);
    TEST(a_close_ends_waits);
    TEST(a_close_waits_for_the_wake_that_runs);
    TEST(a_close_from_inside_of_a_wake_is_an_error);
    TEST(no_wake_comes_after_a_close);
    TEST(of_several_threads_one_closes);
    TEST(a_descriptor_is_readable_while_there_is_something);
    TEST(an_event_loop_waits_for_a_descriptor);
    TEST(the_host_answers_for_a_server);
    OK(temporal_bun_client_free(client));
    OK(temporal_bun_runtime_free(runtime));
    silent_server_stop(&server);
}

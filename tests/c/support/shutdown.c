#include "shutdown.h"

void end_worker(uint64_t worker)
{
    OK(temporal_bun_worker_initiate_shutdown(worker));
    for (;;) {
        uint64_t poll = HANDLE(temporal_bun_worker_poll_workflow_task(worker, 0, 0));
        if (temporal_bun_pending_wait(poll, PATIENCE_MS) == 2) {
            FAILS_LATER(TEMPORAL_BUN_CODE_SHUT_DOWN, poll);
            break;
        }
        struct bytes task = RESULT(poll);
        Activation *activation = decode_activation(task.data, task.length);
        CHECK(eviction_reason(activation) >= 0);
        struct bytes answer = activation_completion(activation->run_id, NULL, 0);
        DONE(temporal_bun_worker_complete_workflow_task(worker, answer.data, answer.length, 0, 0));
        bytes_free(answer);
        bytes_free(task);
        message_free(activation);
    }
    DONE(temporal_bun_worker_finalize_shutdown(worker, 0, 0));
    OK(temporal_bun_worker_free(worker));
    messages_free();
}

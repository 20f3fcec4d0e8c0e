//! The bridge's own sources, on the locks and threads of a model.

#[allow(dead_code, missing_docs)]
pub mod bridge {
    #[path = "../../../../src/bridge/call_result.rs"]
    pub mod call_result;
    #[path = "../../../../src/bridge/completion_queue.rs"]
    pub mod completion_queue;
    #[path = "../../../../src/bridge/error.rs"]
    pub mod error;
    #[path = "../../../../src/bridge/handle.rs"]
    pub mod handle;
    #[path = "../../../../src/bridge/host_memory.rs"]
    pub mod host_memory;
    #[path = "../../../../src/bridge/invariant.rs"]
    pub mod invariant;
    pub mod sync;

    pub mod executors {
        #[path = "../../../../../src/bridge/executors/drain_task.rs"]
        pub mod drain_task;
        pub mod executor;
        #[path = "../../../../../src/bridge/executors/inline_task.rs"]
        pub mod inline_task;
    }
}

//! Kinds of task queues.

/// Kinds of task queues that share a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QueueKind {
    Workflow,
    Activity,
    Nexus,
}

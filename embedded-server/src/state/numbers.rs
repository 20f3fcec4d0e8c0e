//! The numbers and keys that the state's parts know each other by.

/// The number of a run.
pub type RunNo = u64;

/// The number of a standalone activity. No run has the same.
pub type ActivityNo = u64;

/// The number of a query.
pub type QueryNo = u64;

/// A namespace, and the id of a schedule in it.
pub type ScheduleKey = (String, String);

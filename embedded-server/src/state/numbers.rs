//! The numbers that the state's parts know each other by.

/// The number of a run.
pub type RunNo = u64;

/// The number of a query.
pub type QueryNo = u64;

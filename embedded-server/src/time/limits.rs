//! The timeouts of runs and workflow tasks.

use crate::time::{Nanos, SECOND, duration, least};

/// The time at which a run ends at the latest; 0 for none.
pub fn run_deadline(starts_at: Nanos, run_timeout: Nanos, expires_at: Option<Nanos>) -> Nanos {
    let end = if run_timeout > 0 {
        starts_at.saturating_add(run_timeout)
    } else {
        0
    };
    least([end, expires_at.unwrap_or(0)])
}

/// The duration of a workflow task by default, and at most.
pub fn task_timeout(asked: Nanos, run_timeout: Nanos) -> prost_types::Duration {
    const DEFAULT: Nanos = 10 * SECOND;
    const MAX: Nanos = 120 * SECOND;
    let timeout = if asked == 0 { DEFAULT } else { asked.min(MAX) };
    duration(least([timeout, run_timeout]))
}

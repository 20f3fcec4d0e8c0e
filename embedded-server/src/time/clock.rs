//! The server's time.

use crate::time::Nanos;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Real time, and what was skipped of it.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    started_at: Nanos,
    skipped: Nanos,
}

impl Clock {
    pub fn new() -> Self {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            started: Instant::now(),
            started_at: whole(since_1970),
            skipped: 0,
        }
    }

    pub fn now(&self) -> Nanos {
        self.started_at
            .saturating_add(whole(self.started.elapsed()))
            .saturating_add(self.skipped)
    }

    /// Jumps to a time. Does nothing if it is over.
    pub fn jump_to(&mut self, at: Nanos) {
        self.skipped = self.skipped.saturating_add((at - self.now()).max(0));
    }
}

fn whole(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SECOND;

    #[test]
    fn a_jump_goes_forward_only() {
        let mut clock = Clock::new();
        let start = clock.now();
        clock.jump_to(start + 3600 * SECOND);
        let there = clock.now();
        assert!(there >= start + 3600 * SECOND);
        clock.jump_to(start);
        assert!(clock.now() >= there);
    }
}

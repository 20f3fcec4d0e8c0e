//! Times and durations: nanoseconds inside, protobuf outside.

pub mod calendar;
pub mod clock;
pub mod cron;
pub mod go_duration;
pub mod limits;
pub mod retry;
pub mod schedule_spec;
pub mod zone;

use prost_types::{Duration, Timestamp};

/// Nanoseconds: since 1970, or of a duration.
pub type Nanos = i64;

pub const SECOND: Nanos = 1_000_000_000;
pub const MICROSECOND: Nanos = 1_000;

pub fn timestamp(at: Nanos) -> Timestamp {
    Timestamp {
        seconds: at.div_euclid(SECOND),
        nanos: at.rem_euclid(SECOND) as i32,
    }
}

pub fn from_timestamp(at: &Timestamp) -> Nanos {
    at.seconds
        .saturating_mul(SECOND)
        .saturating_add(at.nanos.into())
}

pub fn duration(nanos: Nanos) -> Duration {
    Duration {
        seconds: nanos / SECOND,
        nanos: (nanos % SECOND) as i32,
    }
}

/// The length of a duration; 0 for none.
pub fn nanos(duration: Option<&Duration>) -> Nanos {
    duration.map_or(0, |duration| {
        duration
            .seconds
            .saturating_mul(SECOND)
            .saturating_add(duration.nanos.into())
    })
}

/// None for a duration of no length, which stands for no limit.
pub fn non_zero(nanos: Nanos) -> Option<Duration> {
    (nanos != 0).then(|| duration(nanos))
}

/// The smallest that is not 0, which stands for no limit.
pub fn least(limits: impl IntoIterator<Item = Nanos>) -> Nanos {
    limits
        .into_iter()
        .filter(|limit| *limit > 0)
        .min()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_way_out_and_back() {
        for at in [0, 1, SECOND + 5, 1_700_000_000 * SECOND + 999_999_999] {
            assert_eq!(from_timestamp(&timestamp(at)), at);
            assert_eq!(nanos(Some(&duration(at))), at);
        }
    }

    #[test]
    fn no_limit_is_longer_than_any() {
        assert_eq!(least([0, 7, 3]), 3);
        assert_eq!(least([0, 0]), 0);
    }
}

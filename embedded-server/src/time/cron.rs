//! Cron schedules of workflows.

use crate::time::{Nanos, SECOND, go_duration, zone};
use jiff::{civil::Date, tz::TimeZone};

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Minutes, hours and days of a cron expression: bits of the values that each may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// With days of both kinds restricted, either of them is enough.
    either_day: bool,
}

/// When the runs of a chain start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// In the local time of a zone.
    Cron(Fields, TimeZone),
    /// `@every`: at whole intervals after the start of the run before.
    Every(Nanos),
}

impl Schedule {
    /// The first time after `now`. `started_at` is when the run before has started.
    pub fn next_after(&self, started_at: Nanos, now: Nanos) -> Option<Nanos> {
        match self {
            Schedule::Cron(fields, zone) => fields.next_after(zone, now),
            Schedule::Every(interval) => {
                let passed = (now - started_at).max(0);
                Some(started_at + (passed / interval + 1) * interval)
            }
        }
    }
}

fn has(bits: u64, value: u32) -> bool {
    bits >> value & 1 == 1
}

impl Fields {
    fn next_after(&self, zone: &TimeZone, now: Nanos) -> Option<Nanos> {
        zone::next_after(
            zone,
            now,
            |date| self.is_day(date),
            |second| {
                (second.div_ceil(60)..24 * 60)
                    .find(|minute| has(self.hours, minute / 60) && has(self.minutes, minute % 60))
                    .map(|minute| minute * 60)
            },
        )
    }

    fn is_day(&self, date: Date) -> bool {
        let has = |bits, value: i8| has(bits, value.unsigned_abs().into());
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        has(self.months, date.month())
            && if self.either_day {
                day || weekday
            } else {
                day && weekday
            }
    }
}

/// Reads a schedule: five fields, with a time zone before them or in UTC, or `@every` and a duration, or a name such as `@hourly`.
pub fn parse(text: &str) -> Result<Schedule, String> {
    let text = text.trim();
    let (text, zone) = match text
        .strip_prefix("CRON_TZ=")
        .or_else(|| text.strip_prefix("TZ="))
        .and_then(|rest| rest.split_once(' '))
    {
        Some((name, rest)) => {
            let zone =
                zone::parse(name).ok_or_else(|| format!("the time zone {name} is not known"))?;
            (rest.trim(), zone)
        }
        None => (text, TimeZone::UTC),
    };
    if let Some(interval) = text.strip_prefix("@every ") {
        let interval = go_duration::parse(interval.trim())
            .filter(|interval| *interval > 0)
            .ok_or("not a duration")?;
        // The real server counts in whole seconds.
        return Ok(Schedule::Every((interval / SECOND).max(1) * SECOND));
    }
    let text = named_fields(text);
    let fields: Vec<_> = text.split_whitespace().collect();
    let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
        return Err(format!("expected 5 fields, found {}", fields.len()));
    };
    let is_any = |field: &str| field.starts_with('*') || field == "?";
    let fields = Fields {
        minutes: parse_field(minutes, 0, 59, &[], 0)?,
        hours: parse_field(hours, 0, 23, &[], 0)?,
        days: parse_field(days, 1, 31, &[], 0)?,
        months: parse_field(months, 1, 12, MONTHS, 1)?,
        weekdays: parse_field(weekdays, 0, 6, WEEKDAYS, 0)?,
        either_day: !is_any(days) && !is_any(weekdays),
    };
    Ok(Schedule::Cron(fields, zone))
}

/// The fields that a name such as `@hourly` stands for. Any other text is returned as it is.
pub fn named_fields(text: &str) -> &str {
    match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        fields => fields,
    }
}

/// Reads one field: values, ranges and steps, with commas between. `names` stand for values from `first_name` on.
fn parse_field(
    text: &str,
    least: u32,
    most: u32,
    names: &[&str],
    first_name: u32,
) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a field with values from {least} to {most}");
    let value = |text: &str| -> Result<u32, String> {
        let name = text.to_ascii_lowercase();
        if let Some(at) = names.iter().position(|other| *other == name) {
            return Ok(at as u32 + first_name);
        }
        text.parse()
            .ok()
            .filter(|value| (least..=most).contains(value))
            .ok_or_else(wrong)
    };
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step: usize = step.parse().map_err(|_| wrong())?;
                (
                    range,
                    Some(step).filter(|step| *step > 0).ok_or_else(wrong)?,
                )
            }
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (least, most),
            Some((from, to)) => (value(from)?, value(to)?),
            // A step without an end goes on to the end.
            None if part.contains('/') => (value(range)?, most),
            None => (value(range)?, value(range)?),
        };
        if from > to {
            return Err(wrong());
        }
        for value in (from..=to).step_by(step) {
            bits |= 1 << value;
        }
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-01-01T00:00:30Z, a Monday.
    const AT: Nanos = 1_704_067_230 * SECOND;
    const DAY: i64 = 24 * 3600;

    fn seconds_until(text: &str, started_at: Nanos) -> i64 {
        let next = parse(text).unwrap().next_after(started_at, AT).unwrap();
        (next - AT) / SECOND
    }

    #[test]
    fn the_next_time_is_after_now() {
        assert_eq!(seconds_until("* * * * *", AT), 30);
        assert_eq!(seconds_until("0 * * * *", AT), 3570);
        assert_eq!(seconds_until("@hourly", AT), 3570);
        assert_eq!(seconds_until("*/15 2-3 * * *", AT), 2 * 3600 - 30);
        assert_eq!(seconds_until("CRON_TZ=UTC 0 12 * * *", AT), 12 * 3600 - 30);
        assert_eq!(
            seconds_until("CRON_TZ=Asia/Tokyo 0 12 * * *", AT),
            3 * 3600 - 30
        );
        assert_eq!(seconds_until("@every 1h30m", AT), 5400);
        assert_eq!(seconds_until("@every 10s", AT - 25 * SECOND), 5);
    }

    #[test]
    fn days_are_named_by_date_or_by_weekday() {
        assert_eq!(seconds_until("0 0 * * tue", AT), DAY - 30);
        assert_eq!(seconds_until("0 0 * * 0", AT), 6 * DAY - 30);
        assert_eq!(seconds_until("0 0 29 feb *", AT), 59 * DAY - 30);
        assert_eq!(seconds_until("0 0 3 * sun", AT), 2 * DAY - 30);
        assert_eq!(parse("0 0 31 feb *").unwrap().next_after(AT, AT), None);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "* * *",
            "@every",
            "@every x",
            "61 * * * *",
            "0 0 * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "x * * * *",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let error = parse("CRON_TZ=Mars/Olympus 0 0 * * *").err().unwrap();
        assert!(error.contains("Mars/Olympus"), "{error}");
    }
}

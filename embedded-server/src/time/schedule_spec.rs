//! The times of schedules.

use crate::time::{
    Nanos, SECOND, calendar, calendar::Cron, duration, from_timestamp, nanos, timestamp, zone,
};
use jiff::{civil::Date, tz::TimeZone};
use prost_types::Timestamp;
use std::hash::{DefaultHasher, Hash, Hasher};
use temporalio_protos::temporal::api::schedule::v1::{Range, ScheduleSpec, StructuredCalendarSpec};

/// A specification that was checked. Texts in it are read into ranges, as descriptions show them.
#[derive(Clone, Debug)]
pub struct Spec {
    spec: ScheduleSpec,
    zone: TimeZone,
    calendars: Vec<Calendar>,
    excluded: Vec<Calendar>,
}

/// A time of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionTime {
    /// As the specification has it.
    pub nominal: Nanos,
    /// With jitter.
    pub actual: Nanos,
}

impl Spec {
    /// Checks a specification. The error is the real server's.
    #[allow(deprecated)]
    pub fn new(mut spec: ScheduleSpec) -> Result<Self, String> {
        for text in std::mem::take(&mut spec.calendar) {
            spec.structured_calendar.push(calendar::parse(&text)?);
        }
        for text in std::mem::take(&mut spec.exclude_calendar) {
            spec.exclude_structured_calendar
                .push(calendar::parse(&text)?);
        }
        for text in std::mem::take(&mut spec.cron_string) {
            let (cron, zone) = calendar::parse_cron(&text)?;
            if !zone.is_empty() {
                if !spec.timezone_name.is_empty() && spec.timezone_name != zone {
                    return Err("conflicting timezone names".to_owned());
                }
                spec.timezone_name = zone;
            }
            match cron {
                Cron::Calendar(calendar) => spec.structured_calendar.push(calendar),
                Cron::Interval(interval) => spec.interval.push(interval),
            }
        }
        for calendars in [
            &mut spec.structured_calendar,
            &mut spec.exclude_structured_calendar,
        ] {
            for calendar in calendars {
                *calendar = calendar::complete(std::mem::take(calendar))?;
            }
        }
        for interval in &spec.interval {
            let length = nanos(interval.interval.as_ref());
            let phase = nanos(interval.phase.as_ref());
            if length < SECOND {
                return Err("interval is too small".to_owned());
            }
            if phase < 0 {
                return Err("phase is negative".to_owned());
            }
            if phase >= length {
                return Err("phase cannot be greater than Interval".to_owned());
            }
        }
        if nanos(spec.jitter.as_ref()) < 0 {
            return Err("jitter is negative".to_owned());
        }
        if !spec.timezone_data.is_empty() {
            return Err(
                "the embedded server does not serve timezone_data: name the time zone".to_owned(),
            );
        }
        let zone = zone::parse(&spec.timezone_name)
            .ok_or_else(|| format!("unknown time zone {}", spec.timezone_name))?;
        Ok(Self {
            zone,
            calendars: spec.structured_calendar.iter().map(Calendar::new).collect(),
            excluded: spec
                .exclude_structured_calendar
                .iter()
                .map(Calendar::new)
                .collect(),
            spec,
        })
    }

    /// The specification, as descriptions show it.
    pub fn described(&self) -> ScheduleSpec {
        self.spec.clone()
    }

    /// The first time after `after`. `seed` decides on its jitter.
    pub fn next_after(&self, after: Nanos, seed: &str) -> Option<ActionTime> {
        let mut after = after;
        if let Some(start) = &self.spec.start_time {
            after = after.max(from_timestamp(start).saturating_sub(1));
        }
        let end = self.spec.end_time.as_ref().map(from_timestamp);
        let nominal = loop {
            let nominal = self.next_nominal(after)?;
            if end.is_some_and(|end| nominal > end) {
                return None;
            }
            if !self
                .excluded
                .iter()
                .any(|other| other.has(&self.zone, nominal))
            {
                break nominal;
            }
            after = nominal;
        };
        let jitter = nanos(self.spec.jitter.as_ref());
        let jitter = self
            .next_nominal(nominal)
            .map_or(jitter, |following| jitter.min(following - nominal));
        Some(ActionTime {
            nominal,
            actual: nominal.saturating_add(jittered(seed, nominal, jitter)),
        })
    }

    /// The next times, at most so many.
    pub fn following(&self, after: Nanos, seed: &str, most: usize) -> Vec<Timestamp> {
        let next = |after| self.next_after(after, seed);
        std::iter::successors(next(after), |last| next(last.actual))
            .take(most)
            .map(|time| timestamp(time.actual))
            .collect()
    }

    fn next_nominal(&self, after: Nanos) -> Option<Nanos> {
        let calendars = self
            .calendars
            .iter()
            .filter_map(|calendar| calendar.next_after(&self.zone, after));
        let intervals = self.spec.interval.iter().map(|interval| {
            let length = nanos(interval.interval.as_ref()) / SECOND;
            let phase = nanos(interval.phase.as_ref()) / SECOND;
            let passed = (after.div_euclid(SECOND) - phase).div_euclid(length);
            ((passed + 1) * length + phase).saturating_mul(SECOND)
        });
        calendars.chain(intervals).min()
    }
}

/// A delay below `most` that is the same each time.
fn jittered(seed: &str, nominal: Nanos, most: Nanos) -> Nanos {
    if most <= 0 {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    (seed, nominal).hash(&mut hasher);
    (hasher.finish() % most as u64) as Nanos
}

/// Values of a calendar's fields, as bits.
#[derive(Clone, Debug)]
struct Calendar {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// None at all stands for every year.
    years: Vec<Range>,
}

fn bits(ranges: &[Range]) -> u64 {
    ranges
        .iter()
        .flat_map(values)
        .fold(0, |bits, value| bits | 1 << value)
}

fn values(range: &Range) -> impl Iterator<Item = i32> + use<> {
    (range.start..=range.end).step_by(range.step.max(1) as usize)
}

fn has(bits: u64, value: u32) -> bool {
    bits >> value & 1 == 1
}

impl Calendar {
    fn new(spec: &StructuredCalendarSpec) -> Self {
        let weekdays = bits(&spec.day_of_week);
        Self {
            seconds: bits(&spec.second),
            minutes: bits(&spec.minute),
            hours: bits(&spec.hour),
            days: bits(&spec.day_of_month),
            months: bits(&spec.month),
            // 7 is Sunday as well.
            weekdays: weekdays | weekdays >> 7 & 1,
            years: spec.year.clone(),
        }
    }

    fn is_day(&self, date: Date) -> bool {
        let has = |bits, value: i8| has(bits, value.unsigned_abs().into());
        has(self.days, date.day())
            && has(self.months, date.month())
            && has(self.weekdays, date.weekday().to_sunday_zero_offset())
            && (self.years.is_empty()
                || self
                    .years
                    .iter()
                    .any(|range| values(range).any(|year| year == i32::from(date.year()))))
    }

    fn next_second(&self, from: u32) -> Option<u32> {
        let (from_hour, from_minute, from_second) = (from / 3600, from / 60 % 60, from % 60);
        for hour in (from_hour..24).filter(|hour| has(self.hours, *hour)) {
            let first = if hour == from_hour { from_minute } else { 0 };
            for minute in (first..60).filter(|minute| has(self.minutes, *minute)) {
                let is_first = (hour, minute) == (from_hour, from_minute);
                let first = if is_first { from_second } else { 0 };
                let found = (first..60).find(|second| has(self.seconds, *second));
                if let Some(second) = found {
                    return Some(hour * 3600 + minute * 60 + second);
                }
            }
        }
        None
    }

    fn next_after(&self, zone: &TimeZone, after: Nanos) -> Option<Nanos> {
        if self.seconds == 0 || self.minutes == 0 || self.hours == 0 {
            return None;
        }
        zone::next_after(
            zone,
            after,
            |date| self.is_day(date),
            |from| self.next_second(from),
        )
    }

    /// Whether a time is one of the calendar's.
    fn has(&self, zone: &TimeZone, at: Nanos) -> bool {
        self.next_after(zone, at - 1) == Some(at)
    }
}

/// The time from which on a missed action is not made up for: a year by default, and ten seconds at least.
pub fn catchup_window(asked: Option<&prost_types::Duration>) -> prost_types::Duration {
    const DEFAULT: Nanos = 365 * 24 * 3600 * SECOND;
    const LEAST: Nanos = 10 * SECOND;
    match asked {
        None => duration(DEFAULT),
        Some(asked) => duration(nanos(Some(asked)).max(LEAST)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use temporalio_protos::temporal::api::schedule::v1::{CalendarSpec, IntervalSpec};

    /// 2024-01-01T00:00:30Z, a Monday.
    const AT: Nanos = 1_704_067_230 * SECOND;

    fn seconds_until(spec: ScheduleSpec) -> Option<i64> {
        let next = Spec::new(spec).unwrap().next_after(AT, "seed")?;
        Some((next.nominal - AT) / SECOND)
    }

    fn hourly() -> ScheduleSpec {
        ScheduleSpec {
            interval: vec![IntervalSpec {
                interval: Some(duration(3600 * SECOND)),
                phase: Some(duration(60 * SECOND)),
            }],
            ..Default::default()
        }
    }

    #[test]
    fn the_next_time_is_the_first_of_all_calendars_and_intervals() {
        assert_eq!(seconds_until(hourly()), Some(30));
        let mut spec = hourly();
        spec.calendar.push(CalendarSpec {
            second: "45".to_owned(),
            minute: "*".to_owned(),
            hour: "*".to_owned(),
            ..Default::default()
        });
        assert_eq!(seconds_until(spec), Some(15));
        assert_eq!(seconds_until(ScheduleSpec::default()), None);
    }

    #[test]
    fn calendars_are_in_the_zone_of_the_specification() {
        let spec = ScheduleSpec {
            cron_string: vec!["0 12 * * *".to_owned()],
            timezone_name: "Europe/Berlin".to_owned(),
            ..Default::default()
        };
        assert_eq!(seconds_until(spec), Some(11 * 3600 - 30));
    }

    #[test]
    fn start_end_and_excluded_times_limit_a_schedule() {
        let mut spec = hourly();
        spec.start_time = Some(timestamp(AT + 3600 * SECOND));
        assert_eq!(seconds_until(spec.clone()), Some(3630));
        spec.end_time = Some(timestamp(AT + 3600 * SECOND));
        assert_eq!(seconds_until(spec), None);
        let mut spec = hourly();
        spec.exclude_structured_calendar.push(
            calendar::parse(&CalendarSpec {
                minute: "*".to_owned(),
                hour: "0-4".to_owned(),
                ..Default::default()
            })
            .unwrap(),
        );
        assert_eq!(seconds_until(spec), Some(5 * 3600 + 30));
    }

    #[test]
    fn jitter_moves_a_time_but_not_past_the_next() {
        let mut spec = hourly();
        spec.jitter = Some(duration(24 * 3600 * SECOND));
        let spec = Spec::new(spec).unwrap();
        let next = spec.next_after(AT, "seed").unwrap();
        assert_eq!(Some(next), spec.next_after(AT, "seed"));
        assert_ne!(next.actual, spec.next_after(AT, "other").unwrap().actual);
        assert!((next.nominal..next.nominal + 3600 * SECOND).contains(&next.actual));
    }

    #[test]
    fn wrong_specifications_are_refused() {
        let error = |spec| Spec::new(spec).err().unwrap();
        let mut spec = hourly();
        spec.timezone_name = "Mars/X".to_owned();
        assert_eq!(error(spec), "unknown time zone Mars/X");
        let mut spec = hourly();
        spec.interval[0].interval = None;
        assert_eq!(error(spec), "interval is too small");
        let mut spec = hourly();
        spec.interval[0].phase = Some(duration(7200 * SECOND));
        assert_eq!(error(spec), "phase cannot be greater than Interval");
    }
}

//! Calendars of schedules: texts and cron strings are read into ranges of values, as the real server does.

use crate::time::{SECOND, cron, duration, go_duration::parse_with_days};
use temporalio_protos::temporal::api::schedule::v1::{
    CalendarSpec, IntervalSpec, Range, StructuredCalendarSpec,
};

/// A field of a calendar: its name in errors, and its values.
struct Field {
    name: &'static str,
    least: i32,
    most: i32,
    /// The names of values, from `least` on. The first three letters are enough.
    names: &'static [&'static str],
    /// The text of a field that is not given.
    default: &'static str,
}

const SECONDS: Field = field("Second", 0, 59, "0");
const MINUTES: Field = field("Minute", 0, 59, "0");
const HOURS: Field = field("Hour", 0, 23, "0");
const DAYS_OF_MONTH: Field = field("DayOfMonth", 1, 31, "*");
const MONTHS: Field = Field {
    names: &[
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ],
    ..field("Month", 1, 12, "*")
};
const YEARS: Field = field("Year", 2000, 2100, "*");
/// 7 is Sunday as well.
const DAYS_OF_WEEK: Field = Field {
    names: &[
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
    ],
    ..field("DayOfWeek", 0, 7, "*")
};

const fn field(name: &'static str, least: i32, most: i32, default: &'static str) -> Field {
    Field {
        name,
        least,
        most,
        names: &[],
        default,
    }
}

impl Field {
    fn value(&self, text: &str) -> Result<i32, String> {
        let lower = text.trim().to_ascii_lowercase();
        if let Some(at) = self
            .names
            .iter()
            .position(|name| *name == lower || name[..3] == *lower)
        {
            return Ok(at as i32 + self.least);
        }
        let value: i32 = lower
            .parse()
            .map_err(|_| format!("{} is not a number: {text:?}", self.name))?;
        self.check(self.name, value)?;
        Ok(value)
    }

    fn check(&self, what: &str, value: i32) -> Result<(), String> {
        if (self.least..=self.most).contains(&value) {
            Ok(())
        } else {
            Err(format!(
                "{what} is not in range [{}-{}]",
                self.least, self.most
            ))
        }
    }

    fn ranges(&self, text: &str) -> Result<Vec<Range>, String> {
        let text = text.trim();
        let text = if text.is_empty() { self.default } else { text };
        // No range at all stands for every year.
        if text == "*" && self.name == YEARS.name {
            return Ok(Vec::new());
        }
        let is_weekday = self.name == DAYS_OF_WEEK.name;
        let most = if is_weekday { 6 } else { self.most };
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let (part, step) = match part.split_once('/') {
                Some((part, step)) => {
                    let step: i32 = step
                        .parse()
                        .ok()
                        .filter(|step| *step > 0)
                        .ok_or_else(|| format!("{} has invalid Step", self.name))?;
                    (part, Some(step))
                }
                None => (part, None),
            };
            let (start, end) = if part == "*" || part == "?" {
                (self.least, most)
            } else if let Some((start, end)) = part.split_once('-') {
                (self.value(start)?, self.value(end)?)
            } else {
                let start = self.value(part)?;
                (start, if step.is_some() { most } else { start })
            };
            if end < start {
                return Err(format!("{} has Start after End", self.name));
            }
            let step = step.unwrap_or(1);
            if is_weekday && end == 7 {
                if (7 - start) % step == 0 {
                    ranges.push(range(0, 0, 1));
                }
                if start < 7 {
                    ranges.push(range(start, 6, step));
                }
            } else {
                ranges.push(range(start, end, step));
            }
        }
        Ok(ranges)
    }

    /// Checks ranges, and fills in what they leave out.
    fn complete(&self, ranges: &mut [Range]) -> Result<(), String> {
        for range in ranges {
            self.check(&format!("{} Start", self.name), range.start)?;
            if range.end < range.start {
                range.end = range.start;
            }
            self.check(&format!("{} End", self.name), range.end)?;
            if range.step < 0 {
                return Err(format!("{} has invalid Step", self.name));
            }
            range.step = range.step.max(1);
        }
        Ok(())
    }
}

fn range(start: i32, end: i32, step: i32) -> Range {
    Range { start, end, step }
}

/// Checks a calendar, and fills in what its ranges leave out.
pub fn complete(mut calendar: StructuredCalendarSpec) -> Result<StructuredCalendarSpec, String> {
    let wrong = |error| format!("invalid calendar spec: {error}");
    SECONDS.complete(&mut calendar.second).map_err(wrong)?;
    MINUTES.complete(&mut calendar.minute).map_err(wrong)?;
    HOURS.complete(&mut calendar.hour).map_err(wrong)?;
    DAYS_OF_MONTH
        .complete(&mut calendar.day_of_month)
        .map_err(wrong)?;
    MONTHS.complete(&mut calendar.month).map_err(wrong)?;
    YEARS.complete(&mut calendar.year).map_err(wrong)?;
    DAYS_OF_WEEK
        .complete(&mut calendar.day_of_week)
        .map_err(wrong)?;
    Ok(calendar)
}

/// Reads the texts of a calendar.
pub fn parse(calendar: &CalendarSpec) -> Result<StructuredCalendarSpec, String> {
    Ok(StructuredCalendarSpec {
        second: SECONDS.ranges(&calendar.second)?,
        minute: MINUTES.ranges(&calendar.minute)?,
        hour: HOURS.ranges(&calendar.hour)?,
        day_of_month: DAYS_OF_MONTH.ranges(&calendar.day_of_month)?,
        month: MONTHS.ranges(&calendar.month)?,
        year: YEARS.ranges(&calendar.year)?,
        day_of_week: DAYS_OF_WEEK.ranges(&calendar.day_of_week)?,
        comment: calendar.comment.clone(),
    })
}

/// The meaning of a cron string of a schedule.
pub enum Cron {
    Calendar(StructuredCalendarSpec),
    Interval(IntervalSpec),
}

/// Reads a cron string: five to seven fields, a name such as `@daily`, or `@every` with an interval and a phase.
///
/// Returns the time zone that the string names as well; empty for none.
pub fn parse_cron(text: &str) -> Result<(Cron, String), String> {
    let (text, zone) = match text
        .strip_prefix("CRON_TZ=")
        .or_else(|| text.strip_prefix("TZ="))
    {
        Some(rest) => {
            let (zone, rest) = rest
                .split_once(' ')
                .ok_or("CronString has time zone but no fields")?;
            (rest, zone)
        }
        None => (text, ""),
    };
    let (text, comment) = text.split_once('#').unwrap_or((text, ""));
    let text = text.trim();
    if let Some(every) = text.strip_prefix("@every") {
        let interval = every_interval(every.trim()).ok_or("CronString has an invalid interval")?;
        return Ok((Cron::Interval(interval), zone.to_owned()));
    }
    let text = cron::named_fields(text);
    let fields: Vec<_> = text.split_whitespace().collect();
    let (second, fields, year) = match fields.as_slice() {
        [second, fields @ .., year] if fields.len() == 5 => (*second, fields, *year),
        [fields @ .., year] if fields.len() == 5 => ("", fields, *year),
        fields => ("", fields, ""),
    };
    let [minute, hour, day_of_month, month, day_of_week] = fields else {
        return Err("CronString does not have 5-7 fields".to_owned());
    };
    let calendar = CalendarSpec {
        second: second.to_owned(),
        minute: (*minute).to_owned(),
        hour: (*hour).to_owned(),
        day_of_month: (*day_of_month).to_owned(),
        month: (*month).to_owned(),
        year: year.to_owned(),
        day_of_week: (*day_of_week).to_owned(),
        comment: comment.trim().to_owned(),
    };
    Ok((Cron::Calendar(parse(&calendar)?), zone.to_owned()))
}

fn every_interval(text: &str) -> Option<IntervalSpec> {
    let (interval, phase) = text.split_once('/').unwrap_or((text, "0s"));
    let (interval, phase) = (parse_with_days(interval)?, parse_with_days(phase)?);
    Some(IntervalSpec {
        interval: Some(duration(interval / SECOND * SECOND)),
        phase: Some(duration(phase / SECOND * SECOND)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cron(text: &str) -> StructuredCalendarSpec {
        match parse_cron(text).unwrap().0 {
            Cron::Calendar(calendar) => calendar,
            Cron::Interval(interval) => panic!("{interval:?}"),
        }
    }

    #[test]
    fn fields_that_are_not_given_have_the_defaults_of_the_real_server() {
        let calendar = parse(&CalendarSpec {
            hour: "5".to_owned(),
            day_of_week: "Tue".to_owned(),
            ..Default::default()
        })
        .unwrap();
        assert_eq!(calendar.second, [range(0, 0, 1)]);
        assert_eq!(calendar.hour, [range(5, 5, 1)]);
        assert_eq!(calendar.day_of_month, [range(1, 31, 1)]);
        assert_eq!(calendar.year, []);
        assert_eq!(calendar.day_of_week, [range(2, 2, 1)]);
    }

    #[test]
    fn cron_strings_have_five_to_seven_fields() {
        let calendar = cron("0 12 * * MON-FRI # noon");
        assert_eq!(calendar.hour, [range(12, 12, 1)]);
        assert_eq!(calendar.day_of_week, [range(1, 5, 1)]);
        assert_eq!(calendar.comment, "noon");
        let calendar = cron("30 */15 * * * 5-7 2030");
        assert_eq!(calendar.second, [range(30, 30, 1)]);
        assert_eq!(calendar.minute, [range(0, 59, 15)]);
        assert_eq!(calendar.year, [range(2030, 2030, 1)]);
        assert_eq!(calendar.day_of_week, [range(0, 0, 1), range(5, 6, 1)]);
        assert_eq!(cron("@daily").hour, [range(0, 0, 1)]);
    }

    #[test]
    fn an_interval_may_have_a_phase_and_a_string_a_zone() {
        let Ok((Cron::Interval(interval), _)) = parse_cron("@every 90m/10m") else {
            panic!("an interval is read as none");
        };
        assert_eq!(interval.interval, Some(duration(5400 * SECOND)));
        assert_eq!(interval.phase, Some(duration(600 * SECOND)));
        let (_, zone) = parse_cron("CRON_TZ=Asia/Tokyo 0 0 * * *").unwrap();
        assert_eq!(zone, "Asia/Tokyo");
    }

    #[test]
    fn wrong_fields_are_named() {
        let error = |text| parse_cron(text).err().unwrap();
        assert_eq!(error("bad"), "CronString does not have 5-7 fields");
        assert_eq!(error("99 * * * *"), "Minute is not in range [0-59]");
        let calendar = StructuredCalendarSpec {
            hour: vec![range(99, 0, 0)],
            ..Default::default()
        };
        assert_eq!(
            complete(calendar),
            Err("invalid calendar spec: Hour Start is not in range [0-23]".to_owned())
        );
    }
}

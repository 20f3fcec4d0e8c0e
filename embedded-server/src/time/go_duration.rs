//! Durations as text, in the form of Go: `1h30m`.

use crate::time::Nanos;

/// Reads a duration such as `1h30m`, `-1.5s` or `10ms`.
pub fn parse(text: &str) -> Option<Nanos> {
    read(text, |_| None)
}

/// Reads a duration that may have days as well, of 24 hours each: `2d12h`.
pub fn parse_with_days(text: &str) -> Option<Nanos> {
    read(text, |unit| (unit == "d").then_some(24.0 * 3600.0 * 1e9))
}

fn read(text: &str, further_unit: impl Fn(&str) -> Option<f64>) -> Option<Nanos> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let is_digit = |character: char| character.is_ascii_digit() || character == '.';
    let mut total = 0.0;
    while !rest.is_empty() {
        let (number, unit_on) = rest.split_at(rest.find(|character| !is_digit(character))?);
        let (unit, further) = unit_on.split_at(unit_on.find(is_digit).unwrap_or(unit_on.len()));
        let scale = match unit {
            "h" => 3600.0 * 1e9,
            "m" => 60.0 * 1e9,
            "s" => 1e9,
            "ms" => 1e6,
            "us" | "µs" | "μs" => 1e3,
            "ns" => 1.0,
            other => further_unit(other)?,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = further;
    }
    Some((sign * total) as Nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SECOND;

    #[test]
    fn units_add_up() {
        assert_eq!(parse("1h30m"), Some(5_400 * SECOND));
        assert_eq!(parse("-1.5s"), Some(-3 * SECOND / 2));
        assert_eq!(parse("1ms2us3ns"), Some(1_002_003));
        assert_eq!(parse("0s"), Some(0));
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse_with_days("1d1h"), Some(25 * 3_600 * SECOND));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "5", "s", "1x", "1d", "1h5", "--1s", "-"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

//! Conditions whose attributes exist, with values of the attributes' types.
//!
//! They hold, do not hold, or are open: a comparison with an attribute that a run does not have is neither true nor false,
//! as in SQL. Only what holds is listed.

use crate::{
    time::{MICROSECOND, Nanos, SECOND, go_duration},
    visibility::query::{Comparison, Condition, Literal},
};
use jiff::Timestamp;
use std::cmp::Ordering;
use temporalio_protos::temporal::api::enums::v1::{IndexedValueType, WorkflowExecutionStatus};

/// The value of an attribute, or one that it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Int(i64),
    Float(f64),
    /// In microseconds since 1970, which the real server compares.
    Time(i64),
    List(Vec<String>),
}

impl Value {
    pub fn time(at: Nanos) -> Self {
        Value::Time(at.div_euclid(MICROSECOND))
    }

    /// As numbers, texts and times are ordered in SQL: all numbers come first.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Int(one), Value::Int(other)) | (Value::Time(one), Value::Time(other)) => {
                one.cmp(other)
            }
            (Value::Text(one), Value::Text(other)) => one.cmp(other),
            (one, other) => match (one.number(), other.number()) {
                (Some(one), Some(other)) => one.total_cmp(&other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            },
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Int(number) | Value::Time(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::List(items) => items.join(" "),
        }
    }
}

/// The time that open runs close at, for comparisons: the end of the year 9999.
const NEVER: Value = Value::Time(253_402_300_799_000_000);

/// A condition on attributes that exist.
#[derive(Debug)]
pub enum Filter {
    All,
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    IsNull(String),
    Compare(String, Comparison, Value),
    In(String, Vec<Value>),
    Between(String, Value, Value),
    StartsWith(String, String),
    /// A list with one of these items.
    Items(String, Vec<String>),
    /// A text with one of these phrases.
    Phrases(String, Vec<Vec<String>>),
}

impl Filter {
    /// Whether it holds for what has these attributes.
    pub fn matches(&self, of: &impl Fn(&str) -> Option<Value>) -> bool {
        self.holds(of) == Some(true)
    }

    fn holds(&self, of: &impl Fn(&str) -> Option<Value>) -> Option<bool> {
        let compared = |name: &str| of(name).or_else(|| (name == "CloseTime").then_some(NEVER));
        match self {
            Filter::All => Some(true),
            Filter::And(one, other) => match (one.holds(of), other.holds(of)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (one, other) => one.and(other),
            },
            Filter::Or(one, other) => match (one.holds(of), other.holds(of)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (one, other) => one.and(other),
            },
            Filter::Not(inner) => inner.holds(of).map(|holds| !holds),
            Filter::IsNull(name) => Some(of(name).is_none()),
            Filter::Compare(name, comparison, value) => {
                let order = compared(name)?.order(value);
                Some(match comparison {
                    Comparison::Equal => order.is_eq(),
                    Comparison::NotEqual => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                })
            }
            Filter::In(name, values) => {
                let value = compared(name)?;
                Some(values.iter().any(|other| value.order(other).is_eq()))
            }
            Filter::Between(name, from, to) => {
                let value = compared(name)?;
                Some(value.order(from).is_ge() && value.order(to).is_le())
            }
            Filter::StartsWith(name, prefix) => Some(of(name)?.text().starts_with(prefix.as_str())),
            Filter::Items(name, items) => Some(matches!(
                of(name),
                Some(Value::List(list)) if list.iter().any(|item| items.contains(item))
            )),
            Filter::Phrases(name, phrases) => Some(of(name).is_some_and(|value| {
                let words = words(&value.text());
                let has = |phrase: &Vec<String>| {
                    words
                        .windows(phrase.len().max(1))
                        .any(|some| some == phrase.as_slice())
                };
                phrases.iter().any(has)
            })),
        }
    }
}

/// The words of a text, without regard to case.
fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Checks a condition, and gives its values the types of their attributes. The error is the real server's.
pub fn compile(
    condition: &Condition,
    type_of: &impl Fn(&str) -> Option<IndexedValueType>,
) -> Result<Filter, String> {
    let known = |name: &str| {
        type_of(name).ok_or_else(|| {
            format!("invalid expression: column name '{name}' is not a valid search attribute")
        })
    };
    let boxed = |condition: &Condition| compile(condition, type_of).map(Box::new);
    Ok(match condition {
        Condition::All => Filter::All,
        Condition::And(one, other) => Filter::And(boxed(one)?, boxed(other)?),
        Condition::Or(one, other) => Filter::Or(boxed(one)?, boxed(other)?),
        Condition::Not(inner) => Filter::Not(boxed(inner)?),
        Condition::IsNull(name) => {
            known(name)?;
            Filter::IsNull(name.clone())
        }
        Condition::Compare(name, comparison, literal) => {
            let value_type = known(name)?;
            let value = value(name, value_type, literal)?;
            let negated = *comparison == Comparison::NotEqual;
            let is_equality = negated || *comparison == Comparison::Equal;
            if let Some(filter) = of_words(name, value_type, is_equality, &[literal], || {
                format!(
                    "'{0}' {1} `{name} {0} {literal}`",
                    comparison.symbol(),
                    OF_TYPE
                )
            })? {
                return Ok(if negated {
                    Filter::Not(Box::new(filter))
                } else {
                    filter
                });
            }
            Filter::Compare(name.clone(), *comparison, value)
        }
        Condition::In(name, literals) => {
            let value_type = known(name)?;
            let values: Result<_, _> = literals
                .iter()
                .map(|literal| value(name, value_type, literal))
                .collect();
            let values = values?;
            let all: Vec<_> = literals.iter().collect();
            let is_list = value_type == IndexedValueType::KeywordList;
            let operation = || {
                let literals: Vec<_> = literals.iter().map(Literal::to_string).collect();
                format!("'in' {OF_TYPE} `{name} in ({})`", literals.join(", "))
            };
            match of_words(name, value_type, is_list, &all, operation)? {
                Some(filter) => filter,
                None => Filter::In(name.clone(), values),
            }
        }
        Condition::Between(name, from, to) => {
            let value_type = known(name)?;
            let unordered = match value_type {
                IndexedValueType::Text => "Text",
                IndexedValueType::Bool => "Bool",
                IndexedValueType::KeywordList => "KeywordList",
                _ => "",
            };
            if !unordered.is_empty() {
                return Err(format!(
                    "invalid expression: cannot do range condition on search attribute '{name}' of type {unordered}"
                ));
            }
            let from = value(name, value_type, from)?;
            Filter::Between(name.clone(), from, value(name, value_type, to)?)
        }
        Condition::StartsWith(name, prefix) => {
            let value_type = known(name)?;
            of_words(name, value_type, false, &[prefix], || {
                format!("'starts_with' {OF_TYPE} `{name} starts_with {prefix}`")
            })?;
            let text = match (value(name, value_type, prefix)?, prefix) {
                (Value::Int(number), Literal::Text(_)) if name == "ExecutionStatus" => {
                    Err(number.to_string())
                }
                (_, Literal::Text(text)) => Ok(text.clone()),
                (_, other) => Err(other.to_string()),
            };
            let text = text.map_err(|got| {
                format!("invalid expression: right-hand side of 'starts_with' must be a literal string (got: {got})")
            })?;
            Filter::StartsWith(name.clone(), text)
        }
        Condition::Refused(name, refusal) => {
            if let Some(name) = name {
                known(name)?;
            }
            return Err(refusal.clone());
        }
    })
}

/// Stands between an operator and the expression with it in the error of one that a type does not have.
const OF_TYPE: &str = "not supported for {type} type search attribute in";

/// A condition on a list or on a text, which have words. None for other types.
fn of_words(
    name: &str,
    value_type: IndexedValueType,
    is_supported: bool,
    literals: &[&Literal],
    operation: impl FnOnce() -> String,
) -> Result<Option<Filter>, String> {
    let type_name = match value_type {
        IndexedValueType::KeywordList => "KeywordList",
        IndexedValueType::Text => "Text",
        _ => return Ok(None),
    };
    if !is_supported {
        let operation = operation().replace("{type}", type_name);
        return Err(format!("invalid expression: operator {operation}"));
    }
    let tuple = if literals.len() > 1 { " in tuple" } else { "" };
    let texts = literals
        .iter()
        .map(|literal| match literal {
            Literal::Text(text) => Ok(text.clone()),
            other => Err(format!(
                "invalid expression: unexpected value type{tuple} (expected string, got {other})"
            )),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if value_type == IndexedValueType::KeywordList {
        return Ok(Some(Filter::Items(name.to_owned(), texts)));
    }
    let phrases: Vec<_> = texts
        .iter()
        .flat_map(|text| text.split(' '))
        .filter(|phrase| !phrase.is_empty())
        .map(words)
        .collect();
    if phrases.is_empty() {
        return Err(format!(
            "invalid expression: unexpected value for Text type search attribute (no tokens found in {})",
            literals[0]
        ));
    }
    Ok(Some(Filter::Phrases(name.to_owned(), phrases)))
}

/// The value that an attribute of a type is compared with.
fn value(name: &str, value_type: IndexedValueType, literal: &Literal) -> Result<Value, String> {
    let unexpected =
        || format!("invalid expression: unexpected value type float64 for search attribute {name}");
    if let Literal::Bool(is_true) = literal {
        return Ok(match value_type {
            IndexedValueType::Keyword => Value::Text(i64::from(*is_true).to_string()),
            _ => Value::Int((*is_true).into()),
        });
    }
    if value_type == IndexedValueType::Datetime {
        return match literal {
            Literal::Int(nanos) => Ok(Value::time(*nanos)),
            Literal::Text(text) => time(text)
                .ok_or_else(|| format!("invalid expression: unable to parse datetime '{text}'")),
            _ => Err(unexpected()),
        };
    }
    if name == "ExecutionStatus" {
        return match literal {
            Literal::Int(status) => Ok(Value::Int(*status)),
            Literal::Text(text) => status(text).ok_or_else(|| {
                format!("invalid expression: invalid ExecutionStatus value '{text}'")
            }),
            _ => Err(unexpected()),
        };
    }
    if let ("ExecutionDuration", Literal::Text(text)) = (name, literal) {
        let duration = text
            .parse()
            .ok()
            .or_else(|| go_duration::parse_with_days(text));
        return duration
            .or_else(|| clock_duration(text))
            .map(Value::Int)
            .ok_or_else(|| {
                format!("invalid value for search attribute ExecutionDuration: {text} (invalid duration)")
            });
    }
    let is_text = matches!(
        value_type,
        IndexedValueType::Keyword | IndexedValueType::KeywordList | IndexedValueType::Text
    );
    Ok(match literal {
        Literal::Text(text) if !is_text => number(text),
        Literal::Text(text) => Value::Text(text.clone()),
        other if is_text => Value::Text(other.to_string()),
        Literal::Int(number) => Value::Int(*number),
        Literal::Float(number) => Value::Float(*number),
        Literal::Bool(is_true) => Value::Int((*is_true).into()),
    })
}

/// A text as a column of numbers takes it.
fn number(text: &str) -> Value {
    let int = text.parse().map(Value::Int);
    int.or_else(|_| text.parse().map(Value::Float))
        .unwrap_or_else(|_| Value::Text(text.to_owned()))
}

/// A time in the form of RFC 3339.
pub fn time(text: &str) -> Option<Value> {
    let zone = text
        .get(19..)?
        .trim_start_matches(|character: char| character == '.' || character.is_ascii_digit());
    if text.as_bytes()[10] != b'T' || !(zone == "Z" || zone.len() == 6) {
        return None;
    }
    let time: Timestamp = text.parse().ok()?;
    Some(Value::Time(time.as_microsecond()))
}

pub fn status_name(status: WorkflowExecutionStatus) -> &'static str {
    match status {
        WorkflowExecutionStatus::Running => "Running",
        WorkflowExecutionStatus::Completed => "Completed",
        WorkflowExecutionStatus::Failed => "Failed",
        WorkflowExecutionStatus::Canceled => "Canceled",
        WorkflowExecutionStatus::Terminated => "Terminated",
        WorkflowExecutionStatus::ContinuedAsNew => "ContinuedAsNew",
        WorkflowExecutionStatus::TimedOut => "TimedOut",
        WorkflowExecutionStatus::Paused => "Paused",
        WorkflowExecutionStatus::Unspecified => "Unspecified",
    }
}

/// The status of this name, as a number.
pub fn status(name: &str) -> Option<Value> {
    (0..=8).find_map(|number| {
        let status = WorkflowExecutionStatus::try_from(number).ok()?;
        let is_it = status_name(status) == name || status.as_str_name() == name;
        is_it.then_some(Value::Int(number.into()))
    })
}

/// A duration in hours, minutes and seconds: `01:30:00`.
fn clock_duration(text: &str) -> Option<Nanos> {
    let parts: Vec<i64> = text
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else {
        return None;
    };
    let is_clock = hours >= 0 && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    is_clock.then_some(((hours * 60 + minutes) * 60 + seconds) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visibility::query;

    fn type_of(name: &str) -> Option<IndexedValueType> {
        Some(match name {
            "Kw" | "ExecutionStatus" => IndexedValueType::Keyword,
            "Num" | "ExecutionDuration" => IndexedValueType::Int,
            "Dbl" => IndexedValueType::Double,
            "Flag" => IndexedValueType::Bool,
            "When" | "CloseTime" => IndexedValueType::Datetime,
            "Txt" => IndexedValueType::Text,
            "Lst" => IndexedValueType::KeywordList,
            _ => return None,
        })
    }

    fn full(name: &str) -> Option<Value> {
        Some(match name {
            "Kw" => Value::Text("a".to_owned()),
            "ExecutionStatus" => Value::Int(1),
            "Num" => Value::Int(3),
            "Dbl" => Value::Float(2.5),
            "Flag" => Value::Int(1),
            "When" => time("2024-01-01T00:00:00Z").unwrap(),
            "ExecutionDuration" => Value::Int(5 * SECOND),
            "Txt" => Value::Text("Hello, big World".to_owned()),
            "Lst" => Value::List(vec!["x".to_owned(), "y".to_owned()]),
            _ => return None,
        })
    }

    fn compiled(text: &str) -> Result<Filter, String> {
        compile(&query::parse(text)?.condition, &type_of)
    }

    fn matches(text: &str, of: impl Fn(&str) -> Option<Value>) -> bool {
        compiled(text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .matches(&of)
    }

    #[test]
    fn values_are_compared_by_the_types_of_their_attributes() {
        for holds in [
            "Kw = 'a'",
            "Num > 2 AND Num < 3.5",
            "Num = '3'",
            "Dbl BETWEEN 2 AND 3",
            "Flag = true",
            "Flag = 1",
            "When = '2024-01-01T01:00:00+01:00'",
            "When = 1704067200000000000",
            "ExecutionStatus = 'Running'",
            "ExecutionStatus IN (1, 2)",
            "ExecutionDuration = '5s'",
            "ExecutionDuration < '00:00:06'",
            "ExecutionDuration < '1d'",
            "Lst = 'x'",
            "Lst IN ('z', 'y')",
            "Lst NOT IN ('z')",
            "Lst != 'z'",
            "Txt = 'BIG'",
            "Txt = 'nothing hello'",
            "Txt != 'small'",
            "Kw STARTS_WITH 'a'",
        ] {
            assert!(matches(holds, full), "{holds}");
            assert!(!matches(&format!("NOT ({holds})"), full), "{holds}");
        }
        for fails in ["Txt = 'bi'", "Flag = 'true'", "Kw = 'A'", "Lst = 'x y'"] {
            assert!(!matches(fails, full), "{fails}");
        }
    }

    #[test]
    fn a_comparison_with_nothing_neither_holds_nor_fails() {
        for open in [
            "Kw = 'a'",
            "Kw != 'a'",
            "Kw NOT IN ('a')",
            "Num NOT BETWEEN 1 AND 2",
            "Kw NOT STARTS_WITH 'a'",
        ] {
            assert!(!matches(open, |_| None), "{open}");
            assert!(!matches(&format!("NOT ({open})"), |_| None), "{open}");
            assert!(matches(&format!("{open} OR Kw IS NULL"), |_| None));
            assert!(matches(&format!("NOT ({open} AND Kw IS NOT NULL)"), |_| {
                None
            }));
        }
        // What is searched for words is found or not.
        assert!(matches("Lst != 'x' AND Txt != 'y'", |_| None));
        // A run that is open closes later than all others.
        assert!(matches("CloseTime > '2100-01-01T00:00:00Z'", |_| None));
        assert!(matches("CloseTime IS NULL", |_| None));
    }

    #[test]
    fn wrong_conditions_are_refused_in_the_real_servers_words() {
        for (text, error) in [
            (
                "Unheard = 1",
                "invalid expression: column name 'Unheard' is not a valid search attribute",
            ),
            (
                "Kw LIKE 'a%'",
                "invalid expression: invalid operator 'like' in `Kw like 'a%'`",
            ),
            (
                "Kw = a",
                "operation is not supported: column name on the right side of comparison expression (did you forget to quote 'a'?)",
            ),
            (
                "1 = 1",
                "invalid expression: must be a column name but was *sqlparser.SQLVal",
            ),
            ("Kw", "invalid expression: incomplete expression"),
            (
                "true",
                "operation is not supported: expression of type sqlparser.BoolVal",
            ),
            (
                "When > '2024-01-01'",
                "invalid expression: unable to parse datetime '2024-01-01'",
            ),
            (
                "ExecutionStatus = 'running'",
                "invalid expression: invalid ExecutionStatus value 'running'",
            ),
            (
                "Lst STARTS_WITH 'x'",
                "invalid expression: operator 'starts_with' not supported for KeywordList type search attribute in `Lst starts_with 'x'`",
            ),
            (
                "Txt > 'x'",
                "invalid expression: operator '>' not supported for Text type search attribute in `Txt > 'x'`",
            ),
            (
                "Txt IN ('x', 'y')",
                "invalid expression: operator 'in' not supported for Text type search attribute in `Txt in ('x', 'y')`",
            ),
            (
                "Flag BETWEEN 0 AND 1",
                "invalid expression: cannot do range condition on search attribute 'Flag' of type Bool",
            ),
            (
                "Kw STARTS_WITH 5",
                "invalid expression: right-hand side of 'starts_with' must be a literal string (got: 5)",
            ),
            (
                "Lst = 5",
                "invalid expression: unexpected value type (expected string, got 5)",
            ),
            (
                "Kw = 'a' LIMIT 1",
                "operation is not supported: 'limit' clause",
            ),
        ] {
            assert_eq!(compiled(text).unwrap_err(), error, "{text}");
        }
    }
}

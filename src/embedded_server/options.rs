//! Reads an embedded server's JSON configuration.

use crate::bridge::{config, error::BridgeError};
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use temporal_bun_embedded_server::{Config, Fault, ScheduleConfig, TimeMode};
use temporalio_protos::temporal::api::enums::v1::IndexedValueType;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct EmbeddedServerConfig {
    namespace: Option<String>,
    time: Option<Time>,
    #[serde(default)]
    search_attributes: BTreeMap<String, String>,
    seed: Option<u64>,
    #[serde(default)]
    keeps_order: bool,
    #[serde(default)]
    faults: BTreeMap<String, f64>,
    only_faults: Option<HashSet<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Time {
    Locked,
    Unlocked,
    Real,
}

/// Reads the options of an embedded server.
pub fn parse(bytes: &[u8]) -> Result<Config, BridgeError> {
    let config: EmbeddedServerConfig = config::parse(bytes)?;
    let defaults = Config::default();
    let namespace = config.namespace.unwrap_or(defaults.namespace);
    if namespace.is_empty() {
        return Err(config::invalid("namespace", "must not be empty"));
    }
    let time = config.time.map_or(defaults.time, |time| match time {
        Time::Locked => TimeMode::Locked,
        Time::Unlocked => TimeMode::Unlocked,
        Time::Real => TimeMode::Real,
    });
    let search_attributes = config
        .search_attributes
        .into_iter()
        .map(|(name, value_type)| {
            let value_type = value_type_of(&value_type).ok_or_else(|| {
                config::invalid(
                    &format!("searchAttributes.{name}"),
                    format_args!(
                        "{value_type:?} is none of Text, Keyword, Int, Double, Bool, Datetime, KeywordList"
                    ),
                )
            })?;
            Ok((name, value_type as i32))
        })
        .collect::<Result<_, BridgeError>>()?;
    Ok(Config {
        namespace,
        time,
        search_attributes,
        schedule: ScheduleConfig {
            seed: config.seed,
            faults: faults(config.faults)?,
            only: config.only_faults,
            keeps_order: config.keeps_order,
        },
    })
}

/// The faults of a configuration, without those that never happen.
fn faults(config: BTreeMap<String, f64>) -> Result<Vec<(Fault, f64)>, BridgeError> {
    let mut faults = Vec::new();
    for (name, probability) in config {
        let field = format!("faults.{name}");
        let Some((fault, _)) = Fault::ALL.iter().find(|(_, known)| *known == name) else {
            let known: Vec<_> = Fault::ALL.iter().map(|(_, known)| *known).collect();
            return Err(config::invalid(
                &field,
                format_args!("is none of {}", known.join(", ")),
            ));
        };
        if !(0.0..=1.0).contains(&probability) {
            return Err(config::invalid(
                &field,
                format_args!("must be a probability from 0 to 1, not {probability}"),
            ));
        }
        if probability > 0.0 {
            faults.push((*fault, probability));
        }
    }
    Ok(faults)
}

fn value_type_of(name: &str) -> Option<IndexedValueType> {
    Some(match name {
        "Text" => IndexedValueType::Text,
        "Keyword" => IndexedValueType::Keyword,
        "Int" => IndexedValueType::Int,
        "Double" => IndexedValueType::Double,
        "Bool" => IndexedValueType::Bool,
        "Datetime" => IndexedValueType::Datetime,
        "KeywordList" => IndexedValueType::KeywordList,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_reaches_the_server() {
        let config = parse(
            br#"{"namespace":"n","time":"real","searchAttributes":{"A":"Int","B":"KeywordList"}}"#,
        )
        .unwrap();
        assert_eq!(config.namespace, "n");
        assert_eq!(config.time, TimeMode::Real);
        assert_eq!(
            config.search_attributes,
            [
                ("A".to_owned(), IndexedValueType::Int as i32),
                ("B".to_owned(), IndexedValueType::KeywordList as i32)
            ]
        );
    }

    #[test]
    fn a_schedule_reaches_the_server() {
        let config = parse(
            br#"{"seed":7,"keepsOrder":true,"faults":{"pollLost":0.5,"eviction":0},"onlyFaults":["pollLost: a"]}"#,
        )
        .unwrap();
        assert_eq!(config.schedule.seed, Some(7));
        assert!(config.schedule.keeps_order);
        assert_eq!(config.schedule.faults, [(Fault::PollLost, 0.5)]);
        assert!(config.schedule.only.unwrap().contains("pollLost: a"));
        assert!(parse(b"{}").unwrap().schedule.faults.is_empty());
    }

    #[test]
    fn wrong_values_are_named() {
        let field = |config: &str| parse(config.as_bytes()).unwrap_err().details["field"].clone();
        assert_eq!(field(r#"{"namespace":""}"#), "namespace");
        assert_eq!(field(r#"{"time":"slow"}"#), "time");
        assert_eq!(
            field(r#"{"searchAttributes":{"A":"int"}}"#),
            "searchAttributes.A"
        );
        assert_eq!(field(r#"{"seed":-1}"#), "seed");
        assert_eq!(field(r#"{"faults":{"pollLost":2}}"#), "faults.pollLost");
        assert_eq!(field(r#"{"faults":{"rain":0.1}}"#), "faults.rain");
        assert_eq!(field(r#"{"onlyFaults":"pollLost"}"#), "onlyFaults");
    }
}

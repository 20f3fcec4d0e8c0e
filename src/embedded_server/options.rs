//! Reads an embedded server's JSON configuration.

use crate::bridge::{config, error::BridgeError};
use serde::Deserialize;
use std::collections::BTreeMap;
use temporal_bun_embedded_server::{Config, TimeMode};
use temporalio_protos::temporal::api::enums::v1::IndexedValueType;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct EmbeddedServerConfig {
    namespace: Option<String>,
    time: Option<Time>,
    #[serde(default)]
    search_attributes: BTreeMap<String, String>,
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
    })
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
    fn wrong_values_are_named() {
        let field = |config: &str| parse(config.as_bytes()).unwrap_err().details["field"].clone();
        assert_eq!(field(r#"{"namespace":""}"#), "namespace");
        assert_eq!(field(r#"{"time":"slow"}"#), "time");
        assert_eq!(
            field(r#"{"searchAttributes":{"A":"int"}}"#),
            "searchAttributes.A"
        );
    }
}

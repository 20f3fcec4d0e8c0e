//! The metadata of calls: as a host writes it, as gRPC sends it, and as a host reads it.

use crate::bridge::{config, error::BridgeError};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use std::collections::HashMap;
use tonic::metadata::{Ascii, Binary, KeyAndValueRef, MetadataKey, MetadataMap, MetadataValue};

/// Metadata as JSON: texts, and binary values in base64.
pub fn metadata_json(map: &MetadataMap) -> (Map<String, Value>, Map<String, Value>) {
    let mut metadata = Map::new();
    let mut binary_metadata = Map::new();
    for entry in map.iter() {
        match entry {
            KeyAndValueRef::Ascii(key, value) => {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                metadata.insert(key.as_str().to_owned(), Value::String(value));
            }
            KeyAndValueRef::Binary(key, value) => {
                let value = value.to_bytes().unwrap_or_default();
                let value = BASE64_STANDARD.encode(value);
                binary_metadata.insert(key.as_str().to_owned(), Value::String(value));
            }
        }
    }
    (metadata, binary_metadata)
}

/// The metadata of one call.
pub fn call_metadata(
    metadata: HashMap<String, String>,
    binary_metadata: HashMap<String, String>,
) -> Result<MetadataMap, BridgeError> {
    let mut map = MetadataMap::new();
    for (key, value) in metadata {
        let (key, value) = text_entry(&key, &value)?;
        map.append(key, value);
    }
    for (key, value) in binary_metadata {
        let (key, value) = binary_entry(&key, &value)?;
        map.append_bin(key, MetadataValue::from_bytes(&value));
    }
    Ok(map)
}

/// Core would refuse the whole of the metadata: this names the entry.
pub fn check_metadata(
    metadata: HashMap<String, String>,
) -> Result<HashMap<String, String>, BridgeError> {
    for (key, value) in &metadata {
        text_entry(key, value)?;
    }
    Ok(metadata)
}

/// Decodes the base64 values of binary metadata.
pub fn decode_binary_metadata(
    metadata: HashMap<String, String>,
) -> Result<HashMap<String, Vec<u8>>, BridgeError> {
    metadata
        .into_iter()
        .map(|(key, value)| {
            let (_, value) = binary_entry(&key, &value)?;
            Ok((key, value))
        })
        .collect()
}

fn text_entry(
    key: &str,
    value: &str,
) -> Result<(MetadataKey<Ascii>, MetadataValue<Ascii>), BridgeError> {
    let field = || format!("metadata.{key}");
    let value = MetadataValue::try_from(value).map_err(|error| config::invalid(&field(), error))?;
    let key = MetadataKey::from_bytes(key.as_bytes())
        .map_err(|error| config::invalid(&field(), error))?;
    Ok((key, value))
}

fn binary_entry(key: &str, value: &str) -> Result<(MetadataKey<Binary>, Vec<u8>), BridgeError> {
    let field = || format!("binaryMetadata.{key}");
    let value = BASE64_STANDARD
        .decode(value)
        .map_err(|error| config::invalid(&field(), error))?;
    let key = MetadataKey::from_bytes(key.as_bytes())
        .map_err(|error| config::invalid(&field(), error))?;
    Ok((key, value))
}

//! Messages as JSON, by their full names, for hosts without protobuf.

pub mod descriptors;
mod nesting;

use crate::bridge::error::{BridgeError, Code};
use nesting::Bounded;
use prost::Message;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_path_to_error::{Segment, Track};

/// Converts an encoded message to JSON. Fields that the library does not know are left out.
pub fn to_json(name: &str, message: &[u8]) -> Result<Vec<u8>, BridgeError> {
    let message = DynamicMessage::decode(descriptor(name)?, message)
        .map_err(|error| BridgeError::invalid_protobuf(name, &error))?;
    let mut json = serde_json::Serializer::with_formatter(Vec::new(), Bounded::default());
    message
        .serialize_with_options(&mut json, &SerializeOptions::new())
        .map_err(|error| no_json(name, ".", &error))?;
    Ok(json.into_inner())
}

/// Encodes a message that is given as JSON. An unknown field or a value of a wrong type is an error with its path.
pub fn from_json(name: &str, json: &[u8]) -> Result<Vec<u8>, BridgeError> {
    Ok(read(name, json, true)?.encode_to_vec())
}

/// Reads a message of JSON. Without `strict` it leaves unknown fields out.
pub fn read(name: &str, json: &[u8], strict: bool) -> Result<DynamicMessage, BridgeError> {
    let options = DeserializeOptions::new().deny_unknown_fields(strict);
    let mut text = serde_json::Deserializer::from_slice(json);
    let mut track = Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut text, &mut track);
    let message = DynamicMessage::deserialize_with_options(descriptor(name)?, tracked, &options);
    let message = message.map_err(|error| {
        let field = path(track, &error.to_string());
        no_json(name, &field, &error)
    })?;
    text.end().map_err(|error| no_json(name, ".", &error))?;
    Ok(message)
}

fn descriptor(name: &str) -> Result<MessageDescriptor, BridgeError> {
    descriptors::pool()?
        .get_message_by_name(name)
        .ok_or_else(|| {
            BridgeError::new(
                Code::InvalidArgument,
                format!("no message has the name {name:?}; give its full name, package.Message"),
            )
            .with_detail("argument", "name")
        })
}

/// The path of what an error is about.
fn path(track: Track, error: &str) -> String {
    let path = track.path();
    // `?` is what it says of text that ends too early.
    let is_whole = path
        .iter()
        .all(|segment| matches!(segment, Segment::Unknown));
    // An unknown name is refused before the path has it.
    let unknown = error
        .strip_prefix("unrecognized field name '")
        .and_then(|rest| rest.rsplit_once('\''));
    match unknown {
        Some((name, _)) if is_whole => name.to_owned(),
        Some((name, _)) => format!("{path}.{name}"),
        None if is_whole => ".".to_owned(),
        None => path.to_string(),
    }
}

fn no_json(name: &str, field: &str, error: &dyn std::fmt::Display) -> BridgeError {
    let place = if field == "." {
        String::new()
    } else {
        format!(" at {field}")
    };
    BridgeError::new(
        Code::InvalidProtobuf,
        format!("the JSON is no {name}{place}: {error}"),
    )
    .with_detail("message", name)
    .with_detail("field", field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost_reflect::Value;

    const COMPLETION: &str = "coresdk.ActivityTaskCompletion";
    const ACTIVATION: &str = "coresdk.workflow_activation.WorkflowActivation";

    #[test]
    fn a_message_comes_back_as_it_was() {
        let json = r#"{"taskToken":"AQI=","result":{"completed":{"result":{"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"MQ=="}}}}"#;
        let encoded = from_json(COMPLETION, json.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(to_json(COMPLETION, &encoded).unwrap()).unwrap(),
            json
        );
    }

    /// An `Any` that holds an `Any`, and so on, with a duration in the last.
    fn nested(depth: usize) -> Vec<u8> {
        let mut any = prost_types::Any::from_msg(&prost_types::Duration::default()).unwrap();
        for _ in 1..depth {
            any = prost_types::Any {
                type_url: "type.googleapis.com/google.protobuf.Any".to_owned(),
                value: any.encode_to_vec(),
            };
        }
        any.encode_to_vec()
    }

    #[test]
    fn messages_that_hold_encoded_ones_are_read_to_a_depth() {
        assert!(to_json("google.protobuf.Any", &nested(200)).is_ok());
        let error = to_json("google.protobuf.Any", &nested(201)).unwrap_err();
        assert_eq!(error.code, Code::InvalidProtobuf);
        assert!(error.message.contains("200 deep"), "{}", error.message);
    }

    #[test]
    fn numbers_times_and_names_follow_the_mapping_of_protobuf() {
        let json = br#"{"run_id":"r","timestamp":"2026-01-02T03:04:05Z","history_size_bytes":7,
            "jobs":[{"fireTimer":{"seq":1}},{"removeFromCache":{"reason":"CACHE_FULL"}}]}"#;
        let encoded = from_json(ACTIVATION, json).unwrap();
        let json: serde_json::Value =
            serde_json::from_slice(&to_json(ACTIVATION, &encoded).unwrap()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "runId": "r",
                "timestamp": "2026-01-02T03:04:05Z",
                // JavaScript has no 64-bit integers.
                "historySizeBytes": "7",
                "jobs": [{"fireTimer": {"seq": 1}}, {"removeFromCache": {"reason": "CACHE_FULL"}}],
            })
        );
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_path() {
        for (json, field) in [
            ("", "."),
            ("[]", "."),
            ("{", "."),
            ("{} more", "."),
            (r#"{"runId":1}"#, "runId"),
            (
                r#"{"jobs":[{"fireTimer":{"seq":1}},{"fireTimer":{"seq":"one"}}]}"#,
                "jobs[1].fireTimer.seq",
            ),
            (
                r#"{"jobs":[{"fireTimer":{"sequence":1}}]}"#,
                "jobs[0].fireTimer.sequence",
            ),
            (r#"{"unheardOf":{}}"#, "unheardOf"),
            (
                r#"{"jobs":[{"removeFromCache":{"reason":"BOREDOM"}}]}"#,
                "jobs[0].removeFromCache.reason",
            ),
        ] {
            let error = from_json(ACTIVATION, json.as_bytes()).unwrap_err();
            assert_eq!(error.code, Code::InvalidProtobuf, "{json}: {error}");
            assert_eq!(error.details["message"], ACTIVATION);
            assert_eq!(error.details["field"], field, "{json}: {error}");
        }
    }

    #[test]
    fn a_name_that_no_message_has_and_bytes_that_are_none_are_errors() {
        for name in ["", "WorkflowActivation", "coresdk.Unheard"] {
            let error = to_json(name, b"").unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{error}");
            assert_eq!(error.details["argument"], "name");
        }
        let error = to_json(COMPLETION, b"\xff").unwrap_err();
        assert_eq!(error.code, Code::InvalidProtobuf);
        assert_eq!(error.details["message"], COMPLETION);
    }

    #[test]
    fn every_message_can_be_written_and_read() {
        let pool = descriptors::pool().unwrap();
        let mut count = 0;
        for descriptor in pool.all_messages() {
            let name = descriptor.full_name();
            let mut message = DynamicMessage::new(descriptor.clone());
            // A well-known type of protobuf's has JSON of its own, which has no place for an empty one.
            if name.starts_with("google.protobuf.") || descriptor.is_map_entry() {
                continue;
            }
            for field in descriptor.fields() {
                if !field.is_list() && !field.is_map() && field.kind().as_message().is_none() {
                    message.set_field(&field, Value::default_value_for_field(&field));
                }
            }
            let encoded = message.encode_to_vec();
            let json = to_json(name, &encoded).unwrap_or_else(|error| panic!("{error}"));
            let again = from_json(name, &json).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(again, encoded, "{name}");
            count += 1;
        }
        for name in [
            COMPLETION,
            ACTIVATION,
            "temporal.api.workflowservice.v1.StartWorkflowExecutionRequest",
            "temporal.api.cloud.cloudservice.v1.GetUsersRequest",
            "grpc.health.v1.HealthCheckRequest",
            "google.rpc.Status",
        ] {
            assert!(pool.get_message_by_name(name).is_some(), "{name}");
        }
        assert!(count > 1000, "{count}");
    }
}

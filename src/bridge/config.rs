//! Reads a host's JSON into a typed structure, with errors that name the field.

use super::error::{BridgeError, Code};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// Parses `bytes`, or says which field is wrong and how.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BridgeError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        BridgeError::new(
            Code::InvalidArgument,
            format!("the configuration is not UTF-8: {error}"),
        )
    })?;
    // Serde would also take an array, its elements as the fields in their order.
    if text.trim_start().starts_with('[') {
        return Err(invalid(".", "must be a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // `?` is what it says of text that ends too early.
        let path = error.path().to_string();
        let field = if path == "?" { "." } else { &path };
        invalid(field, error.into_inner())
    })?;
    deserializer.end().map_err(|error| invalid(".", error))?;
    Ok(value)
}

/// The error for a field whose value does not fit. `.` is the whole document.
pub fn invalid(field: &str, reason: impl std::fmt::Display) -> BridgeError {
    let message = if field == "." {
        format!("invalid configuration: {reason}")
    } else {
        format!("{field}: {reason}")
    };
    BridgeError::new(Code::InvalidConfig, message).with_detail("field", field)
}

/// Tells `null` (`Some(None)`) from an absent field (`None`), for fields where `null` turns a default off.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Outer {
        #[allow(dead_code)]
        inner: Inner,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Inner {
        #[allow(dead_code)]
        slot_count: u32,
    }

    fn error(json: &str) -> BridgeError {
        parse::<Outer>(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn an_error_names_the_field() {
        let error = error(r#"{"inner":{"slotCount":"many"}}"#);
        assert_eq!(error.code, Code::InvalidConfig);
        assert_eq!(error.details["field"], "inner.slotCount");
        assert!(
            error.message.starts_with("inner.slotCount: "),
            "{}",
            error.message
        );
    }

    #[test]
    fn an_unknown_field_and_trailing_text_are_errors() {
        assert!(
            error(r#"{"inner":{"slotCount":1,"slots":2}}"#)
                .message
                .contains("slots")
        );
        assert_eq!(
            error(r#"{"inner":{"slotCount":1}} x"#).details["field"],
            "."
        );
    }

    #[test]
    fn text_that_is_no_object_is_an_error_of_the_whole() {
        for json in ["", "{", "[]", " [{}]", "null", "1"] {
            assert_eq!(error(json).details["field"], ".", "{json}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_an_invalid_argument() {
        assert_eq!(
            parse::<Outer>(b"\xff").unwrap_err().code,
            Code::InvalidArgument
        );
    }
}

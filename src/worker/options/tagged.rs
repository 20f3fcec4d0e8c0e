//! Objects whose `type` says which other fields they have: `{"type": "fixed", "slots": 5}`.
//!
//! Serde has enums of that shape too, but they forget which field of the object was wrong.

use crate::bridge::{config, error::BridgeError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

/// The object, not yet read.
pub type Tagged = Map<String, Value>;

/// Reads the object at `field` as the variant of `T` that its `type` names. `T` is an enum with serde's default form.
pub fn read<T: DeserializeOwned>(field: &str, mut object: Tagged) -> Result<T, BridgeError> {
    let kind_field = format!("{field}.type");
    let kind = match object.remove("type") {
        Some(Value::String(kind)) => kind,
        Some(_) => return Err(config::invalid(&kind_field, "must be a string")),
        None => return Err(config::invalid(field, "missing field `type`")),
    };
    let variant = Value::Object(Map::from_iter([(kind, Value::Object(object))]));
    serde_path_to_error::deserialize(variant).map_err(|error| {
        // The path starts with the variant. If it stops short of that, no variant has this name.
        let mut path = error.path().iter();
        let field = match path.next() {
            Some(Segment::Enum { .. }) => path.fold(field.to_owned(), |field, segment| {
                format!("{field}.{segment}")
            }),
            _ => kind_field,
        };
        config::invalid(&field, error.inner())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(
        deny_unknown_fields,
        rename_all = "kebab-case",
        rename_all_fields = "camelCase"
    )]
    enum Shape {
        Circle { radius: u32 },
        RoundedBox { corner_radius: u32 },
    }

    fn shape(object: Value) -> Result<Shape, BridgeError> {
        let Value::Object(object) = object else {
            panic!("not an object");
        };
        read("a.shape", object)
    }

    #[test]
    fn the_type_selects_the_variant_wherever_it_stands() {
        let circle = shape(json!({"type": "circle", "radius": 1})).unwrap();
        assert_eq!(circle, Shape::Circle { radius: 1 });
        let rounded = shape(json!({"cornerRadius": 2, "type": "rounded-box"})).unwrap();
        assert_eq!(rounded, Shape::RoundedBox { corner_radius: 2 });
    }

    #[test]
    fn an_error_names_the_field() {
        for (object, field) in [
            (
                json!({"type": "circle", "radius": "wide"}),
                "a.shape.radius",
            ),
            (
                json!({"type": "circle", "radius": 1, "colour": 2}),
                "a.shape.colour",
            ),
            (json!({"type": "circle"}), "a.shape"),
            (json!({"type": "square"}), "a.shape.type"),
            (json!({"type": 1}), "a.shape.type"),
            (json!({"radius": 1}), "a.shape"),
        ] {
            let error = shape(object.clone()).unwrap_err();
            assert_eq!(error.details["field"], field, "{object}: {error}");
        }
    }
}

//! Reads a client's configuration as Temporal's other tools do: from profiles in TOML and from environment variables.

use crate::bridge::{config, error::BridgeError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, fs};
use temporalio_common::envconfig::{
    ClientConfigProfile, ClientConfigTLS, ConfigError, DataSource, LoadClientConfigProfileOptions,
    load_client_config_profile,
};

/// The server of a profile without an address.
const DEFAULT_ADDRESS: &str = "localhost:7233";

/// The namespace of a profile without one.
const DEFAULT_NAMESPACE: &str = "default";

/// The options of a load, as the host writes them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct LoadOptions {
    profile: Option<String>,
    config_file: Option<String>,
    config_text: Option<String>,
    strict: bool,
    disable_file: bool,
    disable_environment: bool,
    environment: Option<HashMap<String, String>>,
}

/// Loads a profile. Returns JSON: the namespace, a client's configuration, and the profile's codec server.
pub fn load(options: &[u8]) -> Result<Value, BridgeError> {
    let options: LoadOptions = config::parse(options)?;
    let source = match (options.config_file, options.config_text) {
        (Some(_), Some(_)) => {
            return Err(config::invalid(
                "configText",
                "cannot be combined with configFile",
            ));
        }
        (Some(path), None) => Some(DataSource::Path(path)),
        (None, text) => text.map(|text| DataSource::Data(text.into_bytes())),
    };
    let load = LoadClientConfigProfileOptions::builder()
        .maybe_config_source(source)
        .maybe_config_file_profile(options.profile)
        .config_file_strict(options.strict)
        .disable_file(options.disable_file)
        .disable_env(options.disable_environment)
        .build();
    let profile = load_client_config_profile(load, options.environment.as_ref())
        .map_err(|error| load_error(&error))?;
    profile_json(profile)
}

fn load_error(error: &ConfigError) -> BridgeError {
    let field = match error {
        ConfigError::ProfileNotFound(_) => "profile",
        ConfigError::InvalidConfig(_) | ConfigError::LoadError(_) => ".",
    };
    config::invalid(field, error)
}

fn profile_json(profile: ClientConfigProfile) -> Result<Value, BridgeError> {
    let disabled = profile.tls.as_ref().and_then(|tls| tls.disabled);
    // A key must not be sent in the clear unless that is asked for.
    let is_default = profile.tls.is_some() || profile.api_key.is_some();
    let is_secure = disabled.map_or(is_default, |disabled| !disabled);
    let address = profile.address.filter(|address| !address.is_empty());
    let address = address.unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    let scheme = if is_secure { "https" } else { "http" };
    let target = if address.contains("://") {
        address
    } else {
        format!("{scheme}://{address}")
    };
    let mut client = json!({ "target": target });
    if let Some(key) = profile.api_key {
        client["apiKey"] = key.into();
    }
    if !profile.grpc_meta.is_empty() {
        client["metadata"] = json!(profile.grpc_meta);
    }
    if is_secure {
        client["tls"] = tls_json(profile.tls.unwrap_or_default())?;
    }
    let namespace = profile.namespace.filter(|namespace| !namespace.is_empty());
    let mut loaded = json!({
        "namespace": namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()),
        "client": client,
    });
    if let Some(codec) = profile.codec {
        let fields = [("endpoint", codec.endpoint), ("auth", codec.auth)];
        loaded["codec"] = present(fields);
    }
    Ok(loaded)
}

fn tls_json(tls: ClientConfigTLS) -> Result<Value, BridgeError> {
    if tls.disable_host_verification {
        return Err(config::invalid(
            "tls.disable_host_verification",
            "is not supported: give tls.server_ca_cert_path or tls.server_name",
        ));
    }
    Ok(present([
        (
            "serverRootCaCert",
            pem("tls.server_ca_cert", tls.server_ca_cert)?,
        ),
        ("domain", tls.server_name),
        ("clientCert", pem("tls.client_cert", tls.client_cert)?),
        ("clientPrivateKey", pem("tls.client_key", tls.client_key)?),
    ]))
}

/// An object of the fields that have a value.
fn present<const N: usize>(fields: [(&str, Option<String>); N]) -> Value {
    let fields = fields.into_iter();
    let present = fields.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(present.collect())
}

/// Reads a certificate or a key, which may be in a file of its own.
fn pem(field: &str, source: Option<DataSource>) -> Result<Option<String>, BridgeError> {
    let Some(source) = source else {
        return Ok(None);
    };
    let bytes = match source {
        DataSource::Path(path) => fs::read(&path).map_err(|error| {
            config::invalid(&format!("{field}_path"), format_args!("{path}: {error}"))
        })?,
        DataSource::Data(bytes) => bytes,
        other => return Err(config::invalid(field, format_args!("{other:?}"))),
    };
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|error| config::invalid(field, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [profile.default]
        address = "one:7233"
        [profile.default.grpc_meta]
        Some_Key = "value"
        [profile.cloud]
        address = "two:7233"
        namespace = "ours"
        api_key = "key"
        [profile.cloud.codec]
        endpoint = "http://codec"
        [profile.own]
        [profile.own.tls]
        server_name = "name"
        client_cert_data = "cert"
        client_key_data = "key"
        [profile.open]
        api_key = "key"
        [profile.open.tls]
        disabled = true
        [profile.unverified.tls]
        disable_host_verification = true
        [profile.lost.tls]
        client_cert_path = "/nowhere/cert.pem"
        "#;

    fn load_json(mut options: Value) -> Result<Value, BridgeError> {
        if options.get("configFile").is_none() && options.get("disableFile").is_none() {
            options["configText"] = FILE.into();
        }
        if options.get("environment").is_none() {
            options["environment"] = json!({});
        }
        load(options.to_string().as_bytes())
    }

    #[test]
    fn a_profile_becomes_a_configuration() {
        for (options, expected) in [
            (
                json!({}),
                json!({"namespace": "default",
                "client": {"target": "http://one:7233", "metadata": {"some-key": "value"}}}),
            ),
            (
                json!({"profile": "cloud"}),
                json!({"namespace": "ours", "codec": {"endpoint": "http://codec"},
                "client": {"target": "https://two:7233", "apiKey": "key", "tls": {}}}),
            ),
            (
                json!({"profile": "own"}),
                json!({"namespace": "default", "client": {"target": "https://localhost:7233",
                "tls": {"domain": "name", "clientCert": "cert", "clientPrivateKey": "key"}}}),
            ),
            (
                json!({"profile": "open"}),
                json!({"namespace": "default",
                "client": {"target": "http://localhost:7233", "apiKey": "key"}}),
            ),
        ] {
            assert_eq!(load_json(options.clone()).unwrap(), expected, "{options}");
        }
    }

    #[test]
    fn variables_come_before_the_file() {
        let environment = json!({
            "TEMPORAL_PROFILE": "cloud", "TEMPORAL_ADDRESS": "three:1", "TEMPORAL_NAMESPACE": "theirs",
            "TEMPORAL_GRPC_META_OTHER_KEY": "other", "TEMPORAL_TLS_SERVER_CA_CERT_DATA": "ca",
        });
        assert_eq!(
            load_json(json!({"environment": environment})).unwrap(),
            json!({"namespace": "theirs", "codec": {"endpoint": "http://codec"}, "client": {
                "target": "https://three:1", "apiKey": "key", "metadata": {"other-key": "other"},
                "tls": {"serverRootCaCert": "ca"}}})
        );
        let without = json!({"environment": environment, "disableEnvironment": true});
        assert_eq!(
            load_json(without).unwrap()["client"]["target"],
            "http://one:7233"
        );
        let alone = json!({"environment": {"TEMPORAL_ADDRESS": "three:1"}, "disableFile": true});
        assert_eq!(
            load_json(alone).unwrap()["client"],
            json!({"target": "http://three:1"})
        );
    }

    #[test]
    fn what_is_loaded_is_a_client_s_configuration() {
        for profile in ["default", "cloud", "open"] {
            let mut loaded = load_json(json!({"profile": profile})).unwrap();
            let client = &mut loaded["client"];
            client["clientName"] = "test".into();
            client["clientVersion"] = "1".into();
            crate::client::options::parse(client.to_string().as_bytes(), None).unwrap();
        }
    }

    #[test]
    fn an_error_names_the_field() {
        for (options, field) in [
            (json!({"profile": "unheard"}), "profile"),
            (json!({"surprise": 1}), "surprise"),
            (
                json!({"configFile": "/nowhere", "configText": ""}),
                "configText",
            ),
            (
                json!({"profile": "unverified"}),
                "tls.disable_host_verification",
            ),
            (json!({"profile": "lost"}), "tls.client_cert_path"),
            (
                json!({"disableFile": true, "disableEnvironment": true}),
                ".",
            ),
            (
                json!({"strict": true, "configFile": concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")}),
                ".",
            ),
        ] {
            let error = load_json(options.clone()).unwrap_err();
            assert_eq!(error.details["field"], field, "{options}: {error}");
        }
    }
}

//! Reads an ephemeral server's JSON configuration.

use crate::bridge::{config, error::BridgeError};
use serde::Deserialize;
use std::{path::Path, time::Duration};
use temporalio_sdk_core::ephemeral_server::{EphemeralExe, EphemeralExeVersion};

/// Core's own default for how long a download is kept.
const DEFAULT_TTL: Duration = Duration::from_secs(15 * 24 * 60 * 60);

/// A dev server's configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DevServerOptions {
    /// The server's program.
    pub executable: Executable,
    /// The namespace that is there from the start.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// The address to listen on.
    #[serde(default = "loopback")]
    pub ip: String,
    /// The port to listen on; a free one if absent.
    pub port: Option<u16>,
    /// Serves the web UI.
    #[serde(default)]
    pub ui: bool,
    /// The UI's port; the server's port + 1000 if absent.
    pub ui_port: Option<u16>,
    /// The file that keeps workflows. Absent: memory.
    pub db_filename: Option<String>,
    /// The format of the server's own log.
    #[serde(default = "default_log_format")]
    pub log_format: String,
    /// The level of the server's own log.
    #[serde(default = "default_log_level")]
    pub log_level: String,
    /// Further arguments.
    #[serde(default)]
    pub extra_args: Vec<String>,
    /// Discards the server's output.
    #[serde(default)]
    pub quiet: bool,
}

/// A time-skipping test server's configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TestServerOptions {
    /// The server's program.
    pub executable: Executable,
    /// The port to listen on; a free one if absent.
    pub port: Option<u16>,
    /// Further arguments.
    #[serde(default)]
    pub extra_args: Vec<String>,
    /// Discards the server's output.
    #[serde(default)]
    pub quiet: bool,
}

/// The location of a server's program.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Executable {
    /// On this machine.
    Path(String),
    /// To be downloaded, unless it was before.
    Download(Download),
}

/// The version to download, and the folder to keep it in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Download {
    version: String,
    directory: Option<String>,
    ttl_ms: Option<u64>,
    sdk_name: Option<String>,
    sdk_version: Option<String>,
}

fn default_namespace() -> String {
    "default".to_owned()
}

fn loopback() -> String {
    "127.0.0.1".to_owned()
}

fn default_log_format() -> String {
    "pretty".to_owned()
}

fn default_log_level() -> String {
    "warn".to_owned()
}

/// Reads a dev server's configuration.
pub fn parse_dev(bytes: &[u8]) -> Result<DevServerOptions, BridgeError> {
    let options: DevServerOptions = config::parse(bytes)?;
    options.executable.check()?;
    Ok(options)
}

/// Reads a test server's configuration.
pub fn parse_test(bytes: &[u8]) -> Result<TestServerOptions, BridgeError> {
    let options: TestServerOptions = config::parse(bytes)?;
    options.executable.check()?;
    Ok(options)
}

impl Executable {
    fn check(&self) -> Result<(), BridgeError> {
        match self {
            Executable::Path(path) if !Path::new(path).is_file() => Err(config::invalid(
                "executable.path",
                format_args!("there is no file {path}"),
            )),
            Executable::Path(_) => Ok(()),
            Executable::Download(download) => match (&*download.version, &download.sdk_name) {
                ("", _) => Err(config::invalid(
                    "executable.download.version",
                    "must not be empty",
                )),
                ("default", None) => Err(config::invalid(
                    "executable.download.sdkName",
                    "missing although the version is \"default\"",
                )),
                _ => Ok(()),
            },
        }
    }
}

impl From<Download> for EphemeralExe {
    fn from(download: Download) -> Self {
        let version = match (&*download.version, download.sdk_name) {
            ("default", Some(sdk_name)) => EphemeralExeVersion::SDKDefault {
                sdk_name,
                sdk_version: download.sdk_version.unwrap_or_default(),
            },
            _ => EphemeralExeVersion::Fixed(download.version),
        };
        EphemeralExe::CachedDownload {
            version,
            dest_dir: download.directory,
            ttl: Some(download.ttl_ms.map_or(DEFAULT_TTL, Duration::from_millis)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read() {
        let options = parse_dev(
            br#"{"executable":{"path":"/bin/sh"},"namespace":"n","ip":"::1","port":1,"ui":true,"uiPort":2,
                 "dbFilename":"d","logFormat":"json","logLevel":"info","extraArgs":["a"],"quiet":true}"#,
        )
        .unwrap();
        assert_eq!((&*options.namespace, &*options.ip), ("n", "::1"));
        assert_eq!((options.port, options.ui_port), (Some(1), Some(2)));
        assert_eq!(options.db_filename.as_deref(), Some("d"));
        assert_eq!(
            (&*options.log_format, &*options.log_level),
            ("json", "info")
        );
        assert_eq!(options.extra_args, ["a"]);
        assert!(options.ui && options.quiet);
        let options = parse_test(
            br#"{"executable":{"download":{"version":"default","directory":"/x","ttlMs":5,
                 "sdkName":"s","sdkVersion":"1"}},"port":1}"#,
        )
        .unwrap();
        let Executable::Download(download) = options.executable else {
            panic!("a download");
        };
        let EphemeralExe::CachedDownload {
            version,
            dest_dir,
            ttl,
        } = download.into()
        else {
            panic!("a download");
        };
        let EphemeralExeVersion::SDKDefault {
            sdk_name,
            sdk_version,
        } = version
        else {
            panic!("the SDK's default");
        };
        assert_eq!((&*sdk_name, &*sdk_version), ("s", "1"));
        assert_eq!(dest_dir.as_deref(), Some("/x"));
        assert_eq!(ttl, Some(Duration::from_millis(5)));
    }

    #[test]
    fn absent_fields_have_defaults() {
        let options = parse_dev(br#"{"executable":{"path":"/bin/sh"}}"#).unwrap();
        assert_eq!(
            (&*options.namespace, &*options.ip),
            ("default", "127.0.0.1")
        );
        assert_eq!((options.port, options.ui_port), (None, None));
        assert_eq!(
            (&*options.log_format, &*options.log_level),
            ("pretty", "warn")
        );
        assert!(!options.ui && !options.quiet);
        let options = parse_test(br#"{"executable":{"download":{"version":"v1.2.3"}}}"#).unwrap();
        let Executable::Download(download) = options.executable else {
            panic!("a download");
        };
        let EphemeralExe::CachedDownload { version, ttl, .. } = download.into() else {
            panic!("a download");
        };
        assert!(matches!(version, EphemeralExeVersion::Fixed(version) if version == "v1.2.3"));
        assert_eq!(ttl, Some(DEFAULT_TTL));
    }

    #[test]
    fn an_error_names_the_field() {
        for (json, field) in [
            (r#"{}"#, "."),
            (r#"{"executable":{"path":"/no/such"}}"#, "executable.path"),
            (
                r#"{"executable":{"download":{"version":""}}}"#,
                "executable.download.version",
            ),
            (
                r#"{"executable":{"download":{"version":"default"}}}"#,
                "executable.download.sdkName",
            ),
            (
                r#"{"executable":{"download":{"version":"v1","ttlMs":-1}}}"#,
                "executable.download.ttlMs",
            ),
            (r#"{"executable":{"path":"/bin/sh"},"port":70000}"#, "port"),
            (
                r#"{"executable":{"path":"/bin/sh"},"extraArgs":[1]}"#,
                "extraArgs[0]",
            ),
            (
                r#"{"executable":{"path":"/bin/sh"},"surprise":1}"#,
                "surprise",
            ),
        ] {
            let error = parse_dev(json.as_bytes()).unwrap_err();
            assert_eq!(error.details["field"], field, "{json}: {error}");
            let error = parse_test(json.as_bytes()).unwrap_err();
            assert_eq!(error.details["field"], field, "{json}: {error}");
        }
    }
}

//! Reads a client's JSON configuration.

use super::{
    metadata::{check_metadata, decode_binary_metadata},
    service_override::{self, ServiceOverride},
};
use crate::{
    bridge::{
        config,
        error::BridgeError,
        handle::{self as handles, Handle},
    },
    embedded_server::EmbeddedServer,
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use serde::Deserialize;
use std::{collections::HashMap, time::Duration};
use temporalio_client::{
    ClientKeepAliveOptions, ClientTlsOptions, ConnectionOptions, DnsLoadBalancingOptions,
    GrpcCompression, HttpConnectProxyOptions, PayloadLimitsOptions, RetryOptions, TlsOptions,
    callback_based::CallbackBasedGrpcService,
};
use temporalio_common::telemetry::metrics::TemporalMeter;
use url::{Host, Url};

/// Core wants a target for every connection, also for one without a network.
const EMBEDDED_TARGET: &str = "http://embedded";

/// Core does not look a server's name up more often.
const MIN_RESOLUTION_INTERVAL_MS: u64 = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ClientConfig {
    target: Option<String>,
    embedded_server: Option<Handle>,
    client_name: String,
    client_version: String,
    #[serde(default)]
    identity: String,
    api_key: Option<String>,
    metadata: Option<HashMap<String, String>>,
    binary_metadata: Option<HashMap<String, String>>,
    tls: Option<Tls>,
    http_connect_proxy: Option<Proxy>,
    #[serde(default, deserialize_with = "config::given")]
    keep_alive: Option<Option<KeepAlive>>,
    #[serde(default, deserialize_with = "config::given")]
    dns_load_balancing: Option<Option<DnsLoadBalancing>>,
    retry: Option<Retry>,
    connect_timeout_ms: Option<u64>,
    override_origin: Option<String>,
    compression: Option<Compression>,
    payload_limits: Option<PayloadLimits>,
    #[serde(default)]
    disable_error_code_metric_tags: bool,
    #[serde(default)]
    skip_get_system_info: bool,
    service_override: Option<ServiceOverride>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Tls {
    server_root_ca_cert: Option<String>,
    domain: Option<String>,
    client_cert: Option<String>,
    client_private_key: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Proxy {
    target: String,
    basic_auth: Option<BasicAuth>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct BasicAuth {
    username: String,
    password: String,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct KeepAlive {
    interval_ms: u64,
    timeout_ms: u64,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self {
            interval_ms: 30_000,
            timeout_ms: 15_000,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct DnsLoadBalancing {
    resolution_interval_ms: u64,
}

impl Default for DnsLoadBalancing {
    fn default() -> Self {
        Self {
            resolution_interval_ms: 30_000,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Retry {
    initial_interval_ms: Option<u64>,
    randomization_factor: Option<f64>,
    multiplier: Option<f64>,
    max_interval_ms: Option<u64>,
    #[serde(default, deserialize_with = "config::given")]
    max_elapsed_time_ms: Option<Option<u64>>,
    max_retries: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Compression {
    Gzip,
    None,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PayloadLimits {
    payloads_warn_bytes: Option<u64>,
    memo_warn_bytes: Option<u64>,
}

/// New metadata for a live connection; what is absent stays as it is.
#[derive(Debug)]
pub struct MetadataUpdate {
    /// Text metadata.
    pub metadata: Option<HashMap<String, String>>,
    /// Binary metadata.
    pub binary_metadata: Option<HashMap<String, Vec<u8>>>,
}

/// Reads the JSON of a metadata update.
pub fn parse_metadata_update(bytes: &[u8]) -> Result<MetadataUpdate, BridgeError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Update {
        metadata: Option<HashMap<String, String>>,
        binary_metadata: Option<HashMap<String, String>>,
    }
    let update: Update = config::parse(bytes)?;
    Ok(MetadataUpdate {
        metadata: update.metadata.map(check_metadata).transpose()?,
        binary_metadata: update
            .binary_metadata
            .map(decode_binary_metadata)
            .transpose()?,
    })
}

/// Reads a client's JSON configuration. `meter` gets the client's metrics.
pub fn parse(bytes: &[u8], meter: Option<TemporalMeter>) -> Result<ConnectionOptions, BridgeError> {
    let config: ClientConfig = config::parse(bytes)?;
    let embedded = config.embedded_server.map(embedded_service).transpose()?;
    let target = match (config.target, &embedded) {
        (Some(_), Some(_)) => {
            return Err(config::invalid(
                "target",
                "cannot be combined with embeddedServer",
            ));
        }
        (Some(target), None) => target,
        (None, Some(_)) => EMBEDDED_TARGET.to_owned(),
        (None, None) => return Err(config::invalid("target", "missing")),
    };
    let target = Url::parse(&target).map_err(|error| config::invalid("target", error))?;
    if !matches!(target.scheme(), "http" | "https") {
        return Err(config::invalid("target", "must be an http or https URL"));
    }
    let override_origin = config
        .override_origin
        .map(|origin| origin.parse())
        .transpose()
        .map_err(|error| config::invalid("overrideOrigin", error))?;
    let proxy = config.http_connect_proxy.map(|proxy| {
        HttpConnectProxyOptions::new(proxy.target)
            .maybe_basic_auth(proxy.basic_auth.map(|auth| (auth.username, auth.password)))
            .build()
    });
    let overridden = config.service_override.as_ref();
    let service = match overridden.map(service_override::service).transpose()? {
        Some(_) if embedded.is_some() => {
            return Err(config::invalid(
                "serviceOverride",
                "cannot be combined with embeddedServer",
            ));
        }
        Some(service) => Some(service),
        None => embedded,
    };
    let dns_load_balancing = match config.dns_load_balancing {
        Some(Some(_)) if service.is_some() => {
            return Err(config::invalid(
                "dnsLoadBalancing",
                "cannot be combined with serviceOverride or embeddedServer",
            ));
        }
        Some(Some(_)) if proxy.is_some() => {
            return Err(config::invalid(
                "dnsLoadBalancing",
                "cannot be combined with httpConnectProxy",
            ));
        }
        Some(Some(DnsLoadBalancing {
            resolution_interval_ms: 0..MIN_RESOLUTION_INTERVAL_MS,
        })) => {
            return Err(config::invalid(
                "dnsLoadBalancing.resolutionIntervalMs",
                format_args!("must be at least {MIN_RESOLUTION_INTERVAL_MS}"),
            ));
        }
        Some(choice) => choice,
        None if proxy.is_some() || service.is_some() => None,
        None => Some(DnsLoadBalancing::default()),
    };
    let keep_alive = config
        .keep_alive
        .unwrap_or_else(|| Some(KeepAlive::default()));
    if let Some(KeepAlive { interval_ms: 0, .. }) = keep_alive {
        return Err(config::invalid(
            "keepAlive.intervalMs",
            "must be at least 1; null turns keep-alive off",
        ));
    }
    let compression = match config.compression {
        Some(Compression::Gzip) => GrpcCompression::Gzip,
        Some(Compression::None) => GrpcCompression::None,
        // Compressing takes more time than it saves where nothing goes through a network. A proxy has another idea of
        // which machine this is.
        None if is_loopback(&target) && proxy.is_none() => GrpcCompression::None,
        None => GrpcCompression::Gzip,
    };
    Ok(ConnectionOptions::new(target)
        .identity(config.identity)
        .client_name(config.client_name)
        .client_version(config.client_version)
        .maybe_metrics_meter(meter)
        .maybe_api_key(config.api_key)
        .maybe_headers(config.metadata.map(check_metadata).transpose()?)
        .maybe_binary_headers(
            config
                .binary_metadata
                .map(decode_binary_metadata)
                .transpose()?,
        )
        .maybe_tls_options(config.tls.map(tls).transpose()?)
        .maybe_http_connect_proxy(proxy)
        .keep_alive(keep_alive.map(|keep_alive| {
            ClientKeepAliveOptions::builder()
                .interval(Duration::from_millis(keep_alive.interval_ms))
                .timeout(Duration::from_millis(keep_alive.timeout_ms))
                .build()
        }))
        .dns_load_balancing(dns_load_balancing.map(|balancing| {
            DnsLoadBalancingOptions::builder()
                .resolution_interval(Duration::from_millis(balancing.resolution_interval_ms))
                .build()
        }))
        .retry_options(config.retry.map(retry).transpose()?.unwrap_or_default())
        .maybe_connect_timeout(config.connect_timeout_ms.map(Duration::from_millis))
        .maybe_override_origin(override_origin)
        .grpc_compression(compression)
        .payload_limits(payload_limits(config.payload_limits))
        .disable_error_code_metric_tags(config.disable_error_code_metric_tags)
        .skip_get_system_info(config.skip_get_system_info)
        .maybe_service_override(service)
        .build())
}

/// The service that takes the place of a network.
fn embedded_service(server: Handle) -> Result<CallbackBasedGrpcService, BridgeError> {
    let server = handles::get::<EmbeddedServer>(server)?;
    Ok(server.service())
}

/// Tells from its name whether a server is on this machine.
fn is_loopback(target: &Url) -> bool {
    match target.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn tls(tls: Tls) -> Result<TlsOptions, BridgeError> {
    if let Some(ca) = &tls.server_root_ca_cert {
        check_certificates("tls.serverRootCaCert", ca)?;
    }
    if let Some(cert) = &tls.client_cert {
        check_certificates("tls.clientCert", cert)?;
    }
    if let Some(key) = &tls.client_private_key {
        PrivateKeyDer::from_pem_slice(key.as_bytes())
            .map_err(|error| config::invalid("tls.clientPrivateKey", no_pem(&error)))?;
    }
    let client = match (tls.client_cert, tls.client_private_key) {
        (Some(cert), Some(key)) => Some(
            ClientTlsOptions::builder()
                .client_cert(cert.into_bytes())
                .client_private_key(key.into_bytes())
                .build(),
        ),
        (None, None) => None,
        (Some(_), None) => {
            return Err(config::invalid(
                "tls.clientPrivateKey",
                "missing beside tls.clientCert",
            ));
        }
        (None, Some(_)) => {
            return Err(config::invalid(
                "tls.clientCert",
                "missing beside tls.clientPrivateKey",
            ));
        }
    };
    Ok(TlsOptions::builder()
        .maybe_server_root_ca_cert(tls.server_root_ca_cert.map(String::into_bytes))
        .maybe_domain(tls.domain)
        .maybe_client_tls_options(client)
        .build())
}

/// The TLS library takes a text without certificates for an empty list of them.
fn check_certificates(field: &str, text: &str) -> Result<(), BridgeError> {
    let mut certificates = CertificateDer::pem_slice_iter(text.as_bytes());
    match certificates.next().unwrap_or(Err(pem::Error::NoItemsFound)) {
        Ok(_) => certificates.try_for_each(|certificate| certificate.map(drop)),
        Err(error) => Err(error),
    }
    .map_err(|error| config::invalid(field, no_pem(&error)))
}

fn no_pem(error: &pem::Error) -> String {
    format!("is not in PEM format: {error}")
}

fn retry(retry: Retry) -> Result<RetryOptions, BridgeError> {
    if retry
        .randomization_factor
        .is_some_and(|factor| !(0.0..=1.0).contains(&factor))
    {
        return Err(config::invalid(
            "retry.randomizationFactor",
            "must be from 0 to 1",
        ));
    }
    if retry.multiplier.is_some_and(|multiplier| multiplier < 1.0) {
        return Err(config::invalid("retry.multiplier", "must be at least 1"));
    }
    let defaults = RetryOptions::default();
    Ok(RetryOptions::builder()
        .initial_interval(
            retry
                .initial_interval_ms
                .map_or(defaults.initial_interval, Duration::from_millis),
        )
        .randomization_factor(
            retry
                .randomization_factor
                .unwrap_or(defaults.randomization_factor),
        )
        .multiplier(retry.multiplier.unwrap_or(defaults.multiplier))
        .max_interval(
            retry
                .max_interval_ms
                .map_or(defaults.max_interval, Duration::from_millis),
        )
        .max_elapsed_time(match retry.max_elapsed_time_ms {
            Some(time) => time.map(Duration::from_millis),
            None => defaults.max_elapsed_time,
        })
        .max_retries(retry.max_retries.unwrap_or(defaults.max_retries))
        .build())
}

fn payload_limits(limits: Option<PayloadLimits>) -> PayloadLimitsOptions {
    let defaults = PayloadLimitsOptions::default();
    let Some(limits) = limits else {
        return defaults;
    };
    PayloadLimitsOptions::builder()
        .payloads_warn_size(
            limits
                .payloads_warn_bytes
                .unwrap_or(defaults.payloads_warn_size),
        )
        .memo_warn_size(limits.memo_warn_bytes.unwrap_or(defaults.memo_warn_size))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, prelude::BASE64_STANDARD};
    use serde_json::{Value, json};

    fn options(mut config: Value) -> Result<ConnectionOptions, BridgeError> {
        for (key, value) in [
            ("target", "http://localhost:7233"),
            ("clientName", "test"),
            ("clientVersion", "1"),
        ] {
            if config.get(key).is_none() {
                config[key] = json!(value);
            }
        }
        parse(config.to_string().as_bytes(), None)
    }

    #[test]
    fn a_client_of_an_embedded_server_has_no_target() {
        let wrong = options(json!({"embeddedServer": 1})).unwrap_err();
        assert_eq!(wrong.details["expected"], "embedded server");
        let nowhere = parse(br#"{"clientName":"test","clientVersion":"1"}"#, None).unwrap_err();
        assert_eq!(nowhere.details["field"], "target");
    }

    fn pem_text(kind: &str, content: &str) -> String {
        let content = BASE64_STANDARD.encode(content);
        format!("-----BEGIN {kind}-----\n{content}\n-----END {kind}-----\n")
    }

    #[test]
    fn every_field_reaches_core() {
        let options = options(json!({
            "identity": "me", "apiKey": "key",
            "metadata": {"a": "b"}, "binaryMetadata": {"c-bin": "AQI="},
            "tls": {"serverRootCaCert": pem_text("CERTIFICATE", "ca"), "domain": "sni",
                    "clientCert": pem_text("CERTIFICATE", "cert"), "clientPrivateKey": pem_text("PRIVATE KEY", "key")},
            "httpConnectProxy": {"target": "proxy:1", "basicAuth": {"username": "u", "password": "p"}},
            "keepAlive": {"intervalMs": 1, "timeoutMs": 2},
            "retry": {"initialIntervalMs": 3, "randomizationFactor": 0.5, "multiplier": 2.0,
                      "maxIntervalMs": 4, "maxElapsedTimeMs": null, "maxRetries": 5},
            "connectTimeoutMs": 6, "overrideOrigin": "https://origin", "compression": "none",
            "payloadLimits": {"payloadsWarnBytes": 7, "memoWarnBytes": 8},
            "disableErrorCodeMetricTags": true, "skipGetSystemInfo": true,
        }))
        .unwrap();
        assert_eq!(options.target.as_str(), "http://localhost:7233/");
        assert_eq!(options.get_client_name(), "test");
        assert_eq!(options.get_client_version(), "1");
        assert_eq!(options.identity, "me");
        assert_eq!(options.api_key.as_deref(), Some("key"));
        assert_eq!(options.headers.as_ref().unwrap()["a"], "b");
        assert_eq!(options.binary_headers.as_ref().unwrap()["c-bin"], [1, 2]);
        let tls = options.tls_options.as_ref().unwrap();
        let ca = pem_text("CERTIFICATE", "ca");
        assert_eq!(tls.server_root_ca_cert.as_deref(), Some(ca.as_bytes()));
        assert_eq!(tls.domain.as_deref(), Some("sni"));
        let client = tls.client_tls_options.as_ref().unwrap();
        let cert = pem_text("CERTIFICATE", "cert");
        assert_eq!(client.client_cert, cert.into_bytes());
        let key = pem_text("PRIVATE KEY", "key");
        assert_eq!(client.client_private_key, key.into_bytes());
        let proxy = options.http_connect_proxy.as_ref().unwrap();
        assert_eq!(proxy.target_addr, "proxy:1");
        assert_eq!(proxy.basic_auth, Some(("u".into(), "p".into())));
        assert_eq!(
            options.dns_load_balancing, None,
            "a proxy resolves names itself"
        );
        let keep_alive = options.keep_alive.as_ref().unwrap();
        assert_eq!(keep_alive.interval, Duration::from_millis(1));
        assert_eq!(keep_alive.timeout, Duration::from_millis(2));
        let retry = RetryOptions::builder()
            .initial_interval(Duration::from_millis(3))
            .randomization_factor(0.5)
            .multiplier(2.0)
            .max_interval(Duration::from_millis(4))
            .max_elapsed_time(None)
            .max_retries(5)
            .build();
        assert_eq!(options.retry_options, retry);
        assert_eq!(options.connect_timeout, Some(Duration::from_millis(6)));
        assert_eq!(
            options.override_origin.as_ref().unwrap().host(),
            Some("origin")
        );
        assert_eq!(options.grpc_compression, GrpcCompression::None);
        assert_eq!(options.payload_limits.payloads_warn_size, 7);
        assert_eq!(options.payload_limits.memo_warn_size, 8);
        assert!(options.disable_error_code_metric_tags);
        assert!(options.get_skip_get_system_info());
    }

    #[test]
    fn null_turns_off_and_absence_means_the_default() {
        let default = options(json!({})).unwrap();
        assert_eq!(default.keep_alive, Some(ClientKeepAliveOptions::default()));
        assert_eq!(
            default.dns_load_balancing,
            Some(DnsLoadBalancingOptions::default())
        );
        assert_eq!(default.retry_options, RetryOptions::default());
        assert_eq!(default.payload_limits, PayloadLimitsOptions::default());
        assert!(default.tls_options.is_none() && default.connect_timeout.is_none());
        let off = options(json!({"keepAlive": null, "dnsLoadBalancing": null})).unwrap();
        assert!(off.keep_alive.is_none() && off.dns_load_balancing.is_none());
        let often = options(json!({"dnsLoadBalancing": {"resolutionIntervalMs": 1500}})).unwrap();
        let interval = often.dns_load_balancing.unwrap().resolution_interval;
        assert_eq!(interval, Duration::from_millis(1500));
    }

    #[test]
    fn what_stays_on_the_machine_is_not_compressed_by_default() {
        for (config, compression) in [
            (
                json!({"target": "http://localhost:1"}),
                GrpcCompression::None,
            ),
            (
                json!({"target": "http://temporal.localhost:1"}),
                GrpcCompression::None,
            ),
            (
                json!({"target": "http://127.1.2.3:1"}),
                GrpcCompression::None,
            ),
            (json!({"target": "https://[::1]:1"}), GrpcCompression::None),
            (
                json!({"target": "http://temporal.example:1"}),
                GrpcCompression::Gzip,
            ),
            (
                json!({"target": "http://10.0.0.1:1"}),
                GrpcCompression::Gzip,
            ),
            (
                json!({"httpConnectProxy": {"target": "proxy:1"}}),
                GrpcCompression::Gzip,
            ),
            (json!({"compression": "gzip"}), GrpcCompression::Gzip),
            (
                json!({"target": "http://temporal.example:1", "compression": "none"}),
                GrpcCompression::None,
            ),
        ] {
            let chosen = options(config.clone()).unwrap().grpc_compression;
            assert_eq!(chosen, compression, "{config}");
        }
    }

    #[test]
    fn a_metadata_update_is_checked_like_the_metadata() {
        let update =
            parse_metadata_update(br#"{"metadata":{"a":"b"},"binaryMetadata":{"c-bin":"AQI="}}"#)
                .unwrap();
        assert_eq!(update.metadata.unwrap()["a"], "b");
        assert_eq!(update.binary_metadata.unwrap()["c-bin"], [1, 2]);
        let nothing = parse_metadata_update(b"{}").unwrap();
        assert!(nothing.metadata.is_none() && nothing.binary_metadata.is_none());
        let error = parse_metadata_update(br#"{"metadata":{"a-bin":"b"}}"#).unwrap_err();
        assert_eq!(error.details["field"], "metadata.a-bin");
    }

    #[test]
    fn an_error_names_the_field() {
        for (config, field) in [
            (json!({"target": "localhost:7233"}), "target"),
            (json!({"target": "ftp://localhost"}), "target"),
            (json!({"clientName": 1}), "clientName"),
            (json!({"surprise": 1}), "surprise"),
            (
                json!({"tls": {"clientCert": pem_text("CERTIFICATE", "c")}}),
                "tls.clientPrivateKey",
            ),
            (
                json!({"tls": {"clientPrivateKey": pem_text("PRIVATE KEY", "k")}}),
                "tls.clientCert",
            ),
            (json!({"tls": {"clientCert": "c"}}), "tls.clientCert"),
            (
                json!({"tls": {"clientPrivateKey": "k"}}),
                "tls.clientPrivateKey",
            ),
            (
                json!({"tls": {"serverRootCaCert": "ca"}}),
                "tls.serverRootCaCert",
            ),
            (
                json!({"tls": {"serverRootCaCert": "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----"}}),
                "tls.serverRootCaCert",
            ),
            (json!({"tls": {"domain": 1}}), "tls.domain"),
            (json!({"metadata": {"a b": "c"}}), "metadata.a b"),
            (json!({"metadata": {"a": "\n"}}), "metadata.a"),
            (
                json!({"binaryMetadata": {"x-bin": "?"}}),
                "binaryMetadata.x-bin",
            ),
            (json!({"binaryMetadata": {"x": "AQI="}}), "binaryMetadata.x"),
            (json!({"overrideOrigin": "a b"}), "overrideOrigin"),
            (json!({"compression": "zip"}), "compression"),
            (
                json!({"keepAlive": {"intervalMs": 0}}),
                "keepAlive.intervalMs",
            ),
            (
                json!({"dnsLoadBalancing": {"resolutionIntervalMs": 999}}),
                "dnsLoadBalancing.resolutionIntervalMs",
            ),
            (
                json!({"dnsLoadBalancing": {}, "httpConnectProxy": {"target": "p:1"}}),
                "dnsLoadBalancing",
            ),
            (
                json!({"serviceOverride": {"queue": 0}}),
                "serviceOverride.queue",
            ),
            (
                json!({"httpConnectProxy": {"target": "p:1", "basicAuth": {"username": "u"}}}),
                "httpConnectProxy.basicAuth",
            ),
            (
                json!({"retry": {"randomizationFactor": 2}}),
                "retry.randomizationFactor",
            ),
            (json!({"retry": {"multiplier": 0.5}}), "retry.multiplier"),
            (json!({"retry": {"maxRetries": -1}}), "retry.maxRetries"),
            (json!({"connectTimeoutMs": "1 s"}), "connectTimeoutMs"),
            (
                json!({"payloadLimits": {"memoWarnBytes": 1.5}}),
                "payloadLimits.memoWarnBytes",
            ),
        ] {
            let error = options(config.clone()).err();
            let error = error.unwrap_or_else(|| panic!("{config} was taken"));
            assert_eq!(error.details["field"], field, "{config}: {error}");
            assert!(error.message.starts_with(field), "{error}");
        }
    }
}

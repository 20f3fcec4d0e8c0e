//! One generic remote procedure call, over a generated table of all methods.

use super::options::decode_binary_metadata;
use crate::{
    config,
    error::{BridgeError, Code},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::future::BoxFuture;
use prost::Message;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{collections::HashMap, time::Duration};
use temporalio_client::{
    Connection,
    grpc::{CloudService, HealthService, OperatorService, TestService, WorkflowService},
    request_extensions::NoRetryOnMatching,
};
use tonic::{
    Request, Response, Status,
    metadata::{KeyAndValueRef, MetadataKey, MetadataMap, MetadataValue},
};

include!(concat!(env!("OUT_DIR"), "/rpc_table.rs"));

/// How a call is to be made.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct RawOptions {
    metadata: HashMap<String, String>,
    binary_metadata: HashMap<String, String>,
    timeout_ms: Option<u64>,
    retry: Option<bool>,
}

/// How a call is to be made, checked.
#[derive(Debug)]
pub struct RpcOptions {
    metadata: MetadataMap,
    timeout: Option<Duration>,
    retry: bool,
}

impl RpcOptions {
    /// Reads a call's JSON options.
    pub fn parse(bytes: &[u8]) -> Result<Self, BridgeError> {
        let raw: RawOptions = config::parse(bytes)?;
        let mut metadata = MetadataMap::new();
        for (key, value) in raw.metadata {
            let field = format!("metadata.{key}");
            let key = MetadataKey::from_bytes(key.as_bytes())
                .map_err(|error| config::invalid(&field, error))?;
            let value =
                MetadataValue::try_from(value).map_err(|error| config::invalid(&field, error))?;
            metadata.append(key, value);
        }
        for (key, value) in decode_binary_metadata(raw.binary_metadata)? {
            let field = format!("binaryMetadata.{key}");
            let key = MetadataKey::from_bytes(key.as_bytes())
                .map_err(|error| config::invalid(&field, error))?;
            metadata.append_bin(key, MetadataValue::from_bytes(&value));
        }
        Ok(Self {
            metadata,
            timeout: raw.timeout_ms.map(Duration::from_millis),
            retry: raw.retry.unwrap_or(true),
        })
    }
}

/// A call on its way to the typed method.
struct Call {
    connection: Connection,
    request: Vec<u8>,
    options: RpcOptions,
}

/// Calls `method`, named in full, with an encoded request; returns the encoded response.
pub async fn call(
    connection: Connection,
    method: &str,
    request: Vec<u8>,
    options: RpcOptions,
) -> Result<Vec<u8>, BridgeError> {
    let call = Call {
        connection,
        request,
        options,
    };
    dispatch(method, call).await
}

type TypedCall<Req, Resp> =
    fn(&mut Connection, Request<Req>) -> BoxFuture<'_, Result<Response<Resp>, Status>>;

async fn unary<Req, Resp>(
    mut call: Call,
    method: TypedCall<Req, Resp>,
) -> Result<Vec<u8>, BridgeError>
where
    Req: Message + prost::Name + Default,
    Resp: Message,
{
    let message = Req::decode(&*call.request)
        .map_err(|error| BridgeError::invalid_protobuf(&Req::full_name(), &error))?;
    let mut request = Request::new(message);
    *request.metadata_mut() = call.options.metadata;
    if let Some(timeout) = call.options.timeout {
        request.set_timeout(timeout);
    }
    if !call.options.retry {
        request.extensions_mut().insert(NoRetryOnMatching {
            predicate: |_| true,
        });
    }
    match method(&mut call.connection, request).await {
        Ok(response) => Ok(response.get_ref().encode_to_vec()),
        Err(status) => Err(status_error(Code::RpcFailed, &status)),
    }
}

fn unknown_method(method: &str) -> BridgeError {
    BridgeError::new(
        Code::InvalidArgument,
        format!("no service has a method {method:?}; give its full name, package.Service/Method"),
    )
    .with_detail("argument", "method")
}

/// A gRPC status as an error, its details and metadata kept.
pub fn status_error(code: Code, status: &Status) -> BridgeError {
    let mut metadata = Map::new();
    let mut binary_metadata = Map::new();
    for entry in status.metadata().iter() {
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
    let name = status.code().description();
    BridgeError::new(code, format!("{}: {}", name, status.message()))
        .with_detail("grpcCode", status.code() as i32)
        .with_detail("grpcMessage", status.message())
        .with_detail(
            "grpcStatusDetails",
            BASE64_STANDARD.encode(status.details()),
        )
        .with_detail("metadata", metadata)
        .with_detail("binaryMetadata", binary_metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_service() {
        for method in [
            "temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution",
            "temporal.api.operatorservice.v1.OperatorService/AddSearchAttributes",
            "temporal.api.cloud.cloudservice.v1.CloudService/GetUsers",
            "temporal.api.testservice.v1.TestService/LockTimeSkipping",
            "grpc.health.v1.Health/Check",
        ] {
            assert!(METHODS.contains(&method), "{method}");
        }
        assert!(METHODS.len() > 150, "{}", METHODS.len());
    }

    #[test]
    fn options_are_checked_and_name_the_field() {
        let options = RpcOptions::parse(
            br#"{"metadata":{"a":"b"},"binaryMetadata":{"c-bin":"AQI="},"timeoutMs":5,"retry":false}"#,
        )
        .unwrap();
        assert_eq!(options.metadata.get("a").unwrap(), "b");
        let binary = options.metadata.get_bin("c-bin").unwrap();
        assert_eq!(&*binary.to_bytes().unwrap(), [1, 2]);
        assert_eq!(options.timeout, Some(Duration::from_millis(5)));
        assert!(!options.retry);
        let field = |json: &[u8]| RpcOptions::parse(json).unwrap_err().details["field"].clone();
        assert_eq!(field(br#"{"metadata":{"a b":"c"}}"#), "metadata.a b");
        assert_eq!(
            field(br#"{"binaryMetadata":{"c-bin":"?"}}"#),
            "binaryMetadata.c-bin"
        );
        assert_eq!(
            field(br#"{"binaryMetadata":{"c":"AQI="}}"#),
            "binaryMetadata.c"
        );
        assert_eq!(field(br#"{"timeoutMs":-1}"#), "timeoutMs");
    }

    #[test]
    fn a_status_keeps_its_code_message_and_details() {
        let status = Status::with_details(tonic::Code::NotFound, "no such", vec![1, 2].into());
        let error = status_error(Code::RpcFailed, &status);
        assert_eq!(error.details["grpcCode"], 5);
        assert_eq!(error.details["grpcMessage"], "no such");
        assert_eq!(error.details["grpcStatusDetails"], "AQI=");
    }
}

//! Options and errors of calls by name.

use super::metadata::{call_metadata, metadata_json};
use crate::bridge::{
    config,
    error::{BridgeError, Code},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use std::{collections::HashMap, time::Duration};
use temporal_bun_calls::{CallError, CallOptions};
use tonic::Status;

/// The longest timeout that gRPC can express: 99,999,999 hours.
const MAX_TIMEOUT: Duration = Duration::from_secs(99_999_999 * 3600);

/// The options of a call, as the host writes them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct RawOptions {
    metadata: HashMap<String, String>,
    binary_metadata: HashMap<String, String>,
    timeout_ms: Option<u64>,
    retry: Option<bool>,
}

/// Reads a call's JSON options.
pub fn parse_options(bytes: &[u8]) -> Result<CallOptions, BridgeError> {
    let raw: RawOptions = config::parse(bytes)?;
    let timeout = raw.timeout_ms.map(Duration::from_millis);
    if timeout.is_some_and(|timeout| timeout > MAX_TIMEOUT) {
        return Err(config::invalid(
            "timeoutMs",
            format_args!("must be at most {}", MAX_TIMEOUT.as_millis()),
        ));
    }
    Ok(CallOptions {
        metadata: call_metadata(raw.metadata, raw.binary_metadata)?,
        timeout,
        retry: raw.retry.unwrap_or(true),
    })
}

/// Makes the error of a call of `method`.
pub fn call_error(method: &str, error: CallError) -> BridgeError {
    match error {
        CallError::UnknownMethod => unknown_method(method),
        CallError::InvalidRequest(message, error) => {
            BridgeError::invalid_protobuf(&message, &error)
        }
        CallError::Failed(status) => status_error(Code::RpcFailed, &status),
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
    let (metadata, binary_metadata) = metadata_json(status.metadata());
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
    use parking_lot::Mutex;
    use prost::Message;
    use prost_types::FileDescriptorSet;
    use std::{collections::BTreeSet, sync::Arc};
    use temporal_bun_calls::{Caller, METHODS};
    use temporalio_client::{
        ConnectionOptions, RetryOptions,
        callback_based::{CallbackBasedGrpcService, GrpcRequest, GrpcSuccessResponse},
        grpc::WorkflowService,
    };
    use temporalio_common::protos::temporal::api::workflowservice::v1::{
        DescribeNamespaceRequest, GetSystemInfoRequest,
    };
    use tonic::{Request, metadata::MetadataValue};

    const GET_SYSTEM_INFO: &str = "temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";

    /// A server inside this process: notes the requests, and answers all of them alike.
    struct Server {
        requests: Arc<Mutex<Vec<GrpcRequest>>>,
        caller: Caller,
    }

    impl Server {
        async fn new(answer: Result<Vec<u8>, Status>) -> Self {
            let requests = Arc::new(Mutex::new(Vec::new()));
            let noted = requests.clone();
            let retry = RetryOptions::builder()
                .initial_interval(Duration::from_millis(1))
                .max_retries(3)
                .build();
            let options = ConnectionOptions::new(url::Url::parse("http://in-process").unwrap())
                .skip_get_system_info(true)
                .dns_load_balancing(None)
                .retry_options(retry)
                .service_override(CallbackBasedGrpcService {
                    callback: Arc::new(move |request| {
                        noted.lock().push(request);
                        let answer = answer.clone().map(|proto| GrpcSuccessResponse {
                            headers: Default::default(),
                            proto,
                        });
                        Box::pin(async { answer })
                    }),
                })
                .build();
            Self {
                requests,
                caller: Caller::connect(options).await.unwrap(),
            }
        }

        async fn call(
            &self,
            method: &str,
            request: &[u8],
            options: &str,
        ) -> Result<Vec<u8>, BridgeError> {
            let options = parse_options(options.as_bytes()).unwrap();
            let call = self
                .caller
                .call(method.to_owned(), request.to_vec(), options);
            call.await.map_err(|error| call_error(method, error))
        }
    }

    fn run<T>(test: impl Future<Output = T>) -> T {
        let mut tokio = tokio::runtime::Builder::new_current_thread();
        tokio.enable_all().build().unwrap().block_on(test)
    }

    #[test]
    fn the_table_has_every_method_of_every_service() {
        let descriptors = std::fs::read(env!("TEMPORAL_BUN_DESCRIPTORS")).unwrap();
        let descriptors = FileDescriptorSet::decode(&*descriptors).unwrap();
        let mut expected = BTreeSet::new();
        for file in &descriptors.file {
            for service in &file.service {
                for method in &service.method {
                    if !method.client_streaming() && !method.server_streaming() {
                        let (service, method) = (service.name(), method.name());
                        expected.insert(format!("{}.{service}/{method}", file.package()));
                    }
                }
            }
        }
        let table: BTreeSet<_> = METHODS.iter().map(|method| (*method).to_owned()).collect();
        assert_eq!(table, expected);
    }

    #[test]
    fn every_method_reaches_the_server_under_its_own_name() {
        run(async {
            let server = Server::new(Ok(Vec::new())).await;
            for method in METHODS {
                let response = server.call(method, b"", "{}").await;
                assert_eq!(response.unwrap(), b"", "{method}");
                let requests = std::mem::take(&mut *server.requests.lock());
                let [request] = &requests[..] else {
                    panic!("{method}: {requests:?}");
                };
                assert_eq!(format!("{}/{}", request.service, request.rpc), *method);
            }
        });
    }

    #[test]
    fn an_unknown_method_and_a_garbled_request_are_named() {
        run(async {
            let server = Server::new(Ok(Vec::new())).await;
            for method in ["", "GetSystemInfo", "grpc.health.v1.Health/Watch"] {
                let error = server.call(method, b"", "{}").await.unwrap_err();
                assert_eq!(error.code, Code::InvalidArgument);
                assert!(error.message.contains(&format!("{method:?}")), "{error}");
            }
            for method in METHODS {
                let error = server.call(method, b"\xff", "{}").await.unwrap_err();
                assert_eq!(error.code, Code::InvalidProtobuf, "{method}: {error}");
            }
            let error = server.call(GET_SYSTEM_INFO, b"\xff", "{}").await;
            assert_eq!(
                error.unwrap_err().details["message"],
                <GetSystemInfoRequest as prost::Name>::full_name()
            );
            assert!(server.requests.lock().is_empty());
        });
    }

    #[test]
    fn metadata_and_timeout_go_with_the_call() {
        run(async {
            let server = Server::new(Ok(Vec::new())).await;
            let options =
                r#"{"metadata":{"a":"b"},"binaryMetadata":{"c-bin":"AQI="},"timeoutMs":1500}"#;
            server.call(GET_SYSTEM_INFO, b"", options).await.unwrap();
            let requests = server.requests.lock();
            let headers = &requests[0].headers;
            assert_eq!(headers["a"], "b");
            assert_eq!(headers["c-bin"], "AQI");
            assert_eq!(headers["grpc-timeout"], "1500000u");
        });
    }

    #[test]
    fn a_call_whose_time_is_over_says_so_whoever_notices_it() {
        run(async {
            for (answer, options, sent) in [
                (Ok(Vec::new()), r#"{"timeoutMs":0}"#, 0),
                // What a connection makes of the timeout that the request carries.
                (
                    Err(Status::cancelled("Timeout expired")),
                    r#"{"timeoutMs":60000}"#,
                    1,
                ),
                (Err(Status::cancelled("Timeout expired")), "{}", 1),
            ] {
                let server = Server::new(answer).await;
                let call = server.call(GET_SYSTEM_INFO, b"", options);
                let error = call.await.unwrap_err();
                assert_eq!(error.details["grpcCode"], 4, "{options}");
                let message = &error.details["grpcMessage"];
                assert_eq!(message, "the timeout of the call is over", "{options}");
                assert_eq!(server.requests.lock().len(), sent, "{options}");
            }
        });
    }

    #[test]
    fn a_failure_has_the_whole_status() {
        run(async {
            let mut status =
                Status::with_details(tonic::Code::NotFound, "no such", vec![1, 2].into());
            let value = MetadataValue::from_bytes(&[3]);
            status.metadata_mut().insert_bin("blob-bin", value);
            let value = MetadataValue::from_static("text");
            status.metadata_mut().insert("note", value);
            let server = Server::new(Err(status)).await;
            let error = server.call(GET_SYSTEM_INFO, b"", "{}").await.unwrap_err();
            assert_eq!(error.code, Code::RpcFailed);
            assert_eq!(error.details["grpcCode"], 5);
            assert_eq!(error.details["grpcMessage"], "no such");
            assert_eq!(error.details["grpcStatusDetails"], "AQI=");
            assert_eq!(error.details["metadata"]["note"], "text");
            assert_eq!(error.details["binaryMetadata"]["blob-bin"], "Aw==");
        });
    }

    #[test]
    fn a_call_is_retried_unless_told_otherwise() {
        run(async {
            let server = Server::new(Err(Status::unavailable("busy"))).await;
            for (options, attempts) in [
                ("{}", 3),
                (r#"{"retry":true}"#, 3),
                (r#"{"retry":false}"#, 1),
            ] {
                let error = server
                    .call(GET_SYSTEM_INFO, b"", options)
                    .await
                    .unwrap_err();
                assert_eq!(error.details["grpcCode"], 14);
                assert!(error.details["metadata"].get("short-circuit").is_none());
                let requests = std::mem::take(&mut *server.requests.lock());
                assert_eq!(requests.len(), attempts, "{options}");
            }
        });
    }

    #[test]
    fn a_call_is_retried_as_core_retries_its_own() {
        run(async {
            let codes = (1..=16).map(tonic::Code::from);
            // Core waits for seconds after that one; `retry` tests ours.
            for code in codes.filter(|code| *code != tonic::Code::ResourceExhausted) {
                let server = Server::new(Err(Status::new(code, "failed"))).await;
                let request = Request::new(GetSystemInfoRequest::default());
                let mut connection = server.caller.connection().clone();
                let core = connection.get_system_info(request).await.unwrap_err();
                let attempts = std::mem::take(&mut *server.requests.lock()).len();
                let ours = server.call(GET_SYSTEM_INFO, b"", "{}").await.unwrap_err();
                assert_eq!(server.requests.lock().len(), attempts, "{code}");
                assert_eq!(ours, status_error(Code::RpcFailed, &core));
            }
        });
    }

    #[test]
    fn a_call_carries_what_core_adds_to_its_own() {
        run(async {
            let server = Server::new(Ok(Vec::new())).await;
            let request = DescribeNamespaceRequest {
                namespace: "mine".to_owned(),
                ..Default::default()
            };
            let name = "temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace";
            let bytes = request.encode_to_vec();
            server.call(name, &bytes, "{}").await.unwrap();
            let mut connection = server.caller.connection().clone();
            let typed = connection.describe_namespace(Request::new(request)).await;
            typed.unwrap();
            let requests = server.requests.lock();
            assert_eq!(requests[0].headers["temporal-namespace"], "mine");
            assert_eq!(requests[0].headers, requests[1].headers);
            assert_eq!(requests[0].proto, requests[1].proto);
        });
    }

    #[test]
    fn a_call_whose_answer_is_held_back_has_more_time() {
        run(async {
            let server = Server::new(Ok(Vec::new())).await;
            for (method, timeout) in [
                ("DescribeNamespace", "30000000u"),
                ("UpdateWorkflowExecution", "70000000u"),
            ] {
                let name = format!("temporal.api.workflowservice.v1.WorkflowService/{method}");
                server.call(&name, b"", "{}").await.unwrap();
                let request = server.requests.lock().pop().unwrap();
                assert_eq!(request.headers["grpc-timeout"], timeout, "{method}");
            }
        });
    }

    #[test]
    fn bad_options_name_the_field() {
        for (options, field) in [
            (r#"{"metadata":{"a b":"c"}}"#, "metadata.a b"),
            (
                r#"{"binaryMetadata":{"c-bin":"?"}}"#,
                "binaryMetadata.c-bin",
            ),
            (r#"{"binaryMetadata":{"c":"AQI="}}"#, "binaryMetadata.c"),
            (r#"{"timeoutMs":-1}"#, "timeoutMs"),
            (r#"{"timeoutMs":18446744073709551615}"#, "timeoutMs"),
            (r#"{"retry":1}"#, "retry"),
            (r#"{"surprise":1}"#, "surprise"),
        ] {
            let error = parse_options(options.as_bytes()).unwrap_err();
            assert_eq!(error.details["field"], field, "{options}: {error}");
        }
        parse_options(br#"{"timeoutMs":359999996400000}"#).unwrap();
    }
}

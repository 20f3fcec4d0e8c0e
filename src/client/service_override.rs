//! A client whose calls the host answers in the place of a server: for tests, proxies and recorders.
//!
//! Each call comes into a queue, with a handle that the host answers it by.

use super::metadata::{call_metadata, metadata_json};
use crate::bridge::{
    completion_queue::CompletionQueue,
    config,
    error::BridgeError,
    handle::{self, Handle, Kind},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use std::{collections::HashMap, sync::Arc};
use temporalio_client::callback_based::{
    CallbackBasedGrpcService, GrpcRequest, GrpcSuccessResponse,
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, metadata::MetadataMap};

/// The queue that a client's calls go to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ServiceOverride {
    queue: Handle,
    #[serde(default)]
    tag: u64,
}

/// An encoded response, or the status of a failure.
type Answer = Result<Vec<u8>, Status>;

/// A call that the host has not answered.
pub struct ServiceCall {
    answer: Mutex<Option<oneshot::Sender<Answer>>>,
}

impl Kind for ServiceCall {
    const NAME: &'static str = "service call";
}

/// Ends the handle of a call that needs no answer any more.
struct OpenCall(Handle);

impl Drop for OpenCall {
    fn drop(&mut self) {
        handle::discard(self.0);
    }
}

/// Makes the service that a client calls in the place of a server.
pub fn service(over: &ServiceOverride) -> Result<CallbackBasedGrpcService, BridgeError> {
    let queue = handle::get::<CompletionQueue>(over.queue)
        .map_err(|error| config::invalid("serviceOverride.queue", error.message))?;
    let tag = over.tag;
    let closed = CancellationToken::new();
    let closing = closed.clone();
    queue.on_close(move || closing.cancel());
    Ok(CallbackBasedGrpcService {
        callback: Arc::new(move |request| {
            let call = call(queue.clone(), tag, closed.clone(), request);
            Box::pin(call)
        }),
    })
}

/// Hands a call to the host, and waits for the answer.
async fn call(
    queue: Arc<CompletionQueue>,
    tag: u64,
    closed: CancellationToken,
    request: GrpcRequest,
) -> Result<GrpcSuccessResponse, Status> {
    let (answer, answered) = oneshot::channel();
    let call = OpenCall(handle::insert(Arc::new(ServiceCall {
        answer: Mutex::new(Some(answer)),
    })));
    // A closed queue ends the wait below.
    queue.push_message(tag, record(call.0, request));
    let proto = tokio::select! {
        biased;
        answer = answered => answer.unwrap_or_else(|_| Err(unavailable())),
        () = closed.cancelled() => Err(unavailable()),
    }?;
    Ok(GrpcSuccessResponse {
        headers: Default::default(),
        proto,
    })
}

fn unavailable() -> Status {
    Status::unavailable("the queue of the service override is closed")
}

/// A call as the host gets it: its handle, the lengths of the rest, a description in JSON, the encoded request.
fn record(call: Handle, request: GrpcRequest) -> Vec<u8> {
    let (metadata, binary_metadata) = metadata_json(&MetadataMap::from_headers(request.headers));
    let description = json!({
        "method": format!("{}/{}", request.service, request.rpc),
        "metadata": metadata,
        "binaryMetadata": binary_metadata,
    });
    let description = description.to_string();
    let mut record = call.to_le_bytes().to_vec();
    record.extend((description.len() as u32).to_le_bytes());
    record.extend((request.proto.len() as u32).to_le_bytes());
    record.extend(description.as_bytes());
    record.extend(&request.proto);
    record
}

/// A failure as the host writes it, with the names that an error of a call has among its details.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Failure {
    grpc_code: i32,
    #[serde(default)]
    grpc_message: String,
    #[serde(default)]
    grpc_status_details: String,
    #[serde(default)]
    metadata: HashMap<String, String>,
    #[serde(default)]
    binary_metadata: HashMap<String, String>,
}

/// Answers a call: with an encoded response, or with a failure in JSON if there is one. Ends its handle.
pub fn answer(call: Handle, response: &[u8], failure: &[u8]) -> Result<(), BridgeError> {
    // A wrong answer leaves the call open.
    let result = if failure.is_empty() {
        Ok(response.to_vec())
    } else {
        Err(status(failure)?)
    };
    let call = handle::remove::<ServiceCall>(call)?;
    if let Some(answer) = call.answer.lock().take() {
        // A call that was given up meanwhile needs no answer.
        let _ = answer.send(result);
    }
    Ok(())
}

fn status(failure: &[u8]) -> Result<Status, BridgeError> {
    let failure: Failure = config::parse(failure)?;
    if !(1..=16).contains(&failure.grpc_code) {
        return Err(config::invalid(
            "grpcCode",
            "must be from 1 to 16: a call that succeeds has no failure",
        ));
    }
    let details = BASE64_STANDARD
        .decode(&failure.grpc_status_details)
        .map_err(|error| config::invalid("grpcStatusDetails", error))?;
    Ok(Status::with_details_and_metadata(
        Code::from_i32(failure.grpc_code),
        failure.grpc_message,
        details.into(),
        call_metadata(failure.metadata, failure.binary_metadata)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{options, rpc};
    use serde_json::Value;
    use temporal_bun_calls::Caller;

    const METHOD: &str = "temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace";

    struct Host {
        handle: Handle,
        queue: Arc<CompletionQueue>,
        caller: Caller,
    }

    impl Host {
        async fn new() -> Self {
            let queue = Arc::new(CompletionQueue::new(None));
            let handle = handle::insert(queue.clone());
            let config = json!({
                "target": "http://nowhere", "clientName": "test", "clientVersion": "1",
                "skipGetSystemInfo": true, "retry": {"maxRetries": 1},
                "serviceOverride": {"queue": handle, "tag": 7},
            });
            let options = options::parse(config.to_string().as_bytes(), None).unwrap();
            let caller = Caller::connect(options).await.unwrap();
            Self {
                handle,
                queue,
                caller,
            }
        }

        /// Starts a call; it goes on in the background.
        fn call(&self) -> tokio::task::JoinHandle<Result<Vec<u8>, BridgeError>> {
            let options =
                r#"{"retry":false,"metadata":{"a":"b"},"binaryMetadata":{"c-bin":"AQI="}}"#;
            let options = rpc::parse_options(options.as_bytes()).unwrap();
            let call = self
                .caller
                .call(METHOD.to_owned(), b"\x0a\x01n".to_vec(), options);
            tokio::spawn(async move { call.await.map_err(|error| rpc::call_error(METHOD, error)) })
        }

        /// The next call: its handle, its description and its request.
        async fn next(&self) -> (Handle, Value, Vec<u8>) {
            let queue = self.queue.clone();
            tokio::task::spawn_blocking(move || queue.wait(None).unwrap())
                .await
                .unwrap();
            let mut out = vec![0; self.queue.ready_bytes().unwrap()];
            self.queue.drain(&mut out).unwrap();
            assert_eq!(out[0], 7, "the tag");
            let number = |at| u32::from_le_bytes(out[at..at + 4].try_into().unwrap()) as usize;
            let call = Handle::from_le_bytes(out[16..24].try_into().unwrap());
            let (description, request) = (number(24), number(28));
            let body = &out[32..];
            let request = body[description..description + request].to_vec();
            (
                call,
                serde_json::from_slice(&body[..description]).unwrap(),
                request,
            )
        }
    }

    fn run<T>(test: impl Future<Output = T>) -> T {
        let mut tokio = tokio::runtime::Builder::new_current_thread();
        tokio.enable_all().build().unwrap().block_on(test)
    }

    #[test]
    fn a_host_sees_a_call_and_answers_it() {
        run(async {
            let host = Host::new().await;
            let calling = host.call();
            let (call, description, request) = host.next().await;
            assert_eq!(description["method"], METHOD);
            assert_eq!(description["metadata"]["a"], "b");
            assert_eq!(description["binaryMetadata"]["c-bin"], "AQI=");
            assert_eq!(request, b"\x0a\x01n");
            answer(call, b"", b"").unwrap();
            assert_eq!(calling.await.unwrap().unwrap(), b"");
            let error = answer(call, b"", b"").unwrap_err();
            assert_eq!(error.code.name(), "invalid_handle", "it is answered once");
        });
    }

    #[test]
    fn a_failure_comes_as_the_host_wrote_it() {
        run(async {
            let host = Host::new().await;
            let calling = host.call();
            let (call, ..) = host.next().await;
            let failure = json!({
                "grpcCode": 5, "grpcMessage": "no such", "grpcStatusDetails": "AQI=",
                "metadata": {"note": "text"}, "binaryMetadata": {"blob-bin": "Aw=="},
            });
            for (wrong, field) in [
                (json!({}), "."),
                (json!({"grpcCode": 0}), "grpcCode"),
                (
                    json!({"grpcCode": 5, "grpcStatusDetails": "?"}),
                    "grpcStatusDetails",
                ),
            ] {
                let error = answer(call, b"", wrong.to_string().as_bytes()).unwrap_err();
                assert_eq!(error.details["field"], field, "{error}");
            }
            answer(call, b"", failure.to_string().as_bytes()).unwrap();
            let error = calling.await.unwrap().unwrap_err();
            let mut details = Value::Object(error.details);
            details["metadata"]
                .as_object_mut()
                .unwrap()
                .remove("content-type");
            for (key, value) in failure.as_object().unwrap() {
                assert_eq!(&details[key], value);
            }
        });
    }

    #[test]
    fn a_call_that_nobody_waits_for_and_one_of_a_closed_queue_end() {
        run(async {
            let host = Host::new().await;
            let given_up = host.call();
            let (call, ..) = host.next().await;
            given_up.abort();
            assert!(given_up.await.unwrap_err().is_cancelled());
            assert!(answer(call, b"", b"").is_err());
            let waiting = host.call();
            let (call, ..) = host.next().await;
            host.queue.close().unwrap();
            let error = waiting.await.unwrap().unwrap_err();
            assert_eq!(error.details["grpcCode"], Code::Unavailable as i32);
            assert!(answer(call, b"", b"").is_err());
            let late = host.call().await.unwrap().unwrap_err();
            assert_eq!(late.details["grpcCode"], Code::Unavailable as i32);
            handle::remove::<CompletionQueue>(host.handle).unwrap();
        });
    }
}

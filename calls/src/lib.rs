//! Core's asynchronous functions, each compiled once: every remote procedure of Temporal's services by name, in bytes, and
//! the methods of core's worker and of its servers for tests.
//!
//! A crate of its own, since there are some 200 procedures, each of which is compiled by itself: that takes longer than the
//! rest of the bridge, which changes more often. What it exports is neither generic nor `async`, or it would be compiled
//! where it is used. Whatever connects is in here too, since a connection brings all the procedures with it.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod retry;
pub mod server;
pub mod worker;

use futures_util::future::BoxFuture;
use prost::{DecodeError, Message};
use retry::Retries;
use std::{any::Any, sync::Arc, time::Duration};
use temporalio_client::{
    Connection, ConnectionOptions, RetryOptions, errors::ClientConnectError, grpc::WorkflowService,
    request_extensions::RetryConfigForCall,
};
use temporalio_common::payload_limits::{PayloadLimits, validate_known_payload_limits};
use tonic::{Extensions, Request, Response, Status, metadata::MetadataMap};

include!(concat!(env!("OUT_DIR"), "/rpc_table.rs"));

/// The options of a call.
#[derive(Clone, Debug)]
pub struct CallOptions {
    /// Goes with the call, before the connection's own.
    pub metadata: MetadataMap,
    /// Ends all tries of the call together.
    pub timeout: Option<Duration>,
    /// Whether a call that failed is tried again, as the connection's options say.
    pub retry: bool,
}

/// The reason why a call has no response.
#[derive(Debug)]
pub enum CallError {
    /// No service has this method.
    UnknownMethod,
    /// The request is no message of this name.
    InvalidRequest(String, DecodeError),
    /// The server, or the way there, failed.
    Failed(Status),
}

/// A connection, and what it does for core's calls, for calls in bytes.
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

struct Inner {
    connection: Connection,
    retry: RetryOptions,
    limits: PayloadLimits,
}

impl Caller {
    /// Connects.
    pub fn connect(
        options: ConnectionOptions,
    ) -> BoxFuture<'static, Result<Self, ClientConnectError>> {
        let retry = options.retry_options.clone();
        let warn = |bytes| usize::try_from(bytes).unwrap_or(0);
        let limits = PayloadLimits {
            blob_warn: warn(options.payload_limits.payloads_warn_size),
            blob_error: 0,
            memo_warn: warn(options.payload_limits.memo_warn_size),
            memo_error: 0,
        };
        Box::pin(async move {
            Ok(Self(Arc::new(Inner {
                connection: Connection::connect(options).await?,
                retry,
                limits,
            })))
        })
    }

    /// Core's own connection.
    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// Calls `method`, named in full, with an encoded request. Returns the encoded response.
    pub fn call(
        &self,
        method: String,
        request: Vec<u8>,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<Vec<u8>, CallError>> {
        let caller = self.0.clone();
        Box::pin(async move {
            let timeout = options.timeout;
            let answer = caller.call(&method, &request, &options);
            // The timeout that the request carries limits each try. This one limits all of them together.
            match timeout {
                Some(timeout) => tokio::time::timeout(timeout, answer)
                    .await
                    .unwrap_or_else(|_| {
                        let over = Status::deadline_exceeded("the timeout of the call is over");
                        Err(CallError::Failed(over))
                    }),
                None => answer.await,
            }
        })
    }
}

impl Inner {
    async fn call(
        &self,
        method: &str,
        request: &[u8],
        options: &CallOptions,
    ) -> Result<Vec<u8>, CallError> {
        let retry = if options.retry {
            self.retry.clone()
        } else {
            RetryOptions::no_retries()
        };
        let mut retries = Retries::new(&retry);
        let mut call = Call {
            caller: self,
            request,
            options,
            is_first: true,
        };
        loop {
            let sent = send(method, &call)?;
            let status = match sent.answer.await {
                Ok(response) => return Ok(response),
                Err(status) if sent.is_last => return Err(CallError::Failed(status)),
                Err(status) => status,
            };
            let delay = retries.failed(method, status).map_err(CallError::Failed)?;
            tokio::time::sleep(delay).await;
            call.is_first = false;
        }
    }
}

/// A try of a call, on its way to the typed method.
struct Call<'a> {
    caller: &'a Inner,
    request: &'a [u8],
    options: &'a CallOptions,
    is_first: bool,
}

impl Call<'_> {
    fn connection(&self) -> &Connection {
        &self.caller.connection
    }

    /// Decodes the request. Most calls need one try, so that each decodes for itself instead of keeping a copy.
    fn decode<Req: Message + prost::Name + Default>(&self) -> Result<Request<Req>, CallError> {
        let message = Req::decode(self.request)
            .map_err(|error| CallError::InvalidRequest(Req::full_name(), error))?;
        let (metadata, extensions) = self.frame();
        Ok(Request::from_parts(metadata, extensions, message))
    }

    fn frame(&self) -> (MetadataMap, Extensions) {
        let mut request = Request::new(());
        *request.metadata_mut() = self.options.metadata.clone();
        if let Some(timeout) = self.options.timeout {
            request.set_timeout(timeout);
        }
        let (metadata, extensions, ()) = request.into_parts();
        (metadata, extensions)
    }

    /// Logs payloads that are larger than the server may take, once.
    fn check_payloads(&self, message: &dyn Any) {
        if self.is_first {
            validate_known_payload_limits(message, &self.caller.limits);
        }
    }
}

/// A try that is under way.
struct Sent {
    answer: BoxFuture<'static, Result<Vec<u8>, Status>>,
    /// Core has tried again as often as it may.
    is_last: bool,
}

type Method<Client, Req, Resp> =
    fn(&mut Client, Request<Req>) -> BoxFuture<'_, Result<Response<Resp>, Status>>;

/// Sends a request once, past core's retries. There are some 200 methods: what each adds to the library is this function
/// alone.
fn once<Client: ?Sized + Send + 'static, Req, Resp>(
    call: &Call<'_>,
    mut client: Box<Client>,
    method: Method<Client, Req, Resp>,
) -> Result<Sent, CallError>
where
    Req: Message + prost::Name + Default + 'static,
    Resp: Message + 'static,
{
    let request = call.decode::<Req>()?;
    call.check_payloads(request.get_ref());
    Ok(Sent {
        answer: Box::pin(async move {
            let response = method(&mut client, request).await?;
            Ok(response.get_ref().encode_to_vec())
        }),
        is_last: false,
    })
}

/// Sends a request through core's connection, which tries again by itself.
fn through_core<Req, Resp>(
    call: &Call<'_>,
    method: Method<Connection, Req, Resp>,
) -> Result<Sent, CallError>
where
    Req: Message + prost::Name + Default + 'static,
    Resp: Message + 'static,
{
    let mut request = call.decode::<Req>()?;
    if !call.options.retry {
        let never = RetryConfigForCall(RetryOptions::no_retries());
        request.extensions_mut().insert(never);
    }
    let mut connection = call.connection().clone();
    Ok(Sent {
        answer: Box::pin(async move {
            let response = method(&mut connection, request).await?;
            Ok(response.get_ref().encode_to_vec())
        }),
        is_last: true,
    })
}

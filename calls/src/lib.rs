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
use std::{
    any::Any,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use temporalio_client::{
    Connection, ConnectionOptions, RetryOptions,
    errors::ClientConnectError,
    grpc::{CloudService, HealthService, OperatorService, TestService, WorkflowService},
    request_extensions::RetryConfigForCall,
};
use temporalio_common::payload_limits::{PayloadLimits, validate_known_payload_limits};
use tonic::{Code, Extensions, Request, Response, Status, TimeoutExpired, metadata::MetadataMap};

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
            let answer = caller.call(&method, &request, &options);
            // The timeout that the request carries limits each try. This one limits all of them together.
            let answer = match options.timeout {
                // A request that is too late already is not sent: a server in this process would answer in no time.
                Some(Duration::ZERO) => Err(time_is_over()),
                Some(timeout) => tokio::time::timeout(timeout, answer)
                    .await
                    .unwrap_or_else(|_| Err(time_is_over())),
                None => answer.await,
            };
            match answer {
                Err(CallError::Failed(status)) if is_over(&status) => Err(time_is_over()),
                answer => answer,
            }
        })
    }
}

fn time_is_over() -> CallError {
    CallError::Failed(Status::deadline_exceeded("the timeout of the call is over"))
}

/// Whether a connection has given up a try. It has a clock of its own, which may be the first, and calls that a cancellation.
fn is_over(status: &Status) -> bool {
    status.code() == Code::Cancelled && status.message() == TimeoutExpired(()).to_string()
}

impl Inner {
    async fn call(
        &self,
        method: &str,
        request: &[u8],
        options: &CallOptions,
    ) -> Result<Vec<u8>, CallError> {
        let route = route(method).ok_or(CallError::UnknownMethod)?;
        // Core tries again by itself, and logs large payloads.
        let through_core = matches!(route, Route::Core(_));
        let retry = if options.retry {
            self.retry.clone()
        } else {
            RetryOptions::no_retries()
        };
        let mut retries = Retries::new(&retry);
        let mut limits = (!through_core).then_some(&self.limits);
        loop {
            let call = Call {
                request,
                options,
                limits: limits.take(),
            };
            let status = match self.send(route, &call).await? {
                Ok(response) => return Ok(response),
                Err(status) if through_core => return Err(CallError::Failed(status)),
                Err(status) => status,
            };
            let delay = retries.failed(method, status).map_err(CallError::Failed)?;
            tokio::time::sleep(delay).await;
        }
    }

    /// Sends a request once, or through core's connection.
    async fn send(
        &self,
        route: Route,
        call: &Call<'_>,
    ) -> Result<Result<Vec<u8>, Status>, CallError> {
        let connection = &self.connection;
        Ok(match route {
            Route::Core(start) => start(&mut connection.clone(), call)?.await,
            Route::Workflow(start) => start(&mut *connection.workflow_service(), call)?.await,
            Route::Operator(start) => start(&mut *connection.operator_service(), call)?.await,
            Route::Cloud(start) => start(&mut *connection.cloud_service(), call)?.await,
            Route::Test(start) => start(&mut *connection.test_service(), call)?.await,
            Route::Health(start) => start(&mut *connection.health_service(), call)?.await,
        })
    }
}

/// The client that has a method, and how a request in bytes is given to it.
#[derive(Clone, Copy)]
enum Route {
    /// Core's connection, which does more for a call than to try it again.
    Core(Start<Connection>),
    Workflow(Start<dyn WorkflowService>),
    Operator(Start<dyn OperatorService>),
    Cloud(Start<dyn CloudService>),
    Test(Start<dyn TestService>),
    Health(Start<dyn HealthService>),
}

type Start<Client> = for<'c> fn(&'c mut Client, &Call<'_>) -> Result<Answer<'c>, CallError>;

type Answer<'c> = BoxFuture<'c, Result<Vec<u8>, Status>>;

/// A try of a call, on its way to the typed method.
struct Call<'a> {
    request: &'a [u8],
    options: &'a CallOptions,
    /// Payloads that are larger are logged: once for all tries of a call.
    limits: Option<&'a PayloadLimits>,
}

impl Call<'_> {
    /// The metadata and the extensions of the request.
    fn frame(&self) -> (MetadataMap, Extensions) {
        let mut request = Request::new(());
        *request.metadata_mut() = self.options.metadata.clone();
        if let Some(timeout) = self.options.timeout {
            request.set_timeout(timeout);
        }
        if !self.options.retry {
            // For core's connection: the clients of the services send once.
            let never = RetryConfigForCall(RetryOptions::no_retries());
            request.extensions_mut().insert(never);
        }
        let (metadata, extensions, ()) = request.into_parts();
        (metadata, extensions)
    }

    fn check_payloads(&self, message: &dyn Any) {
        if let Some(limits) = self.limits {
            validate_known_payload_limits(message, limits);
        }
    }
}

type Method<Client, Req, Resp> =
    fn(&mut Client, Request<Req>) -> BoxFuture<'_, Result<Response<Resp>, Status>>;

/// Gives a request to a client's method. There are some 200 methods: what each adds to the library is this function, and the
/// poll of its answer.
fn start<'c, Client, Req, Resp>(
    client: &'c mut Client,
    call: &Call<'_>,
    method: Method<Client, Req, Resp>,
) -> Result<Answer<'c>, CallError>
where
    Client: ?Sized,
    Req: Message + prost::Name + Default + 'static,
    Resp: Message + 'static,
{
    // Most calls need one try, so that each decodes for itself instead of keeping a copy.
    let message = Req::decode(call.request)
        .map_err(|error| invalid_request(Req::PACKAGE, Req::NAME, error))?;
    call.check_payloads(&message);
    let (metadata, extensions) = call.frame();
    let request = Request::from_parts(metadata, extensions, message);
    Ok(Box::pin(Encoded(method(client, request))))
}

fn invalid_request(package: &str, name: &str, error: DecodeError) -> CallError {
    CallError::InvalidRequest(format!("{package}.{name}"), error)
}

/// An answer that is encoded as soon as it is there.
struct Encoded<'c, Resp>(BoxFuture<'c, Result<Response<Resp>, Status>>);

impl<Resp: Message> Future for Encoded<'_, Resp> {
    type Output = Result<Vec<u8>, Status>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.0.as_mut().poll(context);
        answer.map_ok(|response| response.get_ref().encode_to_vec())
    }
}

//! Core's own start of a test server's process, and the question whether a server answers.

use futures_util::future::BoxFuture;
use std::process::Stdio;
use temporalio_client::{Connection, ConnectionOptions, errors::ClientConnectError};
use temporalio_sdk_core::ephemeral_server::{
    EphemeralServer, EphemeralServerError, TemporalDevServerConfig, TestServerConfig,
};

/// Starts a dev server, and waits until it answers. Downloads it before, if `config` says so.
pub fn start_dev(
    config: TemporalDevServerConfig,
    output: Stdio,
    errors: Stdio,
) -> BoxFuture<'static, Result<EphemeralServer, EphemeralServerError>> {
    Box::pin(async move { config.start_server_with_output(output, errors).await })
}

/// Starts a time-skipping test server, and waits until it answers. Downloads it before, if `config` says so.
pub fn start_test(
    config: TestServerConfig,
    output: Stdio,
    errors: Stdio,
) -> BoxFuture<'static, Result<EphemeralServer, EphemeralServerError>> {
    Box::pin(async move { config.start_server_with_output(output, errors).await })
}

/// Connects to a server once, only to see that it answers.
pub fn connect_once(
    options: ConnectionOptions,
) -> BoxFuture<'static, Result<(), ClientConnectError>> {
    Box::pin(async move { Connection::connect(options).await.map(drop) })
}

//! A connection to a Temporal server.

pub mod environment;
mod metadata;
pub mod options;
pub mod rpc;
pub mod service_override;

use crate::{
    bridge::{
        call::{Destination, submit},
        call_result::{CallResult, NewObject},
        config,
        error::{BridgeError, Code},
        handle::{Handle, Kind},
        pending::OnCancel,
    },
    runtime::Runtime,
};
use std::sync::Arc;
use temporal_bun_calls::Caller;
use temporalio_client::{Connection, errors::ClientConnectError};

/// A connection, and the runtime that it runs on.
pub struct Client {
    runtime: Arc<Runtime>,
    caller: Caller,
}

impl Kind for Client {
    const NAME: &'static str = "client";
}

impl Client {
    /// Connects. The call's result is the client's handle.
    pub fn connect(
        runtime: Arc<Runtime>,
        config: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let options = options::parse(config, runtime.temporal_meter())?;
        let executor = runtime.executor().clone();
        // The call itself does not keep the runtime alive: a host may free it while a connect hangs.
        let runtime = Arc::downgrade(&runtime);
        Ok(submit(&executor, destination, OnCancel::Drop, async move {
            let caller = Caller::connect(options).await.map_err(connect_error)?;
            let runtime = runtime
                .upgrade()
                .ok_or_else(|| BridgeError::new(Code::Closed, "the runtime was freed"))?;
            Ok(CallResult::Object(NewObject::new(Arc::new(Client {
                runtime,
                caller,
            }))))
        }))
    }

    /// Calls any method of any service. The call's result is the encoded response.
    pub fn call(
        &self,
        method: &str,
        request: &[u8],
        options: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let options = rpc::parse_options(options)?;
        let method = method.to_owned();
        let call = self.caller.call(method.clone(), request.to_vec(), options);
        Ok(submit(
            self.runtime.executor(),
            destination,
            OnCancel::Drop,
            async move {
                let response = call.await;
                response
                    .map(CallResult::Bytes)
                    .map_err(|error| rpc::call_error(&method, error))
            },
        ))
    }

    /// Replaces the metadata that every later call carries.
    pub fn update_metadata(&self, metadata: &[u8]) -> Result<(), BridgeError> {
        let update = options::parse_metadata_update(metadata)?;
        let invalid =
            |field: &'static str| move |error| config::invalid(field, format_args!("{error}"));
        if let Some(metadata) = update.metadata {
            self.caller
                .connection()
                .set_headers(metadata)
                .map_err(invalid("metadata"))?;
        }
        if let Some(metadata) = update.binary_metadata {
            self.caller
                .connection()
                .set_binary_headers(metadata)
                .map_err(invalid("binaryMetadata"))?;
        }
        Ok(())
    }

    /// Replaces the API key that every later call carries.
    pub fn update_api_key(&self, api_key: Option<String>) {
        self.caller.connection().set_api_key(api_key);
    }

    /// Core's own connection.
    pub fn connection(&self) -> Connection {
        self.caller.connection().clone()
    }
}

fn connect_error(error: ClientConnectError) -> BridgeError {
    match &error {
        ClientConnectError::SystemInfoCallError(status) => {
            rpc::status_error(Code::ConnectFailed, status)
        }
        ClientConnectError::InvalidHeaders(_) => config::invalid("metadata", error.to_string()),
        ClientConnectError::InvalidUri(_) => config::invalid("target", error.to_string()),
        ClientConnectError::InvalidConfig(_) => config::invalid(".", error.to_string()),
        _ => BridgeError::new(Code::ConnectFailed, error_chain(&error)),
    }
}

/// Formats the error and its causes in one line: a transport error alone says little.
fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

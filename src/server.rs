//! Ephemeral servers: real Temporal servers that live as long as their handle.

pub mod options;
pub mod process;

use crate::{
    call::{Destination, submit},
    error::{BridgeError, Code},
    handle::Handle,
    outcome::{NewObject, Outcome},
    pending::OnCancel,
    runtime::Runtime,
};
use parking_lot::Mutex;
use process::ServerProcess;
use std::{future::Future, sync::Arc};

/// What a server handle names.
pub struct Server {
    runtime: Arc<Runtime>,
    target: String,
    /// Empty once it is being stopped.
    process: Mutex<Option<ServerProcess>>,
}

impl Server {
    /// Starts the dev server; the call's result is the server's handle.
    pub fn start_dev(
        runtime: &Arc<Runtime>,
        config: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let options = options::parse_dev(config)?;
        Ok(Self::start(
            runtime,
            destination,
            ServerProcess::start_dev(options),
        ))
    }

    /// Starts the time-skipping test server; the call's result is the server's handle.
    pub fn start_test(
        runtime: &Arc<Runtime>,
        config: &[u8],
        destination: Destination,
    ) -> Result<Handle, BridgeError> {
        let options = options::parse_test(config)?;
        Ok(Self::start(
            runtime,
            destination,
            ServerProcess::start_test(options),
        ))
    }

    fn start(
        runtime: &Arc<Runtime>,
        destination: Destination,
        process: impl Future<Output = Result<ServerProcess, BridgeError>> + Send + 'static,
    ) -> Handle {
        let tokio = runtime.tokio();
        let runtime = Arc::downgrade(runtime);
        submit(&tokio, destination, OnCancel::Drop, async move {
            let process = process.await?;
            let runtime = runtime
                .upgrade()
                .ok_or_else(|| BridgeError::new(Code::Closed, "the runtime was freed"))?;
            Ok(Outcome::Object(NewObject::new(Arc::new(Server {
                runtime,
                target: process.target.clone(),
                process: Mutex::new(Some(process)),
            }))))
        })
    }

    /// `host:port` of the server's frontend.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Stops the server; the call ends when its process has.
    pub fn stop(&self, destination: Destination) -> Result<Handle, BridgeError> {
        let process = self.process.lock().take().ok_or_else(|| {
            BridgeError::new(Code::FailedPrecondition, "the server is already stopped")
        })?;
        Ok(submit(
            &self.runtime.tokio(),
            destination,
            OnCancel::Detach,
            async move {
                process.stop().await?;
                Ok(Outcome::Bytes(Vec::new()))
            },
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dropping the process kills it, which tokio must see to.
        let tokio = self.runtime.tokio();
        let _inside = tokio.enter();
        drop(self.process.lock().take());
    }
}

//! Ephemeral servers: real Temporal servers that live as long as their handle.

pub mod options;
pub mod process;

use crate::{
    bridge::{
        call::{Destination, submit},
        call_result::{CallResult, NewObject},
        error::{BridgeError, Code},
        handle::{Handle, Kind},
        pending::OnCancel,
    },
    runtime::Runtime,
};
use parking_lot::Mutex;
use process::ServerProcess;
use std::{future::Future, sync::Arc};

/// A server's process, and the runtime that watches it.
pub struct Server {
    runtime: Arc<Runtime>,
    target: String,
    /// None once it is being stopped.
    process: Mutex<Option<ServerProcess>>,
}

impl Kind for Server {
    const NAME: &'static str = "server";
}

impl Server {
    /// Starts a dev server. The call's result is the server's handle.
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

    /// Starts a time-skipping test server. The call's result is the server's handle.
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
        let executor = runtime.executor().clone();
        let runtime = Arc::downgrade(runtime);
        submit(&executor, destination, OnCancel::Drop, async move {
            let process = process.await?;
            let runtime = runtime
                .upgrade()
                .ok_or_else(|| BridgeError::new(Code::Closed, "the runtime was freed"))?;
            Ok(CallResult::Object(NewObject::new(Arc::new(Server {
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

    /// Stops the server. The call ends when the process has ended.
    pub fn stop(&self, destination: Destination) -> Result<Handle, BridgeError> {
        let process = self.process.lock().take().ok_or_else(|| {
            BridgeError::new(Code::FailedPrecondition, "the server is already stopped")
        })?;
        Ok(submit(
            self.runtime.executor(),
            destination,
            OnCancel::Detach,
            async move {
                process.stop().await?;
                Ok(CallResult::Bytes(Vec::new()))
            },
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dropping the process kills it, which needs tokio's context.
        let _inside = self.runtime.executor().tokio().enter();
        drop(self.process.lock().take());
    }
}

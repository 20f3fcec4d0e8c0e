//! The server: what a program creates and calls, and the task that waits for timers.

use crate::{config::Config, rpc, shared::Shared};
use std::{
    future::Future,
    sync::{Arc, Weak},
};
use tokio::sync::Notify;
use tonic::{Status, metadata::MetadataMap};

/// A server. Clones are the same server, which ends with the last of them.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

impl Server {
    /// Creates a server. Its timers fire while something polls [`Server::drive`].
    pub fn new(config: Config) -> Self {
        Self {
            shared: Arc::new(Shared::new(config)),
        }
    }

    /// Fires timers when they are due. Ends when the server does.
    pub fn drive(&self) -> impl Future<Output = ()> + Send + 'static {
        drive(Arc::downgrade(&self.shared), self.shared.timers_changed())
    }

    /// Calls a method: `service` is its full name, `request` and the answer are encoded messages.
    ///
    /// A method that the server does not serve is `UNIMPLEMENTED`, and the message names it.
    pub async fn call(
        &self,
        service: &str,
        method: &str,
        _metadata: &MetadataMap,
        request: &[u8],
    ) -> Result<Vec<u8>, Status> {
        rpc::call(&self.shared, service, method, request).await
    }
}

async fn drive(shared: Weak<Shared>, timers_changed: Arc<Notify>) {
    // Held strongly for a moment only: the last reference to a server ends it.
    while let Some(wait) = shared.upgrade().map(|shared| shared.fire_timers()) {
        match wait {
            Some(wait) => {
                let _ = tokio::time::timeout(wait, timers_changed.notified()).await;
            }
            None => timers_changed.notified().await,
        }
    }
}

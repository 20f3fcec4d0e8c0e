//! The server: what a program creates and calls, and the task that waits for timers.

use crate::{
    config::{Config, Step},
    rpc,
    shared::Shared,
};
use std::{
    pin::Pin,
    sync::{Arc, Weak},
};
use tokio::sync::Notify;
use tonic::{Status, metadata::MetadataMap};

/// Work of the server. In a box, so that it is compiled here and not in each crate that uses the server.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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
    pub fn drive(&self) -> Work<'static, ()> {
        Box::pin(drive(
            Arc::downgrade(&self.shared),
            self.shared.timers_changed(),
        ))
    }

    /// Calls a method: `service` is its full name, `request` and the answer are encoded messages.
    ///
    /// A method that the server does not serve is `UNIMPLEMENTED`, and the message names it.
    pub fn call<'a>(
        &'a self,
        service: &'a str,
        method: &'a str,
        _metadata: &MetadataMap,
        request: &'a [u8],
    ) -> Work<'a, Result<Vec<u8>, Status>> {
        Box::pin(rpc::call(&self.shared, service, method, request))
    }

    /// Returns the tasks that were handed out and the faults that have happened, in their order. Empty without a seed or faults.
    pub fn schedule(&self) -> Vec<Step> {
        self.shared.state().schedule.steps().to_vec()
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

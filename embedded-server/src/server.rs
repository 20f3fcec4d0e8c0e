//! The server: one lock around the state, and the task that waits for timers.

use crate::{rpc, state::State};
use parking_lot::{Mutex, MutexGuard};
use std::{
    future::Future,
    sync::{Arc, Weak},
};
use tokio::sync::Notify;
use tonic::{Status, metadata::MetadataMap};

/// How the server's time goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeMode {
    /// As a time-skipping test server: it jumps only while a client has unlocked it.
    #[default]
    Locked,
    /// It jumps to the next timer whenever no task is waiting or out, until a client locks it.
    Unlocked,
    /// It never jumps.
    Real,
}

/// Options of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// The namespace that exists from the start.
    pub namespace: String,
    /// How time goes on.
    pub time: TimeMode,
    /// Custom search attributes of that namespace: names, and values of `temporal.api.enums.v1.IndexedValueType`.
    pub search_attributes: Vec<(String, i32)>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            time: TimeMode::default(),
            search_attributes: Vec::new(),
        }
    }
}

pub(crate) struct Shared {
    state: Mutex<State>,
    /// Told when the first timer may have changed, and when the server ends.
    timers_changed: Arc<Notify>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.timers_changed.notify_one();
    }
}

/// A server. Clones are the same server, which ends with the last of them.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

/// The lock on the state. When it ends, what the change has caused is done, and the timers' task learns of it.
pub(crate) struct Access<'a> {
    state: MutexGuard<'a, State>,
    timers_changed: &'a Notify,
}

impl std::ops::Deref for Access<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.state
    }
}

impl std::ops::DerefMut for Access<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Access<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.state.settle();
        }
        self.timers_changed.notify_one();
    }
}

impl Server {
    /// Creates a server. Its timers fire while something polls [`Server::drive`].
    pub fn new(config: Config) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::new(config)),
                timers_changed: Arc::new(Notify::new()),
            }),
        }
    }

    /// Fires timers when they are due. Ends when the server does.
    pub fn drive(&self) -> impl Future<Output = ()> + Send + 'static {
        drive(
            Arc::downgrade(&self.shared),
            self.shared.timers_changed.clone(),
        )
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
        rpc::call(self, service, method, request).await
    }

    pub(crate) fn state(&self) -> Access<'_> {
        Access {
            state: self.shared.state.lock(),
            timers_changed: &self.shared.timers_changed,
        }
    }
}

async fn drive(shared: Weak<Shared>, timers_changed: Arc<Notify>) {
    // Held strongly for a moment only: the last reference to a server ends it.
    while let Some(wait) = shared.upgrade().map(|shared| {
        let mut state = shared.state.lock();
        state.settle();
        state.until_next_timer()
    }) {
        match wait {
            Some(wait) => {
                let _ = tokio::time::timeout(wait, timers_changed.notified()).await;
            }
            None => timers_changed.notified().await,
        }
    }
}

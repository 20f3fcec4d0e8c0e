//! Embedded servers: Temporal servers for tests that live in the process.

pub mod options;

use crate::{
    bridge::{error::BridgeError, handle::Kind},
    runtime::Runtime,
};
use serde_json::{Value, json};
use std::sync::Arc;
use temporal_bun_embedded_server::Server;
use temporalio_client::callback_based::{CallbackBasedGrpcService, GrpcSuccessResponse};
use tonic::metadata::MetadataMap;

/// A server, and the runtime on whose threads its timers fire.
pub struct EmbeddedServer {
    server: Server,
    _runtime: Arc<Runtime>,
}

impl Kind for EmbeddedServer {
    const NAME: &'static str = "embedded server";
}

impl EmbeddedServer {
    /// Creates a server from its JSON configuration.
    pub fn new(runtime: Arc<Runtime>, config: &[u8]) -> Result<Self, BridgeError> {
        let server = Server::new(options::parse(config)?);
        runtime.executor().spawn(server.drive());
        Ok(Self {
            server,
            _runtime: runtime,
        })
    }

    /// Returns the tasks that were handed out and the faults that have happened: a JSON array.
    pub fn schedule(&self) -> Vec<u8> {
        let steps: Vec<_> = self
            .server
            .schedule()
            .into_iter()
            .map(|step| match step.fault {
                Some(fault) => json!({"fault": fault.name(), "place": step.place}),
                None => json!({"place": step.place}),
            })
            .collect();
        Value::Array(steps).to_string().into_bytes()
    }

    /// Serves the calls of a connection in the place of a network. The server lives for as long as the connection.
    pub fn service(&self) -> CallbackBasedGrpcService {
        let server = self.server.clone();
        CallbackBasedGrpcService {
            callback: Arc::new(move |request| {
                let server = server.clone();
                Box::pin(async move {
                    let metadata = MetadataMap::from_headers(request.headers);
                    let proto = server
                        .call(&request.service, &request.rpc, &metadata, &request.proto)
                        .await?;
                    Ok(GrpcSuccessResponse {
                        headers: Default::default(),
                        proto,
                    })
                })
            }),
        }
    }
}

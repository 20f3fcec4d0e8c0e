//! Replay workers: histories go in, activations come out, no server is asked.

use super::worker_failed;
use crate::{
    error::{BridgeError, Code},
    outcome::Outcome,
};
use parking_lot::Mutex;
use prost::Message;
use std::{future::Future, sync::Arc};
use temporalio_common::protos::temporal::api::history::v1::History;
use temporalio_sdk_core::{
    Worker as CoreWorker, WorkerConfig, init_replay_worker,
    replay::{HistoryFeeder, HistoryForReplay, HistoryInfo, ReplayWorkerInput},
};

/// How many histories wait in core before a push waits too.
const WAITING_HISTORIES: usize = 1;

/// The end that histories are pushed into.
pub struct HistoryInput(Mutex<Option<Arc<HistoryFeeder>>>);

/// Starts a replay worker.
pub fn start(config: WorkerConfig) -> Result<(HistoryInput, CoreWorker), BridgeError> {
    let (feeder, stream) = HistoryFeeder::new(WAITING_HISTORIES);
    let core = init_replay_worker(ReplayWorkerInput::new(config, stream)).map_err(worker_failed)?;
    Ok((HistoryInput(Mutex::new(Some(Arc::new(feeder)))), core))
}

impl HistoryInput {
    /// Checks a history, and gives the future that feeds it to core.
    pub fn push(
        &self,
        workflow_id: &str,
        history: &[u8],
    ) -> Result<impl Future<Output = Result<Outcome, BridgeError>> + Send + use<>, BridgeError>
    {
        let feeder = self.0.lock().clone().ok_or_else(ended)?;
        let history = decode(history)?;
        let history = HistoryForReplay::new(history, workflow_id);
        Ok(async move {
            feeder.feed(history).await.map_err(worker_failed)?;
            Ok(Outcome::Bytes(Vec::new()))
        })
    }

    /// No more histories come: the worker shuts down after the last.
    pub fn end(&self) -> Result<(), BridgeError> {
        self.0.lock().take().map(drop).ok_or_else(ended)
    }
}

/// Decodes a history and checks what core takes for granted.
fn decode(bytes: &[u8]) -> Result<History, BridgeError> {
    const MESSAGE: &str = "temporal.api.history.v1.History";
    let history =
        History::decode(bytes).map_err(|error| BridgeError::invalid_protobuf(MESSAGE, &error))?;
    let invalid = |reason: String| {
        BridgeError::new(
            Code::InvalidProtobuf,
            format!("the history cannot be replayed: {reason}"),
        )
        .with_detail("message", MESSAGE)
    };
    history
        .extract_run_id_from_start()
        .map_err(|error| invalid(error.to_string()))?;
    HistoryInfo::new_from_history(&history, None).map_err(|error| invalid(error.to_string()))?;
    Ok(history)
}

fn ended() -> BridgeError {
    BridgeError::new(
        Code::FailedPrecondition,
        "the end of the histories was already announced",
    )
}

//! Feeds histories to a replay worker, and knows when the last one is through.

use super::history_json::{self, HISTORY};
use crate::{
    bridge::{
        call_result::CallResult,
        error::{BridgeError, Code},
    },
    worker::{activations::Activation, errors::worker_failed},
};
use futures_util::stream::{Stream, unfold};
use parking_lot::Mutex;
use prost::Message;
use std::{future::Future, sync::Arc};
use temporalio_common::protos::{
    coresdk::workflow_activation::WorkflowActivation, temporal::api::history::v1::History,
};
use temporalio_sdk_core::{
    Worker as CoreWorker, WorkerConfig, init_replay_worker,
    replay::{HistoryForReplay, HistoryInfo, ReplayWorkerInput},
};
use tokio::{
    sync::{mpsc, watch},
    task::spawn_blocking,
};

/// The number of histories that wait in core before a push waits too.
const MAX_WAITING_HISTORIES: usize = 1;

/// Takes the histories of a replay worker.
pub struct HistoryInput {
    feeder: Mutex<Option<Feeder>>,
    under_way: Arc<ReplaysUnderWay>,
}

/// Counts the histories that core has been given and whose run it has not evicted.
///
/// Core shuts a replay worker down when the histories end, which may overtake the eviction of the last run. So core is told
/// of the end only when no history is under way.
pub struct ReplaysUnderWay(watch::Sender<usize>);

impl ReplaysUnderWay {
    /// Records an activation from core. With an eviction, a history is through.
    pub fn saw(&self, activation: &WorkflowActivation) {
        if Activation::of(activation) == Activation::Eviction {
            self.0.send_modify(|count| *count = count.saturating_sub(1));
        }
    }
}

/// Starts a replay worker.
pub fn start(config: WorkerConfig) -> Result<(HistoryInput, CoreWorker), BridgeError> {
    let (sender, histories) = mpsc::channel(MAX_WAITING_HISTORIES);
    let under_way = Arc::new(ReplaysUnderWay(watch::Sender::new(0)));
    let stream = histories_of(histories, under_way.0.subscribe());
    let core = init_replay_worker(ReplayWorkerInput::new(config, stream)).map_err(worker_failed)?;
    let feeder = Feeder {
        sender,
        under_way: under_way.clone(),
    };
    let input = HistoryInput {
        feeder: Mutex::new(Some(feeder)),
        under_way,
    };
    Ok((input, core))
}

fn histories_of(
    histories: mpsc::Receiver<HistoryForReplay>,
    under_way: watch::Receiver<usize>,
) -> impl Stream<Item = HistoryForReplay> {
    unfold(
        (histories, under_way),
        |(mut histories, mut under_way)| async {
            match histories.recv().await {
                Some(history) => Some((history, (histories, under_way))),
                None => {
                    // An error means that the worker is gone.
                    let _ = under_way.wait_for(|count| *count == 0).await;
                    None
                }
            }
        },
    )
}

impl HistoryInput {
    /// Checks an encoded history, and returns the future that feeds it to core.
    pub fn push(
        &self,
        workflow_id: &str,
        history: &[u8],
    ) -> Result<impl Future<Output = Result<CallResult, BridgeError>> + Send + use<>, BridgeError>
    {
        let feeder = self.feeder()?;
        let history = HistoryForReplay::new(decode(history)?, workflow_id);
        Ok(feeder.feed(history))
    }

    /// Returns the future that reads a history in JSON and feeds it to core.
    pub fn push_json(
        &self,
        workflow_id: &str,
        json: Vec<u8>,
    ) -> Result<impl Future<Output = Result<CallResult, BridgeError>> + Send + use<>, BridgeError>
    {
        let feeder = self.feeder()?;
        let workflow_id = workflow_id.to_owned();
        Ok(async move {
            // A long history keeps a thread busy for milliseconds, so none that other tasks wait for.
            let history = spawn_blocking(move || checked(history_json::parse(&json)?))
                .await
                .map_err(|error| BridgeError::new(Code::Internal, error.to_string()))??;
            feeder
                .feed(HistoryForReplay::new(history, workflow_id))
                .await
        })
    }

    /// Ends the histories: the worker shuts down after the last.
    pub fn end(&self) -> Result<(), BridgeError> {
        self.feeder.lock().take().map(drop).ok_or_else(ended)
    }

    /// Returns the count of histories under way.
    pub fn under_way(&self) -> Arc<ReplaysUnderWay> {
        self.under_way.clone()
    }

    fn feeder(&self) -> Result<Feeder, BridgeError> {
        self.feeder.lock().clone().ok_or_else(ended)
    }
}

/// Hands histories to core.
#[derive(Clone)]
struct Feeder {
    sender: mpsc::Sender<HistoryForReplay>,
    under_way: Arc<ReplaysUnderWay>,
}

impl Feeder {
    /// Ends when there is room for the history.
    async fn feed(self, history: HistoryForReplay) -> Result<CallResult, BridgeError> {
        let room = self.sender.reserve().await.map_err(worker_failed)?;
        self.under_way.0.send_modify(|count| *count += 1);
        room.send(history);
        Ok(CallResult::Bytes(Vec::new()))
    }
}

fn decode(bytes: &[u8]) -> Result<History, BridgeError> {
    checked(History::decode(bytes).map_err(|error| BridgeError::invalid_protobuf(HISTORY, &error))?)
}

/// Checks what core takes for granted.
fn checked(history: History) -> Result<History, BridgeError> {
    let invalid = |reason: String| {
        BridgeError::new(
            Code::InvalidProtobuf,
            format!("the history cannot be replayed: {reason}"),
        )
        .with_detail("message", HISTORY)
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

//! Replays a history several times, and tells how long each took, in ms.

use crate::{tell, workflows::Sequence};
use prost::Message;
use serde::Deserialize;
use std::{error::Error, time::Instant};
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::history::v1::History;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};

#[derive(Deserialize)]
pub struct Options {
    /// An encoded history.
    file: String,
    times: usize,
}

pub async fn replay(options: Options) -> Result<(), Box<dyn Error>> {
    let encoded = std::fs::read(options.file)?;
    let replayer = WorkflowReplayer::new(
        WorkflowReplayerOptions::new()
            .register_workflow::<Sequence>()?
            .build(),
    )?;
    let mut took = Vec::new();
    for _ in 0..options.times {
        let before = Instant::now();
        replayer
            .replay_workflow(WorkflowHistory::from(History::decode(&*encoded)?))
            .await?;
        took.push(before.elapsed().as_secs_f64() * 1_000.0);
    }
    tell(serde_json::json!({ "event": "replayed", "took": took }));
    Ok(())
}

//! Takes tasks of a task queue until stdin ends.

use crate::{
    activities::Activities,
    tell,
    workflows::{Carry, Counter, Hello, Sequence},
};
use serde::Deserialize;
use std::error::Error;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions};
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tokio::io::AsyncReadExt;
use url::Url;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// `host:port` of the server.
    address: String,
    task_queue: String,
    max_cached_workflows: Option<usize>,
}

pub async fn work(options: Options) -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::from_current_tokio(Default::default())?;
    let url = Url::parse(&format!("http://{}", options.address))?;
    let connection = Connection::connect(ConnectionOptions::new(url).build()).await?;
    let client = Client::new(connection, ClientOptions::new("default").build())?;
    let worker_options = WorkerOptions::new(options.task_queue)
        .register_activities(Activities)
        .register_workflow::<Hello>()?
        .register_workflow::<Sequence>()?
        .register_workflow::<Carry>()?
        .register_workflow::<Counter>()?
        .max_cached_workflows(options.max_cached_workflows.unwrap_or(1_000))
        .build();
    let mut worker = Worker::new(&runtime, client, worker_options)?;
    let shut_down = worker.shutdown_handle();
    tokio::spawn(async move {
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
        shut_down();
    });
    tell(serde_json::json!({ "event": "polling" }));
    worker.run().await?;
    Ok(())
}

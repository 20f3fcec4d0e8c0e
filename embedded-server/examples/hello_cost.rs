//! Measures what the server takes for a workflow with one activity: starting it, three tasks, and the result. Prints the CPU time of
//! one, in ms; a client's and a worker's part is to encode their messages and to decode the answers.

#[path = "../tests/support/mod.rs"]
mod support;

use std::fs;
use support::*;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    enums::v1::{HistoryEventFilterType, WorkflowExecutionStatus},
    workflowservice::v1::*,
};

const WARM_UP: usize = 2_000;
const WORKFLOWS: usize = 10_000;

/// CPU time of this thread, in ms. The first number of its schedule's statistics counts ns.
fn cpu_ms() -> f64 {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let (on_cpu, _) = statistics.split_once(' ').unwrap();
    on_cpu.parse::<f64>().unwrap() / 1e6
}

async fn hello(server: &Server, workflow_id: &str) {
    start(server, workflow_id).await;
    step(server, vec![schedule(activity("greet"))]).await;
    let task = poll_activity(server).await;
    complete_activity(server, task.task_token).await;
    step(server, vec![complete()]).await;
    let request = GetWorkflowExecutionHistoryRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution(workflow_id),
        wait_new_event: true,
        history_event_filter_type: HistoryEventFilterType::CloseEvent as i32,
        ..Default::default()
    };
    let result: GetWorkflowExecutionHistoryResponse = call(server, request).await.unwrap();
    assert_eq!(result.history.unwrap().events.len(), 1);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = server(TimeMode::Real);
    for index in 0..WARM_UP {
        hello(&server, &format!("warm-{index}")).await;
    }
    let before = cpu_ms();
    for index in 0..WORKFLOWS {
        hello(&server, &format!("hello-{index}")).await;
    }
    let cost = (cpu_ms() - before) / WORKFLOWS as f64;
    assert_eq!(
        status(&server, "hello-0").await,
        WorkflowExecutionStatus::Completed
    );
    println!("{cost:.4}");
}

//! Resets: the run that goes on from a workflow task, and what it takes over.

use crate::support::*;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    enums::v1::{EventType, ResetReapplyExcludeType, WorkflowExecutionStatus},
    history::v1::{HistoryEvent, history_event::Attributes as Event},
    workflowservice::v1::*,
};
use tonic::{Code, Status};

fn reset_request(workflow_id: &str, finish_id: i64) -> ResetWorkflowExecutionRequest {
    ResetWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution(workflow_id),
        reason: "try again".to_owned(),
        workflow_task_finish_event_id: finish_id,
        request_id: format!("reset {workflow_id} to {finish_id}"),
        ..Default::default()
    }
}

async fn reset(server: &Server, workflow_id: &str, finish_id: i64) -> Result<String, Status> {
    let request = reset_request(workflow_id, finish_id);
    let response: ResetWorkflowExecutionResponse = call(server, request).await?;
    Ok(response.run_id)
}

async fn history_of_run(server: &Server, workflow_id: &str, run_id: &str) -> Vec<HistoryEvent> {
    let mut execution = execution(workflow_id).unwrap();
    run_id.clone_into(&mut execution.run_id);
    history(server, Some(execution)).await
}

#[tokio::test]
async fn a_reset_run_goes_on_from_the_workflow_task_and_takes_signals_over() {
    let server = server(TimeMode::Real);
    let first = start(&server, "w").await;
    step(&server, vec![schedule(activity("1"))]).await;
    signal(&server, "w", "late").await;
    step(&server, vec![]).await;
    let run_id = reset(&server, "w", 4).await.unwrap();
    assert_ne!(run_id, first.run_id);

    let ended = history_of_run(&server, "w", &first.run_id).await;
    let Some(Event::WorkflowExecutionTerminatedEventAttributes(end)) =
        ended.last().unwrap().attributes.clone()
    else {
        panic!("the run that was reset has not ended by its termination");
    };
    assert_eq!(
        (end.reason.as_str(), end.identity.as_str()),
        ("try again", "history-resetter")
    );

    let events = history_of_run(&server, "w", &run_id).await;
    let types: Vec<_> = events.iter().map(HistoryEvent::event_type).collect();
    use EventType::*;
    assert_eq!(
        types,
        [
            WorkflowExecutionStarted,
            WorkflowTaskScheduled,
            WorkflowTaskStarted,
            WorkflowTaskFailed,
            WorkflowExecutionSignaled,
            WorkflowTaskScheduled,
        ]
    );
    let Some(Event::WorkflowTaskFailedEventAttributes(failed)) = events[3].attributes.clone()
    else {
        unreachable!()
    };
    assert_eq!(failed.base_run_id, first.run_id);
    assert_eq!(failed.new_run_id, run_id);

    let task = step(&server, vec![complete()]).await;
    assert_eq!(task.workflow_execution.unwrap().run_id, run_id);
    assert_eq!(
        status(&server, "w").await,
        WorkflowExecutionStatus::Completed
    );
}

#[tokio::test]
async fn what_a_reset_excludes_is_not_taken_over() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step(&server, vec![]).await;
    signal(&server, "w", "late").await;
    let request = ResetWorkflowExecutionRequest {
        reset_reapply_exclude_types: vec![ResetReapplyExcludeType::Signal as i32],
        ..reset_request("w", 4)
    };
    let _: ResetWorkflowExecutionResponse = call(&server, request).await.unwrap();
    let types = types(&history(&server, execution("w")).await);
    assert!(!types.contains(&EventType::WorkflowExecutionSignaled));
}

#[tokio::test]
async fn timers_and_activities_before_the_point_go_on() {
    let server = server(TimeMode::Unlocked);
    start(&server, "w").await;
    let mut kept = activity("kept");
    kept.schedule_to_close_timeout = seconds(3600);
    step(&server, vec![timer("kept", 60), schedule(kept)]).await;
    // The attempt is with a worker, which does not keep the new run from having one of its own.
    poll_activity(&server).await;
    signal(&server, "w", "a reason for a workflow task").await;
    step(&server, vec![]).await;
    let events = history(&server, execution("w")).await;
    let finish_id = events.len() as i64;
    assert_eq!(
        events.last().unwrap().event_type(),
        EventType::WorkflowTaskCompleted
    );
    reset(&server, "w", finish_id).await.unwrap();
    let task = poll_activity(&server).await;
    assert_eq!((task.activity_id.as_str(), task.attempt), ("kept", 1));
    step(&server, vec![]).await;
    complete_activity(&server, task.task_token).await;
    step(&server, vec![]).await;
    step(&server, vec![complete()]).await;
    let types = types(&history(&server, execution("w")).await);
    assert!(types.contains(&EventType::ActivityTaskCompleted));
    assert!(types.contains(&EventType::TimerFired));
}

#[tokio::test]
async fn a_child_from_before_the_point_answers_to_the_new_run() {
    let server = server(TimeMode::Real);
    start(&server, "parent").await;
    step(&server, vec![child("child")]).await;
    // The child's own task, and the parent's about its start, in one order or the other.
    let tasks = [poll(&server).await, poll(&server).await];
    let (parent, of_child) =
        if tasks[0].workflow_execution.as_ref().unwrap().workflow_id == "parent" {
            (&tasks[0], &tasks[1])
        } else {
            (&tasks[1], &tasks[0])
        };
    answer(&server, parent, vec![]).await.unwrap();
    let events = history(&server, execution("parent")).await;
    let run_id = reset(&server, "parent", events.len() as i64).await.unwrap();
    assert_eq!(
        status(&server, "child").await,
        WorkflowExecutionStatus::Running
    );
    answer(&server, of_child, vec![complete()]).await.unwrap();
    let task = step(&server, vec![complete()]).await;
    assert_eq!(task.workflow_execution.unwrap().run_id, run_id);
    let types = types(&history(&server, execution("parent")).await);
    assert!(types.contains(&EventType::ChildWorkflowExecutionCompleted));
}

#[tokio::test]
async fn a_reset_of_one_request_happens_once() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step(&server, vec![]).await;
    let run_id = reset(&server, "w", 4).await.unwrap();
    assert_eq!(reset(&server, "w", 4).await.unwrap(), run_id);
}

#[tokio::test]
async fn a_reset_to_no_workflow_task_changes_nothing() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    step(&server, vec![timer("1", 60)]).await;
    let error = reset(&server, "w", 2).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(
        error.message(),
        "Can only reset workflow to event ID in range [WorkflowTaskScheduled +1, WorkflowTaskStarted + 1]: 2"
    );
    let error = reset(&server, "w", 40).await.unwrap_err();
    assert_eq!(
        error.message(),
        "Workflow task finish ID must be > 1 && <= workflow last event ID."
    );
    assert_eq!(status(&server, "w").await, WorkflowExecutionStatus::Running);
}

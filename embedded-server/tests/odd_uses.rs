//! Uses that are rare, as the real server takes them.

use crate::support::*;
use temporal_bun_embedded_server::TimeMode;
use temporalio_protos::temporal::api::{
    command::v1::{
        ContinueAsNewWorkflowExecutionCommandAttributes,
        RequestCancelExternalWorkflowExecutionCommandAttributes,
        SignalExternalWorkflowExecutionCommandAttributes, command::Attributes,
    },
    common::v1::{Priority, RetryPolicy},
    enums::v1::{
        ContinueAsNewInitiator, EventType, WorkflowIdConflictPolicy, WorkflowIdReusePolicy,
    },
    history::v1::{HistoryEvent, history_event},
    query::v1::WorkflowQuery,
    workflowservice::v1::*,
};
use tonic::Code;

#[tokio::test]
async fn a_run_that_continues_as_new_leaves_its_retries_and_its_cron_schedule_behind() {
    let server = server(TimeMode::Unlocked);
    let mut request = start_request("w");
    request.retry_policy = Some(RetryPolicy::default());
    request.cron_schedule = "@every 1s".to_owned();
    request.workflow_execution_timeout = seconds(100);
    request.workflow_run_timeout = seconds(50);
    let _: StartWorkflowExecutionResponse = call(&server, request).await.unwrap();
    let next = Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(
        ContinueAsNewWorkflowExecutionCommandAttributes {
            workflow_run_timeout: seconds(200),
            ..Default::default()
        },
    );
    let first = step(&server, vec![next]).await;
    let first = first.history.unwrap().events.remove(0).attributes;
    let Some(history_event::Attributes::WorkflowExecutionStartedEventAttributes(first)) = first
    else {
        panic!("{first:?}");
    };
    assert_eq!(first.initiator(), ContinueAsNewInitiator::CronSchedule);
    let second = poll(&server)
        .await
        .history
        .unwrap()
        .events
        .remove(0)
        .attributes;
    let Some(history_event::Attributes::WorkflowExecutionStartedEventAttributes(second)) = second
    else {
        panic!("{second:?}");
    };
    assert_eq!(second.retry_policy, None);
    assert_eq!(second.cron_schedule, "");
    assert_eq!(second.workflow_run_timeout, seconds(100));
}

#[tokio::test]
async fn a_child_on_a_cron_schedule_waits_for_its_time_and_has_the_priority_of_its_parent() {
    let server = server(TimeMode::Real);
    let mut request = start_request("w");
    let priority = Some(Priority {
        priority_key: 2,
        ..Default::default()
    });
    request.priority.clone_from(&priority);
    let _: StartWorkflowExecutionResponse = call(&server, request).await.unwrap();
    let Attributes::StartChildWorkflowExecutionCommandAttributes(mut command) = child("child")
    else {
        unreachable!();
    };
    command.cron_schedule = "@yearly".to_owned();
    let command = Attributes::StartChildWorkflowExecutionCommandAttributes(command);
    step(&server, vec![schedule(activity("1")), command]).await;
    assert_eq!(poll_activity(&server).await.priority, priority);
    let events = history(&server, execution("child")).await;
    assert_eq!(types(&events), [EventType::WorkflowExecutionStarted]);
    let Some(history_event::Attributes::WorkflowExecutionStartedEventAttributes(start)) =
        &events[0].attributes
    else {
        panic!("{events:?}");
    };
    assert_eq!(start.priority, priority);
    assert_eq!(start.initiator(), ContinueAsNewInitiator::CronSchedule);
    assert!(start.first_workflow_task_backoff.unwrap().seconds > 0);
}

#[tokio::test]
async fn a_workflow_that_has_ended_can_be_asked_to_cancel_by_another_but_takes_no_signal() {
    let server = server(TimeMode::Real);
    start(&server, "ended").await;
    step(&server, vec![complete()]).await;
    start(&server, "w").await;
    let cancel = Attributes::RequestCancelExternalWorkflowExecutionCommandAttributes(
        RequestCancelExternalWorkflowExecutionCommandAttributes {
            workflow_id: "ended".to_owned(),
            ..Default::default()
        },
    );
    let signal = Attributes::SignalExternalWorkflowExecutionCommandAttributes(
        SignalExternalWorkflowExecutionCommandAttributes {
            execution: execution("ended"),
            signal_name: "s".to_owned(),
            ..Default::default()
        },
    );
    step(&server, vec![cancel, signal]).await;
    let types = types(&history(&server, execution("w")).await);
    assert!(types.contains(&EventType::ExternalWorkflowExecutionCancelRequested));
    assert!(types.contains(&EventType::SignalExternalWorkflowExecutionFailed));
}

#[tokio::test]
async fn what_a_worker_cannot_answer_soon_is_refused_at_once() {
    let server = server(TimeMode::Unlocked);
    let query = |id: &str| QueryWorkflowRequest {
        namespace: NAMESPACE.to_owned(),
        execution: execution(id),
        query: Some(WorkflowQuery {
            query_type: "q".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let refusal = async |id: &str| {
        let answer = call::<_, QueryWorkflowResponse>(&server, query(id)).await;
        let error = answer.unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition);
        error.message().to_owned()
    };
    start(&server, "failing").await;
    for _ in 0..2 {
        let failed = RespondWorkflowTaskFailedRequest {
            namespace: NAMESPACE.to_owned(),
            task_token: poll(&server).await.task_token,
            ..Default::default()
        };
        let _: RespondWorkflowTaskFailedResponse = call(&server, failed).await.unwrap();
    }
    assert_eq!(
        refusal("failing").await,
        "Unable to query workflow due to Workflow Task in failed state."
    );
    let mut delayed = start_request("delayed");
    delayed.workflow_start_delay = seconds(3_600);
    // While the other one's task is out, time does not jump.
    let _task = poll(&server).await;
    let _: StartWorkflowExecutionResponse = call(&server, delayed).await.unwrap();
    assert_eq!(
        refusal("delayed").await,
        "Workflow task is not scheduled yet."
    );
}

#[tokio::test]
async fn policies_for_ids_that_contradict_each_other_are_refused() {
    let server = server(TimeMode::Real);
    let mut request = start_request("w");
    request.set_workflow_id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate);
    request.set_workflow_id_conflict_policy(WorkflowIdConflictPolicy::TerminateExisting);
    let error = call::<_, StartWorkflowExecutionResponse>(&server, request)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn pages_of_a_list_stay_where_they_are_when_more_workflows_start() {
    let server = server(TimeMode::Real);
    for id in ["a", "b", "c"] {
        start(&server, id).await;
    }
    let page = async |next_page_token: Vec<u8>| {
        let request = ListWorkflowExecutionsRequest {
            namespace: NAMESPACE.to_owned(),
            page_size: 2,
            next_page_token,
            ..Default::default()
        };
        let listed: ListWorkflowExecutionsResponse = call(&server, request).await.unwrap();
        let ids = listed.executions.into_iter();
        let ids: Vec<_> = ids
            .map(|info| info.execution.unwrap().workflow_id)
            .collect();
        (ids, listed.next_page_token)
    };
    let (first, token) = page(Vec::new()).await;
    assert_eq!(first, ["c", "b"]);
    start(&server, "d").await;
    assert_eq!(page(token).await, (vec!["a".to_owned()], Vec::new()));
}

#[tokio::test]
async fn a_delayed_start_waits_for_its_time_unless_it_is_to_cancel() {
    let server = server(TimeMode::Real);
    let mut delayed = start_request("w");
    delayed.workflow_start_delay = seconds(3_600);
    let _: StartWorkflowExecutionResponse = call(&server, delayed).await.unwrap();
    signal(&server, "w", "s").await;
    let cancel = RequestCancelWorkflowExecutionRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution("w"),
        ..Default::default()
    };
    let _: RequestCancelWorkflowExecutionResponse = call(&server, cancel).await.unwrap();
    let task = step(&server, vec![complete()]).await;
    let types: Vec<_> = task
        .history
        .unwrap()
        .events
        .iter()
        .map(HistoryEvent::event_type)
        .collect();
    assert_eq!(
        types,
        [
            EventType::WorkflowExecutionStarted,
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowExecutionCancelRequested,
            EventType::WorkflowTaskScheduled,
            EventType::WorkflowTaskStarted,
        ]
    );
}

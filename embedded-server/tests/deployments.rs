//! Worker deployments: where tasks go by the versions of workers.

use crate::support::*;
use temporal_bun_embedded_server::{Server, TimeMode};
use temporalio_protos::temporal::api::{
    deployment::v1::{WorkerDeploymentOptions, WorkerDeploymentVersion},
    enums::v1::{VersioningBehavior, WorkerDeploymentVersionStatus, WorkerVersioningMode},
    workflow::v1::{
        VersioningOverride, WorkflowExecutionOptions,
        versioning_override::{Override, PinnedOverride},
    },
    workflowservice::v1::*,
};
use tonic::Code;

fn options(build_id: &str) -> Option<WorkerDeploymentOptions> {
    Some(WorkerDeploymentOptions {
        deployment_name: "shop".to_owned(),
        build_id: build_id.to_owned(),
        worker_versioning_mode: WorkerVersioningMode::Versioned as i32,
    })
}

fn version(build_id: &str) -> Option<WorkerDeploymentVersion> {
    Some(WorkerDeploymentVersion {
        deployment_name: "shop".to_owned(),
        build_id: build_id.to_owned(),
    })
}

/// Polls as a worker of a version. With none it is a worker without one.
fn poll_as(build_id: Option<&str>) -> PollWorkflowTaskQueueRequest {
    PollWorkflowTaskQueueRequest {
        namespace: NAMESPACE.to_owned(),
        task_queue: queue(),
        deployment_options: build_id.and_then(options),
        ..Default::default()
    }
}

/// The next task for a version, which must be there.
async fn take(server: &Server, build_id: &str) -> PollWorkflowTaskQueueResponse {
    call(server, poll_as(Some(build_id))).await.unwrap()
}

/// Lets the server know of workers of a version, which find nothing to do.
async fn announce(server: &Server, build_id: &str) {
    let polling = call::<_, PollWorkflowTaskQueueResponse>(server, poll_as(Some(build_id)));
    tokio::select! {
        biased;
        task = polling => panic!("there should be nothing to do: {task:?}"),
        () = std::future::ready(()) => {}
    }
}

async fn complete_as(
    server: &Server,
    task: &PollWorkflowTaskQueueResponse,
    build_id: &str,
    behavior: VersioningBehavior,
) {
    let request = RespondWorkflowTaskCompletedRequest {
        task_token: task.task_token.clone(),
        deployment_options: options(build_id),
        versioning_behavior: behavior as i32,
        ..Default::default()
    };
    let _: RespondWorkflowTaskCompletedResponse = call(server, request).await.unwrap();
}

async fn make_current(
    server: &Server,
    build_id: &str,
) -> Result<SetWorkerDeploymentCurrentVersionResponse, tonic::Status> {
    let request = SetWorkerDeploymentCurrentVersionRequest {
        namespace: NAMESPACE.to_owned(),
        deployment_name: "shop".to_owned(),
        build_id: build_id.to_owned(),
        ..Default::default()
    };
    call(server, request).await
}

async fn ramp(server: &Server, build_id: &str, percentage: f32) {
    let request = SetWorkerDeploymentRampingVersionRequest {
        namespace: NAMESPACE.to_owned(),
        deployment_name: "shop".to_owned(),
        build_id: build_id.to_owned(),
        percentage,
        ..Default::default()
    };
    let _: SetWorkerDeploymentRampingVersionResponse = call(server, request).await.unwrap();
}

async fn describe(server: &Server) -> DescribeWorkerDeploymentResponse {
    let request = DescribeWorkerDeploymentRequest {
        namespace: NAMESPACE.to_owned(),
        deployment_name: "shop".to_owned(),
    };
    call(server, request).await.unwrap()
}

#[tokio::test]
async fn pinned_runs_stay_and_others_go_to_the_current_version() {
    let server = server(TimeMode::Real);
    announce(&server, "1").await;
    make_current(&server, "1").await.unwrap();
    for (id, behavior) in [
        ("pinned", VersioningBehavior::Pinned),
        ("moves", VersioningBehavior::AutoUpgrade),
    ] {
        start(&server, id).await;
        let task = take(&server, "1").await;
        complete_as(&server, &task, "1", behavior).await;
    }
    announce(&server, "2").await;
    let answer = make_current(&server, "2").await.unwrap();
    #[allow(deprecated)]
    let previous = answer.previous_deployment_version;
    assert_eq!(previous, version("1"));
    signal(&server, "pinned", "s").await;
    signal(&server, "moves", "s").await;
    let id = |task: &PollWorkflowTaskQueueResponse| {
        task.workflow_execution
            .as_ref()
            .unwrap()
            .workflow_id
            .clone()
    };
    assert_eq!(id(&take(&server, "1").await), "pinned");
    assert_eq!(id(&take(&server, "2").await), "moves");
}

#[tokio::test]
async fn tasks_that_wait_follow_a_change_of_the_current_version() {
    let server = server(TimeMode::Real);
    start(&server, "w").await;
    announce(&server, "1").await;
    make_current(&server, "1").await.unwrap();
    let task = take(&server, "1").await;
    assert_eq!(task.attempt, 1);
}

#[tokio::test]
async fn a_ramp_takes_its_share() {
    let server = server(TimeMode::Real);
    announce(&server, "1").await;
    announce(&server, "2").await;
    make_current(&server, "1").await.unwrap();
    ramp(&server, "2", 100.0).await;
    start(&server, "w").await;
    let task = take(&server, "2").await;
    complete_as(&server, &task, "2", VersioningBehavior::AutoUpgrade).await;
    ramp(&server, "2", 0.0).await;
    signal(&server, "w", "s").await;
    take(&server, "1").await;
    let info = describe(&server).await.worker_deployment_info.unwrap();
    let routing = info.routing_config.unwrap();
    assert_eq!(routing.current_deployment_version, version("1"));
    assert_eq!(routing.ramping_deployment_version, version("2"));
    let statuses: Vec<_> = info
        .version_summaries
        .iter()
        .map(|summary| summary.status())
        .collect();
    use WorkerDeploymentVersionStatus::*;
    assert_eq!(statuses, [Current, Ramping]);
}

#[tokio::test]
async fn an_override_moves_a_run() {
    let server = server(TimeMode::Real);
    for build_id in ["1", "2"] {
        announce(&server, build_id).await;
    }
    make_current(&server, "1").await.unwrap();
    start(&server, "w").await;
    let request = UpdateWorkflowExecutionOptionsRequest {
        namespace: NAMESPACE.to_owned(),
        workflow_execution: execution("w"),
        workflow_execution_options: Some(WorkflowExecutionOptions {
            versioning_override: Some(VersioningOverride {
                r#override: Some(Override::Pinned(PinnedOverride {
                    version: version("2"),
                    ..Default::default()
                })),
                ..Default::default()
            }),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["versioning_override".to_owned()],
        }),
        ..Default::default()
    };
    let _: UpdateWorkflowExecutionOptionsResponse = call(&server, request).await.unwrap();
    let task = take(&server, "2").await;
    assert_eq!(task.history.unwrap().events.len(), 4);
}

#[tokio::test]
async fn a_version_that_no_worker_has_polled_as_cannot_be_current() {
    let server = server(TimeMode::Real);
    let refused = make_current(&server, "1").await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        refused.message(),
        "no Worker Deployment found with name shop; does your Worker Deployment have pollers?"
    );
    announce(&server, "1").await;
    let refused = make_current(&server, "2").await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

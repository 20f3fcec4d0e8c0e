//! Advice to workers whose pollers scale by themselves.

use crate::support::*;
use temporal_bun_embedded_server::{Config, ScheduleConfig, Server, TimeMode};
use temporalio_protos::temporal::api::taskqueue::v1::PollerScalingDecision;

/// The advice with each of three workflow tasks that wait at once, and then with each of their activities.
async fn advice_of(server: &Server) -> (Vec<i32>, Vec<i32>) {
    let change = |decision: Option<PollerScalingDecision>| {
        decision.map_or(0, |decision| decision.poll_request_delta_suggestion)
    };
    for id in ["a", "b", "c"] {
        start(server, id).await;
    }
    let mut of_workflows = Vec::new();
    for _ in 0..3 {
        let task = step(server, vec![schedule(activity("work"))]).await;
        of_workflows.push(change(task.poller_scaling_decision));
    }
    let mut of_activities = Vec::new();
    for _ in 0..3 {
        let task = poll_activity(server).await;
        assert!(!task.task_token.is_empty());
        of_activities.push(change(task.poller_scaling_decision));
        complete_activity(server, task.task_token).await;
    }
    (of_workflows, of_activities)
}

#[tokio::test]
async fn polls_that_fall_behind_should_be_more() {
    for time in [TimeMode::Real, TimeMode::Unlocked] {
        let (of_workflows, of_activities) = advice_of(&server(time)).await;
        assert_eq!(of_workflows, [1, 1, 0]);
        assert_eq!(of_activities, [1, 1, 0]);
    }
}

#[tokio::test]
async fn a_server_that_goes_by_a_seed_gives_no_advice() {
    let server = Server::new(Config {
        schedule: ScheduleConfig {
            seed: Some(1),
            ..Default::default()
        },
        ..Config::default()
    });
    tokio::spawn(server.drive());
    assert_eq!(advice_of(&server).await, (vec![0; 3], vec![0; 3]));
}

//! The order of tasks and the faults of a server that goes by a seed.

use crate::support::*;
use temporal_bun_embedded_server::{Config, Fault, ScheduleConfig, Server, TimeMode};
use temporalio_protos::temporal::api::{
    command::v1::{ScheduleActivityTaskCommandAttributes, command::Attributes},
    common::v1::RetryPolicy,
    enums::v1::EventType,
    workflowservice::v1::*,
};
use tonic::Code;

fn server_of(seed: u64, faults: &[(Fault, f64)], only: Option<&[&str]>) -> Server {
    let server = Server::new(Config {
        time: TimeMode::Unlocked,
        schedule: ScheduleConfig {
            seed: Some(seed),
            faults: faults.to_vec(),
            only: only.map(|only| only.iter().map(|one| (*one).to_owned()).collect()),
            keeps_order: false,
        },
        ..Config::default()
    });
    tokio::spawn(server.drive());
    server
}

fn activity(id: &str, maximum_attempts: i32) -> Attributes {
    Attributes::ScheduleActivityTaskCommandAttributes(ScheduleActivityTaskCommandAttributes {
        activity_id: id.to_owned(),
        activity_type: activity_type(id),
        task_queue: queue(),
        start_to_close_timeout: seconds(60),
        retry_policy: Some(RetryPolicy {
            maximum_attempts,
            ..Default::default()
        }),
        ..Default::default()
    })
}

async fn finish_activity(server: &Server, task: &PollActivityTaskQueueResponse) {
    let request = RespondActivityTaskCompletedRequest {
        namespace: NAMESPACE.to_owned(),
        task_token: task.task_token.clone(),
        ..Default::default()
    };
    let _: RespondActivityTaskCompletedResponse = call(server, request).await.unwrap();
}

fn faults(server: &Server) -> Vec<(Fault, String)> {
    let steps = server.schedule().into_iter();
    steps
        .filter_map(|step| Some((step.fault?, step.place)))
        .collect()
}

#[tokio::test]
async fn the_seed_decides_which_activity_is_next() {
    let mut orders = Vec::new();
    for seed in 0..8 {
        let server = server_of(seed, &[], None);
        start(&server, "w").await;
        step(&server, vec![activity("a", 1), activity("b", 1)]).await;
        let first = poll_activity(&server).await;
        finish_activity(&server, &first).await;
        orders.push(first.activity_id);
    }
    assert!(orders.iter().any(|first| first == "a"), "{orders:?}");
    assert!(orders.iter().any(|first| first == "b"), "{orders:?}");
    let server = server_of(0, &[], None);
    start(&server, "w").await;
    step(&server, vec![activity("a", 1), activity("b", 1)]).await;
    assert_eq!(poll_activity(&server).await.activity_id, orders[0]);
}

#[tokio::test]
async fn the_seed_decides_over_run_ids() {
    let run_id = async |seed| start(&server_of(seed, &[], None), "w").await.run_id;
    assert_eq!(run_id(1).await, run_id(1).await);
    assert_ne!(run_id(1).await, run_id(2).await);
}

#[tokio::test]
async fn an_activity_fails_or_times_out_before_it_begins() {
    for (fault, end) in [
        (Fault::ActivityFailure, EventType::ActivityTaskFailed),
        (Fault::ActivityTimeout, EventType::ActivityTaskTimedOut),
    ] {
        let server = server_of(1, &[(fault, 1.0)], None);
        start(&server, "w").await;
        step(&server, vec![activity("a", 1)]).await;
        let server_of_poll = server.clone();
        let poll = tokio::spawn(async move { poll_activity(&server_of_poll).await });
        step(&server, vec![complete()]).await;
        poll.abort();
        let events = history(&server, execution("w")).await;
        assert!(types(&events).contains(&end), "{fault:?}");
        let place = "activity a (a) of w, attempt 1".to_owned();
        assert_eq!(faults(&server), [(fault, place)]);
    }
}

#[tokio::test]
async fn a_result_that_is_lost_has_the_activity_tried_again() {
    let only = ["activityResultLost: activity a (a) of w, attempt 1"];
    let server = server_of(1, &[(Fault::ActivityResultLost, 1.0)], Some(&only));
    start(&server, "w").await;
    step(&server, vec![activity("a", 2)]).await;
    let first = poll_activity(&server).await;
    finish_activity(&server, &first).await;
    let again = poll_activity(&server).await;
    assert_eq!((first.attempt, again.attempt), (1, 2));
    finish_activity(&server, &again).await;
    step(&server, vec![complete()]).await;
}

#[tokio::test]
async fn a_task_that_is_lost_comes_again_after_its_timeout() {
    let only = ["pollLost: workflow task 1 of w"];
    let server = server_of(1, &[(Fault::PollLost, 1.0)], Some(&only));
    start(&server, "w").await;
    let task = poll(&server).await;
    assert_eq!(task.attempt, 2);
    answer(&server, &task, vec![complete()]).await.unwrap();
    let events = history(&server, execution("w")).await;
    assert!(types(&events).contains(&EventType::WorkflowTaskTimedOut));
}

#[tokio::test]
async fn an_answer_comes_too_late_or_is_lost_on_its_way_back() {
    for (fault, code, is_done) in [
        (Fault::WorkflowTaskTimeout, Code::NotFound, false),
        (Fault::StickyCacheLost, Code::NotFound, true),
        (Fault::Eviction, Code::NotFound, true),
        (Fault::AnswerLost, Code::Unavailable, true),
    ] {
        let server = server_of(1, &[(fault, 1.0)], None);
        start(&server, "w").await;
        let task = poll(&server).await;
        let refused = answer(&server, &task, vec![complete()]).await.unwrap_err();
        assert_eq!(refused.code(), code, "{fault:?}");
        let events = types(&history(&server, execution("w")).await);
        let completed = events.contains(&EventType::WorkflowExecutionCompleted);
        assert_eq!(completed, is_done, "{fault:?}");
    }
}

#[tokio::test]
async fn a_workflow_task_is_handed_out_twice() {
    let server = server_of(1, &[(Fault::WorkflowTaskTwice, 1.0)], None);
    start(&server, "w").await;
    let task = poll(&server).await;
    assert_eq!(poll(&server).await.task_token, task.task_token);
    answer(&server, &task, vec![complete()]).await.unwrap();
    let late = answer(&server, &task, vec![complete()]).await;
    assert_eq!(late.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_late_heartbeat_ends_the_attempt() {
    let server = server_of(1, &[(Fault::LateHeartbeat, 1.0)], None);
    start(&server, "w").await;
    let Attributes::ScheduleActivityTaskCommandAttributes(command) = activity("a", 2) else {
        unreachable!()
    };
    let command = ScheduleActivityTaskCommandAttributes {
        heartbeat_timeout: seconds(5),
        ..command
    };
    let schedule = Attributes::ScheduleActivityTaskCommandAttributes(command);
    step(&server, vec![schedule]).await;
    let task = poll_activity(&server).await;
    let beat = RecordActivityTaskHeartbeatRequest {
        namespace: NAMESPACE.to_owned(),
        task_token: task.task_token,
        ..Default::default()
    };
    let _: RecordActivityTaskHeartbeatResponse = call(&server, beat.clone()).await.unwrap();
    let late = call::<_, RecordActivityTaskHeartbeatResponse>(&server, beat).await;
    assert_eq!(late.unwrap_err().code(), Code::NotFound);
    assert_eq!(poll_activity(&server).await.attempt, 2);
}

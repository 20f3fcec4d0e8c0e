//! Completions of tasks that reached no host, and that no host can take any more.
//!
//! They fail in a way that is tried again, so that another worker takes the task before it times out.

use prost::Message;
use temporalio_common::protos::{
    coresdk::{
        ActivityTaskCompletion,
        activity_result::ActivityExecutionResult,
        activity_task::{ActivityTask, activity_task},
        nexus::{NexusTask, NexusTaskCompletion, nexus_task, nexus_task_completion},
    },
    temporal::api::{
        enums::v1::NexusHandlerErrorRetryBehavior,
        failure::v1::{Failure, NexusHandlerFailureInfo, failure::FailureInfo},
    },
};

const MESSAGE: &str = "The worker shut down before a thread took this task";

/// Fails an encoded activity task. None for a cancellation, which is no task of its own.
pub fn of_activity(task: &[u8]) -> Option<ActivityTaskCompletion> {
    let task = ActivityTask::decode(task).ok()?;
    let Some(activity_task::Variant::Start(_)) = task.variant else {
        return None;
    };
    let failure = Failure::application_failure(MESSAGE.to_owned(), false);
    Some(ActivityTaskCompletion {
        task_token: task.task_token,
        result: Some(ActivityExecutionResult::fail(failure)),
    })
}

/// Fails an encoded Nexus task. None for a cancellation, which is no task of its own.
pub fn of_nexus(task: &[u8]) -> Option<NexusTaskCompletion> {
    let Some(nexus_task::Variant::Task(task)) = NexusTask::decode(task).ok()?.variant else {
        return None;
    };
    let failure = Failure {
        message: MESSAGE.to_owned(),
        failure_info: Some(FailureInfo::NexusHandlerFailureInfo(
            NexusHandlerFailureInfo {
                r#type: "UNAVAILABLE".to_owned(),
                retry_behavior: NexusHandlerErrorRetryBehavior::Retryable.into(),
            },
        )),
        ..Default::default()
    };
    Some(NexusTaskCompletion {
        task_token: task.task_token,
        status: Some(nexus_task_completion::Status::Failure(failure)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use temporalio_common::protos::{
        coresdk::{
            activity_task::{Cancel, Start},
            nexus::CancelNexusTask,
        },
        temporal::api::workflowservice::v1::PollNexusTaskQueueResponse,
    };

    fn activity(variant: activity_task::Variant) -> Vec<u8> {
        let task = ActivityTask {
            task_token: b"token".to_vec(),
            variant: Some(variant),
        };
        task.encode_to_vec()
    }

    fn nexus(variant: nexus_task::Variant) -> Vec<u8> {
        let task = NexusTask {
            variant: Some(variant),
            ..Default::default()
        };
        task.encode_to_vec()
    }

    #[test]
    fn a_task_fails_so_that_it_is_tried_again() {
        let start = activity(activity_task::Variant::Start(Start::default()));
        let completion = of_activity(&start).unwrap();
        assert_eq!(completion.task_token, b"token");
        assert_eq!(
            completion.result.unwrap(),
            ActivityExecutionResult::fail(Failure::application_failure(MESSAGE.to_owned(), false))
        );
        let task = nexus(nexus_task::Variant::Task(PollNexusTaskQueueResponse {
            task_token: b"token".to_vec(),
            ..Default::default()
        }));
        let completion = of_nexus(&task).unwrap();
        assert_eq!(completion.task_token, b"token");
        let Some(nexus_task_completion::Status::Failure(Failure {
            failure_info: Some(FailureInfo::NexusHandlerFailureInfo(info)),
            ..
        })) = completion.status
        else {
            panic!("a failure of the handler");
        };
        assert_eq!(
            info.retry_behavior(),
            NexusHandlerErrorRetryBehavior::Retryable
        );
    }

    #[test]
    fn a_cancellation_is_not_answered() {
        let cancel = activity(activity_task::Variant::Cancel(Cancel::default()));
        assert!(of_activity(&cancel).is_none());
        let cancel = nexus(nexus_task::Variant::CancelTask(CancelNexusTask::default()));
        assert!(of_nexus(&cancel).is_none());
    }
}

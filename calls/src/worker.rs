//! The asynchronous methods of core's worker.

use futures_util::future::BoxFuture;
use temporalio_common::protos::coresdk::{
    ActivityTaskCompletion, NamespaceInfo,
    activity_task::ActivityTask,
    nexus::{NexusTask, NexusTaskCompletion},
    workflow_activation::WorkflowActivation,
    workflow_completion::WorkflowActivationCompletion,
};
use temporalio_sdk_core::{
    CompleteActivityError, CompleteNexusError, CompleteWfError, PollError, Worker,
    WorkerValidationError,
};

/// [`Worker::validate`].
pub fn validate(worker: &Worker) -> BoxFuture<'_, Result<NamespaceInfo, WorkerValidationError>> {
    Box::pin(worker.validate())
}

/// [`Worker::poll_workflow_activation`].
pub fn poll_workflow_activation(
    worker: &Worker,
) -> BoxFuture<'_, Result<WorkflowActivation, PollError>> {
    Box::pin(worker.poll_workflow_activation())
}

/// [`Worker::poll_activity_task`].
pub fn poll_activity_task(worker: &Worker) -> BoxFuture<'_, Result<ActivityTask, PollError>> {
    Box::pin(worker.poll_activity_task())
}

/// [`Worker::poll_nexus_task`].
pub fn poll_nexus_task(worker: &Worker) -> BoxFuture<'_, Result<NexusTask, PollError>> {
    Box::pin(worker.poll_nexus_task())
}

/// [`Worker::complete_workflow_activation`].
pub fn complete_workflow_activation(
    worker: &Worker,
    completion: WorkflowActivationCompletion,
) -> BoxFuture<'_, Result<(), CompleteWfError>> {
    Box::pin(worker.complete_workflow_activation(completion))
}

/// [`Worker::complete_activity_task`].
pub fn complete_activity_task(
    worker: &Worker,
    completion: ActivityTaskCompletion,
) -> BoxFuture<'_, Result<(), CompleteActivityError>> {
    Box::pin(worker.complete_activity_task(completion))
}

/// [`Worker::complete_nexus_task`].
pub fn complete_nexus_task(
    worker: &Worker,
    completion: NexusTaskCompletion,
) -> BoxFuture<'_, Result<(), CompleteNexusError>> {
    Box::pin(worker.complete_nexus_task(completion))
}

/// [`Worker::shutdown`].
pub fn shutdown(worker: &Worker) -> BoxFuture<'_, ()> {
    Box::pin(worker.shutdown())
}

/// [`Worker::finalize_shutdown`].
pub fn finalize_shutdown(worker: Worker) -> BoxFuture<'static, ()> {
    Box::pin(worker.finalize_shutdown())
}

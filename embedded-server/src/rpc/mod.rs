//! The RPCs that the server serves: each takes a request, reads or changes the state, and gives an answer.

mod activities;
mod activity_options;
mod batches;
mod deployments;
mod describe;
mod filtered_lists;
mod history;
mod multi_operation;
mod namespaces;
mod nexus;
mod operator;
mod pauses;
mod queries;
mod resets;
mod schedules;
mod signals;
mod standalone;
mod start;
mod system;
mod task_queues;
mod test_service;
mod updates;
mod visibility;
mod workflow_ends;
mod workflow_tasks;

use crate::shared::Shared;
use prost::Message;
use std::future::Future;
use tonic::Status;

/// Decodes a request, and encodes the answer.
async fn answer<'a, Request, Response, Answer>(
    shared: &'a Shared,
    request: &[u8],
    serve: impl FnOnce(&'a Shared, Request) -> Answer,
) -> Result<Vec<u8>, Status>
where
    Request: Message + Default,
    Response: Message,
    Answer: Future<Output = Result<Response, Status>>,
{
    let request = Request::decode(request)
        .map_err(|error| Status::invalid_argument(format!("the request is malformed: {error}")))?;
    Ok(serve(shared, request).await?.encode_to_vec())
}

macro_rules! table {
    ($($service:literal { $($method:literal => $serve:path,)* })*) => {
        /// The RPCs that the server serves: services, and their methods.
        pub const SERVED_RPCS: &[(&str, &[&str])] = &[$(($service, &[$($method),*])),*];

        /// Calls a method by the full name of its service and its own.
        pub async fn call(
            shared: &Shared,
            service: &str,
            method: &str,
            request: &[u8],
        ) -> Result<Vec<u8>, Status> {
            match (service, method) {
                $($(($service, $method) => answer(shared, request, $serve).await,)*)*
                _ => Err(Status::unimplemented(format!(
                    "the embedded server does not serve {service}/{method}"
                ))),
            }
        }
    };
}

table! {
    "temporal.api.workflowservice.v1.WorkflowService" {
        "CountActivityExecutions" => standalone::count_activity_executions,
        "CountSchedules" => schedules::count_schedules,
        "CountWorkflowExecutions" => visibility::count_workflow_executions,
        "CreateSchedule" => schedules::create_schedule,
        "DeleteActivityExecution" => standalone::delete_activity_execution,
        "DeleteSchedule" => schedules::delete_schedule,
        "DeleteWorkerDeployment" => deployments::delete_worker_deployment,
        "DeleteWorkerDeploymentVersion" => deployments::delete_worker_deployment_version,
        "DeleteWorkflowExecution" => describe::delete_workflow_execution,
        "DescribeActivityExecution" => standalone::describe_activity_execution,
        "DescribeBatchOperation" => batches::describe_batch_operation,
        "DescribeNamespace" => namespaces::describe_namespace,
        "DescribeSchedule" => schedules::describe_schedule,
        "DescribeTaskQueue" => task_queues::describe_task_queue,
        "DescribeWorkerDeployment" => deployments::describe_worker_deployment,
        "DescribeWorkerDeploymentVersion" => deployments::describe_worker_deployment_version,
        "DescribeWorkflowExecution" => describe::describe_workflow_execution,
        "ExecuteMultiOperation" => multi_operation::execute_multi_operation,
        "GetClusterInfo" => system::get_cluster_info,
        "GetSearchAttributes" => visibility::get_search_attributes,
        "GetSystemInfo" => system::get_system_info,
        "GetWorkflowExecutionHistory" => history::get_workflow_execution_history,
        "GetWorkflowExecutionHistoryReverse" => history::get_workflow_execution_history_reverse,
        "ListActivityExecutions" => standalone::list_activity_executions,
        "ListBatchOperations" => batches::list_batch_operations,
        "ListClosedWorkflowExecutions" => filtered_lists::list_closed_workflow_executions,
        "ListNamespaces" => namespaces::list_namespaces,
        "ListOpenWorkflowExecutions" => filtered_lists::list_open_workflow_executions,
        "ListScheduleMatchingTimes" => schedules::list_schedule_matching_times,
        "ListSchedules" => schedules::list_schedules,
        "ListWorkerDeployments" => deployments::list_worker_deployments,
        "ListWorkflowExecutions" => visibility::list_workflow_executions,
        "PatchSchedule" => schedules::patch_schedule,
        "PauseActivity" => activity_options::pause_activity,
        "PauseWorkflowExecution" => pauses::pause_workflow_execution,
        "PollActivityExecution" => standalone::poll_activity_execution,
        "PollActivityTaskQueue" => task_queues::poll_activity_task_queue,
        "PollNexusTaskQueue" => task_queues::poll_nexus_task_queue,
        "PollWorkflowExecutionUpdate" => updates::poll_workflow_execution_update,
        "PollWorkflowTaskQueue" => task_queues::poll_workflow_task_queue,
        "QueryWorkflow" => queries::query_workflow,
        "RecordActivityTaskHeartbeat" => activities::record_activity_task_heartbeat,
        "RecordActivityTaskHeartbeatById" => activities::record_activity_task_heartbeat_by_id,
        "RegisterNamespace" => namespaces::register_namespace,
        "RequestCancelActivityExecution" => standalone::request_cancel_activity_execution,
        "RequestCancelWorkflowExecution" => workflow_ends::request_cancel_workflow_execution,
        "ResetActivity" => activity_options::reset_activity,
        "ResetStickyTaskQueue" => workflow_tasks::reset_sticky_task_queue,
        "ResetWorkflowExecution" => resets::reset_workflow_execution,
        "RespondActivityTaskCanceled" => activities::respond_activity_task_canceled,
        "RespondActivityTaskCanceledById" => activities::respond_activity_task_canceled_by_id,
        "RespondActivityTaskCompleted" => activities::respond_activity_task_completed,
        "RespondActivityTaskCompletedById" => activities::respond_activity_task_completed_by_id,
        "RespondActivityTaskFailed" => activities::respond_activity_task_failed,
        "RespondActivityTaskFailedById" => activities::respond_activity_task_failed_by_id,
        "RespondNexusTaskCompleted" => nexus::respond_nexus_task_completed,
        "RespondNexusTaskFailed" => nexus::respond_nexus_task_failed,
        "RespondQueryTaskCompleted" => queries::respond_query_task_completed,
        "RespondWorkflowTaskCompleted" => workflow_tasks::respond_workflow_task_completed,
        "RespondWorkflowTaskFailed" => workflow_tasks::respond_workflow_task_failed,
        "ScanWorkflowExecutions" => visibility::scan_workflow_executions,
        "SetWorkerDeploymentCurrentVersion" => deployments::set_worker_deployment_current_version,
        "SetWorkerDeploymentRampingVersion" => deployments::set_worker_deployment_ramping_version,
        "ShutdownWorker" => task_queues::shutdown_worker,
        "SignalWithStartWorkflowExecution" => signals::signal_with_start_workflow_execution,
        "SignalWorkflowExecution" => signals::signal_workflow_execution,
        "StartActivityExecution" => standalone::start_activity_execution,
        "StartBatchOperation" => batches::start_batch_operation,
        "StartWorkflowExecution" => start::start_workflow_execution,
        "StopBatchOperation" => batches::stop_batch_operation,
        "TerminateActivityExecution" => standalone::terminate_activity_execution,
        "TerminateWorkflowExecution" => workflow_ends::terminate_workflow_execution,
        "UnpauseActivity" => activity_options::unpause_activity,
        "UnpauseWorkflowExecution" => pauses::unpause_workflow_execution,
        "UpdateActivityOptions" => activity_options::update_activity_options,
        "UpdateNamespace" => namespaces::update_namespace,
        "UpdateSchedule" => schedules::update_schedule,
        "UpdateWorkerDeploymentVersionMetadata" => deployments::update_worker_deployment_version_metadata,
        "UpdateWorkflowExecution" => updates::update_workflow_execution,
        "UpdateWorkflowExecutionOptions" => deployments::update_workflow_execution_options,
    }
    "temporal.api.operatorservice.v1.OperatorService" {
        "AddSearchAttributes" => operator::add_search_attributes,
        "CreateNexusEndpoint" => nexus::create_nexus_endpoint,
        "DeleteNexusEndpoint" => nexus::delete_nexus_endpoint,
        "GetNexusEndpoint" => nexus::get_nexus_endpoint,
        "ListClusters" => system::list_clusters,
        "ListNexusEndpoints" => nexus::list_nexus_endpoints,
        "ListSearchAttributes" => operator::list_search_attributes,
        "RemoveSearchAttributes" => operator::remove_search_attributes,
        "UpdateNexusEndpoint" => nexus::update_nexus_endpoint,
    }
    "temporal.api.testservice.v1.TestService" {
        "GetCurrentTime" => test_service::get_current_time,
        "LockTimeSkipping" => test_service::lock_time_skipping,
        "Sleep" => test_service::sleep,
        "SleepUntil" => test_service::sleep_until,
        "UnlockTimeSkipping" => test_service::unlock_time_skipping,
        "UnlockTimeSkippingWithSleep" => test_service::unlock_time_skipping_with_sleep,
    }
    "grpc.health.v1.Health" {
        "Check" => system::check,
    }
}

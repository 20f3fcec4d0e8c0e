//! The server's version, capabilities and health.

use crate::shared::Shared;
use temporalio_protos::{
    grpc::health::v1::{
        HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    },
    temporal::api::workflowservice::v1::{
        GetClusterInfoRequest, GetClusterInfoResponse, GetSystemInfoRequest, GetSystemInfoResponse,
        get_system_info_response::Capabilities,
    },
};
use tonic::Status;

/// The version of the real server that this one follows.
const SERVER_VERSION: &str = "1.29.1";

pub async fn get_system_info(
    _shared: &Shared,
    _request: GetSystemInfoRequest,
) -> Result<GetSystemInfoResponse, Status> {
    Ok(GetSystemInfoResponse {
        server_version: SERVER_VERSION.to_owned(),
        capabilities: Some(Capabilities {
            signal_and_query_header: true,
            internal_error_differentiation: true,
            activity_failure_include_heartbeat: true,
            encoded_failure_attributes: true,
            build_id_based_versioning: true,
            upsert_memo: true,
            eager_workflow_start: true,
            sdk_metadata: true,
            supports_schedules: true,
            count_group_by_execution_status: true,
            nexus: true,
            ..Default::default()
        }),
    })
}

pub async fn get_cluster_info(
    _shared: &Shared,
    _request: GetClusterInfoRequest,
) -> Result<GetClusterInfoResponse, Status> {
    Ok(GetClusterInfoResponse {
        server_version: SERVER_VERSION.to_owned(),
        cluster_name: "active".to_owned(),
        cluster_id: "embedded".to_owned(),
        history_shard_count: 1,
        persistence_store: "memory".to_owned(),
        visibility_store: "memory".to_owned(),
        ..Default::default()
    })
}

pub async fn check(
    _shared: &Shared,
    _request: HealthCheckRequest,
) -> Result<HealthCheckResponse, Status> {
    Ok(HealthCheckResponse {
        status: ServingStatus::Serving as i32,
    })
}

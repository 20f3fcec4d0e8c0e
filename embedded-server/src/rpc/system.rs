//! The server's version, capabilities and health.

use crate::shared::Shared;
use temporalio_protos::{
    grpc::health::v1::{
        HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    },
    temporal::api::{
        operatorservice::v1::{ClusterMetadata, ListClustersRequest, ListClustersResponse},
        workflowservice::v1::{
            GetClusterInfoRequest, GetClusterInfoResponse, GetSystemInfoRequest,
            GetSystemInfoResponse, get_system_info_response::Capabilities,
        },
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

const CLUSTER_NAME: &str = "active";
const CLUSTER_ID: &str = "embedded";
const SHARDS: i32 = 1;

pub async fn get_cluster_info(
    _shared: &Shared,
    _request: GetClusterInfoRequest,
) -> Result<GetClusterInfoResponse, Status> {
    Ok(GetClusterInfoResponse {
        server_version: SERVER_VERSION.to_owned(),
        cluster_name: CLUSTER_NAME.to_owned(),
        cluster_id: CLUSTER_ID.to_owned(),
        history_shard_count: SHARDS,
        persistence_store: "memory".to_owned(),
        visibility_store: "memory".to_owned(),
        ..Default::default()
    })
}

/// Lists the one cluster that there is. It has no address, as nothing listens.
pub async fn list_clusters(
    _shared: &Shared,
    request: ListClustersRequest,
) -> Result<ListClustersResponse, Status> {
    if !request.next_page_token.is_empty() {
        return Ok(ListClustersResponse::default());
    }
    Ok(ListClustersResponse {
        clusters: vec![ClusterMetadata {
            cluster_name: CLUSTER_NAME.to_owned(),
            cluster_id: CLUSTER_ID.to_owned(),
            initial_failover_version: 1,
            history_shard_count: SHARDS,
            is_connection_enabled: true,
            ..Default::default()
        }],
        // As on the real server, a page that is full has a token, though no other follows.
        next_page_token: if request.page_size == 1 {
            CLUSTER_NAME.into()
        } else {
            Vec::new()
        },
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

//! A namespace, and its description.

use crate::time::{SECOND, duration};
use std::collections::HashMap;
use temporalio_protos::temporal::api::{
    enums::v1::{ArchivalState, NamespaceState},
    namespace::v1::{NamespaceConfig, NamespaceInfo, namespace_info},
    replication::v1::{ClusterReplicationConfig, NamespaceReplicationConfig},
    workflowservice::v1::DescribeNamespaceResponse,
};

const DAY: i64 = 24 * 3600;

/// A namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    pub name: String,
    pub id: String,
    pub description: String,
    pub owner_email: String,
    pub data: HashMap<String, String>,
    pub retention: prost_types::Duration,
    /// Custom search attributes, by `IndexedValueType`.
    pub search_attributes: HashMap<String, i32>,
}

impl Namespace {
    pub fn new(name: String, id: String, search_attributes: Vec<(String, i32)>) -> Self {
        Self {
            name,
            id,
            description: String::new(),
            owner_email: String::new(),
            data: HashMap::new(),
            retention: duration(DAY * SECOND),
            search_attributes: search_attributes.into_iter().collect(),
        }
    }

    pub fn info(&self) -> NamespaceInfo {
        NamespaceInfo {
            name: self.name.clone(),
            state: NamespaceState::Registered as i32,
            description: self.description.clone(),
            owner_email: self.owner_email.clone(),
            data: self.data.clone(),
            id: self.id.clone(),
            capabilities: Some(namespace_info::Capabilities {
                eager_workflow_start: true,
                sync_update: true,
                async_update: true,
                standalone_activities: true,
                standalone_activity_start_delay: true,
                ..Default::default()
            }),
            limits: Some(namespace_info::Limits {
                blob_size_limit_error: 2 * 1024 * 1024,
                memo_size_limit_error: 2 * 1024 * 1024,
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    pub fn config(&self) -> NamespaceConfig {
        NamespaceConfig {
            workflow_execution_retention_ttl: Some(self.retention),
            history_archival_state: ArchivalState::Disabled as i32,
            visibility_archival_state: ArchivalState::Disabled as i32,
            ..Default::default()
        }
    }

    pub fn describe(&self) -> DescribeNamespaceResponse {
        DescribeNamespaceResponse {
            namespace_info: Some(self.info()),
            config: Some(self.config()),
            replication_config: Some(replication()),
            ..Default::default()
        }
    }
}

pub fn replication() -> NamespaceReplicationConfig {
    NamespaceReplicationConfig {
        active_cluster_name: "active".to_owned(),
        clusters: vec![ClusterReplicationConfig {
            cluster_name: "active".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

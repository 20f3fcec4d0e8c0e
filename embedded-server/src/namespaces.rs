//! Namespaces.

use crate::{errors, server::Server, state::State, time::SECOND};
use std::collections::HashMap;
use temporalio_protos::temporal::api::{
    enums::v1::{ArchivalState, NamespaceState},
    errordetails::v1::NamespaceAlreadyExistsFailure,
    namespace::v1::{NamespaceConfig, NamespaceInfo, namespace_info},
    replication::v1::{ClusterReplicationConfig, NamespaceReplicationConfig},
    workflowservice::v1::{
        DescribeNamespaceRequest, DescribeNamespaceResponse, ListNamespacesRequest,
        ListNamespacesResponse, RegisterNamespaceRequest, RegisterNamespaceResponse,
        UpdateNamespaceRequest, UpdateNamespaceResponse,
    },
};
use tonic::{Code, Status};

const DAY: i64 = 24 * 3600;

/// A namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    pub name: String,
    pub id: String,
    description: String,
    owner_email: String,
    data: HashMap<String, String>,
    retention: prost_types::Duration,
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
            retention: crate::time::duration(DAY * SECOND),
            search_attributes: search_attributes.into_iter().collect(),
        }
    }

    fn info(&self) -> NamespaceInfo {
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

    fn config(&self) -> NamespaceConfig {
        NamespaceConfig {
            workflow_execution_retention_ttl: Some(self.retention),
            history_archival_state: ArchivalState::Disabled as i32,
            visibility_archival_state: ArchivalState::Disabled as i32,
            ..Default::default()
        }
    }

    fn describe(&self) -> DescribeNamespaceResponse {
        DescribeNamespaceResponse {
            namespace_info: Some(self.info()),
            config: Some(self.config()),
            replication_config: Some(replication()),
            ..Default::default()
        }
    }
}

fn replication() -> NamespaceReplicationConfig {
    NamespaceReplicationConfig {
        active_cluster_name: "active".to_owned(),
        clusters: vec![ClusterReplicationConfig {
            cluster_name: "active".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

pub async fn register_namespace(
    server: &Server,
    request: RegisterNamespaceRequest,
) -> Result<RegisterNamespaceResponse, Status> {
    let mut state = server.state();
    if request.namespace.is_empty() {
        return Err(errors::invalid("Namespace not set on request."));
    }
    if state.namespaces.contains_key(&request.namespace) {
        return Err(errors::with_detail(
            Code::AlreadyExists,
            "Namespace already exists.",
            &NamespaceAlreadyExistsFailure {},
        ));
    }
    let Some(retention) = request.workflow_execution_retention_period else {
        return Err(errors::invalid(
            "A valid retention period is not set on request.",
        ));
    };
    let id = state.new_uuid();
    let namespace = Namespace {
        description: request.description,
        owner_email: request.owner_email,
        data: request.data,
        retention,
        ..Namespace::new(request.namespace.clone(), id, Vec::new())
    };
    state.namespaces.insert(request.namespace, namespace);
    Ok(RegisterNamespaceResponse {})
}

pub async fn list_namespaces(
    server: &Server,
    _request: ListNamespacesRequest,
) -> Result<ListNamespacesResponse, Status> {
    let state = server.state();
    let mut namespaces: Vec<_> = state.namespaces.values().collect();
    namespaces.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(ListNamespacesResponse {
        namespaces: namespaces.into_iter().map(Namespace::describe).collect(),
        next_page_token: Vec::new(),
    })
}

pub async fn describe_namespace(
    server: &Server,
    request: DescribeNamespaceRequest,
) -> Result<DescribeNamespaceResponse, Status> {
    let state = server.state();
    if request.namespace.is_empty() && !request.id.is_empty() {
        let found = state
            .namespaces
            .values()
            .find(|namespace| namespace.id == request.id);
        return found
            .map(Namespace::describe)
            .ok_or_else(|| errors::namespace_not_found(&request.id));
    }
    Ok(state.namespace(&request.namespace)?.describe())
}

pub async fn update_namespace(
    server: &Server,
    request: UpdateNamespaceRequest,
) -> Result<UpdateNamespaceResponse, Status> {
    let mut state = server.state();
    state.namespace(&request.namespace)?;
    let namespace = namespace_mut(&mut state, &request.namespace)?;
    if let Some(info) = request.update_info {
        if !info.description.is_empty() {
            namespace.description = info.description;
        }
        if !info.owner_email.is_empty() {
            namespace.owner_email = info.owner_email;
        }
        namespace.data.extend(info.data);
    }
    if let Some(retention) = request
        .config
        .and_then(|config| config.workflow_execution_retention_ttl)
    {
        namespace.retention = retention;
    }
    Ok(UpdateNamespaceResponse {
        namespace_info: Some(namespace.info()),
        config: Some(namespace.config()),
        replication_config: Some(replication()),
        ..Default::default()
    })
}

/// A namespace, to change it.
pub fn namespace_mut<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Namespace, Status> {
    state
        .namespaces
        .get_mut(name)
        .ok_or_else(|| errors::namespace_not_found(name))
}

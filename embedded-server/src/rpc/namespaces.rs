//! Namespaces.

use crate::{
    errors,
    shared::Shared,
    state::namespace::{Namespace, replication},
};
use temporalio_protos::temporal::api::{
    errordetails::v1::NamespaceAlreadyExistsFailure,
    workflowservice::v1::{
        DescribeNamespaceRequest, DescribeNamespaceResponse, ListNamespacesRequest,
        ListNamespacesResponse, RegisterNamespaceRequest, RegisterNamespaceResponse,
        UpdateNamespaceRequest, UpdateNamespaceResponse,
    },
};
use tonic::{Code, Status};

pub async fn register_namespace(
    shared: &Shared,
    request: RegisterNamespaceRequest,
) -> Result<RegisterNamespaceResponse, Status> {
    let mut state = shared.state();
    if request.namespace.is_empty() {
        return Err(errors::invalid("Namespace not set on request."));
    }
    if state.namespaces.contains_key(&request.namespace) {
        return Err(errors::with_detail(
            Code::AlreadyExists,
            format!("Namespace {:?} already exists", request.namespace),
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
    shared: &Shared,
    _request: ListNamespacesRequest,
) -> Result<ListNamespacesResponse, Status> {
    let state = shared.state();
    let mut namespaces: Vec<_> = state.namespaces.values().collect();
    namespaces.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(ListNamespacesResponse {
        namespaces: namespaces.into_iter().map(Namespace::describe).collect(),
        next_page_token: Vec::new(),
    })
}

pub async fn describe_namespace(
    shared: &Shared,
    request: DescribeNamespaceRequest,
) -> Result<DescribeNamespaceResponse, Status> {
    let state = shared.state();
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
    shared: &Shared,
    request: UpdateNamespaceRequest,
) -> Result<UpdateNamespaceResponse, Status> {
    let mut state = shared.state();
    state.namespace(&request.namespace)?;
    let namespace = state.namespace_mut(&request.namespace)?;
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

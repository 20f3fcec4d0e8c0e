//! The operator service: search attributes.

use crate::{errors, shared::Shared, visibility::attributes::system_attributes};
use temporalio_protos::temporal::api::operatorservice::v1::{
    AddSearchAttributesRequest, AddSearchAttributesResponse, ListSearchAttributesRequest,
    ListSearchAttributesResponse, RemoveSearchAttributesRequest, RemoveSearchAttributesResponse,
};
use tonic::Status;

/// The namespace of a request that names none.
const DEFAULT_NAMESPACE: &str = "default";

fn or_default(namespace: &str) -> &str {
    if namespace.is_empty() {
        DEFAULT_NAMESPACE
    } else {
        namespace
    }
}

pub async fn add_search_attributes(
    shared: &Shared,
    request: AddSearchAttributesRequest,
) -> Result<AddSearchAttributesResponse, Status> {
    let mut state = shared.state();
    let system = system_attributes();
    if let Some(name) = request
        .search_attributes
        .keys()
        .find(|name| system.contains_key(*name))
    {
        return Err(errors::invalid(format!(
            "Search attribute {name} is reserved by system."
        )));
    }
    let namespace = state.namespace_mut(or_default(&request.namespace))?;
    namespace
        .search_attributes
        .extend(request.search_attributes);
    Ok(AddSearchAttributesResponse {})
}

pub async fn remove_search_attributes(
    shared: &Shared,
    request: RemoveSearchAttributesRequest,
) -> Result<RemoveSearchAttributesResponse, Status> {
    let mut state = shared.state();
    let namespace = state.namespace_mut(or_default(&request.namespace))?;
    for name in request.search_attributes {
        if namespace.search_attributes.remove(&name).is_none() {
            return Err(errors::not_found(format!(
                "Search attribute {name} doesn't exist."
            )));
        }
    }
    Ok(RemoveSearchAttributesResponse {})
}

pub async fn list_search_attributes(
    shared: &Shared,
    request: ListSearchAttributesRequest,
) -> Result<ListSearchAttributesResponse, Status> {
    let state = shared.state();
    let namespace = state.namespace(or_default(&request.namespace))?;
    Ok(ListSearchAttributesResponse {
        custom_attributes: namespace.search_attributes.clone(),
        system_attributes: system_attributes(),
        ..Default::default()
    })
}

//! Nexus: the endpoints, and the answers of handlers.

#![allow(deprecated)]

use crate::{
    errors::{self, check_length},
    rpc::visibility::{page_of, page_token},
    shared::Shared,
    state::{State, nexus::Endpoint},
};
use temporalio_protos::temporal::api::{
    nexus::v1::{EndpointSpec, endpoint_target::Variant},
    operatorservice::v1::{
        CreateNexusEndpointRequest, CreateNexusEndpointResponse, DeleteNexusEndpointRequest,
        DeleteNexusEndpointResponse, GetNexusEndpointRequest, GetNexusEndpointResponse,
        ListNexusEndpointsRequest, ListNexusEndpointsResponse, UpdateNexusEndpointRequest,
        UpdateNexusEndpointResponse,
    },
    workflowservice::v1::{
        RespondNexusTaskCompletedRequest, RespondNexusTaskCompletedResponse,
        RespondNexusTaskFailedRequest, RespondNexusTaskFailedResponse,
    },
};
use tonic::Status;

/// Refuses a specification of an endpoint that lacks something.
fn check_spec(state: &State, spec: Option<EndpointSpec>) -> Result<EndpointSpec, Status> {
    let spec = spec.ok_or_else(|| errors::invalid("endpoint spec is not set"))?;
    if spec.name.is_empty() {
        return Err(errors::invalid("endpoint name not set"));
    }
    check_length("endpoint name", &spec.name)?;
    let target = spec
        .target
        .as_ref()
        .and_then(|target| target.variant.as_ref());
    match target {
        Some(Variant::Worker(worker)) => {
            if worker.namespace.is_empty() {
                return Err(errors::invalid("target namespace not set"));
            }
            state.namespace(&worker.namespace).map_err(|error| {
                Status::failed_precondition(format!(
                    "could not verify namespace referenced by target exists: {}",
                    error.message()
                ))
            })?;
            if worker.task_queue.is_empty() {
                return Err(errors::invalid("taskQueue is not set"));
            }
        }
        Some(Variant::External(external)) if external.url.is_empty() => {
            return Err(errors::invalid("empty target url"));
        }
        Some(Variant::External(_)) => {}
        None => return Err(errors::invalid("empty target variant")),
    }
    Ok(spec)
}

fn name_is_taken(state: &State, name: &str, except: &str) -> bool {
    state
        .endpoints
        .values()
        .any(|endpoint| endpoint.spec.name == name && endpoint.id != except)
}

pub async fn create_nexus_endpoint(
    shared: &Shared,
    request: CreateNexusEndpointRequest,
) -> Result<CreateNexusEndpointResponse, Status> {
    let mut state = shared.state();
    let spec = check_spec(&state, request.spec)?;
    if name_is_taken(&state, &spec.name, "") {
        return Err(Status::already_exists(format!(
            "error creating Nexus endpoint. Endpoint with name {} already registered",
            spec.name
        )));
    }
    let id = state.new_uuid();
    let endpoint = Endpoint {
        id: id.clone(),
        version: 1,
        spec,
        created_at: state.now(),
        updated_at: None,
    };
    let described = endpoint.describe();
    state.endpoints.insert(id, endpoint);
    Ok(CreateNexusEndpointResponse {
        endpoint: Some(described),
    })
}

pub async fn update_nexus_endpoint(
    shared: &Shared,
    request: UpdateNexusEndpointRequest,
) -> Result<UpdateNexusEndpointResponse, Status> {
    let mut state = shared.state();
    let spec = check_spec(&state, request.spec)?;
    let now = state.now();
    if name_is_taken(&state, &spec.name, &request.id) {
        return Err(Status::already_exists(format!(
            "error updating Nexus endpoint. Endpoint with name {} already registered",
            spec.name
        )));
    }
    let Some(endpoint) = state.endpoints.get_mut(&request.id) else {
        return Err(errors::not_found(format!(
            "error updating Nexus endpoint. endpoint ID {} not found",
            request.id
        )));
    };
    if request.version != endpoint.version {
        return Err(Status::failed_precondition(format!(
            "nexus endpoint version mismatch. received: {} expected {}",
            request.version, endpoint.version
        )));
    }
    endpoint.spec = spec;
    endpoint.version += 1;
    endpoint.updated_at = Some(now);
    Ok(UpdateNexusEndpointResponse {
        endpoint: Some(endpoint.describe()),
    })
}

pub async fn delete_nexus_endpoint(
    shared: &Shared,
    request: DeleteNexusEndpointRequest,
) -> Result<DeleteNexusEndpointResponse, Status> {
    let mut state = shared.state();
    if state.endpoints.remove(&request.id).is_none() {
        return Err(errors::not_found(format!(
            "error deleting nexus endpoint with ID: {}",
            request.id
        )));
    }
    Ok(DeleteNexusEndpointResponse {})
}

pub async fn get_nexus_endpoint(
    shared: &Shared,
    request: GetNexusEndpointRequest,
) -> Result<GetNexusEndpointResponse, Status> {
    let state = shared.state();
    match state.endpoints.get(&request.id) {
        Some(endpoint) => Ok(GetNexusEndpointResponse {
            endpoint: Some(endpoint.describe()),
        }),
        None => Err(errors::not_found(format!(
            "could not find Nexus endpoint with ID: {}",
            request.id
        ))),
    }
}

pub async fn list_nexus_endpoints(
    shared: &Shared,
    request: ListNexusEndpointsRequest,
) -> Result<ListNexusEndpointsResponse, Status> {
    let state = shared.state();
    let mut endpoints: Vec<_> = state
        .endpoints
        .values()
        .filter(|endpoint| request.name.is_empty() || endpoint.spec.name == request.name)
        .collect();
    endpoints.sort_by(|one, other| one.id.cmp(&other.id));
    let page = page_of(&request.next_page_token, request.page_size, endpoints.len());
    Ok(ListNexusEndpointsResponse {
        next_page_token: page_token(&page, endpoints.len()),
        endpoints: endpoints[page].iter().map(|one| one.describe()).collect(),
    })
}

pub async fn respond_nexus_task_completed(
    shared: &Shared,
    request: RespondNexusTaskCompletedRequest,
) -> Result<RespondNexusTaskCompletedResponse, Status> {
    let mut state = shared.state();
    let task = state.nexus_of_token(&request.task_token)?;
    let response = request.response.and_then(|response| response.variant);
    state.nexus_task_completed(task, response)?;
    Ok(RespondNexusTaskCompletedResponse {})
}

pub async fn respond_nexus_task_failed(
    shared: &Shared,
    request: RespondNexusTaskFailedRequest,
) -> Result<RespondNexusTaskFailedResponse, Status> {
    let mut state = shared.state();
    let task = state.nexus_of_token(&request.task_token)?;
    state.nexus_task_failed(task, request.failure, request.error);
    Ok(RespondNexusTaskFailedResponse {})
}

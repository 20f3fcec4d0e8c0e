//! Worker deployments: their routing, their descriptions, and the versions that runs are moved to.

#![allow(deprecated)]

use crate::{
    errors,
    shared::Shared,
    state::{
        State,
        deployment::{Deployment, Ramp, Version, VersionState, text_of, type_of},
        run::event,
    },
};
use temporalio_protos::temporal::api::{
    deployment::v1::{VersionMetadata, WorkerDeploymentVersion},
    history::v1::{WorkflowExecutionOptionsUpdatedEventAttributes, history_event::Attributes},
    workflow::v1::WorkflowExecutionOptions,
    workflowservice::v1::{
        DeleteWorkerDeploymentRequest, DeleteWorkerDeploymentResponse,
        DeleteWorkerDeploymentVersionRequest, DeleteWorkerDeploymentVersionResponse,
        DescribeWorkerDeploymentRequest, DescribeWorkerDeploymentResponse,
        DescribeWorkerDeploymentVersionRequest, DescribeWorkerDeploymentVersionResponse,
        ListWorkerDeploymentsRequest, ListWorkerDeploymentsResponse,
        SetWorkerDeploymentCurrentVersionRequest, SetWorkerDeploymentCurrentVersionResponse,
        SetWorkerDeploymentRampingVersionRequest, SetWorkerDeploymentRampingVersionResponse,
        UpdateWorkerDeploymentVersionMetadataRequest,
        UpdateWorkerDeploymentVersionMetadataResponse, UpdateWorkflowExecutionOptionsRequest,
        UpdateWorkflowExecutionOptionsResponse,
        describe_worker_deployment_version_response::VersionTaskQueue,
        list_worker_deployments_response::WorkerDeploymentSummary,
    },
};
use tonic::Status;

/// A version that a request names, in one of the ways that there have been.
fn asked_version(deployment: &str, text: &str, build_id: &str) -> Result<Option<Version>, Status> {
    if !build_id.is_empty() {
        return Ok(Some(Version {
            deployment: deployment.to_owned(),
            build_id: build_id.to_owned(),
        }));
    }
    if text.is_empty() || text == text_of(None) {
        return Ok(None);
    }
    let version = Version::of_text(text).ok_or_else(|| {
        errors::invalid(format!(
            "invalid version string: expected deployment and build id, got {text}"
        ))
    })?;
    if version.deployment != deployment {
        return Err(errors::invalid(format!(
            "invalid version string '{text}' does not match deployment name '{deployment}'"
        )));
    }
    Ok(Some(version))
}

impl State {
    /// The deployment whose routing a request changes. Creates it, and the version, if no worker needs to have polled.
    fn deployment_to_route(
        &mut self,
        namespace: &str,
        name: &str,
        build_id: Option<&str>,
        conflict_token: &[u8],
        allow_no_pollers: bool,
    ) -> Result<&mut Deployment, Status> {
        self.namespace(namespace)?;
        if name.is_empty() {
            return Err(errors::invalid("deployment name cannot be empty"));
        }
        let now = self.now();
        let key = (namespace.to_owned(), name.to_owned());
        if allow_no_pollers {
            let deployment = self.deployments.entry(key.clone()).or_default();
            if deployment.created_at == 0 {
                deployment.created_at = now;
            }
            if let Some(build_id) = build_id {
                deployment
                    .versions
                    .entry(build_id.to_owned())
                    .or_insert_with(|| VersionState {
                        created_at: now,
                        ..Default::default()
                    });
            }
        }
        let deployment = self.deployments.get_mut(&key).ok_or_else(|| {
            errors::failed_precondition(format!(
                "no Worker Deployment found with name {name}; does your Worker Deployment have pollers?"
            ))
        })?;
        if !conflict_token.is_empty() && conflict_token != deployment.conflict_token() {
            return Err(errors::failed_precondition("conflict token mismatch"));
        }
        if build_id.is_some_and(|build_id| !deployment.versions.contains_key(build_id)) {
            return Err(errors::not_found("Version not found in deployment"));
        }
        Ok(deployment)
    }

    fn deployment(&mut self, namespace: &str, name: &str) -> Result<&mut Deployment, Status> {
        self.namespace(namespace)?;
        self.deployments
            .get_mut(&(namespace.to_owned(), name.to_owned()))
            .ok_or_else(|| errors::not_found("Worker Deployment not found"))
    }

    fn described_version(
        &mut self,
        namespace: &str,
        message: Option<&WorkerDeploymentVersion>,
        text: &str,
    ) -> Result<(Version, &mut Deployment), Status> {
        let version = Version::of_message(message)
            .or_else(|| Version::of_text(text))
            .ok_or_else(|| errors::invalid("deployment version cannot be empty"))?;
        let missing = || errors::not_found("Worker Deployment Version not found");
        self.namespace(namespace)?;
        let deployment = self
            .deployments
            .get_mut(&(namespace.to_owned(), version.deployment.clone()))
            .filter(|deployment| deployment.versions.contains_key(&version.build_id))
            .ok_or_else(missing)?;
        Ok((version, deployment))
    }
}

pub async fn set_worker_deployment_current_version(
    shared: &Shared,
    request: SetWorkerDeploymentCurrentVersionRequest,
) -> Result<SetWorkerDeploymentCurrentVersionResponse, Status> {
    let mut state = shared.state();
    let now = state.now();
    let name = request.deployment_name;
    let build_id =
        asked_version(&name, &request.version, &request.build_id)?.map(|version| version.build_id);
    let deployment = state.deployment_to_route(
        &request.namespace,
        &name,
        build_id.as_deref(),
        &request.conflict_token,
        request.allow_no_pollers,
    )?;
    let previous = deployment.current.clone().map(|build_id| Version {
        deployment: name.clone(),
        build_id,
    });
    if deployment.current != build_id || deployment.current_changed_at == 0 {
        deployment.set_current(now, build_id);
        deployment.last_modifier = request.identity;
    }
    let response = SetWorkerDeploymentCurrentVersionResponse {
        conflict_token: deployment.conflict_token(),
        previous_version: text_of(previous.as_ref()),
        previous_deployment_version: previous.as_ref().map(Version::message),
    };
    state.route_again(&request.namespace);
    Ok(response)
}

pub async fn set_worker_deployment_ramping_version(
    shared: &Shared,
    request: SetWorkerDeploymentRampingVersionRequest,
) -> Result<SetWorkerDeploymentRampingVersionResponse, Status> {
    let mut state = shared.state();
    let now = state.now();
    let name = request.deployment_name;
    let asked = asked_version(&name, &request.version, &request.build_id)?;
    if !(0.0..=100.0).contains(&request.percentage) {
        return Err(errors::invalid(
            "Percentage must be between 0 and 100 (inclusive)",
        ));
    }
    let build_id = asked.as_ref().map(|version| version.build_id.clone());
    let deployment = state.deployment_to_route(
        &request.namespace,
        &name,
        build_id.as_deref(),
        &request.conflict_token,
        request.allow_no_pollers,
    )?;
    let ends = build_id.is_none() && request.percentage == 0.0;
    if !ends && deployment.current == build_id {
        return Err(errors::failed_precondition(format!(
            "requested ramping version {} is already current",
            text_of(asked.as_ref())
        )));
    }
    let previous = deployment.ramp.clone();
    let previous_version = previous.as_ref().map(|ramp| {
        ramp.build_id.clone().map(|build_id| Version {
            deployment: name.clone(),
            build_id,
        })
    });
    let ramp = (!ends).then_some(Ramp {
        build_id,
        percentage: request.percentage,
    });
    deployment.set_ramp(now, ramp);
    deployment.last_modifier = request.identity;
    let response = SetWorkerDeploymentRampingVersionResponse {
        conflict_token: deployment.conflict_token(),
        previous_version: previous_version
            .as_ref()
            .map(|version| text_of(version.as_ref()))
            .unwrap_or_default(),
        previous_deployment_version: previous_version.flatten().as_ref().map(Version::message),
        previous_percentage: previous.map_or(0.0, |ramp| ramp.percentage),
    };
    state.route_again(&request.namespace);
    Ok(response)
}

pub async fn describe_worker_deployment(
    shared: &Shared,
    request: DescribeWorkerDeploymentRequest,
) -> Result<DescribeWorkerDeploymentResponse, Status> {
    let mut state = shared.state();
    let deployment = state.deployment(&request.namespace, &request.deployment_name)?;
    Ok(DescribeWorkerDeploymentResponse {
        conflict_token: deployment.conflict_token(),
        worker_deployment_info: Some(deployment.describe(&request.deployment_name)),
    })
}

pub async fn describe_worker_deployment_version(
    shared: &Shared,
    request: DescribeWorkerDeploymentVersionRequest,
) -> Result<DescribeWorkerDeploymentVersionResponse, Status> {
    let mut state = shared.state();
    let (version, deployment) = state.described_version(
        &request.namespace,
        request.deployment_version.as_ref(),
        &request.version,
    )?;
    let info = deployment.describe_version(&version.deployment, &version.build_id);
    let version_task_queues = deployment.versions[&version.build_id]
        .task_queues
        .iter()
        .map(|(name, kind)| VersionTaskQueue {
            name: name.clone(),
            r#type: type_of(*kind) as i32,
            ..Default::default()
        })
        .collect();
    Ok(DescribeWorkerDeploymentVersionResponse {
        worker_deployment_version_info: info,
        version_task_queues,
    })
}

pub async fn list_worker_deployments(
    shared: &Shared,
    request: ListWorkerDeploymentsRequest,
) -> Result<ListWorkerDeploymentsResponse, Status> {
    let state = shared.state();
    state.namespace(&request.namespace)?;
    let worker_deployments = state
        .deployments
        .iter()
        .filter(|((namespace, _), _)| *namespace == request.namespace)
        .map(|((_, name), deployment)| {
            let latest = deployment
                .versions
                .iter()
                .max_by_key(|(_, version)| version.created_at)
                .map(|(build_id, _)| build_id.as_str());
            let ramping = deployment.ramp.as_ref();
            WorkerDeploymentSummary {
                name: name.clone(),
                create_time: Some(crate::time::timestamp(deployment.created_at)),
                routing_config: Some(deployment.routing_config(name)),
                latest_version_summary: deployment.summary(name, latest),
                current_version_summary: deployment.summary(name, deployment.current.as_deref()),
                ramping_version_summary: deployment
                    .summary(name, ramping.and_then(|ramp| ramp.build_id.as_deref())),
            }
        })
        .collect();
    Ok(ListWorkerDeploymentsResponse {
        worker_deployments,
        next_page_token: Vec::new(),
    })
}

pub async fn update_worker_deployment_version_metadata(
    shared: &Shared,
    request: UpdateWorkerDeploymentVersionMetadataRequest,
) -> Result<UpdateWorkerDeploymentVersionMetadataResponse, Status> {
    let mut state = shared.state();
    let (version, deployment) = state.described_version(
        &request.namespace,
        request.deployment_version.as_ref(),
        &request.version,
    )?;
    let entries = deployment
        .versions
        .get_mut(&version.build_id)
        .map(|state| {
            state.metadata.extend(request.upsert_entries);
            for name in &request.remove_entries {
                state.metadata.remove(name);
            }
            state.metadata.clone()
        })
        .unwrap_or_default();
    Ok(UpdateWorkerDeploymentVersionMetadataResponse {
        metadata: Some(VersionMetadata { entries }),
    })
}

pub async fn delete_worker_deployment_version(
    shared: &Shared,
    request: DeleteWorkerDeploymentVersionRequest,
) -> Result<DeleteWorkerDeploymentVersionResponse, Status> {
    let mut state = shared.state();
    let (version, deployment) = state.described_version(
        &request.namespace,
        request.deployment_version.as_ref(),
        &request.version,
    )?;
    let ramping = deployment
        .ramp
        .as_ref()
        .and_then(|ramp| ramp.build_id.as_ref());
    if deployment.current.as_ref() == Some(&version.build_id) || ramping == Some(&version.build_id)
    {
        return Err(errors::failed_precondition(
            "Version cannot be deleted since it is current or ramping.",
        ));
    }
    deployment.versions.remove(&version.build_id);
    Ok(DeleteWorkerDeploymentVersionResponse {})
}

pub async fn delete_worker_deployment(
    shared: &Shared,
    request: DeleteWorkerDeploymentRequest,
) -> Result<DeleteWorkerDeploymentResponse, Status> {
    let mut state = shared.state();
    state.namespace(&request.namespace)?;
    let key = (request.namespace, request.deployment_name);
    if state
        .deployments
        .get(&key)
        .is_some_and(|deployment| !deployment.versions.is_empty())
    {
        return Err(errors::failed_precondition(
            "deployment has versions, can't be deleted",
        ));
    }
    // One that is not there is as good as deleted.
    state.deployments.remove(&key);
    Ok(DeleteWorkerDeploymentResponse {})
}

pub async fn update_workflow_execution_options(
    shared: &Shared,
    request: UpdateWorkflowExecutionOptionsRequest,
) -> Result<UpdateWorkflowExecutionOptionsResponse, Status> {
    let mut state = shared.state();
    let Some(mask) = request.update_mask else {
        return Err(errors::invalid("UpdateMask is required"));
    };
    let Some(asked) = request.workflow_execution_options else {
        return Err(errors::invalid("WorkflowExecutionOptions is required"));
    };
    let no = state.find_open(&request.namespace, request.workflow_execution.as_ref())?;
    for path in &mask.paths {
        if !matches!(path.as_str(), "versioning_override" | "versioningOverride") {
            return Err(errors::invalid(format!(
                "error parsing UpdateMask: the embedded server changes versioning_override only, not {path:?}"
            )));
        }
    }
    let now = state.now();
    let run = state.run(no);
    let changes = !mask.paths.is_empty() && run.versioning_override != asked.versioning_override;
    if changes {
        run.versioning_override = asked.versioning_override;
        let attributes = WorkflowExecutionOptionsUpdatedEventAttributes {
            versioning_override: run.versioning_override.clone(),
            unset_versioning_override: run.versioning_override.is_none(),
            ..Default::default()
        };
        let mut event = event(
            now,
            Attributes::WorkflowExecutionOptionsUpdatedEventAttributes(attributes),
        );
        event.worker_may_ignore = true;
        run.record_event(event);
    }
    let versioning_override = run.versioning_override.clone();
    if changes {
        state.route_again(&request.namespace);
    }
    Ok(UpdateWorkflowExecutionOptionsResponse {
        workflow_execution_options: Some(WorkflowExecutionOptions {
            versioning_override,
            ..Default::default()
        }),
        ..Default::default()
    })
}

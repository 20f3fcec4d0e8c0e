//! Worker deployments: the versions that workers have polled as, and which of them new tasks go to.

use crate::{
    state::queue_kind::QueueKind,
    time::{Nanos, timestamp},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use temporalio_protos::temporal::api::{
    common::v1::Payload,
    deployment::v1::{
        RoutingConfig, VersionDrainageInfo, VersionMetadata, WorkerDeploymentInfo,
        WorkerDeploymentOptions, WorkerDeploymentVersion, WorkerDeploymentVersionInfo,
        worker_deployment_info::WorkerDeploymentVersionSummary,
        worker_deployment_version_info::VersionTaskQueueInfo,
    },
    enums::v1::{
        TaskQueueType, VersionDrainageStatus, WorkerDeploymentVersionStatus, WorkerVersioningMode,
    },
};

/// The place of workers without a version in the texts that name versions.
const UNVERSIONED: &str = "__unversioned__";

/// A version of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    pub deployment: String,
    pub build_id: String,
}

impl Version {
    /// The version that a worker takes tasks for. None: it takes those of no version.
    pub fn polled(options: Option<&WorkerDeploymentOptions>) -> Option<Self> {
        let options = options?;
        (options.worker_versioning_mode() == WorkerVersioningMode::Versioned).then(|| Self {
            deployment: options.deployment_name.clone(),
            build_id: options.build_id.clone(),
        })
    }

    pub fn of_message(message: Option<&WorkerDeploymentVersion>) -> Option<Self> {
        message
            .filter(|version| !version.build_id.is_empty())
            .map(|version| Self {
                deployment: version.deployment_name.clone(),
                build_id: version.build_id.clone(),
            })
    }

    /// Reads `deployment.build`.
    pub fn of_text(text: &str) -> Option<Self> {
        let (deployment, build_id) = text.split_once('.')?;
        Some(Self {
            deployment: deployment.to_owned(),
            build_id: build_id.to_owned(),
        })
    }

    pub fn message(&self) -> WorkerDeploymentVersion {
        WorkerDeploymentVersion {
            deployment_name: self.deployment.clone(),
            build_id: self.build_id.clone(),
        }
    }

    pub fn text(&self) -> String {
        format!("{}.{}", self.deployment, self.build_id)
    }
}

/// The text for a version that may be none.
pub fn text_of(version: Option<&Version>) -> String {
    version.map_or_else(|| UNVERSIONED.to_owned(), Version::text)
}

/// The facts about one version.
#[derive(Debug, Default)]
pub struct VersionState {
    pub created_at: Nanos,
    pub task_queues: BTreeSet<(String, QueueKind)>,
    /// Times are 0 where something has not happened, or is not so now.
    pub routing_changed_at: Nanos,
    pub current_since: Nanos,
    pub ramping_since: Nanos,
    pub first_active_at: Nanos,
    pub last_current_at: Nanos,
    pub deactivated_at: Nanos,
    pub metadata: HashMap<String, Payload>,
}

/// A share of the workflows that goes to another version than the current one.
#[derive(Clone, Debug)]
pub struct Ramp {
    /// None: to workers without a version.
    pub build_id: Option<String>,
    /// From 0 to 100.
    pub percentage: f32,
}

#[derive(Debug, Default)]
pub struct Deployment {
    pub created_at: Nanos,
    pub versions: BTreeMap<String, VersionState>,
    /// The build id of the current version. None: workers without a version.
    pub current: Option<String>,
    pub current_changed_at: Nanos,
    pub ramp: Option<Ramp>,
    pub ramp_changed_at: Nanos,
    pub percentage_changed_at: Nanos,
    pub last_modifier: String,
    /// How often its routing was changed.
    pub revision: i64,
}

impl Deployment {
    pub fn percentage(&self) -> f32 {
        self.ramp.as_ref().map_or(0.0, |ramp| ramp.percentage)
    }

    /// The token that a change of the routing must name, if it names any.
    pub fn conflict_token(&self) -> Vec<u8> {
        self.revision.to_be_bytes().to_vec()
    }

    /// Makes a build the current one, which ends its ramp.
    pub fn set_current(&mut self, now: Nanos, build_id: Option<String>) {
        if let Some(ramp) = &self.ramp
            && ramp.build_id == build_id
        {
            self.set_ramp(now, None);
        }
        let previous = std::mem::replace(&mut self.current, build_id);
        if previous != self.current {
            self.deactivate(now, previous);
        }
        let current = self.current.clone();
        if let Some(version) = self.version_mut(current.as_deref()) {
            version.current_since = now;
            version.last_current_at = now;
            version.activate(now);
        }
        self.current_changed_at = now;
        self.revision += 1;
    }

    /// Sets the ramp, or ends it.
    pub fn set_ramp(&mut self, now: Nanos, ramp: Option<Ramp>) {
        let previous = std::mem::replace(&mut self.ramp, ramp);
        let build_of = |ramp: &Option<Ramp>| ramp.as_ref().map(|ramp| ramp.build_id.clone());
        let (before, after) = (build_of(&previous), build_of(&self.ramp));
        if before != after {
            self.ramp_changed_at = now;
            self.deactivate(now, before.flatten());
        }
        let ramping = after.flatten();
        if let Some(version) = self.version_mut(ramping.as_deref()) {
            if version.ramping_since == 0 {
                version.ramping_since = now;
            }
            version.activate(now);
        }
        self.percentage_changed_at = now;
        self.revision += 1;
    }

    fn version_mut(&mut self, build_id: Option<&str>) -> Option<&mut VersionState> {
        self.versions.get_mut(build_id?)
    }

    fn deactivate(&mut self, now: Nanos, build_id: Option<String>) {
        let is_current = build_id == self.current;
        let is_ramping = self
            .ramp
            .as_ref()
            .is_some_and(|ramp| ramp.build_id == build_id);
        let Some(version) = self.version_mut(build_id.as_deref()) else {
            return;
        };
        version.routing_changed_at = now;
        if !is_current {
            version.current_since = 0;
        }
        if !is_ramping {
            version.ramping_since = 0;
        }
        if !is_current && !is_ramping {
            version.deactivated_at = now;
        }
    }

    pub fn routing_config(&self, name: &str) -> RoutingConfig {
        let version = |build_id: &String| Version {
            deployment: name.to_owned(),
            build_id: build_id.clone(),
        };
        let current = self.current.as_ref().map(version);
        let ramping = self.ramp.as_ref().map(|ramp| ramp.build_id.as_ref());
        let ramping_version = ramping.flatten().map(version);
        #[allow(deprecated)]
        RoutingConfig {
            current_version: text_of(current.as_ref()),
            current_deployment_version: current.as_ref().map(Version::message),
            ramping_version: match ramping {
                Some(_) => text_of(ramping_version.as_ref()),
                None => String::new(),
            },
            ramping_deployment_version: ramping_version.as_ref().map(Version::message),
            ramping_version_percentage: self.percentage(),
            current_version_changed_time: time(self.current_changed_at),
            ramping_version_changed_time: time(self.ramp_changed_at),
            ramping_version_percentage_changed_time: time(self.percentage_changed_at),
            ..Default::default()
        }
    }

    pub fn describe(&self, name: &str) -> WorkerDeploymentInfo {
        WorkerDeploymentInfo {
            name: name.to_owned(),
            version_summaries: self
                .versions
                .keys()
                .filter_map(|build_id| self.summary(name, Some(build_id)))
                .collect(),
            create_time: time(self.created_at),
            routing_config: Some(self.routing_config(name)),
            last_modifier_identity: self.last_modifier.clone(),
            ..Default::default()
        }
    }

    pub fn summary(
        &self,
        name: &str,
        build_id: Option<&str>,
    ) -> Option<WorkerDeploymentVersionSummary> {
        let build_id = build_id?;
        let state = self.versions.get(build_id)?;
        let version = Version {
            deployment: name.to_owned(),
            build_id: build_id.to_owned(),
        };
        let drainage_info = state.drainage();
        #[allow(deprecated)]
        Some(WorkerDeploymentVersionSummary {
            version: version.text(),
            status: state.status() as i32,
            deployment_version: Some(version.message()),
            create_time: time(state.created_at),
            drainage_status: drainage_info.as_ref().map_or(0, |drainage| drainage.status),
            drainage_info,
            current_since_time: time(state.current_since),
            ramping_since_time: time(state.ramping_since),
            routing_update_time: time(state.routing_changed_at),
            first_activation_time: time(state.first_active_at),
            last_current_time: time(state.last_current_at),
            last_deactivation_time: time(state.deactivated_at),
            ..Default::default()
        })
    }

    pub fn describe_version(
        &self,
        name: &str,
        build_id: &str,
    ) -> Option<WorkerDeploymentVersionInfo> {
        let state = self.versions.get(build_id)?;
        let version = Version {
            deployment: name.to_owned(),
            build_id: build_id.to_owned(),
        };
        #[allow(deprecated)]
        Some(WorkerDeploymentVersionInfo {
            version: version.text(),
            status: state.status() as i32,
            deployment_version: Some(version.message()),
            deployment_name: name.to_owned(),
            create_time: time(state.created_at),
            routing_changed_time: time(state.routing_changed_at),
            current_since_time: time(state.current_since),
            ramping_since_time: time(state.ramping_since),
            first_activation_time: time(state.first_active_at),
            last_current_time: time(state.last_current_at),
            last_deactivation_time: time(state.deactivated_at),
            ramp_percentage: if state.ramping_since == 0 {
                0.0
            } else {
                self.percentage()
            },
            task_queue_infos: state
                .task_queues
                .iter()
                .map(|(name, kind)| VersionTaskQueueInfo {
                    name: name.clone(),
                    r#type: type_of(*kind) as i32,
                })
                .collect(),
            drainage_info: state.drainage(),
            metadata: Some(VersionMetadata {
                entries: state.metadata.clone(),
            }),
            ..Default::default()
        })
    }
}

impl VersionState {
    fn activate(&mut self, now: Nanos) {
        self.routing_changed_at = now;
        self.deactivated_at = 0;
        if self.first_active_at == 0 {
            self.first_active_at = now;
        }
    }

    pub fn status(&self) -> WorkerDeploymentVersionStatus {
        match self {
            Self { current_since, .. } if *current_since != 0 => {
                WorkerDeploymentVersionStatus::Current
            }
            Self { ramping_since, .. } if *ramping_since != 0 => {
                WorkerDeploymentVersionStatus::Ramping
            }
            Self { deactivated_at, .. } if *deactivated_at != 0 => {
                WorkerDeploymentVersionStatus::Draining
            }
            _ => WorkerDeploymentVersionStatus::Inactive,
        }
    }

    fn drainage(&self) -> Option<VersionDrainageInfo> {
        (self.deactivated_at != 0).then(|| VersionDrainageInfo {
            status: VersionDrainageStatus::Draining as i32,
            last_changed_time: time(self.deactivated_at),
            last_checked_time: time(self.deactivated_at),
        })
    }
}

pub fn type_of(kind: QueueKind) -> TaskQueueType {
    match kind {
        QueueKind::Workflow => TaskQueueType::Workflow,
        QueueKind::Activity => TaskQueueType::Activity,
        QueueKind::Nexus => TaskQueueType::Nexus,
    }
}

fn time(at: Nanos) -> Option<prost_types::Timestamp> {
    (at != 0).then(|| timestamp(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_becomes_current_drains_the_one_before() {
        let mut deployment = Deployment::default();
        for build_id in ["1", "2"] {
            deployment
                .versions
                .insert(build_id.to_owned(), VersionState::default());
        }
        let statuses = |deployment: &Deployment| {
            let of = |build_id: &str| deployment.versions[build_id].status();
            [of("1"), of("2")]
        };
        use WorkerDeploymentVersionStatus::*;
        deployment.set_current(1, Some("1".to_owned()));
        assert_eq!(statuses(&deployment), [Current, Inactive]);
        let ramp = Ramp {
            build_id: Some("2".to_owned()),
            percentage: 20.0,
        };
        deployment.set_ramp(2, Some(ramp));
        assert_eq!(statuses(&deployment), [Current, Ramping]);
        deployment.set_current(3, Some("2".to_owned()));
        assert_eq!(statuses(&deployment), [Draining, Current]);
        assert!(deployment.ramp.is_none());
    }
}

//! The routes of tasks to the versions of worker deployments.

use crate::{
    state::{
        State,
        deployment::{Version, text_of},
        numbers::RunNo,
        queue_kind::QueueKind,
        queues::{QueueKey, QueuedTask},
    },
    time::{Nanos, timestamp},
};
use temporalio_protos::temporal::api::{
    deployment::v1::WorkerDeploymentOptions,
    enums::v1::VersioningBehavior,
    taskqueue::v1::TaskQueueVersioningInfo,
    workflow::v1::{VersioningOverride, versioning_override::Override},
};

/// The version that an override pins a run to.
pub fn pinned_by(versioning_override: &VersioningOverride) -> Option<Version> {
    match versioning_override.r#override.as_ref() {
        Some(Override::Pinned(pinned)) => Version::of_message(pinned.version.as_ref()),
        Some(_) => None,
        #[allow(deprecated)]
        None if versioning_override.behavior() == VersioningBehavior::Pinned => {
            Version::of_text(&versioning_override.pinned_version)
        }
        None => None,
    }
}

/// The versions that tasks of a queue go to, and since when. Times are 0 where nothing was ever set.
#[derive(Debug, Default)]
pub struct Routes {
    pub current: Option<Version>,
    pub current_at: Nanos,
    /// A share of the workflows in percent, and the version that they go to.
    pub ramp: Option<(f32, Option<Version>)>,
    pub ramp_at: Nanos,
}

impl State {
    /// Notes that a worker of a version polls a queue.
    pub fn register_version(&mut self, key: &QueueKey) {
        let Some(version) = &key.version else { return };
        let now = self.now();
        let deployment = self
            .deployments
            .entry((key.namespace.clone(), version.deployment.clone()))
            .or_default();
        if deployment.created_at == 0 {
            deployment.created_at = now;
        }
        let state = deployment
            .versions
            .entry(version.build_id.clone())
            .or_default();
        if state.created_at == 0 {
            state.created_at = now;
        }
        let is_new = state.task_queues.insert((key.name.clone(), key.kind));
        if is_new && (state.current_since != 0 || state.ramping_since != 0) {
            self.route_again(&key.namespace.clone());
        }
    }

    /// The versions that tasks of a queue go to, as the deployments which serve it say.
    pub fn routes(&self, namespace: &str, queue: &str, kind: QueueKind) -> Routes {
        let served = (queue.to_owned(), kind);
        let mut routes = Routes::default();
        for ((_, name), deployment) in self
            .deployments
            .range((namespace.to_owned(), String::new())..)
            .take_while(|((of, _), _)| of == namespace)
        {
            for (build_id, state) in &deployment.versions {
                if !state.task_queues.contains(&served) {
                    continue;
                }
                let version = || Version {
                    deployment: name.clone(),
                    build_id: build_id.clone(),
                };
                let at = state.routing_changed_at;
                if state.current_since != 0 && at > routes.current_at {
                    routes.current_at = at;
                    routes.current = Some(version());
                }
                if state.ramping_since != 0 && at > routes.ramp_at {
                    routes.ramp_at = at;
                    routes.ramp = Some((deployment.percentage(), Some(version())));
                }
                let unversioned = deployment
                    .ramp
                    .as_ref()
                    .filter(|ramp| ramp.build_id.is_none());
                if let Some(ramp) = unversioned
                    && deployment.ramp_changed_at > routes.ramp_at
                {
                    routes.ramp_at = deployment.ramp_changed_at;
                    routes.ramp = Some((ramp.percentage, None));
                }
            }
        }
        routes
    }

    /// The version that a workflow's tasks in a queue go to. None: workers without a version.
    pub fn target_version(
        &self,
        namespace: &str,
        queue: &str,
        kind: QueueKind,
        workflow_id: &str,
    ) -> Option<Version> {
        if self.deployments.is_empty() {
            return None;
        }
        let routes = self.routes(namespace, queue, kind);
        match routes.ramp {
            Some((percentage, version)) if share_of(workflow_id) < percentage => version,
            _ => routes.current,
        }
    }

    /// The routes of a queue, as its description has them.
    #[allow(deprecated)]
    pub fn versioning_of(
        &self,
        namespace: &str,
        queue: &str,
        kind: QueueKind,
    ) -> Option<TaskQueueVersioningInfo> {
        let routes = self.routes(namespace, queue, kind);
        let changed_at = routes.current_at.max(routes.ramp_at);
        let ramping = routes.ramp.as_ref().map(|(_, version)| version.as_ref());
        (changed_at != 0).then(|| TaskQueueVersioningInfo {
            current_deployment_version: routes.current.as_ref().map(Version::message),
            current_version: text_of(routes.current.as_ref()),
            ramping_deployment_version: ramping.flatten().map(Version::message),
            ramping_version: ramping.map(text_of).unwrap_or_default(),
            ramping_version_percentage: routes.ramp.as_ref().map_or(0.0, |(share, _)| *share),
            update_time: Some(timestamp(changed_at)),
        })
    }

    /// The version that a run is pinned to.
    pub fn pinned_version(&self, no: RunNo) -> Option<Version> {
        let run = &self.runs[&no];
        if let Some(versioning_override) = &run.versioning_override {
            return pinned_by(versioning_override);
        }
        match run.behavior {
            VersioningBehavior::Pinned => run.version.clone(),
            VersioningBehavior::Unspecified if run.completed_tasks == 0 => run.inherited.clone(),
            _ => None,
        }
    }

    /// The version that a run's workflow tasks go to.
    pub fn version_of_run(&self, no: RunNo) -> Option<Version> {
        let run = &self.runs[&no];
        self.pinned_version(no).or_else(|| {
            self.target_version(
                &run.namespace,
                run.task_queue(),
                QueueKind::Workflow,
                &run.workflow_id,
            )
        })
    }

    /// The version that an activity of a run goes to: the run's own, if its workers serve the queue.
    pub fn version_of_activity(&self, no: RunNo, queue: &str) -> Option<Version> {
        let run = &self.runs[&no];
        let pinned = self
            .pinned_version(no)
            .filter(|version| self.serves(&run.namespace, version, queue, QueueKind::Activity));
        pinned.or_else(|| {
            self.target_version(&run.namespace, queue, QueueKind::Activity, &run.workflow_id)
        })
    }

    fn serves(&self, namespace: &str, version: &Version, queue: &str, kind: QueueKind) -> bool {
        self.deployments
            .get(&(namespace.to_owned(), version.deployment.clone()))
            .and_then(|deployment| deployment.versions.get(&version.build_id))
            .is_some_and(|state| state.task_queues.contains(&(queue.to_owned(), kind)))
    }

    /// The version that a run which this one starts on a queue is pinned to.
    pub fn inherited_version(&self, no: RunNo, queue: &str) -> Option<Version> {
        let namespace = &self.runs[&no].namespace;
        self.pinned_version(no)
            .filter(|version| self.serves(namespace, version, queue, QueueKind::Workflow))
    }

    /// Puts the tasks that wait where they belong after the routes have changed.
    pub fn route_again(&mut self, namespace: &str) {
        for (key, task) in self.queues.take_all(namespace) {
            match task {
                QueuedTask::Workflow { run, stamp } => self.offer_again(run, stamp),
                QueuedTask::Query(query) => self.dispatch_query(query),
                QueuedTask::Activity {
                    run, scheduled_id, ..
                } => {
                    let key = self
                        .runs
                        .contains_key(&run)
                        .then(|| self.activity_queue(run, scheduled_id))
                        .flatten()
                        .unwrap_or(key);
                    self.queues.put(key, task);
                }
                QueuedTask::Nexus { .. } => {
                    let version = self.target_version(namespace, &key.name, key.kind, "");
                    self.queues.put(QueueKey { version, ..key }, task);
                }
                QueuedTask::Again(_) | QueuedTask::Standalone { .. } => {
                    self.queues.put(key, task);
                }
            }
        }
    }

    /// Notes the version of the worker that has completed a run's workflow task.
    pub fn note_version(
        &mut self,
        no: RunNo,
        options: Option<&WorkerDeploymentOptions>,
        behavior: VersioningBehavior,
    ) {
        let version = Version::polled(options);
        let run = self.run(no);
        run.behavior = if version.is_some() {
            behavior
        } else {
            VersioningBehavior::Unspecified
        };
        run.version = version;
    }
}

/// The place of a workflow among all, from 0 to 100, which decides whether it belongs to the share of a ramp.
fn share_of(workflow_id: &str) -> f32 {
    // FNV, with its bits mixed once more: ids often differ in their last letters only.
    let mut hash = workflow_id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash >> 40) as f32 * 100.0 / (1 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_takes_about_as_many_workflows_as_it_says() {
        let taken = (0..1_000)
            .filter(|number| share_of(&format!("order-{number}")) < 25.0)
            .count();
        assert!((200..300).contains(&taken), "{taken}");
        assert!((0..1_000).all(|number| share_of(&number.to_string()) < 100.0));
    }
}

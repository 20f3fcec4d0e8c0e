//! Reads a worker's JSON configuration.

mod tagged;

use super::slot_supplier::{HostSlots, SlotSupplier as HostSupplier};
use crate::bridge::{
    config,
    error::BridgeError,
    handle::{self, Handle},
};
use serde::Deserialize;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tagged::Tagged;
use temporalio_common::{
    protos::temporal::api::worker::v1::{PluginInfo, StorageDriverInfo},
    worker::{
        VersioningBehavior, WorkerDeploymentOptions, WorkerDeploymentVersion, WorkerTaskTypes,
    },
};
use temporalio_sdk_core::{
    PollerBehavior as CorePollerBehavior, ResourceBasedSlotsOptions, ResourceBasedTunerConfig,
    ResourceSlotOptions, SlotKind, SlotSupplierOptions, TunerHolder, TunerHolderOptions,
    WorkerConfig, WorkerVersioningStrategy, WorkflowErrorType,
};
use tokio::sync::Semaphore;

/// Core reserves the memory of its cache at once, and a failed reservation ends the process.
const MAX_CACHED_WORKFLOWS: usize = 10_000_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Config {
    namespace: String,
    task_queue: String,
    identity: Option<String>,
    task_types: TaskTypes,
    versioning: Tagged,
    tuner: Tuner,
    #[serde(default)]
    max_cached_workflows: usize,
    workflow_task_poller: Option<Tagged>,
    activity_task_poller: Option<Tagged>,
    nexus_task_poller: Option<Tagged>,
    nonsticky_to_sticky_poll_ratio: Option<f32>,
    sticky_queue_schedule_to_start_timeout_ms: Option<u64>,
    max_heartbeat_throttle_interval_ms: Option<u64>,
    default_heartbeat_throttle_interval_ms: Option<u64>,
    max_task_queue_activities_per_second: Option<f64>,
    max_worker_activities_per_second: Option<f64>,
    max_eager_activity_reservations_per_workflow_task: Option<usize>,
    graceful_shutdown_period_ms: Option<u64>,
    local_timeout_buffer_for_activities_ms: Option<u64>,
    #[serde(default)]
    workflow_failure_errors: HashSet<ErrorType>,
    #[serde(default)]
    workflow_types_to_failure_errors: HashMap<String, HashSet<ErrorType>>,
    #[serde(default)]
    plugins: Vec<Plugin>,
    #[serde(default)]
    storage_drivers: Vec<String>,
    #[serde(default)]
    skip_client_worker_set_check: bool,
    #[serde(default)]
    disable_payload_error_limit: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct TaskTypes {
    workflows: bool,
    local_activities: bool,
    activities: bool,
    nexus: bool,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum Versioning {
    None {
        #[serde(default)]
        build_id: String,
    },
    LegacyBuildId {
        build_id: String,
    },
    Deployment {
        deployment_name: String,
        build_id: String,
        use_worker_versioning: bool,
        default_versioning_behavior: Option<DefaultVersioningBehavior>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DefaultVersioningBehavior {
    Pinned,
    AutoUpgrade,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Tuner {
    workflow: Tagged,
    activity: Tagged,
    local_activity: Tagged,
    nexus: Tagged,
    resource_targets: Option<ResourceTargets>,
}

/// The way in which slots of one kind are given out.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum SlotSupplier {
    Fixed {
        slots: usize,
    },
    ResourceBased {
        minimum_slots: usize,
        maximum_slots: usize,
        ramp_throttle_ms: u64,
    },
    Custom {
        /// The handle of a supplier that asks the host.
        supplier: Handle,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ResourceTargets {
    memory_usage: f64,
    cpu_usage: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum PollerBehavior {
    SimpleMaximum {
        maximum: usize,
    },
    Autoscaling {
        minimum: usize,
        maximum: usize,
        initial: usize,
    },
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "kebab-case")]
enum ErrorType {
    Nondeterminism,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plugin {
    name: String,
    #[serde(default)]
    version: String,
}

/// Reads a worker's JSON configuration.
pub fn parse(bytes: &[u8]) -> Result<WorkerConfig, BridgeError> {
    let config: Config = config::parse(bytes)?;
    check(&config)?;
    let caches = config.max_cached_workflows > 0;
    let versioning: Versioning = tagged::read("versioning", config.versioning)?;
    versioning.check()?;
    let workflow_poller = poller("workflowTaskPoller", config.workflow_task_poller)?;
    if caches && let Some(CorePollerBehavior::SimpleMaximum(0..2)) = workflow_poller {
        return Err(config::invalid(
            "workflowTaskPoller.maximum",
            "must be at least 2 while workflows are cached",
        ));
    }
    let millis = |value: Option<u64>| value.map(Duration::from_millis);
    WorkerConfig::builder()
        .namespace(config.namespace)
        .task_queue(config.task_queue)
        .maybe_client_identity_override(config.identity)
        .task_types(WorkerTaskTypes {
            enable_workflows: config.task_types.workflows,
            enable_local_activities: config.task_types.local_activities,
            enable_remote_activities: config.task_types.activities,
            enable_nexus: config.task_types.nexus,
        })
        .versioning_strategy(versioning.into())
        .tuner(Arc::new(tuner(config.tuner, caches)?))
        .max_cached_workflows(config.max_cached_workflows)
        .maybe_workflow_task_poller_behavior(workflow_poller)
        .maybe_activity_task_poller_behavior(poller(
            "activityTaskPoller",
            config.activity_task_poller,
        )?)
        .maybe_nexus_task_poller_behavior(poller("nexusTaskPoller", config.nexus_task_poller)?)
        .maybe_nonsticky_to_sticky_poll_ratio(config.nonsticky_to_sticky_poll_ratio)
        .maybe_sticky_queue_schedule_to_start_timeout(millis(
            config.sticky_queue_schedule_to_start_timeout_ms,
        ))
        .maybe_max_heartbeat_throttle_interval(millis(config.max_heartbeat_throttle_interval_ms))
        .maybe_default_heartbeat_throttle_interval(millis(
            config.default_heartbeat_throttle_interval_ms,
        ))
        .maybe_max_task_queue_activities_per_second(config.max_task_queue_activities_per_second)
        .maybe_max_worker_activities_per_second(config.max_worker_activities_per_second)
        .maybe_max_eager_activity_reservations_per_workflow_task(
            config.max_eager_activity_reservations_per_workflow_task,
        )
        .maybe_graceful_shutdown_period(millis(config.graceful_shutdown_period_ms))
        .maybe_local_timeout_buffer_for_activities(millis(
            config.local_timeout_buffer_for_activities_ms,
        ))
        .workflow_failure_errors(error_types(config.workflow_failure_errors))
        .workflow_types_to_failure_errors(
            config
                .workflow_types_to_failure_errors
                .into_iter()
                .map(|(workflow, errors)| (workflow, error_types(errors)))
                .collect::<HashMap<_, _>>(),
        )
        .plugins(
            config
                .plugins
                .into_iter()
                .map(|plugin| PluginInfo {
                    name: plugin.name,
                    version: plugin.version,
                })
                .collect::<HashSet<_>>(),
        )
        .storage_drivers(
            config
                .storage_drivers
                .into_iter()
                .map(|r#type| StorageDriverInfo { r#type })
                .collect::<HashSet<_>>(),
        )
        .skip_client_worker_set_check(config.skip_client_worker_set_check)
        .disable_payload_error_limit(config.disable_payload_error_limit)
        .build()
        .map_err(|error| config::invalid(".", error))
}

/// Checks what core would refuse without naming a field, or would not refuse at all.
fn check(config: &Config) -> Result<(), BridgeError> {
    for (field, text) in [
        ("namespace", &config.namespace),
        ("taskQueue", &config.task_queue),
    ] {
        if text.is_empty() {
            return Err(config::invalid(field, "must not be empty"));
        }
    }
    let types = &config.task_types;
    if !(types.workflows || types.activities || types.nexus) {
        return Err(config::invalid(
            "taskTypes",
            "at least one of workflows, activities and nexus must be true",
        ));
    }
    if types.local_activities && !types.workflows {
        return Err(config::invalid(
            "taskTypes.localActivities",
            "local activities need workflows",
        ));
    }
    if config.max_cached_workflows > MAX_CACHED_WORKFLOWS {
        return Err(config::invalid(
            "maxCachedWorkflows",
            format_args!("must be at most {MAX_CACHED_WORKFLOWS}"),
        ));
    }
    for (field, rate) in [
        (
            "maxTaskQueueActivitiesPerSecond",
            config.max_task_queue_activities_per_second,
        ),
        (
            "maxWorkerActivitiesPerSecond",
            config.max_worker_activities_per_second,
        ),
    ] {
        if rate.is_some_and(|rate| !rate.is_normal() || rate < 0.0) {
            return Err(config::invalid(field, "must be greater than 0"));
        }
    }
    if let Some(ratio) = config.nonsticky_to_sticky_poll_ratio
        && !(0.0..=1.0).contains(&ratio)
    {
        return Err(config::invalid(
            "nonstickyToStickyPollRatio",
            "must be from 0 to 1",
        ));
    }
    if let Some(targets) = &config.tuner.resource_targets {
        for (field, target) in [
            ("tuner.resourceTargets.memoryUsage", targets.memory_usage),
            ("tuner.resourceTargets.cpuUsage", targets.cpu_usage),
        ] {
            if !(0.0..=1.0).contains(&target) {
                return Err(config::invalid(field, "must be from 0 to 1"));
            }
        }
    }
    Ok(())
}

impl Versioning {
    fn check(&self) -> Result<(), BridgeError> {
        match self {
            Versioning::LegacyBuildId { build_id } if build_id.is_empty() => {
                Err(config::invalid("versioning.buildId", "must not be empty"))
            }
            Versioning::Deployment {
                deployment_name,
                build_id,
                use_worker_versioning: true,
                ..
            } if deployment_name.is_empty() || build_id.is_empty() => Err(config::invalid(
                if build_id.is_empty() {
                    "versioning.buildId"
                } else {
                    "versioning.deploymentName"
                },
                "must not be empty while useWorkerVersioning is true",
            )),
            Versioning::Deployment {
                use_worker_versioning: false,
                default_versioning_behavior: Some(_),
                ..
            } => Err(config::invalid(
                "versioning.defaultVersioningBehavior",
                "needs useWorkerVersioning",
            )),
            _ => Ok(()),
        }
    }
}

impl From<Versioning> for WorkerVersioningStrategy {
    fn from(versioning: Versioning) -> Self {
        match versioning {
            Versioning::None { build_id } => WorkerVersioningStrategy::None { build_id },
            Versioning::LegacyBuildId { build_id } => {
                WorkerVersioningStrategy::LegacyBuildIdBased { build_id }
            }
            Versioning::Deployment {
                deployment_name,
                build_id,
                use_worker_versioning,
                default_versioning_behavior,
            } => {
                let version = WorkerDeploymentVersion::builder()
                    .deployment_name(deployment_name)
                    .build_id(build_id)
                    .build();
                let behavior = default_versioning_behavior.map(|behavior| match behavior {
                    DefaultVersioningBehavior::Pinned => VersioningBehavior::Pinned,
                    DefaultVersioningBehavior::AutoUpgrade => VersioningBehavior::AutoUpgrade,
                });
                WorkerVersioningStrategy::WorkerDeploymentBased(
                    WorkerDeploymentOptions::new(version)
                        .use_worker_versioning(use_worker_versioning)
                        .maybe_default_versioning_behavior(behavior)
                        .build(),
                )
            }
        }
    }
}

impl SlotSupplier {
    /// Reads the supplier at `field`.
    fn read(field: &str, supplier: Tagged, has_targets: bool) -> Result<Self, BridgeError> {
        let supplier: Self = tagged::read(field, supplier)?;
        supplier.check(field, has_targets)?;
        Ok(supplier)
    }

    fn check(&self, field: &str, has_targets: bool) -> Result<(), BridgeError> {
        match self {
            SlotSupplier::Fixed {
                slots: 1..=Semaphore::MAX_PERMITS,
            } => Ok(()),
            SlotSupplier::Fixed { .. } => Err(config::invalid(
                &format!("{field}.slots"),
                format_args!("must be from 1 to {}", Semaphore::MAX_PERMITS),
            )),
            SlotSupplier::ResourceBased { .. } if !has_targets => Err(config::invalid(
                "tuner.resourceTargets",
                format_args!("missing although {field} is resource-based"),
            )),
            SlotSupplier::ResourceBased {
                minimum_slots,
                maximum_slots,
                ..
            } if maximum_slots < minimum_slots || *maximum_slots == 0 => Err(config::invalid(
                &format!("{field}.maximumSlots"),
                "must be at least 1 and not less than minimumSlots",
            )),
            SlotSupplier::ResourceBased { .. } => Ok(()),
            SlotSupplier::Custom { supplier } => handle::get::<HostSupplier>(*supplier)
                .map(drop)
                .map_err(|error| config::invalid(&format!("{field}.supplier"), error)),
        }
    }

    fn into_core<K: SlotKind + Send + Sync + 'static>(
        self,
    ) -> Result<SlotSupplierOptions<K>, BridgeError> {
        Ok(match self {
            SlotSupplier::Fixed { slots } => SlotSupplierOptions::FixedSize { slots },
            SlotSupplier::ResourceBased {
                minimum_slots,
                maximum_slots,
                ramp_throttle_ms,
            } => SlotSupplierOptions::ResourceBased(ResourceSlotOptions::new(
                minimum_slots,
                maximum_slots,
                Duration::from_millis(ramp_throttle_ms),
            )),
            SlotSupplier::Custom { supplier } => {
                let slots = HostSlots::new(handle::get::<HostSupplier>(supplier)?);
                SlotSupplierOptions::Custom(Arc::new(slots))
            }
        })
    }
}

fn tuner(tuner: Tuner, caches_workflows: bool) -> Result<TunerHolder, BridgeError> {
    let has_targets = tuner.resource_targets.is_some();
    let read = |field, supplier| SlotSupplier::read(field, supplier, has_targets);
    let workflow = read("tuner.workflow", tuner.workflow)?;
    if caches_workflows && let SlotSupplier::Fixed { slots: 1 } = workflow {
        return Err(config::invalid(
            "tuner.workflow.slots",
            "must be at least 2 while workflows are cached",
        ));
    }
    let activity = read("tuner.activity", tuner.activity)?;
    let local_activity = read("tuner.localActivity", tuner.local_activity)?;
    let nexus = read("tuner.nexus", tuner.nexus)?;
    let targets = tuner.resource_targets.map(|targets| {
        ResourceBasedTunerConfig::Options(
            ResourceBasedSlotsOptions::builder()
                .target_mem_usage(targets.memory_usage)
                .target_cpu_usage(targets.cpu_usage)
                .build(),
        )
    });
    TunerHolderOptions::builder()
        .workflow_slot_options(workflow.into_core()?)
        .activity_slot_options(activity.into_core()?)
        .local_activity_slot_options(local_activity.into_core()?)
        .nexus_slot_options(nexus.into_core()?)
        .maybe_resource_based_config(targets)
        .build_tuner_holder()
        .map_err(|error| config::invalid("tuner", error))
}

/// Reads the poller behavior at `field`; if it is absent, core decides.
fn poller(
    field: &str,
    behavior: Option<Tagged>,
) -> Result<Option<CorePollerBehavior>, BridgeError> {
    let Some(behavior) = behavior else {
        return Ok(None);
    };
    let invalid =
        |name: &str, reason: &str| Err(config::invalid(&format!("{field}.{name}"), reason));
    match tagged::read(field, behavior)? {
        PollerBehavior::SimpleMaximum { maximum: 0 } => invalid("maximum", "must be at least 1"),
        PollerBehavior::SimpleMaximum { maximum } => {
            Ok(Some(CorePollerBehavior::SimpleMaximum(maximum)))
        }
        PollerBehavior::Autoscaling { minimum: 0, .. } => invalid("minimum", "must be at least 1"),
        PollerBehavior::Autoscaling {
            minimum, maximum, ..
        } if maximum < minimum => invalid("maximum", "must not be less than minimum"),
        PollerBehavior::Autoscaling {
            minimum,
            maximum,
            initial,
        } if !(minimum..=maximum).contains(&initial) => {
            invalid("initial", "must be from minimum to maximum")
        }
        PollerBehavior::Autoscaling {
            minimum,
            maximum,
            initial,
        } => Ok(Some(CorePollerBehavior::Autoscaling {
            minimum,
            maximum,
            initial,
        })),
    }
}

fn error_types(types: HashSet<ErrorType>) -> HashSet<WorkflowErrorType> {
    types
        .into_iter()
        .map(|error| match error {
            ErrorType::Nondeterminism => WorkflowErrorType::Nondeterminism,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::completion_queue::CompletionQueue;
    use serde_json::{Value, json};

    fn config() -> Value {
        json!({
            "namespace": "ns", "taskQueue": "tq",
            "taskTypes": {"workflows": true, "localActivities": true, "activities": true, "nexus": true},
            "versioning": {"type": "none", "buildId": "b"},
            "tuner": {
                "workflow": {"type": "fixed", "slots": 2}, "activity": {"type": "fixed", "slots": 3},
                "localActivity": {"type": "fixed", "slots": 4}, "nexus": {"type": "fixed", "slots": 5},
            },
        })
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut config = config();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        config.pointer_mut(parent).unwrap()[key] = value;
        config
    }

    fn parsed(config: &Value) -> Result<WorkerConfig, BridgeError> {
        parse(config.to_string().as_bytes())
    }

    #[test]
    fn every_field_reaches_core() {
        let mut json = config();
        let more = json!({
            "identity": "me", "maxCachedWorkflows": 7,
            "workflowTaskPoller": {"type": "simple-maximum", "maximum": 8},
            "activityTaskPoller": {"type": "autoscaling", "minimum": 1, "maximum": 9, "initial": 2},
            "nexusTaskPoller": {"type": "simple-maximum", "maximum": 10},
            "nonstickyToStickyPollRatio": 0.5, "stickyQueueScheduleToStartTimeoutMs": 11,
            "maxHeartbeatThrottleIntervalMs": 12, "defaultHeartbeatThrottleIntervalMs": 13,
            "maxTaskQueueActivitiesPerSecond": 14.5, "maxWorkerActivitiesPerSecond": 15.5,
            "maxEagerActivityReservationsPerWorkflowTask": 16, "gracefulShutdownPeriodMs": 17,
            "localTimeoutBufferForActivitiesMs": 18, "workflowFailureErrors": ["nondeterminism"],
            "workflowTypesToFailureErrors": {"wf": ["nondeterminism"]},
            "plugins": [{"name": "p", "version": "1"}], "storageDrivers": ["s3"],
            "skipClientWorkerSetCheck": true, "disablePayloadErrorLimit": true,
        });
        json.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let config = parsed(&json).unwrap();
        let millis = Duration::from_millis;
        assert_eq!((&*config.namespace, &*config.task_queue), ("ns", "tq"));
        assert_eq!(config.client_identity_override.as_deref(), Some("me"));
        assert_eq!(config.task_types, WorkerTaskTypes::all());
        assert_eq!(config.max_cached_workflows, 7);
        assert_eq!(
            config.workflow_task_poller_behavior,
            Some(CorePollerBehavior::SimpleMaximum(8))
        );
        assert_eq!(
            config.activity_task_poller_behavior,
            Some(CorePollerBehavior::Autoscaling {
                minimum: 1,
                maximum: 9,
                initial: 2
            })
        );
        assert_eq!(
            config.nexus_task_poller_behavior,
            Some(CorePollerBehavior::SimpleMaximum(10))
        );
        assert_eq!(config.nonsticky_to_sticky_poll_ratio, 0.5);
        assert_eq!(config.sticky_queue_schedule_to_start_timeout, millis(11));
        assert_eq!(config.max_heartbeat_throttle_interval, millis(12));
        assert_eq!(config.default_heartbeat_throttle_interval, millis(13));
        assert_eq!(config.max_task_queue_activities_per_second, Some(14.5));
        assert_eq!(config.max_worker_activities_per_second, Some(15.5));
        assert_eq!(config.max_eager_activity_reservations_per_workflow_task, 16);
        assert_eq!(config.graceful_shutdown_period, Some(millis(17)));
        assert_eq!(config.local_timeout_buffer_for_activities, millis(18));
        let nondeterminism = HashSet::from([WorkflowErrorType::Nondeterminism]);
        assert_eq!(config.workflow_failure_errors, nondeterminism);
        assert_eq!(
            config.workflow_types_to_failure_errors["wf"],
            nondeterminism
        );
        let plugin = config.plugins.iter().next().unwrap();
        assert_eq!((&*plugin.name, &*plugin.version), ("p", "1"));
        assert_eq!(config.storage_drivers.iter().next().unwrap().r#type, "s3");
        assert!(config.skip_client_worker_set_check && config.disable_payload_error_limit);
        assert_eq!(config.versioning_strategy.build_id(), "b");
        assert!(config.tuner.is_some());
    }

    #[test]
    fn versioning_has_three_ways() {
        let none = parsed(&config()).unwrap().versioning_strategy;
        assert!(matches!(none, WorkerVersioningStrategy::None { build_id } if build_id == "b"));
        let legacy = json!({"type": "legacy-build-id", "buildId": "old"});
        let legacy = parsed(&with("/versioning", legacy)).unwrap();
        assert!(matches!(
            legacy.versioning_strategy,
            WorkerVersioningStrategy::LegacyBuildIdBased { build_id } if build_id == "old"
        ));
        for (name, behavior) in [
            ("pinned", VersioningBehavior::Pinned),
            ("auto-upgrade", VersioningBehavior::AutoUpgrade),
        ] {
            let deployment = json!({
                "type": "deployment", "deploymentName": "d", "buildId": "new",
                "useWorkerVersioning": true, "defaultVersioningBehavior": name,
            });
            let config = parsed(&with("/versioning", deployment)).unwrap();
            let WorkerVersioningStrategy::WorkerDeploymentBased(deployment) =
                config.versioning_strategy
            else {
                panic!("a deployment");
            };
            assert_eq!(deployment.version.deployment_name, "d");
            assert_eq!(deployment.version.build_id, "new");
            assert!(deployment.use_worker_versioning);
            assert_eq!(deployment.default_versioning_behavior, Some(behavior));
        }
    }

    #[test]
    fn each_kind_of_task_gets_its_own_slots() {
        let tuner = parsed(&config()).unwrap().tuner.unwrap();
        assert_eq!(
            tuner.workflow_task_slot_supplier().available_slots(),
            Some(2)
        );
        assert_eq!(
            tuner.activity_task_slot_supplier().available_slots(),
            Some(3)
        );
        assert_eq!(
            tuner.local_activity_slot_supplier().available_slots(),
            Some(4)
        );
        assert_eq!(tuner.nexus_task_slot_supplier().available_slots(), Some(5));
    }

    #[test]
    fn resource_based_suppliers_need_targets() {
        let supplier = json!({"type": "resource-based", "minimumSlots": 1, "maximumSlots": 9, "rampThrottleMs": 50});
        let mut config = with("/tuner/activity", supplier);
        let error = parsed(&config).err().unwrap();
        assert_eq!(error.details["field"], "tuner.resourceTargets");
        config["tuner"]["resourceTargets"] = json!({"memoryUsage": 0.8, "cpuUsage": 0.9});
        let tuner = parsed(&config).unwrap().tuner.unwrap();
        let kind = tuner.activity_task_slot_supplier().slot_supplier_kind();
        assert_eq!(kind, "ResourceBased");
        config["tuner"]["resourceTargets"]["cpuUsage"] = json!(1.5);
        let error = parsed(&config).err().unwrap();
        assert_eq!(error.details["field"], "tuner.resourceTargets.cpuUsage");
    }

    #[test]
    fn a_custom_supplier_is_a_handle_of_one() {
        let queue = Arc::new(CompletionQueue::new(None));
        let supplier = handle::insert(HostSupplier::new(queue.clone(), 9));
        let config = with(
            "/tuner/nexus",
            json!({"type": "custom", "supplier": supplier}),
        );
        let tuner = parsed(&config).unwrap().tuner.unwrap();
        let kind = tuner.nexus_task_slot_supplier().slot_supplier_kind();
        assert_eq!(kind, "Custom");
        assert_eq!(queue.ready_bytes().unwrap(), 0);
        drop(tuner);
        // The end of the supplier's events.
        assert_eq!(queue.ready_bytes().unwrap(), 16);
        handle::remove::<HostSupplier>(supplier).unwrap();
        let error = parsed(&config).err().unwrap();
        assert_eq!(error.details["field"], "tuner.nexus.supplier");
    }

    #[test]
    fn a_cache_needs_two_workflow_tasks_at_a_time() {
        let mut config = with("/maxCachedWorkflows", json!(1));
        config["tuner"]["workflow"]["slots"] = json!(1);
        let error = parsed(&config).err().unwrap();
        assert_eq!(error.details["field"], "tuner.workflow.slots");
        config["tuner"]["workflow"]["slots"] = json!(2);
        config["workflowTaskPoller"] = json!({"type": "simple-maximum", "maximum": 1});
        let error = parsed(&config).err().unwrap();
        assert_eq!(error.details["field"], "workflowTaskPoller.maximum");
        config["maxCachedWorkflows"] = json!(0);
        parsed(&config).unwrap();
    }

    #[test]
    fn an_error_names_the_field() {
        let autoscaling = |minimum, maximum, initial| json!({"type": "autoscaling", "minimum": minimum, "maximum": maximum, "initial": initial});
        let deployment = |change: (&str, Value)| {
            let mut deployment = json!({
                "type": "deployment", "deploymentName": "d", "buildId": "b", "useWorkerVersioning": true,
            });
            deployment[change.0] = change.1;
            deployment
        };
        let resource_based = json!({"type": "resource-based", "minimumSlots": 5, "maximumSlots": 4, "rampThrottleMs": 0});
        for (pointer, value, field) in [
            ("/namespace", json!(""), "namespace"),
            ("/taskQueue", json!(1), "taskQueue"),
            ("/taskQueue", json!(""), "taskQueue"),
            ("/surprise", json!(1), "surprise"),
            ("/taskTypes", json!({}), "taskTypes"),
            (
                "/taskTypes",
                json!({"localActivities": true, "activities": true}),
                "taskTypes.localActivities",
            ),
            ("/taskTypes/nexus", json!("yes"), "taskTypes.nexus"),
            ("/maxCachedWorkflows", json!(-1), "maxCachedWorkflows"),
            ("/maxCachedWorkflows", json!(u64::MAX), "maxCachedWorkflows"),
            ("/tuner/nexus/slots", json!(0), "tuner.nexus.slots"),
            ("/tuner/nexus/slots", json!(u64::MAX), "tuner.nexus.slots"),
            (
                "/tuner/workflow/slots",
                json!("many"),
                "tuner.workflow.slots",
            ),
            (
                "/tuner/activity/type",
                json!("elastic"),
                "tuner.activity.type",
            ),
            (
                "/tuner/activity/surprise",
                json!(1),
                "tuner.activity.surprise",
            ),
            (
                "/tuner/localActivity",
                json!({"type": "fixed"}),
                "tuner.localActivity",
            ),
            (
                "/tuner/resourceTargets",
                json!({"memoryUsage": 1, "cpuUsage": "all"}),
                "tuner.resourceTargets.cpuUsage",
            ),
            (
                "/workflowTaskPoller",
                json!({"type": "simple-maximum", "maximum": 0}),
                "workflowTaskPoller.maximum",
            ),
            (
                "/activityTaskPoller",
                json!({"type": "simple-maximum", "maximum": 1.5}),
                "activityTaskPoller.maximum",
            ),
            (
                "/activityTaskPoller",
                autoscaling(0, 1, 1),
                "activityTaskPoller.minimum",
            ),
            (
                "/activityTaskPoller",
                autoscaling(2, 1, 1),
                "activityTaskPoller.maximum",
            ),
            (
                "/nexusTaskPoller",
                autoscaling(2, 3, 4),
                "nexusTaskPoller.initial",
            ),
            (
                "/nonstickyToStickyPollRatio",
                json!(1.1),
                "nonstickyToStickyPollRatio",
            ),
            (
                "/maxWorkerActivitiesPerSecond",
                json!(-1),
                "maxWorkerActivitiesPerSecond",
            ),
            (
                "/maxTaskQueueActivitiesPerSecond",
                json!(0),
                "maxTaskQueueActivitiesPerSecond",
            ),
            (
                "/gracefulShutdownPeriodMs",
                json!("10 s"),
                "gracefulShutdownPeriodMs",
            ),
            (
                "/workflowFailureErrors",
                json!(["typo"]),
                "workflowFailureErrors[0]",
            ),
            (
                "/versioning",
                json!({"type": "legacy-build-id", "buildId": ""}),
                "versioning.buildId",
            ),
            (
                "/versioning",
                json!({"type": "none", "buildId": 1}),
                "versioning.buildId",
            ),
            (
                "/versioning",
                deployment(("buildId", json!(""))),
                "versioning.buildId",
            ),
            (
                "/versioning",
                deployment(("deploymentName", json!(""))),
                "versioning.deploymentName",
            ),
            (
                "/versioning",
                deployment(("defaultVersioningBehavior", json!("x"))),
                "versioning.defaultVersioningBehavior",
            ),
        ] {
            let error = parsed(&with(pointer, value.clone())).err();
            let error = error.unwrap_or_else(|| panic!("{pointer} {value} was taken"));
            assert_eq!(error.details["field"], field, "{pointer} {value}: {error}");
            assert!(error.message.starts_with(field), "{error}");
        }
        let mut targets = with("/tuner/activity", resource_based);
        targets["tuner"]["resourceTargets"] = json!({"memoryUsage": 0.8, "cpuUsage": 0.9});
        let error = parsed(&targets).err().unwrap();
        assert_eq!(error.details["field"], "tuner.activity.maximumSlots");
    }
}

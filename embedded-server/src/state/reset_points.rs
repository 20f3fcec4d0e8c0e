//! The points that a run can be reset to by the build of its workers.

#![allow(deprecated)]

use crate::{
    state::run::Run,
    time::{Nanos, from_timestamp, timestamp},
};
use temporalio_protos::temporal::api::{
    history::v1::{HistoryEvent, WorkflowTaskCompletedEventAttributes},
    workflow::v1::{ResetPointInfo, ResetPoints},
};

/// The most points of a run. The first are forgotten.
const MAX_POINTS: usize = 20;

impl Run {
    /// The point that a completed workflow task makes. None if its build has one.
    pub fn reset_point_of(
        &self,
        event: &HistoryEvent,
        completed: &WorkflowTaskCompletedEventAttributes,
    ) -> Option<ResetPointInfo> {
        let of_version = completed.deployment_version.as_ref();
        let of_stamp = completed.worker_version.as_ref();
        let build_id = of_version
            .map(|version| &version.build_id)
            .or(of_stamp.map(|stamp| &stamp.build_id))
            .cloned()
            .unwrap_or_default();
        let binary_checksum = completed.binary_checksum.clone();
        let is_known = self
            .reset_points
            .iter()
            .any(|point| point.build_id == build_id && point.binary_checksum == binary_checksum);
        (!is_known).then(|| ResetPointInfo {
            build_id,
            binary_checksum,
            run_id: self.run_id.clone(),
            first_workflow_task_completed_id: event.event_id,
            create_time: event.event_time,
            expire_time: None,
            resettable: self.children.is_empty() && self.externals.is_empty(),
        })
    }

    /// Remembers a point. Forgets the first ones if there are too many.
    pub fn add_reset_point(&mut self, point: ResetPointInfo) {
        self.reset_points.push(point);
        let surplus = self.reset_points.len().saturating_sub(MAX_POINTS);
        self.reset_points.drain(..surplus);
    }

    /// The points for the first event of the next run of the chain.
    pub fn points_for_next(&self) -> Option<ResetPoints> {
        (!self.reset_points.is_empty()).then(|| ResetPoints {
            points: self.reset_points.clone(),
        })
    }
}

/// The points of a run that goes on with a chain: those of the run before it end with that one's retention.
pub fn rolled_over(
    points: Option<&ResetPoints>,
    run_before: &str,
    started_at: Nanos,
    retention: Nanos,
) -> Vec<ResetPointInfo> {
    let mut kept = Vec::new();
    for point in points.iter().flat_map(|points| &points.points) {
        let expires = point.expire_time.as_ref().map(from_timestamp);
        if expires.is_some_and(|expires| expires < started_at) {
            continue;
        }
        let mut point = point.clone();
        if point.run_id == run_before {
            point.expire_time = Some(timestamp(started_at.saturating_add(retention)));
        }
        kept.push(point);
    }
    kept
}

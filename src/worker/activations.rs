//! Reads workflow activations.

use temporalio_common::protos::coresdk::workflow_activation::{
    WorkflowActivation, workflow_activation_job::Variant,
};

/// Tells whether an activation evicts its run.
pub fn is_eviction(activation: &WorkflowActivation) -> bool {
    activation
        .jobs
        .iter()
        .any(|job| matches!(job.variant, Some(Variant::RemoveFromCache(_))))
}

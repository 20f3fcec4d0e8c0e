//! Reads workflow activations.

use temporalio_common::protos::coresdk::workflow_activation::{
    WorkflowActivation, workflow_activation_job::Variant,
};

/// The kind of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// It is the first of its run here: it brings all that is needed to begin or to replay it.
    Start,
    /// It has work for a run that has started here.
    Work,
    /// It evicts the run.
    Eviction,
}

impl Activation {
    /// Reads the kind of an activation.
    pub fn of(activation: &WorkflowActivation) -> Self {
        let mut kind = Activation::Work;
        for job in &activation.jobs {
            match job.variant {
                Some(Variant::RemoveFromCache(_)) => return Activation::Eviction,
                Some(Variant::InitializeWorkflow(_)) => kind = Activation::Start,
                _ => {}
            }
        }
        kind
    }
}

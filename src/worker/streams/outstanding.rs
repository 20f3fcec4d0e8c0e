//! Activations that core has handed out and that nobody has answered.

use crate::worker::activations::Activation;
use parking_lot::Mutex;
use std::{collections::HashMap, mem};
use temporalio_common::protos::coresdk::workflow_activation::WorkflowActivation;

/// Runs with an activation that is out. Core has at most one out for each run.
#[derive(Default)]
pub struct OutstandingActivations(Mutex<HashMap<String, Activation>>);

impl OutstandingActivations {
    /// Records an activation that came from core.
    pub fn insert(&self, activation: &WorkflowActivation) {
        let kind = Activation::of(activation);
        self.0.lock().insert(activation.run_id.clone(), kind);
    }

    /// Records that the run's activation is answered. Returns false if none was out.
    pub fn remove(&self, run_id: &str) -> bool {
        self.0.lock().remove(run_id).is_some()
    }

    /// Takes all of them.
    pub fn take(&self) -> HashMap<String, Activation> {
        mem::take(&mut self.0.lock())
    }
}

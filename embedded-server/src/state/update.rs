//! An update of a run, and how far it has come.

use temporalio_protos::temporal::api::{
    enums::v1::UpdateWorkflowExecutionLifecycleStage as Stage,
    update::v1::{Outcome, Request},
};

#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    Admitted,
    /// A worker has it.
    Sent,
    /// Holds the id of the event.
    Accepted(i64),
    Completed(Box<Outcome>),
    /// The run ended before the worker took it.
    Aborted,
}

/// An update of a run.
#[derive(Clone, Debug)]
pub struct Update {
    pub id: String,
    pub request: Request,
    pub progress: Progress,
}

impl Update {
    pub fn stage(&self) -> Stage {
        match self.progress {
            Progress::Admitted | Progress::Sent | Progress::Aborted => Stage::Admitted,
            Progress::Accepted(_) => Stage::Accepted,
            Progress::Completed(_) => Stage::Completed,
        }
    }

    pub fn is_in_flight(&self) -> bool {
        !matches!(self.progress, Progress::Completed(_) | Progress::Aborted)
    }

    pub fn outcome(&self) -> Option<Outcome> {
        match &self.progress {
            Progress::Completed(outcome) => Some((**outcome).clone()),
            _ => None,
        }
    }
}

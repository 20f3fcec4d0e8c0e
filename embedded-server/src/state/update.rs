//! An update of a run, and how far it has come.

use crate::state::numbers::RunNo;
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
    /// It has left no trace in the history. Only calls that have waited for it learn of it.
    Rejected(Box<Outcome>),
    /// The run ended before the worker took it.
    Aborted,
    /// The run ended before the worker took it, and the next run of the chain has it.
    Moved(RunNo),
}

/// An update of a run.
#[derive(Clone, Debug)]
pub struct Update {
    pub id: String,
    pub request: Request,
    /// The history has an event of its admission, which brings the request to the worker.
    pub has_event: bool,
    /// It is for the current run of the workflow, whichever that is.
    pub follows: bool,
    pub progress: Progress,
}

impl Update {
    /// An update that an event of the history has admitted.
    pub fn of_event(request: Request) -> Self {
        Self {
            id: request
                .meta
                .as_ref()
                .map(|meta| meta.update_id.clone())
                .unwrap_or_default(),
            request,
            has_event: true,
            follows: false,
            progress: Progress::Admitted,
        }
    }

    pub fn stage(&self) -> Stage {
        match self.progress {
            Progress::Admitted | Progress::Sent | Progress::Aborted | Progress::Moved(_) => {
                Stage::Admitted
            }
            Progress::Accepted(_) => Stage::Accepted,
            Progress::Completed(_) | Progress::Rejected(_) => Stage::Completed,
        }
    }

    pub fn is_in_flight(&self) -> bool {
        matches!(
            self.progress,
            Progress::Admitted | Progress::Sent | Progress::Accepted(_)
        )
    }

    pub fn outcome(&self) -> Option<Outcome> {
        match &self.progress {
            Progress::Completed(outcome) | Progress::Rejected(outcome) => Some((**outcome).clone()),
            _ => None,
        }
    }
}

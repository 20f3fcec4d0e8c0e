//! Deletion of runs.

use crate::state::{State, numbers::RunNo};

impl State {
    /// Forgets a run that has ended.
    pub fn delete(&mut self, no: RunNo) {
        let Some(run) = self.runs.remove(&no) else {
            return;
        };
        self.run_numbers.remove(&run.run_id);
        let id = (run.namespace, run.workflow_id);
        if let Some(runs) = self.workflows.get_mut(&id) {
            runs.retain(|other| *other != no);
            if runs.is_empty() {
                self.workflows.remove(&id);
            }
        }
    }
}

//! Deletion of runs.

use crate::state::{SERVER_IDENTITY, State, numbers::RunNo};

impl State {
    /// Ends a run if it is open, and forgets it.
    pub fn delete_execution(&mut self, no: RunNo) {
        if self.run(no).is_open() {
            let reason = "Delete workflow execution".to_owned();
            self.terminate(no, reason, None, SERVER_IDENTITY.to_owned());
        }
        // What its end leads to for others happens before it is forgotten.
        self.settle();
        self.delete(no);
    }

    /// Forgets a run that has ended.
    fn delete(&mut self, no: RunNo) {
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

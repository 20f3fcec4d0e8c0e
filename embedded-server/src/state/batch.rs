//! A batch operation, and its description.

use crate::time::{Nanos, timestamp};
use temporalio_protos::temporal::api::{
    batch::v1::BatchOperationInfo,
    enums::v1::{BatchOperationState, BatchOperationType},
    workflowservice::v1::DescribeBatchOperationResponse,
};

/// The namespace and the id of a batch.
pub type BatchKey = (String, String);

#[derive(Clone, Debug)]
pub struct Batch {
    pub job_id: String,
    pub run_id: String,
    pub operation_type: BatchOperationType,
    pub state: BatchOperationState,
    pub identity: String,
    pub reason: String,
    pub started_at: Nanos,
    pub closed_at: Nanos,
    /// The workflows that it was done with.
    pub completed: i64,
    pub failed: i64,
}

impl Batch {
    pub fn info(&self) -> BatchOperationInfo {
        BatchOperationInfo {
            job_id: self.job_id.clone(),
            state: self.state as i32,
            start_time: Some(timestamp(self.started_at)),
            close_time: Some(timestamp(self.closed_at)),
            ..Default::default()
        }
    }

    pub fn describe(&self) -> DescribeBatchOperationResponse {
        DescribeBatchOperationResponse {
            operation_type: self.operation_type as i32,
            job_id: self.job_id.clone(),
            state: self.state as i32,
            start_time: Some(timestamp(self.started_at)),
            close_time: Some(timestamp(self.closed_at)),
            total_operation_count: self.completed + self.failed,
            complete_operation_count: self.completed,
            failure_operation_count: self.failed,
            identity: self.identity.clone(),
            reason: self.reason.clone(),
            ..Default::default()
        }
    }
}

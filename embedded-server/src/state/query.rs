//! Queries that wait for their answers.

use crate::state::numbers::RunNo;
use temporalio_protos::temporal::api::{common::v1::Payloads, query::v1::WorkflowQuery};
use tokio::sync::oneshot;
use tonic::Status;

pub type Answer = Result<Option<Payloads>, Status>;

/// A query without an answer.
#[derive(Debug)]
pub struct Query {
    pub run: RunNo,
    pub query: WorkflowQuery,
    pub answer: oneshot::Sender<Answer>,
}

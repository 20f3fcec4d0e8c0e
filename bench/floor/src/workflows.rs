//! The workflows, as in `../../work/workflows.ts`.

use crate::activities::Activities;
use std::time::Duration;
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult,
};

fn a_minute() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(60))
}

#[workflow]
#[derive(Default)]
pub struct Hello;

#[workflow_methods]
impl Hello {
    #[run(name = "hello")]
    pub async fn run(context: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<String> {
        Ok(context
            .execute_activity(Activities::greet, name, a_minute())
            .await?)
    }
}

#[workflow]
#[derive(Default)]
pub struct Sequence;

#[workflow_methods]
impl Sequence {
    #[run(name = "sequence")]
    pub async fn run(context: &mut WorkflowContext<Self>, count: u32) -> WorkflowResult<String> {
        let mut last = String::new();
        for index in 0..count {
            last = context
                .execute_activity(Activities::greet, index.to_string(), a_minute())
                .await?;
        }
        Ok(last)
    }
}

#[workflow]
#[derive(Default)]
pub struct Carry;

#[workflow_methods]
impl Carry {
    #[run(name = "carry")]
    pub async fn run(context: &mut WorkflowContext<Self>, bytes: RawValue) -> WorkflowResult<u64> {
        let back = context
            .execute_activity(Activities::echo, bytes, a_minute())
            .await?;
        Ok(back.payloads[0].data.len() as u64)
    }
}

#[workflow]
#[derive(Default)]
pub struct Counter {
    sum: f64,
}

#[workflow_methods]
impl Counter {
    #[run(name = "counter")]
    pub async fn run(context: &mut WorkflowContext<Self>, goal: f64) -> WorkflowResult<f64> {
        context.wait_condition(|state| state.sum >= goal).await?;
        Ok(context.state(|state| state.sum))
    }

    #[signal(name = "add")]
    pub fn add(&mut self, _context: &mut SyncWorkflowContext<Self>, amount: f64) {
        self.sum += amount;
    }

    #[query(name = "total")]
    pub fn total(&self, _context: &WorkflowContextView) -> f64 {
        self.sum
    }

    #[update(name = "addAndGet")]
    pub fn add_and_get(&mut self, _context: &mut SyncWorkflowContext<Self>, amount: f64) -> f64 {
        self.sum += amount;
        self.sum
    }
}

//! The activities, as in `../../work/activities.mjs`.

use temporalio_common::data_converters::RawValue;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

pub struct Activities;

#[activities]
impl Activities {
    #[activity(name = "greet")]
    pub async fn greet(_context: ActivityContext, name: String) -> Result<String, ActivityError> {
        Ok(format!("Hello, {name}!"))
    }

    #[activity(name = "echo")]
    pub async fn echo(
        _context: ActivityContext,
        bytes: RawValue,
    ) -> Result<RawValue, ActivityError> {
        Ok(bytes)
    }
}

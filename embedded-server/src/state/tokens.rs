//! The tokens of tasks: workers send them back with their answers.

use crate::{
    errors,
    state::numbers::{ActivityNo, RunNo},
};
use tonic::Status;

pub fn workflow_task_token(run: RunNo, stamp: u64) -> Vec<u8> {
    [run.to_be_bytes(), stamp.to_be_bytes()].concat()
}

pub fn read_workflow_task_token(bytes: &[u8]) -> Result<(RunNo, u64), Status> {
    if bytes.is_empty() {
        return Err(errors::invalid("Task token not set on request."));
    }
    let (run, stamp) = bytes
        .split_first_chunk::<8>()
        .and_then(|(run, stamp)| Some((run, stamp.first_chunk::<8>()?)))
        .ok_or_else(|| errors::invalid("Error deserializing task token."))?;
    Ok((RunNo::from_be_bytes(*run), u64::from_be_bytes(*stamp)))
}

/// The token of a task that follows from an event of a run: of an activity, or of a Nexus operation.
pub fn event_token(run: RunNo, scheduled_id: i64, stamp: u64) -> Vec<u8> {
    [
        run.to_be_bytes(),
        scheduled_id.to_be_bytes(),
        stamp.to_be_bytes(),
    ]
    .concat()
}

pub fn read_event_token(bytes: &[u8]) -> Result<(RunNo, i64, u64), Status> {
    if bytes.is_empty() {
        return Err(errors::invalid("Task token not set on request."));
    }
    let wrong = || errors::invalid("Error deserializing task token.");
    let (run, rest) = bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
    let (scheduled_id, rest) = rest.split_first_chunk::<8>().ok_or_else(wrong)?;
    let stamp = rest.first_chunk::<8>().ok_or_else(wrong)?;
    Ok((
        RunNo::from_be_bytes(*run),
        i64::from_be_bytes(*scheduled_id),
        u64::from_be_bytes(*stamp),
    ))
}

/// The activity that a task belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityOf {
    /// That of a run, by its scheduled event.
    Run(RunNo, i64),
    /// One that a client has started by itself.
    Client(ActivityNo),
}

/// In the place of a scheduled event, which standalone activities do not have.
const STANDALONE: i64 = 0;

pub fn standalone_token(activity: ActivityNo, stamp: u64) -> Vec<u8> {
    event_token(activity, STANDALONE, stamp)
}

/// The activity that a token names, and the stamp of the attempt.
pub fn read_activity_token(bytes: &[u8]) -> Result<(ActivityOf, u64), Status> {
    let (no, scheduled_id, stamp) = read_event_token(bytes)?;
    let of = match scheduled_id {
        STANDALONE => ActivityOf::Client(no),
        _ => ActivityOf::Run(no, scheduled_id),
    };
    Ok((of, stamp))
}

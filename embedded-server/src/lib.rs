//! A Temporal server for tests, inside of the process.
//!
//! One lock guards one state machine, [`state::State`]. Each RPC is a transition of it: it reads the request, changes the
//! state, and wakes the polls that now have an answer. Nothing polls: a call that waits is a future that the state wakes,
//! and one task, [`Server::drive`], sleeps until the next timer is due.
//!
//! The route of a workflow: `start.rs` creates a run, `workflow_tasks.rs` schedules a task for it and `matching.rs` hands
//! the task to a poll. The worker's answer goes through `workflow_tasks.rs` to `commands.rs`, which records what each
//! command asks for, and `close.rs` ends the run.
//!
//! Time is the clock of `clock.rs`. It goes on with real time, and where skipping is unlocked it jumps to the next timer
//! whenever no task is waiting or out.

#![deny(unsafe_code)]
#![warn(missing_docs)]

mod activities;
mod activity_answers;
mod children;
mod clock;
mod close;
mod command_checks;
mod commands;
mod cron;
mod describe;
mod errors;
mod external;
mod history;
mod matching;
mod multi_operation;
mod namespaces;
mod operator;
mod queries;
mod retry;
mod rpc;
mod run;
mod server;
mod signals;
mod start;
mod state;
mod system;
mod test_service;
mod time;
mod timers;
mod updates;
mod visibility;
mod visibility_query;
mod workflow_tasks;

pub use commands::SERVED_COMMANDS;
pub use rpc::SERVED_RPCS;
pub use server::{Config, Server, TimeMode};

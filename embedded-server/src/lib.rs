//! A Temporal server for tests, inside of the process.
//!
//! One lock guards one state machine, [`state::State`]. Each RPC is a transition of it: it reads the request, changes the
//! state, and wakes the polls that now have an answer. Nothing polls: a call that waits is a future that the state wakes,
//! and one task, [`Server::drive`], sleeps until the next timer is due.
//!
//! From the top to the bottom, where each imports only those below it:
//!
//! | | |
//! | --- | --- |
//! | `server.rs` | the server that a program creates and calls |
//! | `rpc/` | the RPCs: each takes a request and gives an answer |
//! | `shared.rs` | the lock around the state |
//! | `transitions/` | what changes the state, and what follows from a change |
//! | `visibility/` | queries of lists, search attributes |
//! | `state/` | runs, task queues, timers, namespaces |
//! | `time/`, `limits.rs`, `links.rs`, `errors.rs`, `config.rs` | the clock, cron schedules and retries; sizes and counts; links between workflows; errors in the real server's words; options |
//!
//! The route of a workflow: `transitions/start.rs` creates a run, `transitions/workflow_tasks.rs` schedules a task for it
//! and `rpc/task_queues.rs` hands the task to a poll. The worker's answer goes through `workflow_tasks.rs` to
//! `commands.rs`, which records what each command asks for, and `close.rs` ends the run.
//!
//! With a seed, `state/schedule.rs` decides over the order of tasks and over faults, which `transitions/faults.rs` has happen.
//!
//! Time is the clock of `time/clock.rs`. It goes on with real time, and where skipping is unlocked it jumps to the next
//! timer whenever no task is waiting or out.

#![deny(unsafe_code)]
#![warn(missing_docs)]

mod config;
mod errors;
mod limits;
mod links;
mod rpc;
mod server;
mod shared;
mod state;
mod time;
mod transitions;
mod visibility;

pub use config::{Config, Fault, ScheduleConfig, Step, TimeMode};
pub use rpc::SERVED_RPCS;
pub use server::{Server, Work};
pub use transitions::commands::SERVED_COMMANDS;

//! The server, as clients and workers see it: one call at a time. One program, so that the tests are linked once.

mod activity_options;
mod batches;
mod deployments;
mod limits;
mod nexus;
mod odd_uses;
mod pauses;
mod poller_scaling;
mod reset_points;
mod resets;
mod schedule;
mod schedules;
mod standalone;
mod support;
mod table;
mod updates;
mod workflows;

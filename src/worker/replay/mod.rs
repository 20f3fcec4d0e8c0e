//! Replay workers: histories go in, activations come out, and no server is asked.

mod history_json;
pub mod input;

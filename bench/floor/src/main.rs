//! A worker on Temporal's own Rust SDK that does what `../work/worker.mjs` has the others do: the floor to compare with.
//!
//! It is told what to do by its arguments, tells what happens by lines of JSON on stdout, and stops when stdin ends.

mod activities;
mod replay;
mod work;
mod workflows;

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let task = arguments
        .next()
        .ok_or("the first argument names the task")?;
    let options = arguments
        .next()
        .ok_or("the second argument holds the options")?;
    match task.as_str() {
        "work" => work::work(serde_json::from_str(&options)?).await,
        "replay" => replay::replay(serde_json::from_str(&options)?).await,
        other => Err(format!("this worker has no task {other}").into()),
    }
}

/// Tells what happened, to whoever measures.
fn tell(message: serde_json::Value) {
    println!("{message}");
}

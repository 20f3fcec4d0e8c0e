//! Generates the table of all methods from the descriptors that `temporalio-protos` publishes.

use prost::Message;
use prost_types::FileDescriptorSet;
use std::{env, error::Error, fmt::Write, fs, path::Path};

/// Each gRPC service, and the method of core's connection that returns a client of it.
const SERVICES: &[(&str, &str)] = &[
    (
        "temporal.api.workflowservice.v1.WorkflowService",
        "workflow_service",
    ),
    (
        "temporal.api.operatorservice.v1.OperatorService",
        "operator_service",
    ),
    (
        "temporal.api.cloud.cloudservice.v1.CloudService",
        "cloud_service",
    ),
    ("temporal.api.testservice.v1.TestService", "test_service"),
    ("grpc.health.v1.Health", "health_service"),
];

/// The methods that core's connection does more for than to try them again: it offers the slots of its workers to a start,
/// and waits for longer, with metrics of their own, where the server holds the answer back.
const THROUGH_CORE: &[&str] = &[
    "ExecuteMultiOperation",
    "GetWorkflowExecutionHistory",
    "PollWorkflowExecutionTimeSkipping",
    "StartWorkflowExecution",
    "UpdateWorkflowExecution",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let descriptors = env::var("DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH")
        .map_err(|_| "temporalio-protos did not say where its descriptors are")?;
    let descriptors = FileDescriptorSet::decode(&*fs::read(descriptors)?)?;
    let out = env::var("OUT_DIR")?;
    fs::write(
        Path::new(&out).join("rpc_table.rs"),
        rpc_table(&descriptors)?,
    )?;
    Ok(())
}

/// One `match` over the full names of all methods that are not streams.
fn rpc_table(descriptors: &FileDescriptorSet) -> Result<String, Box<dyn Error>> {
    let mut arms = String::new();
    let mut names = String::new();
    for (full_name, client) in SERVICES {
        let service = descriptors
            .file
            .iter()
            .flat_map(|file| {
                file.service
                    .iter()
                    .map(move |service| (file.package(), service))
            })
            .find(|(package, service)| format!("{package}.{}", service.name()) == *full_name)
            .map(|(_, service)| service)
            .ok_or_else(|| format!("the descriptors lack the service {full_name}"))?;
        for method in &service.method {
            if method.client_streaming() || method.server_streaming() {
                continue;
            }
            let name = format!("{full_name}/{}", method.name());
            let function = snake_case(method.name());
            if THROUGH_CORE.contains(&method.name()) {
                writeln!(
                    arms,
                    "        {name:?} => through_core(call, |connection, request| connection.{function}(request)),"
                )?;
            } else {
                writeln!(
                    arms,
                    "        {name:?} => once(call, call.connection().{client}(), |client, request| client.{function}(request)),"
                )?;
            }
            writeln!(names, "    {name:?},")?;
        }
    }
    Ok(format!(
        "/// Every method that can be called.\npub const METHODS: &[&str] = &[\n{names}];\n\n\
         fn send(method: &str, call: &Call<'_>) -> Result<Sent, CallError> {{\n    \
         match method {{\n{arms}        _ => Err(CallError::UnknownMethod),\n    }}\n}}\n"
    ))
}

/// `StartWorkflowExecution` to `start_workflow_execution`, as tonic does it.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

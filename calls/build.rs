//! Generates the table of all methods from the descriptors that `temporalio-protos` publishes.

use prost::Message;
use prost_types::FileDescriptorSet;
use std::{env, error::Error, fmt::Write, fs, path::Path};

/// Each gRPC service, and the route to a client of it.
const SERVICES: &[(&str, &str)] = &[
    (
        "temporal.api.workflowservice.v1.WorkflowService",
        "Workflow",
    ),
    (
        "temporal.api.operatorservice.v1.OperatorService",
        "Operator",
    ),
    ("temporal.api.cloud.cloudservice.v1.CloudService", "Cloud"),
    ("temporal.api.testservice.v1.TestService", "Test"),
    ("grpc.health.v1.Health", "Health"),
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
    for (full_name, service_route) in SERVICES {
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
            let route = if THROUGH_CORE.contains(&method.name()) {
                "Core"
            } else {
                service_route
            };
            writeln!(
                arms,
                "        {name:?} => Route::{route}(|client, call| start(client, call, |client, request| client.{function}(request))),"
            )?;
            writeln!(names, "    {name:?},")?;
        }
    }
    Ok(format!(
        "/// Every method that can be called.\npub const METHODS: &[&str] = &[\n{names}];\n\n\
         fn route(method: &str) -> Option<Route> {{\n    \
         Some(match method {{\n{arms}        _ => return None,\n    }})\n}}\n"
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

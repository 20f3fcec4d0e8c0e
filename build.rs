//! Generates, from the descriptors that `temporalio-protos` publishes, the table of remote procedure calls, and the
//! descriptors that histories in JSON are read with.

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
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

/// The version of the interface, in the name that programs look for the library by. As in `src/ffi/library.rs`.
const ABI_VERSION: u32 = 1;

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
    println!("cargo:rerun-if-changed=Cargo.lock");
    let descriptors = env::var("DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH")
        .map_err(|_| "temporalio-protos did not say where its descriptors are")?;
    // The tests compare the table with it.
    println!("cargo:rustc-env=TEMPORAL_BUN_DESCRIPTORS={descriptors}");
    let descriptors = FileDescriptorSet::decode(&*fs::read(descriptors)?)?;
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    fs::write(out.join("rpc_table.rs"), rpc_table(&descriptors)?)?;
    let history = with_imports(&descriptors, "temporal/api/history/v1/message.proto");
    fs::write(out.join("history.bin"), history.encode_to_vec())?;
    println!(
        "cargo:rustc-env=TEMPORAL_BUN_CORE_VERSION={}",
        core_version()?
    );
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtemporal_bun_bridge.so.{ABI_VERSION}");
    }
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
        "/// Every method that can be called.\n#[cfg(test)]\nconst METHODS: &[&str] = &[\n{names}];\n\n\
         fn send(method: &str, call: &Call<'_>) -> Result<Sent, BridgeError> {{\n    \
         match method {{\n{arms}        _ => Err(unknown_method(method)),\n    }}\n}}\n"
    ))
}

/// A file and all that it imports, imports first.
fn with_imports(descriptors: &FileDescriptorSet, name: &str) -> FileDescriptorSet {
    fn add(from: &FileDescriptorSet, name: &str, to: &mut FileDescriptorSet) {
        if to.file.iter().any(|file| file.name() == name) {
            return;
        }
        let Some(file) = from.file.iter().find(|file| file.name() == name) else {
            return;
        };
        for import in &file.dependency {
            add(from, import, to);
        }
        to.file.push(FileDescriptorProto {
            source_code_info: None,
            ..file.clone()
        });
    }
    let mut found = FileDescriptorSet::default();
    add(descriptors, name, &mut found);
    found
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

fn core_version() -> Result<String, Box<dyn Error>> {
    let lock = fs::read_to_string("Cargo.lock")?;
    let version = lock
        .split("[[package]]")
        .find(|package| package.contains("name = \"temporalio-sdk-core\"\n"))
        .and_then(|package| {
            package
                .lines()
                .find_map(|line| line.strip_prefix("version = \""))
        })
        .ok_or("Cargo.lock does not name temporalio-sdk-core")?;
    Ok(version.trim_end_matches('"').to_owned())
}

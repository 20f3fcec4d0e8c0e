//! Generates, from the descriptors that `temporalio-protos` publishes, those that histories in JSON are read with.

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use std::{env, error::Error, fs, path::Path};

/// The version of the interface, in the name that programs look for the library by. As in `src/ffi/library.rs`.
const ABI_VERSION: u32 = 1;

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

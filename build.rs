//! Generates, from the descriptors that `temporalio-protos` publishes, those that messages in JSON are read with.

use flate2::{Compression, write::ZlibEncoder};
use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use std::{env, error::Error, fs, io::Write, path::Path};

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
    fs::write(out.join("descriptors.bin.z"), compressed(descriptors)?)?;
    println!(
        "cargo:rustc-env=TEMPORAL_BUN_CORE_VERSION={}",
        core_version()?
    );
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtemporal_bun_bridge.so.{ABI_VERSION}");
        // Symbols have the version that the name has. Of the linkers only GNU's does that beside Rust's own list of
        // exports; for a library to publish, which has another, `scripts/link-release` puts it into that list.
        println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
        if env::var_os("RUSTC_LINKER").is_none() {
            println!("cargo:rustc-cdylib-link-arg=-fuse-ld=bfd");
            println!("cargo:rustc-cdylib-link-arg=-Wl,--default-symver");
        }
    }
    Ok(())
}

/// The files without the places of what they declare, compressed: a third of what the library would grow by.
fn compressed(descriptors: FileDescriptorSet) -> Result<Vec<u8>, Box<dyn Error>> {
    let file = descriptors
        .file
        .into_iter()
        .map(|file| FileDescriptorProto {
            source_code_info: None,
            ..file
        });
    let bare = FileDescriptorSet {
        file: file.collect(),
    };
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bare.encode_to_vec())?;
    Ok(encoder.finish()?)
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

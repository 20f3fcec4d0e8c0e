//! The descriptors of all messages: the generated ones carry no names of fields.

use crate::bridge::error::{BridgeError, Code};
use flate2::read::ZlibDecoder;
use prost_reflect::DescriptorPool;
use std::{io::Read, sync::OnceLock};

/// The descriptors of the messages of core, of the API and of what both import. Read when first needed.
pub fn pool() -> Result<&'static DescriptorPool, BridgeError> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    POOL.get_or_init(|| {
        let compressed = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin.z"));
        let mut files = Vec::new();
        ZlibDecoder::new(&compressed[..])
            .read_to_end(&mut files)
            .ok()?;
        DescriptorPool::decode(files.as_slice()).ok()
    })
    .as_ref()
    .ok_or_else(|| BridgeError::new(Code::Internal, "the library lacks its descriptors"))
}

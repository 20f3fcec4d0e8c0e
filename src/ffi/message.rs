//! Messages as JSON.

use super::{copy_whole, input, output, size, text};
use crate::messages;

/// Converts a message to JSON, and copies that to `out`, in UTF-8 without a final NUL.
///
/// `name` is the full name of any message of core, of the API or of what they import, such as
/// `coresdk.activity_task.ActivityTask`; `message` is the encoded message. The JSON is protobuf's own mapping: field names
/// in camelCase, 64-bit numbers as strings, bytes in base64, times and durations as text. Fields with their default value,
/// and those that the library does not know, are left out.
///
/// Returns the whole length in bytes, and copies nothing if `capacity` is less. `(NULL, 0)` asks for the length. Negative on
/// failure: minus a code, which is `TEMPORAL_BUN_CODE_INVALID_ARGUMENT` for a name that no message has, and
/// `TEMPORAL_BUN_CODE_INVALID_PROTOBUF` for bytes that are not that message. Any thread.
///
/// # Safety
/// `name` and `message` must be readable for their lengths, and `out` writable for `capacity` bytes; each is NULL only with
/// 0. All stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_message_to_json(
    name: *const u8,
    name_len: usize,
    message: *const u8,
    message_len: usize,
    out: *mut u8,
    capacity: usize,
) -> i64 {
    size(|| {
        // SAFETY: the caller's promise, for each.
        let name = unsafe { text(name, name_len, "name")? };
        let message = unsafe { input(message, message_len, "message")? };
        let out = unsafe { output(out, capacity)? };
        Ok(copy_whole(&messages::to_json(name, message)?, out))
    })
}

/// Encodes a message that is given as JSON, and copies it to `out`.
///
/// `name` and `json` are as for `temporal_bun_message_to_json`; field names may also be those of the `.proto` files. An
/// unknown field, an unknown name of an enumeration or a value of another type is an error whose details have the `message`
/// and the path of the `field`, such as `commands[0].startTimer.seq`.
///
/// Returns the whole length in bytes, and copies nothing if `capacity` is less. `(NULL, 0)` asks for the length. Negative on
/// failure: minus a code, which is `TEMPORAL_BUN_CODE_INVALID_ARGUMENT` for a name that no message has, and
/// `TEMPORAL_BUN_CODE_INVALID_PROTOBUF` for JSON that does not fit. Any thread.
///
/// # Safety
/// `name` and `json` must be readable for their lengths, and `out` writable for `capacity` bytes; each is NULL only with 0.
/// All stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn temporal_bun_message_from_json(
    name: *const u8,
    name_len: usize,
    json: *const u8,
    json_len: usize,
    out: *mut u8,
    capacity: usize,
) -> i64 {
    size(|| {
        // SAFETY: the caller's promise, for each.
        let name = unsafe { text(name, name_len, "name")? };
        let json = unsafe { input(json, json_len, "json")? };
        let out = unsafe { output(out, capacity)? };
        Ok(copy_whole(&messages::from_json(name, json)?, out))
    })
}

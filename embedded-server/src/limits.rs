//! Sizes and counts that the real server limits, and its errors beyond them.

use crate::errors;
use prost::Message;
use temporalio_protos::temporal::api::common::v1::{Memo, SearchAttributes};
use tonic::Status;

/// The most bytes of the payloads of an event.
const MAX_BLOB: usize = 2 * 1024 * 1024;
/// The most bytes of a memo.
const MAX_MEMO: usize = 2 * 1024 * 1024;
/// The most search attributes that are set at a time.
const MAX_SEARCH_ATTRIBUTES: usize = 100;
/// The most bytes of a search attribute's value.
const MAX_SEARCH_ATTRIBUTE: usize = 2 * 1024;
/// The most bytes of search attributes that are set at a time.
const MAX_SIZE_OF_SEARCH_ATTRIBUTES: usize = 40 * 1024;

/// The number of events from which on a run is told to continue as new.
pub const MANY_EVENTS: i64 = 4 * 1024;
/// The size of a history from which on a run is told to continue as new.
pub const LARGE_HISTORY: i64 = 4 * 1024 * 1024;
/// The most events of a run.
pub const MAX_EVENTS: i64 = 50 * 1024;
/// The most bytes of a history.
pub const MAX_HISTORY: i64 = 50 * 1024 * 1024;
/// The most activities, children, signals and cancellations of others that may be pending.
pub const MAX_PENDING: usize = 2000;

/// Whether payloads are too large for an event.
pub fn is_too_large(payloads: Option<&impl Message>) -> bool {
    payloads.is_some_and(|payloads| payloads.encoded_len() > MAX_BLOB)
}

/// Whether a memo is too large.
pub fn is_memo_too_large(memo: Option<&Memo>) -> bool {
    memo.is_some_and(|memo| memo.encoded_len() > MAX_MEMO)
}

/// Refuses payloads that are too large for an event.
pub fn check_blob(payloads: Option<&impl Message>) -> Result<(), Status> {
    if is_too_large(payloads) {
        return Err(errors::invalid("Blob data size exceeds limit."));
    }
    Ok(())
}

/// Refuses the reason to end a standalone activity if it is too large.
pub fn check_reason(reason: &str) -> Result<(), Status> {
    if reason.len() > MAX_BLOB {
        return Err(errors::invalid("reason exceeds length limit"));
    }
    Ok(())
}

/// Refuses a memo that is too large.
pub fn check_memo(memo: Option<&Memo>) -> Result<(), Status> {
    if is_memo_too_large(memo) {
        return Err(errors::invalid("Memo size exceeds limit."));
    }
    Ok(())
}

/// The reason to refuse search attributes by their number or size.
pub fn check_search_attributes(attributes: &SearchAttributes) -> Result<(), String> {
    let count = attributes.indexed_fields.len();
    if count > MAX_SEARCH_ATTRIBUTES {
        return Err(format!(
            "number of search attributes {count} exceeds limit {MAX_SEARCH_ATTRIBUTES}"
        ));
    }
    for (name, payload) in &attributes.indexed_fields {
        let size = payload.data.len();
        if size > MAX_SEARCH_ATTRIBUTE {
            return Err(format!(
                "search attribute {name} value size {size} exceeds size limit {MAX_SEARCH_ATTRIBUTE}"
            ));
        }
    }
    let size = attributes.encoded_len();
    if size > MAX_SIZE_OF_SEARCH_ATTRIBUTES {
        return Err(format!(
            "total size of search attributes {size} exceeds size limit {MAX_SIZE_OF_SEARCH_ATTRIBUTES}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use temporalio_protos::temporal::api::common::v1::Payload;

    fn attributes(count: usize, size: usize) -> SearchAttributes {
        SearchAttributes {
            indexed_fields: (0..count)
                .map(|at| {
                    let payload = Payload {
                        data: vec![b'1'; size],
                        ..Default::default()
                    };
                    (format!("Attribute{at}"), payload)
                })
                .collect(),
        }
    }

    #[test]
    fn search_attributes_have_limits_of_number_and_size() {
        assert_eq!(check_search_attributes(&attributes(100, 300)), Ok(()));
        assert_eq!(
            check_search_attributes(&attributes(101, 1)).unwrap_err(),
            "number of search attributes 101 exceeds limit 100"
        );
        assert_eq!(
            check_search_attributes(&attributes(1, 2049)).unwrap_err(),
            "search attribute Attribute0 value size 2049 exceeds size limit 2048"
        );
        assert!(
            check_search_attributes(&attributes(30, 2000))
                .unwrap_err()
                .starts_with("total size of search attributes ")
        );
    }
}

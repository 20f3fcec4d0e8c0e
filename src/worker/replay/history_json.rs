//! Histories in JSON, as `temporal workflow show --output json` prints them and the SDKs keep them in files.

use crate::{bridge::error::BridgeError, messages};
use prost::Message;
use temporalio_common::protos::temporal::api::history::v1::History;

/// The full name of the message.
pub const HISTORY: &str = "temporal.api.history.v1.History";

/// Reads a history. Ignores unknown fields, which a newer server may write.
pub fn parse(json: &[u8]) -> Result<History, BridgeError> {
    let message = messages::read(HISTORY, json, false)?;
    History::decode(message.encode_to_vec().as_slice())
        .map_err(|error| BridgeError::invalid_protobuf(HISTORY, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::error::Code;
    use temporalio_common::protos::temporal::api::{
        enums::v1::EventType, history::v1::history_event::Attributes,
    };

    #[test]
    fn a_history_is_read() {
        let json = br#"{"events": [{
            "eventId": "1",
            "eventTime": "2026-01-02T03:04:05.000000006Z",
            "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
            "ofTomorrow": {"unknown": true},
            "workflowExecutionStartedEventAttributes": {
                "workflowType": {"name": "hello"},
                "input": {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MzAw"}]},
                "workflowTaskTimeout": "10s"
            }
        }]}"#;
        let [event] = &parse(json).unwrap().events[..] else {
            panic!("one event was written")
        };
        assert_eq!(event.event_id, 1);
        assert_eq!(event.event_time.unwrap().nanos, 6);
        assert_eq!(event.event_type(), EventType::WorkflowExecutionStarted);
        let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) = &event.attributes
        else {
            panic!("{event:?}")
        };
        assert_eq!(started.workflow_type.as_ref().unwrap().name, "hello");
        assert_eq!(started.workflow_task_timeout.unwrap().seconds, 10);
        let payload = &started.input.as_ref().unwrap().payloads[0];
        assert_eq!(payload.data, b"300");
        assert_eq!(payload.metadata["encoding"], b"json/plain");
    }

    #[test]
    fn what_is_no_history_is_refused() {
        for json in ["", "[]", "{", r#"{"events": 1}"#, r#"{"events": []} more"#] {
            let error = parse(json.as_bytes()).unwrap_err();
            assert_eq!(error.code, Code::InvalidProtobuf, "{json}");
            assert_eq!(error.details["message"], HISTORY);
        }
    }
}

//! Links between workflows: the events that they name, and the URLs that handlers of Nexus operations know them by.

use std::fmt::Write;
use temporalio_protos::temporal::api::{
    common::v1::{
        Callback, Link, callback,
        link::{
            Variant, WorkflowEvent,
            workflow_event::{EventReference, Reference, RequestIdReference},
        },
    },
    enums::v1::EventType,
    nexus::v1::Link as NexusLink,
};

/// The type of a Nexus link to an event.
const WORKFLOW_EVENT: &str = "temporal.api.common.v1.Link.WorkflowEvent";
const EVENT_REFERENCE: &str = "EventReference";
const REQUEST_REFERENCE: &str = "RequestIdReference";
const EVENT_TYPE_PREFIX: &str = "EVENT_TYPE_";

/// A link to an event of a run.
pub fn to_event(
    namespace: &str,
    workflow_id: &str,
    run_id: &str,
    event_id: i64,
    event_type: EventType,
) -> WorkflowEvent {
    WorkflowEvent {
        namespace: namespace.to_owned(),
        workflow_id: workflow_id.to_owned(),
        run_id: run_id.to_owned(),
        reference: Some(Reference::EventRef(EventReference {
            event_id,
            event_type: event_type as i32,
        })),
    }
}

pub fn of_event(event: WorkflowEvent) -> Link {
    Link {
        variant: Some(Variant::WorkflowEvent(event)),
    }
}

/// The links of a request to start without those that its callbacks have as well.
pub fn without_those_of_callbacks(mut links: Vec<Link>, callbacks: &[Callback]) -> Vec<Link> {
    links.retain(|link| {
        !callbacks.iter().any(|callback| {
            matches!(callback.variant, Some(callback::Variant::Nexus(_)))
                && callback.links.contains(link)
        })
    });
    links
}

pub fn to_nexus(event: &WorkflowEvent) -> NexusLink {
    let mut url = format!(
        "temporal:///namespaces/{}/workflows/{}/{}/history",
        escape(&event.namespace),
        escape(&event.workflow_id),
        escape(&event.run_id)
    );
    // Writing to a text does not fail.
    let _ = match &event.reference {
        Some(Reference::EventRef(reference)) => {
            let id = match reference.event_id {
                id if id > 0 => format!("eventID={id}&"),
                _ => String::new(),
            };
            let event_type = pascal_case(reference.event_type());
            write!(
                url,
                "?{id}eventType={event_type}&referenceType={EVENT_REFERENCE}"
            )
        }
        Some(Reference::RequestIdRef(reference)) => write!(
            url,
            "?eventType={}&referenceType={REQUEST_REFERENCE}&requestID={}",
            pascal_case(reference.event_type()),
            escape(&reference.request_id)
        ),
        None => Ok(()),
    };
    NexusLink {
        url,
        r#type: WORKFLOW_EVENT.to_owned(),
    }
}

/// The links among those of a handler that lead to events. Others are dropped, as by the real server.
pub fn from_nexus(links: &[NexusLink]) -> Vec<Link> {
    links
        .iter()
        .filter(|link| link.r#type == WORKFLOW_EVENT)
        .filter_map(|link| parse(&link.url).map(of_event))
        .collect()
}

fn parse(url: &str) -> Option<WorkflowEvent> {
    let (path, query) = url
        .strip_prefix("temporal:///namespaces/")?
        .split_once('?')?;
    let mut parts = path.strip_suffix("/history")?.split('/');
    let namespace = unescape(parts.next()?)?;
    if parts.next()? != "workflows" {
        return None;
    }
    let workflow_id = unescape(parts.next()?)?;
    let run_id = unescape(parts.next()?)?;
    let value = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| unescape(value))
    };
    let event_type = event_type_of(&value("eventType")?)? as i32;
    let reference = match value("referenceType")?.as_str() {
        EVENT_REFERENCE => Reference::EventRef(EventReference {
            event_id: match value("eventID") {
                Some(id) => id.parse().ok()?,
                None => 0,
            },
            event_type,
        }),
        REQUEST_REFERENCE => Reference::RequestIdRef(RequestIdReference {
            request_id: value("requestID").unwrap_or_default(),
            event_type,
        }),
        _ => return None,
    };
    parts.next().is_none().then_some(WorkflowEvent {
        namespace,
        workflow_id,
        run_id,
        reference: Some(reference),
    })
}

/// A type of events as URLs have it, such as `NexusOperationScheduled`.
fn pascal_case(event_type: EventType) -> String {
    let name = event_type.as_str_name();
    name.strip_prefix(EVENT_TYPE_PREFIX)
        .unwrap_or(name)
        .split('_')
        .map(|word| format!("{}{}", &word[..1], word[1..].to_lowercase()))
        .collect()
}

/// Reads a type of events, which some SDKs write as the enum does.
fn event_type_of(text: &str) -> Option<EventType> {
    if text.starts_with(EVENT_TYPE_PREFIX) {
        return EventType::from_str_name(text);
    }
    let mut name = EVENT_TYPE_PREFIX.to_owned();
    for (at, letter) in text.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    EventType::from_str_name(&name)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                (digit(rest.next()?)? * 16 + digit(rest.next()?)?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_goes_to_a_handler_and_back() {
        let event = to_event(
            "default",
            "a b/é",
            "run",
            5,
            EventType::NexusOperationScheduled,
        );
        let link = to_nexus(&event);
        assert_eq!(
            link.url,
            "temporal:///namespaces/default/workflows/a%20b%2F%C3%A9/run/history\
             ?eventID=5&eventType=NexusOperationScheduled&referenceType=EventReference"
        );
        assert_eq!(from_nexus(&[link]), [of_event(event)]);
    }

    #[test]
    fn a_link_by_request_goes_to_a_handler_and_back() {
        let event = WorkflowEvent {
            reference: Some(Reference::RequestIdRef(RequestIdReference {
                request_id: "r&1".to_owned(),
                event_type: EventType::WorkflowExecutionOptionsUpdated as i32,
            })),
            ..to_event("n", "w", "r", 0, EventType::Unspecified)
        };
        assert_eq!(from_nexus(&[to_nexus(&event)]), [of_event(event)]);
    }

    #[test]
    fn links_that_lead_elsewhere_are_dropped() {
        let link = |url: &str, name: &str| NexusLink {
            url: url.to_owned(),
            r#type: name.to_owned(),
        };
        assert_eq!(
            from_nexus(&[
                link("https://example.com", "something"),
                link("https://example.com", WORKFLOW_EVENT),
                link(
                    "temporal:///namespaces/n/workflows/w/r/history?eventType=Nothing&referenceType=EventReference",
                    WORKFLOW_EVENT
                ),
            ]),
            []
        );
    }
}

//! The operations of the Graph face.

use super::operation::{Content, ERROR, Operation};
use crate::graph::Endpoint;

/// Every operation, in the order of the table.
pub(super) fn operations() -> Vec<Operation> {
    Endpoint::ALL.into_iter().map(describe).collect()
}

const LIST: &[&str] = &[
    "filter",
    "search",
    "select",
    "orderby",
    "top",
    "skip",
    "count",
    "skiptoken",
    "jsonFormat",
    "prefer",
    "clientRequestId",
];
const DELTA: &[&str] =
    &["filter", "select", "top", "skiptoken", "deltatoken", "jsonFormat", "prefer", "clientRequestId"];
const READ: &[&str] = &["select", "jsonFormat", "ifMatch", "ifNoneMatch", "clientRequestId"];
const PART: &[&str] = &["jsonFormat", "ifMatch", "ifNoneMatch", "clientRequestId"];
const WRITE: &[&str] = &["ifMatch", "prefer", "clientRequestId"];

fn describe(endpoint: Endpoint) -> Operation {
    let (name, summary, parameters, body): (_, _, &[&str], _) = match endpoint {
        Endpoint::List => ("listSecurityActions", "A page of actions, newest first.", LIST, Content::Empty),
        Endpoint::Count => {
            ("countSecurityActions", "How many actions there are.", &["filter", "search"], Content::Empty)
        }
        Endpoint::Query => (
            "querySecurityActions",
            "A page of actions; the query options are the body.",
            LIST,
            Content::Text("text/plain"),
        ),
        Endpoint::Delta => {
            ("getSecurityActionChanges", "All actions, then what became of them.", DELTA, Content::Empty)
        }
        Endpoint::Get => ("getSecurityAction", "One action.", READ, Content::Empty),
        Endpoint::Property => ("getSecurityActionProperty", "A part of an action.", PART, Content::Empty),
        Endpoint::Create => (
            "createSecurityAction",
            "Files an action.",
            &["prefer", "clientRequestId"],
            Content::Json("newSecurityAction"),
        ),
        Endpoint::Update => {
            ("updateSecurityAction", "Changes an action.", WRITE, Content::Json("securityAction"))
        }
        Endpoint::Delete => (
            "deleteSecurityAction",
            "Deletes a finished action.",
            &["ifMatch", "clientRequestId"],
            Content::Empty,
        ),
        Endpoint::Cancel => (
            "cancelSecurityAction",
            "Ends an action that is not finished.",
            &["ifMatch", "clientRequestId"],
            Content::OptionalJson("noParameters"),
        ),
        Endpoint::Batch => (
            "batch",
            "Up to 20 requests in one.",
            &["prefer", "clientRequestId"],
            Content::Json("batchRequest"),
        ),
        Endpoint::Service => ("getServiceDocument", "What there is.", &["format"], Content::Empty),
        Endpoint::Security => {
            ("getSecurity", "What the actions are in.", &["clientRequestId"], Content::Empty)
        }
        Endpoint::Metadata => ("getMetadata", "Types and operations, in CSDL.", &["format"], Content::Empty),
    };
    Operation {
        forms: endpoint.forms(),
        method: endpoint.method(),
        name,
        summary,
        permissions: endpoint.permissions(),
        parameters,
        body,
        answers: answers(endpoint),
        error: ERROR,
    }
}

const fn answers(endpoint: Endpoint) -> &'static [(u16, &'static str, Content)] {
    match endpoint {
        Endpoint::List | Endpoint::Query => &[(200, "A page.", Content::Json("securityActionPage"))],
        Endpoint::Delta => {
            &[(200, "A page, with a next link or a delta link.", Content::Json("securityActionChanges"))]
        }
        Endpoint::Count => &[(200, "The number.", Content::Text("text/plain"))],
        Endpoint::Get => &[
            (200, "The action.", Content::Json("securityAction")),
            (304, "The client has this version.", Content::Empty),
        ],
        Endpoint::Property => &[
            (200, "The property in JSON, or its value or number as text.", Content::Property),
            (204, "It is null.", Content::Empty),
            (304, "The client has this version.", Content::Empty),
        ],
        Endpoint::Create => &[
            (201, "The new action; `Location` is its address.", Content::Json("securityAction")),
            (204, "The same under `Prefer: return=minimal`.", Content::Empty),
        ],
        Endpoint::Update => &[
            (200, "The action as it is now.", Content::Json("securityAction")),
            (204, "The same under `Prefer: return=minimal`.", Content::Empty),
        ],
        Endpoint::Delete => &[(204, "It is deleted; the journal keeps it.", Content::Empty)],
        Endpoint::Cancel => &[(200, "It is cancelled.", Content::Empty)],
        Endpoint::Batch => &[(200, "An answer to each request.", Content::Json("batchResponse"))],
        Endpoint::Service => &[(200, "The service document.", Content::Json("serviceDocument"))],
        Endpoint::Security => &[(200, "The way to the actions.", Content::Json("anything"))],
        Endpoint::Metadata => &[(200, "The description.", Content::Description)],
    }
}

//! The operations of the native face.

use super::operation::{Content, ERROR, Operation};
use crate::native::Endpoint;

/// Every operation, in the order of the table.
pub(super) fn operations() -> Vec<Operation> {
    Endpoint::ALL.into_iter().map(describe).collect()
}

fn describe(endpoint: Endpoint) -> Operation {
    let (name, summary, parameters, answers): (_, _, &[&str], &[_]) = match endpoint {
        Endpoint::Audit => (
            "listJournal",
            "The journal of the token's tenant, by sequence.",
            &["after", "pageSize", "subject", "clientRequestId"],
            &[(200, "A page.", Content::Json("journalPage"))],
        ),
        Endpoint::Seals => (
            "listSeals",
            "The seals of the token's tenant, by sequence.",
            &["after", "pageSize", "clientRequestId"],
            &[(200, "A page.", Content::Json("sealPage"))],
        ),
    };
    let (forms, method) = (endpoint.forms(), endpoint.method());
    let permissions = endpoint.permissions();
    Operation {
        forms,
        method,
        name,
        summary,
        permissions,
        parameters,
        body: Content::Empty,
        answers,
        error: ERROR,
    }
}

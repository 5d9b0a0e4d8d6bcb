//! The operations that ask for no token.

use super::operation::{Content, ERROR, Operation};
use crate::router::OpenRoute;

/// Every operation, in the order of the table.
pub(super) fn operations() -> Vec<Operation> {
    OpenRoute::ALL.into_iter().map(describe).collect()
}

fn describe(route: OpenRoute) -> Operation {
    let (name, summary, answers): (_, _, &[_]) = match route {
        OpenRoute::Health => ("getHealth", "Whether the process answers.", &[OBJECT]),
        OpenRoute::Ready => (
            "getReadiness",
            "Whether writes are accepted now.",
            &[OBJECT, (503, "They are not, and why.", Content::Json("anything"))],
        ),
        OpenRoute::Version => ("getVersion", "Which build this is.", &[OBJECT]),
        OpenRoute::Metrics => (
            "getMetrics",
            "Every metric, for Prometheus.",
            &[(200, "OpenMetrics text.", Content::Text("application/openmetrics-text"))],
        ),
        OpenRoute::OpenApi => ("getOpenApi", "This document.", &[OBJECT]),
        OpenRoute::Token => {
            ("getToken", "A token for client credentials.", &[(200, "The token.", Content::Json("token"))])
        }
        OpenRoute::Discovery => {
            ("getIssuer", "The built-in issuer, as OpenID discovery describes it.", &[OBJECT])
        }
        OpenRoute::Keys => ("getKeys", "The keys that verify its tokens.", &[OBJECT]),
    };
    let of_issuer = matches!(route, OpenRoute::Token | OpenRoute::Discovery | OpenRoute::Keys);
    Operation {
        forms: route.forms(),
        method: route.method(),
        name,
        summary,
        permissions: &[],
        parameters: &[],
        body: if route == OpenRoute::Token { Content::Form } else { Content::Empty },
        answers,
        error: if of_issuer { "oauthError" } else { ERROR },
    }
}

const OBJECT: (u16, &str, Content) = (200, "It is as described.", Content::Json("anything"));

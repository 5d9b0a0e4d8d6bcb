//! `GET /openapi.json`: both faces in OpenAPI 3.1, from the tables that route requests and the model that binds queries.
//! What a table has and this does not describe does not compile.

mod graph;
mod native;
mod open;
mod operation;
mod schemas;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, header};
use interdict_model::Permission;
use serde_json::{Map, Value, json};

use crate::HttpState;
use crate::observe::Label;

/// The address.
pub(crate) const PATH: &str = "/openapi.json";

/// It is the same for everyone until the next version.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().to_string().into());

/// The route.
pub(crate) fn routes() -> Router<Arc<HttpState>> {
    Router::new().route(PATH, get(answer))
}

async fn answer() -> Response {
    let mut response = Response::new(axum::body::Body::from(DOCUMENT.clone()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response.extensions_mut().insert(Label::of(PATH));
    response
}

/// The whole document.
fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Interdict",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Security actions with the wire format of Microsoft Graph, and Interdict's own face.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "."}],
        "paths": paths(),
        "components": {
            "schemas": schemas::all(),
            "parameters": operation::shared_parameters(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Any one of the permissions that an operation names is enough: an application \
                                    permission in `roles`, or a delegated one in `scp`.",
                },
            },
        },
    })
}

/// Every address with its operations. Those of the Graph face are below each version and without one.
fn paths() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let versions = json!([{"url": "./v1.0"}, {"url": "./beta"}, {"url": "."}]);
    let all = graph::operations().into_iter().map(|operation| (operation, Some(versions.clone())));
    let rest = native::operations().into_iter().chain(open::operations()).map(|operation| (operation, None));
    for (operation, servers) in all.chain(rest) {
        for (at, form) in operation.forms.iter().enumerate() {
            let entry = paths.entry(*form).or_insert_with(|| json!({}));
            let Value::Object(entry) = entry else { continue };
            if let Some(servers) = &servers {
                entry.insert("servers".to_owned(), servers.clone());
            }
            entry.insert(operation.method.to_ascii_lowercase(), operation.describe(form, at));
        }
    }
    paths.into()
}

/// Which permissions open an operation; none asks for no token.
fn security(permissions: &[Permission]) -> Value {
    permissions.iter().map(|permission| json!({"token": [permission.name()]})).collect()
}

#[cfg(test)]
mod tests;

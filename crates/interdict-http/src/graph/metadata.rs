//! `GET /$metadata` and the service document: what this service has, from the value that binds its queries. No token is
//! asked for, as with Graph: nothing in them is a tenant's.

mod json;
mod xml;

use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use interdict_model::edm::service::{COLLECTION, SINGLETON};
use serde_json::json;

use super::{Endpoint, Exchange, reply};
use crate::extract::media::{Accepted, JsonForm, Metadata};
use crate::percent;
use crate::{ErrorKind, GraphError, GraphResult};

/// How the description is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// CSDL XML.
    Xml,
    /// CSDL JSON.
    Json,
}

const XML: HeaderValue = HeaderValue::from_static("application/xml;charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");
/// The version of the description, and of OData that first has its form in JSON.
const NEWEST: &str = "4.01";
/// Digits of a second's fraction: our dates count 100 ns.
const PRECISION: u8 = 7;
/// The name of the parameter that an operation is bound to.
const BINDING: &str = "bindingParameter";

/// Answers one of the two documents; `base` is where the service begins.
pub(super) fn handle(endpoint: Endpoint, parts: &Parts, base: &str) -> GraphResult {
    let format = format(parts)?;
    if endpoint == Endpoint::Service {
        service(&parts.headers, format, base)
    } else {
        description(parts, format)
    }
}

/// `{"value": [the singleton]}`
fn service(headers: &HeaderMap, format: Option<Form>, base: &str) -> GraphResult {
    let form = as_json(headers, format)?;
    let value = json!([{"name": SINGLETON, "kind": "Singleton", "url": SINGLETON}]);
    let body = match form.metadata {
        Metadata::None => json!({ "value": value }),
        _ => json!({"@odata.context": format!("{base}/$metadata"), "value": value}),
    };
    Ok(reply::json(StatusCode::OK, body.to_string().into(), form))
}

/// `GET /security`: the singleton has no properties, only the way to its collection.
pub(super) fn singleton(exchange: &Exchange<'_>) -> GraphResult {
    let form = as_json(&exchange.parts.headers, format(exchange.parts)?)?;
    exchange.caller.may_read_actions().map_err(|error| exchange.refusal(error))?;
    let context = format!("{}/$metadata#{SINGLETON}", exchange.base);
    let link = format!("{}/{SINGLETON}/{COLLECTION}", exchange.base);
    let body = match form.metadata {
        Metadata::Stored | Metadata::Full => {
            json!({"@odata.context": context, format!("{COLLECTION}@odata.navigationLink"): link})
        }
        Metadata::Minimal => json!({"@odata.context": context}),
        Metadata::None => json!({}),
    };
    Ok(reply::json(StatusCode::OK, body.to_string().into(), form))
}

/// The level of metadata of what is sent as JSON alone.
fn as_json(headers: &HeaderMap, format: Option<Form>) -> GraphResult<JsonForm> {
    match format {
        None => Accepted::read(headers).json(),
        Some(Form::Json) => Ok(JsonForm::default()),
        Some(Form::Xml) => Err(not_acceptable("`application/json`")),
    }
}

fn description(parts: &Parts, format: Option<Form>) -> GraphResult {
    let newest = !parts.headers.get_all("odata-maxversion").iter().any(|version| version == "4.0");
    let form = match format {
        Some(form) => form,
        None => accepted(&parts.headers)
            .ok_or_else(|| not_acceptable("`application/xml` or `application/json`"))?,
    };
    Ok(match form {
        Form::Xml => {
            let version = if newest { NEWEST } else { "4.0" };
            reply::described(xml::document(version), XML, version)
        }
        Form::Json if newest => reply::described(json::document().to_string(), JSON, NEWEST),
        // JSON came with 4.01.
        Form::Json => return Err(not_acceptable("`application/xml`, in OData 4.0")),
    })
}

/// `$format`, the one option here; names without `$` mean nothing, as everywhere.
fn format(parts: &Parts) -> GraphResult<Option<Form>> {
    let mut found = None;
    for option in parts.uri.query().unwrap_or_default().split('&') {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let name = percent::decode_query(name).to_ascii_lowercase();
        match &*name {
            "$format" | "format" if found.is_some() => {
                return Err(GraphError::bad_request("syntaxError", "$format", "`$format` is there twice"));
            }
            "$format" | "format" => {
                let value = percent::decode_query(value).to_ascii_lowercase();
                let kind = value.split(';').next().unwrap_or_default().trim();
                found = Some(match kind {
                    "json" | "application/json" => Form::Json,
                    "xml" | "application/xml" => Form::Xml,
                    _ => return Err(not_acceptable("`xml` or `json`")),
                });
            }
            other if other.starts_with('$') => {
                let target: String = other.chars().take(100).collect();
                return Err(GraphError::bad_request(
                    "unsupported",
                    target,
                    "only `$format` means something here",
                ));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The form that `Accept` likes best; XML where it likes both as much.
fn accepted(headers: &HeaderMap) -> Option<Form> {
    let mut best: Option<(f32, Form)> = None;
    let mut named = false;
    for value in headers.get_all("accept") {
        let text = value.to_str().unwrap_or("unreadable");
        for range in text.split(',').filter(|range| !range.trim().is_empty()) {
            named = true;
            let mut parts = range.split(';').map(str::trim);
            let form = match &*parts.next().unwrap_or_default().to_ascii_lowercase() {
                "application/json" => Form::Json,
                "application/xml" | "text/xml" | "application/*" | "*/*" => Form::Xml,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let weight = weight.and_then(|weight| weight.parse().ok()).unwrap_or(1.0_f32);
            if weight > best.map_or(0.0, |(weight, _)| weight) {
                best = Some((weight, form));
            }
        }
    }
    if named { best.map(|(_, form)| form) } else { Some(Form::Xml) }
}

fn not_acceptable(sent: &str) -> Box<GraphError> {
    GraphError::new(
        ErrorKind::NotAcceptable,
        format!("This is sent as {sent} alone: name it in `Accept` or `$format`."),
    )
}

#[cfg(test)]
mod tests;

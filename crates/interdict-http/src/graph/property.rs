//! `GET …/securityActions/{id}/{property}[/{sub}][/$value or /$count]`

use bytes::{BufMut as _, BytesMut};
use http::StatusCode;
use interdict_model::ActionId;

use super::path::Part;
use super::{Exchange, document, get, no_such_segment, query, reply};
use crate::extract::media::{JsonForm, Metadata};
use crate::{GraphError, GraphResult};

pub(super) async fn handle(
    exchange: &Exchange<'_>,
    id: ActionId,
    path: &[String],
    part: Part,
) -> GraphResult {
    let options = query::of_one(exchange)?;
    let json = match part {
        Part::Whole => property_form(exchange.json(&options)?),
        Part::Value | Part::Count => {
            query::refuse_format(&options, "`/$value` and `/$count` are plain text")?;
            exchange.accepted().text()?;
            JsonForm::default()
        }
    };
    if options.select.is_some() {
        let message = "`$select` means nothing here: the address names the property";
        return Err(GraphError::bad_request("unsupported", "$select", message));
    }
    let found = exchange.state.service.get_action(&exchange.caller, id).await;
    let action = found.map_err(|error| exchange.refusal(error))?;
    let (names, value) = find(&action.document, path)?;
    if let Some(unchanged) = get::unchanged(exchange, action.version)? {
        return Ok(unchanged);
    }
    let response = match (value.as_deref(), part) {
        (value, Part::Count) => count(value.unwrap_or("null"), &names)?,
        (None, _) => reply::empty(StatusCode::NO_CONTENT),
        (Some(value), Part::Value) => raw_value(value, &names)?,
        (Some(value), Part::Whole) => {
            let address = format!("{}/$metadata#security/securityActions('{id}')/{names}", exchange.base);
            reply::json(StatusCode::OK, body(&address, value, json.metadata)?, json)
        }
    };
    // The version is the whole action's: a property has none of its own.
    Ok(reply::with_etag(response, action.version))
}

/// The context of a property says its type and address, so there is nothing that more metadata would add.
fn property_form(form: JsonForm) -> JsonForm {
    let metadata = if form.metadata == Metadata::Full { Metadata::Stored } else { form.metadata };
    JsonForm { metadata, ..form }
}

/// How many a collection has.
fn count(value: &str, names: &str) -> GraphResult {
    let items: Vec<serde::de::IgnoredAny> = serde_json::from_str(value).map_err(|_| {
        let message = format!("`{names}` is no collection: read it without `/$count`");
        GraphError::bad_request("unsupported", names, message)
    })?;
    Ok(reply::number(items.len() as u64))
}

/// Members of the complex properties, so that a null one's are null and others unknown.
fn declared_subs(property: &str) -> &'static [&'static str] {
    match property {
        "errorInfo" => &["code", "message", "subcode"],
        "vendorInformation" => &["provider", "providerVersion", "subProvider", "vendor"],
        _ => &[],
    }
}

/// The names as they are declared, and the value's text; `None` for null.
fn find(stored: &[u8], path: &[String]) -> GraphResult<(String, Option<String>)> {
    let [first, rest @ ..] = path else { return Err(GraphError::internal()) };
    let members = document::members(stored)?;
    let matching = |name: &str| !name.starts_with('@') && name.eq_ignore_ascii_case(first);
    let (name, value) = members
        .iter()
        .find(|(name, _)| **name == **first && matching(name))
        .or_else(|| members.iter().find(|(name, _)| matching(name)))
        .ok_or_else(|| no_such_segment(first))?;
    let text = |value: &str| (value != "null").then(|| value.to_owned());
    let Some(sub) = rest.first() else { return Ok((name.to_string(), text(value.get()))) };
    let sub = declared_subs(name)
        .iter()
        .find(|declared| declared.eq_ignore_ascii_case(sub))
        .ok_or_else(|| no_such_segment(sub))?;
    let names = format!("{name}/{sub}");
    if value.get() == "null" {
        return Ok((names, None));
    }
    let members = document::members(value.get().as_bytes())?;
    let value = members.iter().find(|(name, _)| name == sub).and_then(|(_, value)| text(value.get()));
    Ok((names, value))
}

/// A complex value is its own object; everything else stands under `value`.
fn body(address: &str, value: &str, metadata: Metadata) -> GraphResult<bytes::Bytes> {
    let mut out = BytesMut::with_capacity(address.len() + value.len() + 64);
    out.put_u8(b'{');
    if metadata != Metadata::None {
        out.put_slice(b"\"@odata.context\":");
        // A string: cannot fail to serialise.
        out.put_slice(&serde_json::to_vec(address).unwrap_or_default());
        out.put_u8(b',');
    }
    let mut reduced = BytesMut::new();
    let raw = serde_json::from_str(value).map_err(|_| GraphError::internal())?;
    document::put_complex(&mut reduced, raw, &[], metadata, None)?;
    match reduced.strip_prefix(b"{") {
        // An open member's own object may be empty.
        Some(b"}") => {
            if out.last() == Some(&b',') {
                out.truncate(out.len() - 1);
            }
            out.put_u8(b'}');
        }
        Some(members) => out.put_slice(members),
        None => {
            out.put_slice(b"\"value\":");
            out.put_slice(&reduced);
            out.put_u8(b'}');
        }
    }
    Ok(out.freeze())
}

/// The value alone: text without quotes, numbers as they are.
fn raw_value(value: &str, names: &str) -> GraphResult {
    if value.starts_with(['{', '[']) {
        let message = format!("`{names}` is no single value: read it without `/$value`");
        return Err(GraphError::bad_request("unsupported", names, message));
    }
    match serde_json::from_str::<String>(value) {
        Ok(text) => Ok(reply::text(text)),
        Err(_) => Ok(reply::text(value.to_owned())),
    }
}

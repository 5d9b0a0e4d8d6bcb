//! From the text of a POST or PATCH body to an [`ActionBody`], every fault at its path.
//!
//! SDKs send back the whole entity that they read, in their own spelling: names in any case, nulls under the
//! Python name, `{}` for a null complex value, the text `"null"` for a null status. All of these are read as what
//! they mean.

mod members;
mod request;

use std::collections::HashSet;

use interdict_model::body::{ActionBody, Field};
use interdict_model::{Fault, FaultCode, limits};
use serde_json::value::RawValue;

use crate::json::{Json, Members, nul_paths};
use crate::{ErrorKind, GraphError, GraphResult};
use members::{Declared, FAULTS_MAX, Faults};

/// Which write a body is for, and by whom: what decides the members that count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose {
    /// Whether it files an action; else it changes one.
    pub(crate) create: bool,
    /// Whether the caller writes what the server otherwise keeps.
    pub(crate) provenance: bool,
    /// Whether an ignored member is to be refused.
    pub(crate) strict: bool,
}

impl Purpose {
    /// Whether a member counts for nothing, so that not even a wrong value matters.
    const fn ignores(self, member: Declared) -> bool {
        if self.strict || self.provenance {
            return false;
        }
        match member {
            Declared::Id
            | Declared::AppId
            | Declared::AzureTenantId
            | Declared::Created
            | Declared::LastAction
            | Declared::States
            | Declared::User => true,
            Declared::Completed | Declared::ErrorInfo => self.create,
            Declared::ActionReason
            | Declared::ClientContext
            | Declared::Name
            | Declared::Parameters
            | Declared::Status
            | Declared::VendorInformation => false,
        }
    }
}

/// Decodes a body.
///
/// # Errors
/// 400 with every fault found, at most 20.
pub(crate) fn decode(bytes: &[u8], purpose: Purpose) -> GraphResult<ActionBody> {
    let text = text(bytes)?;
    let members = object(text)?;
    let mut body = ActionBody::default();
    let mut faults = Faults::default();
    let mut seen = Vec::new();
    let mut open = HashSet::new();
    let mut kept = Vec::new();
    for (name, value) in &members {
        if name.eq_ignore_ascii_case(request::NAME) && purpose.create {
            body.request = request::decode(value, &mut faults).map(Box::new);
            continue;
        }
        if name.contains('@') {
            continue;
        }
        let Some(member) = Declared::of(name, value) else {
            open.insert(name.as_str());
            if *value != Json::Null {
                kept.push(name.as_str());
            }
            continue;
        };
        if seen.contains(&member) {
            return Err(invalid_json(&format!("the member `{}` is there twice", member.name())));
        }
        seen.push(member);
        if !purpose.ignores(member) {
            member.decode(value, &mut body, &mut faults);
        }
    }
    for path in nul_paths(&members, FAULTS_MAX) {
        faults.add(FaultCode::InvalidValue, path, "the character U+0000 is not allowed");
    }
    // What a null removes takes no room.
    match kept.get(limits::OPEN_MEMBERS) {
        Some(beyond) => faults.add(
            FaultCode::TooLong,
            *beyond,
            format!("more than {} undeclared members", limits::OPEN_MEMBERS),
        ),
        None if open.is_empty() => {}
        None => body.open = open_members(text, &open)?,
    }
    faults.into_result(body)
}

/// Checks the body of an action without parameters: empty, or an object without members that count.
///
/// # Errors
/// 400 for anything else.
pub(crate) fn check_empty(bytes: &[u8]) -> GraphResult<()> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let members = object(text(bytes)?)?;
    match members.into_iter().find(|(name, _)| !name.contains('@')) {
        None => Ok(()),
        Some((name, _)) => Err(GraphError::of_faults(
            ErrorKind::BadRequest,
            vec![Fault::new(
                FaultCode::UnknownProperty,
                name.as_str(),
                format!("`cancelSecurityAction` takes no parameter `{name}`: send an empty body"),
            )],
        )),
    }
}

/// The body as text; a byte order mark before it is let pass.
pub(super) fn text(bytes: &[u8]) -> GraphResult<&str> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        invalid_json(&format!("the body is not UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(invalid_json("the body is empty: send a JSON object"));
    }
    Ok(text)
}

fn object(text: &str) -> GraphResult<Vec<(String, Json)>> {
    match Json::parse(text) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(other) => Err(GraphError::of_faults(
            ErrorKind::BadRequest,
            vec![Fault::new(
                FaultCode::TypeMismatch,
                "",
                format!("the body must be a JSON object, and is {}", other.kind()),
            )],
        )),
        Err(error) => Err(invalid_json(&format!("the body is not valid JSON: {error}"))),
    }
}

/// Undeclared members as their own text, so that no digit of a number is lost.
fn open_members(text: &str, names: &HashSet<&str>) -> GraphResult<Vec<(String, Option<Box<RawValue>>)>> {
    let Members(members) = serde_json::from_str(text)
        .map_err(|error| invalid_json(&format!("the body is not valid JSON: {error}")))?;
    Ok(members
        .into_iter()
        .filter(|(name, _)| names.contains(&**name))
        .map(|(name, value)| {
            let value = (value.get() != "null").then(|| value.to_owned());
            (name.into_owned(), value)
        })
        .collect())
}

fn invalid_json(message: &str) -> Box<GraphError> {
    let fault = Fault::new(FaultCode::InvalidJson, "", members::shortened(message));
    GraphError::of_faults(ErrorKind::BadRequest, vec![fault])
}

/// Whether a complex value says nothing: SDKs write `{}` for one that is null.
fn says_nothing(members: &[(String, Json)]) -> bool {
    members.iter().all(|(name, _)| name.contains('@'))
}

/// A field that is null, or has the value that `read` makes.
fn field<T>(value: &Json, read: impl FnOnce(&Json) -> Option<T>) -> Field<T> {
    match value {
        Json::Null => Field::Null,
        value => read(value).map_or(Field::Absent, Field::Value),
    }
}

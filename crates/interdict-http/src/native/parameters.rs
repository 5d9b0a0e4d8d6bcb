//! Query parameters of the native face: each by its exact name, once. What is unknown is refused, since a filter that is
//! overlooked shows too much.

use std::borrow::Cow;

use http::request::Parts;
use interdict_app::AuditQuery;
use interdict_odata::{QueryError, QueryErrorCode};
use uuid::Uuid;

use crate::percent::decode_query;
use crate::{GraphError, GraphResult};

/// Rows of a page where the client does not say.
const PAGE: u32 = 100;
/// Rows of a page at the most.
const PAGE_MAX: u32 = 1_000;
/// Characters of a wrong name or value that are repeated.
const SHOWN: usize = 100;

/// The parameters of a page of the journal (`subjects`), or of its seals.
///
/// # Errors
/// 400 with every fault found.
pub(super) fn audit(parts: &Parts, subjects: bool) -> GraphResult<AuditQuery> {
    let (mut after, mut top, mut subject) = (None, None, None);
    let mut faults = Vec::new();
    for (name, value) in pairs(parts) {
        let read = match &*name {
            "after" => set(&mut after, number(&value)),
            "top" => set(&mut top, page_size(&value)),
            "subject" if subjects => set(&mut subject, guid(&value)),
            _ => {
                let known = if subjects { "`after`, `top` and `subject`" } else { "`after` and `top`" };
                Err((
                    QueryErrorCode::UnknownProperty,
                    format!("there is no such parameter: it takes {known}"),
                ))
            }
        };
        if let Err((code, message)) = read {
            let option: String = name.chars().take(SHOWN).collect();
            faults.push(QueryError { option, code, position: None, message });
        }
    }
    if faults.is_empty() {
        Ok(AuditQuery { after: after.unwrap_or(0), top: top.unwrap_or(PAGE), subject })
    } else {
        faults.truncate(20);
        Err(GraphError::of_query(faults))
    }
}

/// The one parameter that an endpoint takes, where it is given.
///
/// # Errors
/// 400 for any other one, and for one that is there twice.
pub(super) fn one(parts: &Parts, known: &'static str) -> GraphResult<Option<String>> {
    let mut found = None;
    for (name, value) in pairs(parts) {
        let read = if name == known {
            set(&mut found, Ok(value.into_owned()))
        } else {
            Err((QueryErrorCode::UnknownProperty, format!("there is no such parameter: it takes `{known}`")))
        };
        if let Err((code, message)) = read {
            let option: String = name.chars().take(SHOWN).collect();
            return Err(GraphError::of_query(vec![QueryError { option, code, position: None, message }]));
        }
    }
    Ok(found)
}

type Read<T> = Result<T, (QueryErrorCode, String)>;

fn pairs(parts: &Parts) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let parts = parts.uri.query().unwrap_or_default().split('&').filter(|part| !part.is_empty());
    parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode_query(name), decode_query(value))
    })
}

fn set<T>(place: &mut Option<T>, value: Read<T>) -> Read<()> {
    if place.is_some() {
        return Err((QueryErrorCode::SyntaxError, "it is there more than once".to_owned()));
    }
    *place = Some(value?);
    Ok(())
}

fn number(text: &str) -> Read<i64> {
    let number = text.parse().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| wrong("the sequence of an entry, 0 or more", text))
}

fn page_size(text: &str) -> Read<u32> {
    let size = text.parse().ok().filter(|size| (1..=PAGE_MAX).contains(size));
    size.ok_or_else(|| wrong("a number from 1 to 1000", text))
}

fn guid(text: &str) -> Read<Uuid> {
    let guid = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
    guid.ok_or_else(|| wrong("a GUID", text))
}

fn wrong(wanted: &str, text: &str) -> (QueryErrorCode, String) {
    let shown: String = text.chars().take(SHOWN).collect();
    (QueryErrorCode::TypeMismatch, format!("it must be {wanted}, not `{shown}`"))
}

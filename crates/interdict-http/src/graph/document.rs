//! Walking a stored document: picking members, leaving out annotations. Values are copied as text, so numbers keep
//! every digit.

mod full;

use std::borrow::Cow;

use bytes::{BufMut as _, BytesMut};
use interdict_model::edm::SECURITY_ACTION;
use interdict_odata::edm::StructuredType;
use interdict_odata::query::Path;
use serde_json::value::RawValue;

use super::render::Form;
use crate::extract::media::Metadata;
use crate::json::Members;
use crate::{GraphError, GraphResult};

/// Declared members whose values are complex, or collections of them: they carry `@odata.type`.
const COMPLEX: [&str; 4] = ["errorInfo", "parameters", "states", "vendorInformation"];

/// Splits a document into its members.
///
/// # Errors
/// 500 where what is stored is no document.
pub(super) fn members(document: &[u8]) -> GraphResult<Vec<(Cow<'_, str>, &RawValue)>> {
    let Members(members) = serde_json::from_slice(document).map_err(|error| {
        GraphError::internal().because(format!("a stored document cannot be read: {error}"))
    })?;
    Ok(members)
}

/// Writes the members of a document in this form, without the first brace. `base` is what addresses begin with.
pub(super) fn put_reduced(
    out: &mut BytesMut,
    base: &str,
    document: &[u8],
    form: &Form<'_>,
) -> GraphResult<()> {
    let metadata = form.json.metadata;
    let mut first = true;
    let members = members(document)?;
    if metadata == Metadata::Full {
        full::put_addresses(out, base, &members)?;
    }
    for (name, value) in members {
        let annotation = name.starts_with('@');
        if annotation && !keeps_annotations(metadata) {
            continue;
        }
        let subs = match form.select {
            Some(select) if !annotation => match selection(select, &name) {
                Some(subs) => subs,
                None => continue,
            },
            Some(_) | None => Vec::new(),
        };
        if !first {
            out.put_u8(b',');
        }
        first = false;
        let declared = SECURITY_ACTION.property(&name).filter(|property| property.name == name);
        if metadata == Metadata::Full {
            full::put_type(out, declared, value);
        }
        put_name(out, &name);
        if COMPLEX.contains(&&*name) {
            let of = declared.and_then(|property| full::members_of(property.kind));
            put_complex(out, value, &subs, metadata, of)?;
        } else {
            out.put_slice(value.get().as_bytes());
        }
    }
    if first && out.last() == Some(&b',') {
        // Everything was left out, and what stands before ends in a comma.
        out.truncate(out.len() - 1);
    }
    out.put_u8(b'}');
    Ok(())
}

/// Whether what is stored of annotations, which is `@odata.type`, is sent.
const fn keeps_annotations(metadata: Metadata) -> bool {
    matches!(metadata, Metadata::Stored | Metadata::Full)
}

/// Whether a top member is selected, and which members within it (none named: all).
fn selection(select: &[Path], name: &str) -> Option<Vec<&'static str>> {
    let mut subs = Vec::new();
    let mut whole = false;
    for Path(path) in select {
        match path.as_slice() {
            [top] if top.name == name => whole = true,
            [top, sub, ..] if top.name == name => subs.push(sub.name),
            _ => {}
        }
    }
    match (whole, subs.is_empty()) {
        (true, _) => Some(Vec::new()),
        (false, true) => None,
        (false, false) => Some(subs),
    }
}

fn put_name(out: &mut BytesMut, name: &str) {
    // A string: cannot fail to serialise.
    out.put_slice(&serde_json::to_vec(name).unwrap_or_default());
    out.put_u8(b':');
}

/// Writes a complex value or a collection of them, with only the members named (all where none is). `of` is its type, where
/// that is known.
pub(super) fn put_complex(
    out: &mut BytesMut,
    value: &RawValue,
    subs: &[&str],
    metadata: Metadata,
    of: Option<&'static StructuredType>,
) -> GraphResult<()> {
    let text = value.get();
    if metadata == Metadata::Stored && subs.is_empty() || !text.starts_with(['{', '[']) {
        out.put_slice(text.as_bytes());
        return Ok(());
    }
    if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| GraphError::internal())?;
        out.put_u8(b'[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                out.put_u8(b',');
            }
            put_complex(out, item, subs, metadata, of)?;
        }
        out.put_u8(b']');
        return Ok(());
    }
    let kept = members(text.as_bytes())?.into_iter().filter(|(name, _)| {
        if name.starts_with('@') {
            keeps_annotations(metadata)
        } else {
            subs.is_empty() || subs.contains(&&**name)
        }
    });
    out.put_u8(b'{');
    for (at, (name, value)) in kept.enumerate() {
        if at > 0 {
            out.put_u8(b',');
        }
        if metadata == Metadata::Full {
            full::put_type(out, of.and_then(|of| of.property(&name)), value);
        }
        put_name(out, &name);
        out.put_slice(value.get().as_bytes());
    }
    out.put_u8(b'}');
    Ok(())
}

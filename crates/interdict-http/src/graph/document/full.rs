//! `odata.metadata=full`: what a client could work out by itself (OData JSON Format 4.01, 3.1.2 and 4.5).

use std::borrow::Cow;

use bytes::{BufMut as _, BytesMut};
use interdict_odata::edm::{Kind, Property, StructuredType};
use serde_json::value::RawValue;

use crate::{GraphError, GraphResult};

/// Writes the address of the entity with these members: to know it by and, below the service, to change it by.
pub(super) fn put_addresses(
    out: &mut BytesMut,
    base: &str,
    members: &[(Cow<'_, str>, &RawValue)],
) -> GraphResult<()> {
    let id = members.iter().find(|(name, _)| name == "id").map(|(_, id)| id.get().trim_matches('"'));
    let id = id.ok_or_else(GraphError::internal)?;
    let place = format!("security/securityActions('{id}')");
    out.put_slice(format!("\"@odata.id\":\"{base}/{place}\",\"@odata.editLink\":\"{place}\",").as_bytes());
    Ok(())
}

/// Writes the type of a member in front of it, where JSON does not show it and there is a value.
pub(super) fn put_type(out: &mut BytesMut, property: Option<&Property>, value: &RawValue) {
    let Some(property) = property.filter(|_| value.get() != "null") else { return };
    let name = match property.kind {
        // Those that JSON has, and those whose value says so itself.
        Kind::Boolean | Kind::String | Kind::GuidText | Kind::Complex(_) => return,
        Kind::Collection(of) => format!("Collection({})", of.name),
        Kind::Values(of) => format!("Collection({})", short(*of)),
        kind => short(kind).to_owned(),
    };
    out.put_slice(format!("\"{}@odata.type\":\"#{name}\",", property.name).as_bytes());
}

/// The members of a complex value, or of the elements of a collection of them.
pub(super) const fn members_of(kind: Kind) -> Option<&'static StructuredType> {
    match kind {
        Kind::Complex(of) | Kind::Collection(of) => Some(of),
        _ => None,
    }
}

/// A type by its name, without `Edm.` where it is one of those.
fn short(kind: Kind) -> &'static str {
    let name = kind.name();
    name.strip_prefix("Edm.").unwrap_or(name)
}

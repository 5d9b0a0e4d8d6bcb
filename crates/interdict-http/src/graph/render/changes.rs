//! Pages of changes as bytes: rows as lists have them, and those that are no more.

use bytes::{BufMut as _, Bytes, BytesMut};
use interdict_app::{Change, DeltaPage};
use interdict_model::ActionId;

use super::{Form, put_context, put_row};
use crate::GraphResult;
use crate::extract::media::Metadata;

/// One page of changes. `link` is the name and the address of how it goes on.
pub(in crate::graph) fn changes(
    base: &str,
    page: &DeltaPage,
    link: (&str, &str),
    form: Form<'_>,
) -> GraphResult<Bytes> {
    let size = |change: &Change| match change {
        Change::Present(action) => action.document.len() + 64,
        Change::Deleted(_) | Change::Unselected(_) => 96,
    };
    let (name, address) = link;
    let rows: usize = page.changes.iter().map(size).sum();
    let mut out = BytesMut::with_capacity(rows + base.len() + address.len() + 256);
    out.put_u8(b'{');
    if form.json.metadata != Metadata::None {
        let suffix = if page.is_round { "/$delta" } else { "" };
        put_context(&mut out, base, form, suffix);
    }
    out.put_u8(b'"');
    out.put_slice(name.as_bytes());
    out.put_slice(b"\":\"");
    out.put_slice(address.as_bytes());
    out.put_slice(b"\",\"value\":[");
    for (at, change) in page.changes.iter().enumerate() {
        if at > 0 {
            out.put_u8(b',');
        }
        match change {
            Change::Present(action) => put_row(&mut out, base, action.version, &action.document, form)?,
            Change::Deleted(id) => put_removed(&mut out, *id, "deleted"),
            Change::Unselected(id) => put_removed(&mut out, *id, "changed"),
        }
    }
    out.put_slice(b"]}");
    Ok(out.freeze())
}

/// An action that is no more among those asked for. What says so is the first member, as the standard has it for payloads
/// that are read as they come (OData JSON 4.01, 4.4).
fn put_removed(out: &mut BytesMut, id: ActionId, reason: &str) {
    out.put_slice(b"{\"@removed\":{\"reason\":\"");
    out.put_slice(reason.as_bytes());
    out.put_slice(b"\"},\"id\":\"");
    out.put_slice(id.to_string().as_bytes());
    out.put_slice(b"\"}");
}

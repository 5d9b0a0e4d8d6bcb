//! Entities and lists as bytes: what is stored is copied behind a prefix, not parsed. Only `$select` and the lower
//! metadata levels walk the stored document.

mod changes;

use bytes::{BufMut as _, Bytes, BytesMut};
use interdict_app::ListedPage;
use interdict_model::execution::Shown;
use interdict_model::{Execution, Version};
use interdict_odata::query::Path;

pub(super) use changes::changes;

use super::document;
use crate::extract::media::{JsonForm, Metadata};
use crate::percent;
use crate::{GraphError, GraphResult};

/// Which members of a document are sent, and how much metadata.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<'a> {
    /// The metadata level, and how long numbers are written.
    pub(super) json: JsonForm,
    /// `$select`, where it was given.
    pub(super) select: Option<&'a [Path]>,
}

impl Form<'_> {
    /// As it is stored.
    pub(super) const fn stored(json: JsonForm) -> Self {
        Self { json, select: None }
    }

    /// The names of `$select` for the context, as `(id,status)`.
    fn context_names(&self) -> String {
        let Some(select) = self.select else { return String::new() };
        let names = select
            .iter()
            .map(|Path(path)| path.iter().map(|property| property.name).collect::<Vec<_>>().join("/"));
        format!("({})", names.collect::<Vec<_>>().join(","))
    }

    /// The document without its first brace, in this form.
    fn put_members(&self, out: &mut BytesMut, base: &str, document: &[u8]) -> GraphResult<()> {
        if self.select.is_none() && self.json.metadata == Metadata::Stored {
            out.put_slice(document.get(1..).unwrap_or_default());
            return Ok(());
        }
        document::put_reduced(out, base, document, self)
    }
}

/// One entity.
pub(super) fn entity(base: &str, version: Version, document: &[u8], form: Form<'_>) -> GraphResult<Bytes> {
    let mut out = BytesMut::with_capacity(base.len() + document.len() + 160);
    out.put_u8(b'{');
    if form.json.metadata != Metadata::None {
        put_context(&mut out, base, form, "/$entity");
        put_etag(&mut out, version);
    }
    form.put_members(&mut out, base, document)?;
    Ok(out.freeze())
}

/// The same entity with how it is carried out.
pub(super) fn with_execution(entity: Bytes, execution: Option<&Execution>) -> GraphResult<Bytes> {
    let Some(execution) = execution else { return Ok(entity) };
    let shown = serde_json::to_vec(&Shown::of(execution));
    let shown = shown.map_err(|error| GraphError::internal().because(error.to_string()))?;
    let members = entity.strip_suffix(b"}").unwrap_or(&entity);
    let mut out = BytesMut::with_capacity(entity.len() + shown.len() + 32);
    out.put_slice(members);
    let comma = if members.ends_with(b"{") { "" } else { "," };
    out.put_slice(comma.as_bytes());
    out.put_slice(b"\"@interdict.execution\":");
    out.put_slice(&shown);
    out.put_u8(b'}');
    Ok(out.freeze())
}

/// One page; `next` is the address of the next one.
pub(super) fn page(base: &str, page: &ListedPage, next: Option<&str>, form: Form<'_>) -> GraphResult<Bytes> {
    let rows: usize = page.actions.iter().map(|action| action.document.len() + 64).sum();
    let mut out = BytesMut::with_capacity(rows + base.len() + next.map_or(0, str::len) + 256);
    out.put_u8(b'{');
    if form.json.metadata != Metadata::None {
        put_context(&mut out, base, form, "");
    }
    if let Some(count) = page.count {
        // The one number of `Edm.Int64` in any answer; what is undeclared has no type.
        let quote = if form.json.long_numbers_as_strings { "\"" } else { "" };
        out.put_slice(format!("\"@odata.count\":{quote}{count}{quote},").as_bytes());
    }
    if let Some(next) = next {
        out.put_slice(b"\"@odata.nextLink\":\"");
        out.put_slice(next.as_bytes());
        out.put_slice(b"\",");
    }
    out.put_slice(b"\"value\":[");
    for (at, action) in page.actions.iter().enumerate() {
        if at > 0 {
            out.put_u8(b',');
        }
        put_row(&mut out, base, action.version, &action.document, form)?;
    }
    out.put_slice(b"]}");
    Ok(out.freeze())
}

fn put_context(out: &mut BytesMut, base: &str, form: Form<'_>, suffix: &str) {
    out.put_slice(b"\"@odata.context\":\"");
    out.put_slice(base.as_bytes());
    out.put_slice(b"/$metadata#security/securityActions");
    out.put_slice(form.context_names().as_bytes());
    out.put_slice(suffix.as_bytes());
    out.put_slice(b"\",");
}

fn put_row(
    out: &mut BytesMut,
    base: &str,
    version: Version,
    document: &[u8],
    form: Form<'_>,
) -> GraphResult<()> {
    out.put_u8(b'{');
    if form.json.metadata != Metadata::None {
        put_etag(out, version);
    }
    form.put_members(out, base, document)
}

fn put_etag(out: &mut BytesMut, version: Version) {
    out.put_slice(b"\"@odata.etag\":\"W/\\\"");
    // Two short texts, and no formatter: a list has one of these in each row.
    put_hex(out, version.epoch);
    out.put_u8(b'-');
    out.put_slice(version.sequence.to_string().as_bytes());
    out.put_slice(b"\\\"\",");
}

/// In lower case, without leading zeros.
fn put_hex(out: &mut BytesMut, number: u32) {
    let digits = (32 - number.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = number >> (4 * place) & 0xf;
        out.put_u8(char::from_digit(digit, 16).map_or(b'0', |digit| digit as u8));
    }
}

/// The address of the next page of a list.
pub(super) fn next_link(base: &str, query: Option<&str>, skip_token: &str) -> String {
    link(&[base, "/security/securityActions"].concat(), query, Some(("$skiptoken", skip_token)))
}

/// The address that goes on from an answer: its options without tokens, and the token by its name, where there is one.
pub(crate) fn link(address: &str, query: Option<&str>, token: Option<(&str, &str)>) -> String {
    let mut link = [address, "?"].concat();
    for option in query.unwrap_or_default().split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let name = percent::decode_query(name);
        let bare = name.trim_start_matches('$');
        if ["skiptoken", "deltatoken"].into_iter().any(|token| bare.eq_ignore_ascii_case(token)) {
            continue;
        }
        percent::encode_query(&name, &mut link);
        link.push('=');
        percent::encode_query(&percent::decode_query(value), &mut link);
        link.push('&');
    }
    match token {
        Some((name, token)) => {
            link.push_str(name);
            link.push('=');
            percent::encode_query(token, &mut link);
        }
        // The sign before the option that would follow.
        None => drop(link.pop()),
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_is_written_as_it_is_read() {
        for (epoch, sequence) in [(0, 0), (0x4e18_a72b, 3), (7, i64::MAX), (u32::MAX, 10)] {
            let version = Version { epoch, sequence };
            let mut out = BytesMut::new();
            put_etag(&mut out, version);
            assert_eq!(out, format!("\"@odata.etag\":\"W/\\\"{}\\\"\",", version.opaque()).as_bytes());
        }
    }

    #[test]
    fn the_next_link_repeats_the_options_encoded_once() {
        let link = |query| next_link("http://h/beta", query, "a+b/=");
        assert_eq!(link(None), "http://h/beta/security/securityActions?$skiptoken=a%2Bb/%3D");
        assert_eq!(
            link(Some("%24filter=name+eq%20'a%26b'&$SkipToken=old&$top=5&x")),
            "http://h/beta/security/securityActions?$filter=name%20eq%20'a%26b'&$top=5&x=&$skiptoken=a%2Bb/%3D"
        );
    }
}

//! Where a request points: addresses of the Graph face.
//!
//! Read by hand, since Graph's addresses match in any case, carry keys in two forms, and reach us with doubled
//! slashes (Python's default base URL ends in one) and with the original page's literal `docs\api` prefix.

use std::borrow::Cow;

use interdict_model::edm::service::{ALIAS, NAMESPACE};

use crate::percent;

/// The prefix that the client used, repeated in the addresses that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiVersion {
    /// None: the original page's form.
    Unversioned,
    /// `/v1.0`
    V1,
    /// `/beta`
    Beta,
}

impl ApiVersion {
    /// What follows the host.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Unversioned => "",
            Self::V1 => "/v1.0",
            Self::Beta => "/beta",
        }
    }
}

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// The version alone: where the service begins.
    Service,
    /// `/$metadata`
    Metadata,
    /// `/security`: what the collection is in.
    Security,
    /// `/$batch`
    Batch,
    /// `…/securityActions`
    Collection,
    /// `…/securityActions/$count`
    Count,
    /// `…/securityActions/$query`
    Query,
    /// `…/securityActions/delta`
    Delta,
    /// `…/securityActions/{id}`
    Item(String),
    /// `…/securityActions/{id}/{property}[/{sub}][/$value or /$count]`
    Property {
        /// The key.
        key: String,
        /// The names, one or two.
        path: Vec<String>,
        /// What of it.
        part: Part,
    },
    /// `…/securityActions/{id}/cancelSecurityAction`
    Cancel(String),
}

/// What an address asks of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The property, in JSON.
    Whole,
    /// `/$value`: the value alone, as text.
    Value,
    /// `/$count`: of a collection, how many it has.
    Count,
}

/// An address, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The prefix.
    pub(crate) version: ApiVersion,
    /// What it names.
    pub(crate) resource: Resource,
}

/// Reads the path of a request.
///
/// # Errors
/// The segment that names nothing here.
pub(crate) fn read(path: &str) -> Result<Address, String> {
    if let Some(address) = plain(path) {
        return Ok(address);
    }
    let segments: Vec<_> = segments(path).collect();
    let (version, segments) = version(&segments);
    let Some((first, rest)) = segments.split_first() else {
        return Ok(Address { version, resource: Resource::Service });
    };
    for (name, resource) in [("$batch", Resource::Batch), ("$metadata", Resource::Metadata)] {
        if rest.is_empty() && first.eq_ignore_ascii_case(name) {
            return Ok(Address { version, resource });
        }
    }
    if !first.eq_ignore_ascii_case("security") {
        return Err(first.to_string());
    }
    let Some((collection, rest)) = rest.split_first() else {
        return Ok(Address { version, resource: Resource::Security });
    };
    let resource = if collection.eq_ignore_ascii_case("securityActions") {
        match rest {
            [] => Resource::Collection,
            [count] if count.eq_ignore_ascii_case("$count") => Resource::Count,
            [query] if query.eq_ignore_ascii_case("$query") => Resource::Query,
            [delta] if names(delta, "delta") => Resource::Delta,
            [key, ..] if key.starts_with('$') => return Err(key.to_string()),
            [key, rest @ ..] => item(key.to_string(), rest)?,
        }
    } else if let Some(key) = parenthesised_key(collection) {
        item(key, rest)?
    } else {
        return Err(collection.to_string());
    };
    Ok(Address { version, resource })
}

/// An item's address as the SDKs write it, which most are: read without taking it apart.
fn plain(path: &str) -> Option<Address> {
    let forms = [("/beta", ApiVersion::Beta), ("/v1.0", ApiVersion::V1)];
    let (rest, version) =
        forms.iter().find_map(|(prefix, version)| Some((path.strip_prefix(prefix)?, *version)))?;
    let key = rest.strip_prefix("/security/securityActions/")?;
    let guid = key.len() == 36 && key.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    guid.then(|| Address { version, resource: Resource::Item(key.to_owned()) })
}

/// Whether a path names a version, or begins with the original page's prefix.
pub(super) fn has_version(path: &str) -> bool {
    let segments: Vec<_> = segments(path).take(3).collect();
    version(&segments).1.len() < segments.len()
}

/// Split first, decode after: an escaped slash stays inside its segment.
fn segments(path: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let escaped = path.contains('%');
    let decode = move |segment| if escaped { percent::decode(segment) } else { Cow::Borrowed(segment) };
    path.split('/').filter(|segment| !segment.is_empty()).map(decode)
}

/// Takes the version, or the original page's prefix, off the front.
fn version<'a, 'b>(segments: &'a [Cow<'b, str>]) -> (ApiVersion, &'a [Cow<'b, str>]) {
    match segments {
        [first, rest @ ..] if first.eq_ignore_ascii_case("v1.0") => (ApiVersion::V1, rest),
        [first, rest @ ..] if first.eq_ignore_ascii_case("beta") => (ApiVersion::Beta, rest),
        [first, rest @ ..] if first.eq_ignore_ascii_case(r"docs\api") => (ApiVersion::Unversioned, rest),
        // Clients that read addresses as browsers do turn the backslash into a slash.
        [docs, api, rest @ ..] if docs.eq_ignore_ascii_case("docs") && api.eq_ignore_ascii_case("api") => {
            (ApiVersion::Unversioned, rest)
        }
        _ => (ApiVersion::Unversioned, segments),
    }
}

/// The key of `securityActions('…')` or `securityActions(id='…')`, its doubled quotes made single.
fn parenthesised_key(segment: &str) -> Option<String> {
    let (name, key) = segment.strip_suffix(')')?.split_once('(')?;
    if !name.eq_ignore_ascii_case("securityActions") {
        return None;
    }
    let key = match key.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("id") => value,
        Some(_) | None => key,
    };
    let quoted = key.strip_prefix('\'')?.strip_suffix('\'')?;
    let unpaired = quoted.replace("''", "").contains('\'');
    (!unpaired).then(|| quoted.replace("''", "'"))
}

fn item(key: String, rest: &[Cow<'_, str>]) -> Result<Resource, String> {
    let (part, path) = match rest {
        [path @ .., last] if last.eq_ignore_ascii_case("$value") => (Part::Value, path),
        [path @ .., last] if last.eq_ignore_ascii_case("$count") => (Part::Count, path),
        path => (Part::Whole, path),
    };
    match path {
        [] if part == Part::Whole => Ok(Resource::Item(key)),
        [action] if part == Part::Whole && names(action, "cancelSecurityAction") => Ok(Resource::Cancel(key)),
        [property] | [property, _] if property.starts_with(['$', '@']) => Err(property.to_string()),
        [_, sub] if sub.starts_with(['$', '@']) => Err(sub.to_string()),
        [_] | [_, _] => {
            let path = path.iter().map(ToString::to_string).collect();
            Ok(Resource::Property { key, path, part })
        }
        [] => Err(rest.last().map(ToString::to_string).unwrap_or_default()),
        [_, _, third, ..] => Err(third.to_string()),
    }
}

/// Whether a segment names an operation, qualified or not. Most are keys, which their end tells apart.
fn names(segment: &str, operation: &str) -> bool {
    let name = segment.strip_suffix("()").unwrap_or(segment);
    let begins = name.len().checked_sub(operation.len());
    let Some((before, bare)) = begins.and_then(|at| name.split_at_checked(at)) else { return false };
    let is_namespace = |namespace: &str| {
        before.strip_suffix('.').is_some_and(|qualifier| qualifier.eq_ignore_ascii_case(namespace))
    };
    bare.eq_ignore_ascii_case(operation)
        && (before.is_empty() || is_namespace(NAMESPACE) || is_namespace(ALIAS))
}

#[cfg(test)]
mod tests;

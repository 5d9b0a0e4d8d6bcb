//! An item's address: below the version, with one of its own, or absolute, as SDKs send it.

use std::fmt::Write as _;

use http::{Uri, header};

use super::envelope::shown;
use crate::extract::address;
use crate::graph::{Exchange, path};
use crate::{GraphError, GraphResult};

/// What addresses of this batch may begin with, and what those are given that do not.
#[derive(Debug)]
pub(super) struct Addresses {
    /// The host that the batch was sent to.
    host: String,
    /// The operator's address of this server, where there is one.
    public_url: Option<String>,
    /// The version of the batch, as `/beta`.
    prefix: &'static str,
}

impl Addresses {
    pub(super) fn of(exchange: &Exchange<'_>) -> Self {
        let host = exchange.parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Self {
            host: host.unwrap_or_default().to_owned(),
            public_url: exchange.state.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
            prefix: exchange.version.prefix(),
        }
    }

    /// Those of a batch that was sent to that host.
    #[cfg(feature = "fuzz")]
    pub(super) fn for_host(host: &str) -> Self {
        Self { host: host.to_owned(), public_url: None, prefix: "/beta" }
    }

    /// The address of the item at this place.
    ///
    /// # Errors
    /// 400 for another server's address and for what is none, 414 for one that is too long.
    pub(super) fn resolve(&self, url: &str, at: usize) -> GraphResult<Uri> {
        let wrong =
            |message: String| GraphError::bad_request("invalidValue", format!("requests[{at}]/url"), message);
        if url.len() > address::MAX {
            return Err(address::too_long());
        }
        let Some(own) = self.own(url) else {
            let message = format!("`{}` is on another server: a batch reaches this one alone", shown(url));
            return Err(wrong(message));
        };
        let own = own.split('#').next().unwrap_or_default();
        let (path, _) = own.split_once('?').unwrap_or((own, ""));
        let prefix = if path::has_version(path) { "" } else { self.prefix };
        let mut whole = String::with_capacity(prefix.len() + own.len() + 1);
        whole.push_str(prefix);
        if !own.starts_with('/') {
            whole.push('/');
        }
        escape(own, &mut whole);
        whole.parse().map_err(|_| wrong(format!("`{}` is no address", shown(url))))
    }

    /// The address without scheme and host; `None` for another server's.
    fn own<'a>(&self, url: &'a str) -> Option<&'a str> {
        let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
            return Some(url);
        };
        let below = |base: &str| {
            let (head, tail) = url.split_at_checked(base.len())?;
            (head.eq_ignore_ascii_case(base) && (tail.is_empty() || tail.starts_with(['/', '?', '#'])))
                .then_some(tail)
        };
        if let Some(tail) = self.public_url.as_deref().and_then(below) {
            return Some(tail);
        }
        let (host, tail) = rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
        // Which of the two it was, the server does not always know: a proxy may speak TLS for it.
        let known = ["http", "https"].into_iter().any(|known| known.eq_ignore_ascii_case(scheme));
        (known && host.eq_ignore_ascii_case(&self.host)).then_some(tail)
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// What no address may hold as it stands is escaped: within JSON, people write spaces and letters of any script.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        if character.is_ascii_graphic() && !matches!(character, '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}')
        {
            out.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: Option<&str>) {
        let addresses = Addresses {
            host: "h:8080".to_owned(),
            public_url: Some("https://Public.example/base".to_owned()),
            prefix: "/beta",
        };
        let got = addresses.resolve(url, 0);
        assert_eq!(got.ok().map(|uri| uri.to_string()).as_deref(), expected, "{url}");
    }

    #[test]
    fn addresses_are_relative_to_the_version_or_our_own() {
        check("/security/x?a=1", Some("/beta/security/x?a=1"));
        check("security/x", Some("/beta/security/x"));
        check("//security/x", Some("/beta//security/x"));
        check("/V1.0/security/x", Some("/V1.0/security/x"));
        check("beta/security/x", Some("/beta/security/x"));
        check("/security/x?next=http://other/", Some("/beta/security/x?next=http://other/"));
        check("http://h:8080/v1.0/security/x", Some("/v1.0/security/x"));
        check("HTTPS://H:8080/security/x", Some("/beta/security/x"));
        check("https://public.EXAMPLE/base/beta/x?y", Some("/beta/x?y"));
        check("https://public.example/basement/beta/x", None);
        check("https://public.example/beta/x", None);
        check("http://h/beta/x", None);
        check("ftp://h:8080/beta/x", None);
        check("http://h:8080@evil/x", None);
        check("http://h:8080", Some("/beta/"));
        check("/x?$filter=name eq 'ä\"'#y", Some("/beta/x?$filter=name%20eq%20'%C3%A4%22'"));
        check("/x%2Fy\n", Some("/beta/x%2Fy%0A"));
    }
}

//! The forms of names: domains, addresses in the web, mailboxes.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use url::{Host, Url};

/// Schemes whose addresses name a host.
const SCHEMES: [&str; 5] = ["http", "https", "ftp", "ws", "wss"];
/// Characters before the `@` of a mailbox.
const LOCAL_PART: usize = 64;

/// A name in DNS, of one label or more.
pub(crate) fn domain(text: &str) -> Option<String> {
    // One dot at the end says that the name is whole, which ours always are.
    let text = text.strip_suffix('.').unwrap_or(text);
    let name =
        Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Verify).ok()?;
    // Wider than what registries give out: names below a registered one have underscores, and hyphens at their ends.
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    // A last label of digits alone is part of an address.
    let is_name =
        plain && name.rsplit('.').next().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()));
    is_name.then(|| name.into_owned())
}

/// Whether a name is the other one or below it.
pub(super) fn is_below(name: &str, upper: &str) -> bool {
    name.strip_suffix(upper).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// An address in the web. User and fragment are cut: no server sees them as part of what is asked for.
pub(super) fn url(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    if !SCHEMES.contains(&url.scheme()) {
        return None;
    }
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let host = match url.host()? {
        Host::Domain(name) => domain(name)?,
        Host::Ipv4(_) => return Some(plain_escapes(url.as_str())),
        Host::Ipv6(address) => match address.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => return Some(plain_escapes(url.as_str())),
        },
    };
    url.set_host(Some(&host)).ok()?;
    Some(plain_escapes(url.as_str()))
}

/// Escapes in capitals, and none where the character may stand for itself (RFC 3986, 6.2.2).
fn plain_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('%');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let escaped = part.split_at_checked(2).and_then(|(digits, rest)| {
            let both = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let byte = both.then(|| u8::from_str_radix(digits, 16).ok()).flatten()?;
            Some((digits, byte, rest))
        });
        match escaped {
            Some((_, byte, rest))
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') =>
            {
                plain.push(char::from(byte));
                plain.push_str(rest);
            }
            Some((digits, _, rest)) => {
                plain.push('%');
                plain.push_str(&digits.to_ascii_uppercase());
                plain.push_str(rest);
            }
            // No escape: it stands for itself, and must not make one with what follows.
            None => {
                plain.push_str("%25");
                plain.push_str(part);
            }
        }
    }
    plain
}

/// A name before a domain.
pub(super) fn mailbox(text: &str) -> Option<String> {
    let (local, host) = text.rsplit_once('@')?;
    let sound = !local.is_empty()
        && local.chars().count() <= LOCAL_PART
        && !local.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '@' | '"' | '<' | '>'));
    sound.then(|| domain(host)).flatten().map(|host| format!("{local}@{host}"))
}

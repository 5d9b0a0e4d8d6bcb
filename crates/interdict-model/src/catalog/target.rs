//! What an action is done to.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{IpRange, ParameterType, forms, name};

/// What a thing is; decides which targets can touch each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetKind {
    /// Addresses.
    Ip,
    /// A name in DNS.
    Domain,
    /// An address in the web.
    Url,
    /// A file.
    File,
    /// A device.
    Device,
    /// A user or a mailbox.
    User,
    /// Anything else: it touches only itself.
    Other,
}

/// One thing, named in one way alone: equal targets have equal texts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Its name, in small letters where case means nothing.
    pub text: String,
    #[serde(skip)]
    range: Option<IpRange>,
    #[serde(skip)]
    host: Option<String>,
}

#[derive(Deserialize)]
struct Written {
    kind: TargetKind,
    text: String,
}

impl From<Written> for Target {
    fn from(written: Written) -> Self {
        Self::new(written.kind, &written.text)
    }
}

impl Target {
    /// The target that a normalised value names.
    #[must_use]
    pub fn new(kind: TargetKind, value: &str) -> Self {
        let text = match kind {
            TargetKind::Device => {
                let name = value.trim_end_matches('.').to_lowercase();
                forms::mac(&name).filter(|_| name.len() > 12).unwrap_or(name)
            }
            TargetKind::User => value.to_lowercase(),
            _ => value.to_owned(),
        };
        let url = (kind == TargetKind::Url).then(|| url::Url::parse(&text).ok()).flatten();
        let (range, host) = match (kind, url.as_ref().and_then(url::Url::host)) {
            (TargetKind::Ip, _) => (IpRange::parse(&text), None),
            (TargetKind::Domain, _) => (None, Some(text.clone())),
            (_, Some(url::Host::Domain(host))) => (None, Some(host.to_owned())),
            (_, Some(url::Host::Ipv4(address))) => (Some(IpRange::of(IpAddr::V4(address))), None),
            (_, Some(url::Host::Ipv6(address))) => (Some(IpRange::of(IpAddr::V6(address))), None),
            (_, None) => (None, None),
        };
        Self { kind, text, range, host }
    }

    /// All that a person may have meant by a text, the likeliest first: `pc-17.example.com` is a domain and a device.
    #[must_use]
    pub fn readings(text: &str) -> Vec<Self> {
        use ParameterType as Type;
        const ORDER: [Type; 8] = [
            Type::Cidr,
            Type::Url,
            Type::FileHash,
            Type::FilePath,
            Type::Fqdn,
            Type::UserPrincipalName,
            Type::DeviceId,
            Type::UserId,
        ];
        let mut readings: Vec<Self> = Vec::new();
        for form in ORDER {
            let reading = form.normalise(text).map(|value| Self::new(form.target_kind(), &value));
            readings.extend(reading.filter(|reading| !readings.contains(reading)));
        }
        readings
    }

    /// The addresses that it is, or that stand as the host of an address in the web.
    #[must_use]
    pub const fn ip_range(&self) -> Option<IpRange> {
        self.range
    }

    /// The domain that it is, or that is the host of an address in the web.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Whether all that the other is lies within this: a range and its addresses, a domain and those below it, a domain
    /// and the web addresses there, a web address and those that it begins.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (TargetKind::Ip, TargetKind::Ip | TargetKind::Url) => {
                matches!((self.range, other.range), (Some(whole), Some(part)) if whole.contains(part))
            }
            (TargetKind::Domain, TargetKind::Domain | TargetKind::Url) => {
                other.host().is_some_and(|host| name::is_below(host, &self.text))
            }
            (TargetKind::Url, TargetKind::Url) => {
                without_scheme(&other.text).starts_with(without_scheme(&self.text))
            }
            (kind, other_kind) => kind == other_kind && self.text == other.text,
        }
    }

    /// Whether what is done to one is done to some of the other.
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.contains(other) || other.contains(self)
    }
}

/// What is asked for, whichever way it is asked.
fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

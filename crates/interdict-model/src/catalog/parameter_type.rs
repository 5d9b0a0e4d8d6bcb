//! What the values of a parameter are.

use serde::{Deserialize, Serialize};

use super::{TargetKind, forms, name};
use crate::duration;

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ParameterType {
    /// One address.
    IpAddress,
    /// A range of addresses, or one address.
    Cidr,
    /// A name in DNS.
    Fqdn,
    /// An address in the web.
    Url,
    /// A file, by its SHA-256.
    Sha256,
    /// A file, by its SHA-1.
    Sha1,
    /// A file, by its MD5.
    Md5,
    /// A file, by any of these hashes.
    FileHash,
    /// A file, by its place.
    FilePath,
    /// A device, by its id or name.
    DeviceId,
    /// A network interface.
    MacAddress,
    /// A user, by the directory's id.
    UserId,
    /// A user, by name.
    UserPrincipalName,
    /// A mailbox.
    EmailAddress,
    /// A whole number of 64 bits.
    Integer,
    /// A span of time.
    Duration,
    /// Anything.
    Text,
}

impl ParameterType {
    /// Every type.
    pub const ALL: [Self; 17] = [
        Self::IpAddress,
        Self::Cidr,
        Self::Fqdn,
        Self::Url,
        Self::Sha256,
        Self::Sha1,
        Self::Md5,
        Self::FileHash,
        Self::FilePath,
        Self::DeviceId,
        Self::MacAddress,
        Self::UserId,
        Self::UserPrincipalName,
        Self::EmailAddress,
        Self::Integer,
        Self::Duration,
        Self::Text,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IpAddress => "ipAddress",
            Self::Cidr => "cidr",
            Self::Fqdn => "fqdn",
            Self::Url => "url",
            Self::Sha256 => "sha256",
            Self::Sha1 => "sha1",
            Self::Md5 => "md5",
            Self::FileHash => "fileHash",
            Self::FilePath => "filePath",
            Self::DeviceId => "deviceId",
            Self::MacAddress => "macAddress",
            Self::UserId => "userId",
            Self::UserPrincipalName => "userPrincipalName",
            Self::EmailAddress => "emailAddress",
            Self::Integer => "integer",
            Self::Duration => "duration",
            Self::Text => "text",
        }
    }

    /// What a value looks like, with an example, for messages and the manual.
    #[must_use]
    pub const fn forms(self) -> &'static str {
        match self {
            Self::IpAddress => "an IPv4 or IPv6 address, such as `203.0.113.7` or `2001:db8::7`",
            Self::Cidr => {
                "an IPv4 or IPv6 address, or a range of them as address and prefix length, such as `203.0.113.7`, \
                 `203.0.113.0/24` or `2001:db8::/48`"
            }
            Self::Fqdn => "a domain name of two labels or more, such as `www.example.com`",
            Self::Url => {
                "a whole address with scheme (http, https, ftp, ws or wss) and host, such as \
                 `https://example.com/path`"
            }
            Self::Sha256 => {
                "a SHA-256, 64 hexadecimal digits, such as \
                 `e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`"
            }
            Self::Sha1 => {
                "a SHA-1, 40 hexadecimal digits, such as `da39a3ee5e6b4b0d3255bfef95601890afd80709`"
            }
            Self::Md5 => "an MD5, 32 hexadecimal digits, such as `d41d8cd98f00b204e9800998ecf8427e`",
            Self::FileHash => {
                "a SHA-256, SHA-1 or MD5 in 64, 40 or 32 hexadecimal digits, such as \
                 `da39a3ee5e6b4b0d3255bfef95601890afd80709`"
            }
            Self::FilePath => {
                "a whole path from its root without `..` and control characters, such as `/tmp/a.sh`, \
                 `C:\\Temp\\a.exe` or `\\\\server\\share\\a.exe`"
            }
            Self::DeviceId => {
                "the id or name of a device, at most 256 characters without spaces, such as \
                 `1e5bc9d7e413ddd7902c2932e418702b84d0cc07` or `pc-17.example.com`"
            }
            Self::MacAddress => "six octets in hexadecimal digits, such as `02:00:5e:10:00:01`",
            Self::UserId => {
                "a user's id, at most 256 characters without spaces, such as \
                 `87d349ed-44d7-43e1-9a83-5f2406dee5bd`"
            }
            Self::UserPrincipalName => "a user's name and domain, such as `adele@example.com`",
            Self::EmailAddress => "a mailbox and its domain, such as `adele@example.com`",
            Self::Integer => "a whole number, such as `42`",
            Self::Duration => duration::FORMS,
            Self::Text => "a text",
        }
    }

    /// What becomes of the text, for the manual.
    #[must_use]
    pub const fn normal_form(self) -> &'static str {
        match self {
            Self::IpAddress => {
                "IPv6 compressed, in small letters; an IPv4 address mapped into IPv6 becomes IPv4"
            }
            Self::Cidr => {
                "as `ipAddress`; bits behind the prefix are cleared; `/32` (IPv4) and `/128` (IPv6) are left out"
            }
            Self::Fqdn => "small letters, other scripts in punycode, no dot at the end",
            Self::Url => {
                "the host as `fqdn` or `ipAddress`, no user, default port or fragment, `.` and `..` resolved, escapes \
                 in capitals and only where needed"
            }
            Self::Sha256 | Self::Sha1 | Self::Md5 | Self::FileHash => "small letters",
            Self::FilePath | Self::Text => "as written",
            Self::DeviceId | Self::UserId => "as written; compared without regard to case",
            Self::MacAddress => "small letters, colons",
            Self::UserPrincipalName | Self::EmailAddress => {
                "the domain as `fqdn`; what is before it is compared without regard to case"
            }
            Self::Integer => "no `+`, no leading zeros",
            Self::Duration => "days, hours, minutes and seconds, the largest first",
        }
    }

    /// What a thing named by such a value is.
    #[must_use]
    pub const fn target_kind(self) -> TargetKind {
        match self {
            Self::IpAddress | Self::Cidr => TargetKind::Ip,
            Self::Fqdn => TargetKind::Domain,
            Self::Url => TargetKind::Url,
            Self::Sha256 | Self::Sha1 | Self::Md5 | Self::FileHash | Self::FilePath => TargetKind::File,
            Self::DeviceId | Self::MacAddress => TargetKind::Device,
            Self::UserId | Self::UserPrincipalName | Self::EmailAddress => TargetKind::User,
            Self::Integer | Self::Duration | Self::Text => TargetKind::Other,
        }
    }

    /// Whether every normal form of `other` is one of this type, so that a parameter of this type can be filled from it.
    #[must_use]
    pub fn takes(self, other: Self) -> bool {
        match self {
            Self::Cidr => matches!(other, Self::Cidr | Self::IpAddress),
            Self::FileHash => matches!(other, Self::FileHash | Self::Sha256 | Self::Sha1 | Self::Md5),
            same => same == other,
        }
    }

    /// The normal form of a value; `None` where it is not of this type. The normal form of a normal form is itself.
    #[must_use]
    pub fn normalise(self, text: &str) -> Option<String> {
        // Pasted values end in blanks; in a path or a text they may be meant.
        let trimmed = text.trim();
        match self {
            Self::IpAddress => forms::address(trimmed),
            Self::Cidr => forms::range(trimmed),
            Self::Fqdn => name::domain(trimmed).filter(|name| name.contains('.')),
            Self::Url => name::url(trimmed),
            Self::Sha256 => forms::hex(trimmed, &[64]),
            Self::Sha1 => forms::hex(trimmed, &[40]),
            Self::Md5 => forms::hex(trimmed, &[32]),
            Self::FileHash => forms::hex(trimmed, &[32, 40, 64]),
            Self::FilePath => forms::path(text),
            Self::DeviceId | Self::UserId => forms::id(trimmed),
            Self::MacAddress => forms::mac(trimmed),
            Self::UserPrincipalName => name::mailbox(trimmed),
            Self::EmailAddress => name::mailbox(trimmed)
                .filter(|text| text.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'))),
            Self::Integer => trimmed.parse::<i64>().ok().map(|number| number.to_string()),
            Self::Duration => duration::parse(trimmed).map(duration::format),
            Self::Text => Some(text.to_owned()),
        }
    }
}

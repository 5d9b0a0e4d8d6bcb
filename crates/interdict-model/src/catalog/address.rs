//! Addresses and ranges of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many bits of a mapped IPv4 address are not its own.
const MAPPED: u8 = 96;

/// Addresses with one prefix. IPv4 lies within IPv6 as `::ffff:0:0/96`, so that the two compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpRange {
    /// The first address.
    pub first: u128,
    /// The last address.
    pub last: u128,
}

impl IpRange {
    /// Reads an address, or an address, `/` and the length of a prefix. Bits behind the prefix are cleared.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(prefix_length(length)?)),
            None => (text, None),
        };
        let (bits, before) = match address.parse().ok()? {
            IpAddr::V4(v4) => (v4.to_ipv6_mapped().to_bits(), MAPPED),
            IpAddr::V6(v6) => (v6.to_bits(), 0),
        };
        let prefix = match length {
            Some(length) => before.checked_add(length).filter(|prefix| *prefix <= 128)?,
            None => 128,
        };
        // A shift by all bits is no shift.
        let host_bits = u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
        Some(Self { first: bits & !host_bits, last: bits | host_bits })
    }

    /// One address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let bits = match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        Self { first: bits, last: bits }
    }

    /// Whether an address is in both.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Whether every address of the other is in this one.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// Whether all of it is IPv4.
    #[must_use]
    pub fn is_v4(self) -> bool {
        Ipv6Addr::from_bits(self.first).to_ipv4_mapped().is_some()
            && Ipv6Addr::from_bits(self.last).to_ipv4_mapped().is_some()
    }

    /// The length of the prefix, as it is written behind the address: up to 32 for IPv4, to 128 for IPv6.
    #[must_use]
    pub fn prefix(self) -> u8 {
        let same = (self.first ^ self.last).leading_zeros();
        let prefix = u8::try_from(same).unwrap_or(128);
        if self.is_v4() { prefix.saturating_sub(MAPPED) } else { prefix }
    }
}

/// As it is written in one way alone: IPv6 compressed and in small letters, one address without its prefix.
impl std::fmt::Display for IpRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let first = Ipv6Addr::from_bits(self.first);
        match first.to_ipv4_mapped().filter(|_| self.is_v4()) {
            Some(v4) => Ipv4Addr::fmt(&v4, f)?,
            None => Ipv6Addr::fmt(&first, f)?,
        }
        if self.first == self.last { Ok(()) } else { write!(f, "/{}", self.prefix()) }
    }
}

/// Digits without a sign or leading zeros.
fn prefix_length(text: &str) -> Option<u8> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn ranges_are_written_in_one_way() {
        for (text, written) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("1.2.3.4/32", Some("1.2.3.4")),
            ("10.1.2.3/8", Some("10.0.0.0/8")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("2001:DB8:0:0::1", Some("2001:db8::1")),
            ("2001:db8::ffff/32", Some("2001:db8::/32")),
            ("::/0", Some("::/0")),
            ("::1/128", Some("::1")),
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("::ffff:102:304/120", Some("1.2.3.0/24")),
            ("::ffff:1.2.3.4/95", Some("::fffe:0:0/95")),
            ("01.2.3.4", None),
            ("1.2.3", None),
            ("0x7f.1", None),
            ("1.2.3.4/33", None),
            ("1.2.3.4/08", None),
            ("1.2.3.4/", None),
            ("1.2.3.4/+8", None),
            ("1.2.3.4/8/8", None),
            ("::/129", None),
            ("fe80::1%eth0", None),
            ("[::1]", None),
            ("1.2.3.4:80", None),
            ("", None),
        ] {
            let range = IpRange::parse(text);
            assert_eq!(range.map(|range| range.to_string()).as_deref(), written, "{text}");
        }
    }

    #[test]
    fn ranges_overlap_and_contain() {
        let range = |text: &str| IpRange::parse(text).unwrap();
        assert!(range("10.0.0.0/8").contains(range("10.0.0.5")));
        assert!(!range("10.0.0.5").contains(range("10.0.0.0/8")));
        assert!(range("10.0.0.5").overlaps(range("10.0.0.0/8")));
        assert!(!range("10.0.0.0/8").overlaps(range("11.0.0.0")));
        assert!(range("::/0").contains(range("1.2.3.4")));
        assert!(!range("2001:db8::/32").overlaps(range("0.0.0.0/0")));
        assert_eq!(range("10.0.0.0/8").prefix(), 8);
        assert_eq!(range("2001:db8::/47").prefix(), 47);
    }
}

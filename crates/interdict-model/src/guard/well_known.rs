//! Targets that every tenant's providers live on.

use std::net::IpAddr;
use std::sync::LazyLock;

use uuid::Uuid;

use crate::action::KeyValuePair;
use crate::catalog::{IpRange, Target, TargetKind};

use super::{GuardMode, GuardedKind, ProtectedTarget, every_action};

/// The number that an id ends in, what it is, which, and why.
const ENTRIES: &[(u128, GuardedKind, &str, &str)] = &[
    (1, GuardedKind::Ip, "127.0.0.0/8", "loopback: every machine talks to itself by it"),
    (2, GuardedKind::Ip, "::1", "loopback: every machine talks to itself by it"),
    (3, GuardedKind::Domain, "localhost", "loopback: every machine talks to itself by it"),
    (4, GuardedKind::Ip, "0.0.0.0", "unspecified: many products read it as every address"),
    (5, GuardedKind::Ip, "::", "unspecified: many products read it as every address"),
    (6, GuardedKind::Ip, "224.0.0.0/4", "multicast: routing and discovery need it"),
    (7, GuardedKind::Ip, "ff00::/8", "multicast: neighbours are found by it"),
    (8, GuardedKind::Ip, "255.255.255.255", "broadcast: machines get their address by it"),
    (9, GuardedKind::Ip, "169.254.0.0/16", "link-local: machines of one network, and a cloud's own services"),
    (10, GuardedKind::Ip, "fe80::/10", "link-local: routers of one network are reached by it"),
];

/// The first part of their ids, which are the same everywhere.
const IDS: u128 = 0x0000_0000_0000_4000_8000_0000_0000_0000;

/// An address of the machines that run the server, or of what these reach others by. Its id follows from it.
#[must_use]
pub fn own(address: IpAddr, reason: &str) -> ProtectedTarget {
    let value = Target::new(TargetKind::Ip, &IpRange::of(address).to_string()).text;
    let number = KeyValuePair::key_of(&value).unsigned_abs() | (1 << 48);
    entry(u128::from(number & 0xffff_ffff_ffff), GuardedKind::Ip, &value, reason)
}

fn entry(number: u128, kind: GuardedKind, value: &str, reason: &str) -> ProtectedTarget {
    ProtectedTarget {
        id: Uuid::from_u128(IDS | number),
        kind,
        value: value.to_owned(),
        actions: every_action(),
        mode: GuardMode::Deny,
        reason: reason.to_owned(),
        owner: "Interdict".to_owned(),
        until: None,
    }
}

static WELL_KNOWN: LazyLock<Vec<ProtectedTarget>> = LazyLock::new(|| {
    let of = |(number, kind, value, reason): &(u128, GuardedKind, &str, &str)| {
        entry(*number, *kind, value, reason)
    };
    ENTRIES.iter().map(of).collect()
});

/// Loopback, unspecified, multicast, broadcast and link-local addresses, in their normal form.
#[must_use]
pub fn well_known() -> &'static [ProtectedTarget] {
    &WELL_KNOWN
}

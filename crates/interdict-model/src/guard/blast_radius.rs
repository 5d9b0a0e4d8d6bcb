//! How wide a range may be without approval.

use std::fmt;

use crate::catalog::{Target, TargetKind};

/// The shortest prefix of an IPv4 range that needs no approval.
pub const SHORTEST_V4: u8 = 24;
/// The shortest prefix of an IPv6 range that needs no approval.
pub const SHORTEST_V6: u8 = 48;

/// A range that is too wide to be touched without approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlastRadius {
    /// The length of its prefix.
    pub prefix: u8,
    /// The shortest that needs no approval.
    pub shortest: u8,
}

impl fmt::Display for BlastRadius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, shortest } = self;
        write!(f, "a range of /{prefix} needs approval: /{shortest} is the shortest prefix without")
    }
}

/// Whether the target is a range that is too wide.
#[must_use]
pub fn blast_radius(target: &Target) -> Option<BlastRadius> {
    let range = target.ip_range().filter(|_| target.kind == TargetKind::Ip)?;
    let shortest = if range.is_v4() { SHORTEST_V4 } else { SHORTEST_V6 };
    let prefix = range.prefix();
    (prefix < shortest).then_some(BlastRadius { prefix, shortest })
}

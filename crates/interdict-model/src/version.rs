//! Versions and preconditions: what an ETag stands for.

use std::fmt;

/// The version of an action: the journal sequence that last changed it, within a store epoch.
///
/// The epoch changes at every restore, so that a tag from before it never matches a row from after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// The store's epoch.
    pub epoch: u32,
    /// The tenant's journal sequence of the last change.
    pub sequence: i64,
}

/// Writes the entity tag, `W/"epoch-sequence"`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{:x}-{}\"", self.epoch, self.sequence)
    }
}

/// What `If-Match` asks (RFC 9110, 13.1.1), compared weakly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// No condition.
    #[default]
    None,
    /// `*`: the action exists.
    Exists,
    /// One of these entity tags, as the client wrote them, without `W/` and quotes.
    AnyOf(Vec<String>),
}

impl Precondition {
    /// Whether an action at `version` meets the condition.
    #[must_use]
    pub fn admits(&self, version: Version) -> bool {
        match self {
            Self::None | Self::Exists => true,
            Self::AnyOf(tags) => {
                let current = version.opaque();
                tags.contains(&current)
            }
        }
    }
}

impl Version {
    /// The opaque part of the entity tag, without `W/` and quotes.
    #[must_use]
    pub fn opaque(self) -> String {
        format!("{:x}-{}", self.epoch, self.sequence)
    }
}

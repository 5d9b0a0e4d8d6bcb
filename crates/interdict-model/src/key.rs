//! Keys that the nodes of a store share. Each node has the first of a kind as a file; what follows it is kept in the store,
//! and none but a node that has an earlier one can use it.

use crate::Timestamp;

/// How long a new key is known before it is used, in seconds: until then every node has heard of it.
pub const KNOWN_BEFORE_USE_SECONDS: i64 = 10;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum KeyKind {
    /// Signs the built-in issuer's tokens.
    Issuer = 1,
    /// Seals journals.
    Seal = 2,
    /// Authenticates skip tokens.
    SkipToken = 3,
}

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Issuer, Self::Seal, Self::SkipToken];

    /// The number that is stored.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind of that number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| i64::from(kind.number()) == number)
    }

    /// The name, as operators say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Seal => "seal",
            Self::SkipToken => "skip-token",
        }
    }
}

/// A key as it is kept in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedKey {
    /// What it is for.
    pub kind: KeyKind,
    /// Its name.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// What anybody may know of it; empty where there is nothing.
    pub public: Vec<u8>,
    /// The key itself: encrypted to the key that `wrapped_by` names, or as it is where that names none. Empty where nodes
    /// have it as a file.
    pub secret: Vec<u8>,
    /// The name of the key that it is encrypted to.
    pub wrapped_by: Option<String>,
    /// From when on nothing that it made is accepted.
    pub revoked: Option<Timestamp>,
}

impl SharedKey {
    /// Whether it may be used at `now`: it is not revoked, and every node has heard of it.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.created.plus_seconds(KNOWN_BEFORE_USE_SECONDS) <= now
    }
}

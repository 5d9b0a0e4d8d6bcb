//! The lines of an export: JSON objects with one member each, whose name says what it is. They carry the journals' bytes
//! unchanged, so that whoever has them can verify the chains, and rebuild the rows. `docs/reference/journal.md` describes
//! them for others.

use serde::{Deserialize, Serialize};

use crate::journal::Entry;
use crate::pruning::TenantPruning;
use crate::seal::Seal;
use crate::{TenantId, Timestamp};

/// The version of the lines.
pub const FORMAT: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Line {
    /// The first: what follows.
    Export(Header),
    /// The public half of a key that signed seals.
    Key(SealingKey),
    /// How far a tenant's journal was pruned, before its entries: of those up to there some are missing.
    Pruning(TenantPruning),
    /// An entry. A tenant's entries stand together, in order.
    Entry(Entry),
    /// A seal of the entry before it, or of the one up to which the journal was pruned.
    Seal(Seal),
    /// A tenant is complete: this is the end of its chain.
    Head(TenantEnd),
    /// The last: everything was written.
    End(Totals),
}

/// What an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// The epoch of the store that it was taken from; a store that is made of it has another.
    pub epoch: u32,
    /// What will follow.
    #[serde(flatten)]
    pub totals: Totals,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Tenants.
    pub tenants: u64,
    /// Entries of all of them.
    pub entries: u64,
}

/// A key that signs seals, as others need it to verify them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealingKey {
    /// The name that seals bear.
    pub id: String,
    /// Ed25519 (RFC 8032), 32 bytes.
    #[serde(with = "hex::serde")]
    pub public_key: [u8; 32],
    /// From when on its seals prove nothing; absent where it was not revoked.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::time::ticks::optional")]
    pub revoked: Option<Timestamp>,
}

/// The end of a tenant's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantEnd {
    /// Whose.
    pub tenant: TenantId,
    /// The sequence of its last entry.
    pub sequence: i64,
    /// That entry's hash.
    #[serde(with = "hex::serde")]
    pub hash: [u8; 32],
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use uuid::Uuid;

    use super::*;
    use crate::RequestId;

    #[test]
    fn an_entry_is_one_line_with_its_bytes_as_they_are() {
        let entry = Entry {
            tenant: TenantId(Uuid::from_u128(1)),
            sequence: 2,
            at: Timestamp::from_ticks(3),
            subject: Uuid::from_u128(4),
            request: RequestId(Uuid::from_u128(5)),
            kind: 250,
            actor: r#"{"app":"a"}"#.into(),
            change: "{ \"set\" : {}}\n\u{2028}".into(),
            previous: [0xab; 32],
            hash: [1; 32],
        };
        let line = Line::Entry(entry);
        let text = serde_json::to_string(&line).unwrap();
        assert!(text.starts_with(
            r#"{"entry":{"tenant":"00000000-0000-0000-0000-000000000001","sequence":2,"at":3,"#
        ));
        assert!(!text.contains('\n') && text.contains(&"ab".repeat(32)), "{text}");
        assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line);
    }
}

//! Seals: signed statements of how far a tenant's journal went. Whoever keeps one can prove later that nothing up to
//! there was altered or cut off. `docs/reference/journal.md` documents what is signed.

use serde::{Deserialize, Serialize};

use crate::journal::Head;
use crate::{TenantId, Timestamp};

/// How long a journal may grow until it is sealed, in seconds: somewhat under the five minutes that are promised.
pub const SEAL_AFTER_SECONDS: i64 = 240;

/// What every signed message begins with, so that it is no other kind of message.
const CONTEXT: &[u8; 16] = b"interdict-seal-1";

/// Signs seals, with a key that has a name.
pub trait Signer: Send + Sync + std::fmt::Debug {
    /// The key's name.
    fn key_id(&self) -> &str;
    /// The Ed25519 signature (RFC 8032) of a message.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// A signed head. As JSON it is a line of an export ([`crate::line`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Whose journal.
    pub tenant: TenantId,
    /// The sequence of its last entry.
    pub sequence: i64,
    /// That entry's hash.
    #[serde(with = "hex::serde")]
    pub hash: [u8; 32],
    /// When it was sealed.
    #[serde(with = "crate::time::ticks")]
    pub at: Timestamp,
    /// The name of the key.
    pub key: String,
    /// The signature of [`Seal::message`].
    #[serde(with = "hex::serde")]
    pub signature: [u8; 64],
}

impl Seal {
    /// Seals a head at `at`.
    #[must_use]
    pub fn sign(tenant: TenantId, head: &Head, at: Timestamp, signer: &dyn Signer) -> Self {
        let message = message(tenant, head.sequence, &head.hash, at);
        Self {
            tenant,
            sequence: head.sequence,
            hash: head.hash,
            at,
            key: signer.key_id().to_owned(),
            signature: signer.sign(&message),
        }
    }

    /// What is signed.
    #[must_use]
    pub fn message(&self) -> [u8; 80] {
        message(self.tenant, self.sequence, &self.hash, self.at)
    }
}

/// Context (16 bytes), tenant (16), sequence (8), instant in ticks (8), hash (32); integers are big-endian.
fn message(tenant: TenantId, sequence: i64, hash: &[u8; 32], at: Timestamp) -> [u8; 80] {
    let parts: [&[u8]; 5] =
        [CONTEXT, tenant.as_bytes(), &sequence.to_be_bytes(), &at.ticks().to_be_bytes(), hash];
    let mut message = [0; 80];
    for (place, byte) in message.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_has_every_part_in_its_place() {
        let tenant = TenantId(uuid::Uuid::from_u128(7));
        let message = message(tenant, 0x0102, &[9; 32], Timestamp::from_ticks(0x0304));
        let mut expected = b"interdict-seal-1".to_vec();
        expected.extend([0; 15]);
        expected.extend([7, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3, 4]);
        expected.extend([9; 32]);
        assert_eq!(message.to_vec(), expected);
    }
}

//! Retention: what is kept of a journal whose beginning was pruned, and how it is followed from entry to entry.
//!
//! A pruning goes up to an entry that is sealed. Of what came before it removes the entries about actions that were
//! gone by then; every entry about what is still there stays, so that rows remain what entries add up to.
//! `docs/reference/journal.md` documents it for others.

use std::sync::Arc;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::journal::{ChainBreak, Entry, Head, Kind};
use crate::{TenantId, Timestamp};

/// How far a journal was pruned, and what was kept. As JSON it is the change of the entry that records it, and a part of
/// a line of an export ([`crate::line`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruning {
    /// The sequence of the entry up to which it goes.
    pub sequence: i64,
    /// That entry's hash: the next entry names it.
    #[serde(with = "hex::serde")]
    pub hash: [u8; 32],
    /// That entry's instant.
    #[serde(with = "crate::time::ticks")]
    pub at: Timestamp,
    /// How many entries up to there were kept.
    pub kept: i64,
    /// SHA-256 over the hashes of those entries, in order.
    #[serde(with = "hex::serde")]
    pub digest: [u8; 32],
}

impl Pruning {
    /// The end of the chain as it was up to there.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash, at: self.at }
    }

    /// The change of the entry that records it.
    #[must_use]
    pub fn change(&self) -> Arc<str> {
        // Numbers and texts alone: cannot fail to serialise.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// The entries that a pruning keeps, as they are read in order.
#[derive(Clone)]
pub struct Kept {
    last: Head,
    count: i64,
    hashes: digest::Context,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("last", &self.last).field("count", &self.count).finish_non_exhaustive()
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self { last: Head::default(), count: 0, hashes: digest::Context::new(&digest::SHA256) }
    }
}

impl Kept {
    /// Takes the next one. Others may be missing before it.
    ///
    /// # Errors
    /// Why it cannot stand there.
    pub fn take(&mut self, entry: &Entry) -> Result<(), ChainBreak> {
        let Head { sequence, hash, at } = self.last;
        if entry.sequence <= sequence {
            return Err(ChainBreak::Gap { expected: sequence + 1 });
        }
        if entry.sequence == sequence + 1 && entry.previous != hash {
            return Err(ChainBreak::Detached);
        }
        if entry.at <= at && sequence > 0 {
            return Err(ChainBreak::Backwards);
        }
        if entry.hash != entry.computed_hash() {
            return Err(ChainBreak::Altered);
        }
        self.hashes.update(&entry.hash);
        self.count += 1;
        self.last = entry.head();
        Ok(())
    }

    /// The pruning up to `head` that keeps what was taken.
    #[must_use]
    pub fn up_to(self, head: Head) -> Pruning {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.hashes.finish().as_ref());
        let Head { sequence, hash, at } = head;
        Pruning { sequence, hash, at, kept: self.count, digest }
    }
}

/// A journal as it is followed from entry to entry, from its beginning on or from what a pruning kept of it.
#[derive(Debug, Default)]
pub struct Followed {
    head: Head,
    /// Where the journal was pruned, and what was kept, until that was all taken.
    before: Option<(Pruning, Kept)>,
    pruned: Option<Pruning>,
    /// The furthest pruning that an entry records.
    recorded: Option<Pruning>,
}

impl Followed {
    /// Begins with a journal of which this much was pruned.
    #[must_use]
    pub fn from(pruned: Option<Pruning>) -> Self {
        let before = pruned.map(|pruning| (pruning, Kept::default()));
        Self { before, pruned, ..Self::default() }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// The first reason why it does not follow.
    pub fn take(&mut self, entry: &Entry) -> Result<(), ChainBreak> {
        match &mut self.before {
            Some((pruning, kept)) if entry.sequence <= pruning.sequence => {
                if entry.sequence == pruning.sequence && entry.hash != pruning.hash {
                    return Err(ChainBreak::Detached);
                }
                kept.take(entry)?;
            }
            _ => {
                self.cross()?;
                if let Some(reason) = entry.break_after(&self.head) {
                    return Err(reason);
                }
            }
        }
        self.head = entry.head();
        if entry.kind == Kind::Pruned.number() {
            let recorded: Pruning =
                serde_json::from_str(&entry.change).map_err(|_| ChainBreak::Unreadable)?;
            if self.recorded.is_none_or(|furthest| furthest.sequence < recorded.sequence) {
                self.recorded = Some(recorded);
            }
        }
        Ok(())
    }

    /// Goes on behind what was pruned, once that is all there.
    fn cross(&mut self) -> Result<(), ChainBreak> {
        if let Some((pruning, kept)) = self.before.take() {
            self.head = pruning.head();
            if kept.up_to(self.head) != pruning {
                return Err(ChainBreak::Unkept);
            }
        }
        Ok(())
    }

    /// How far it was followed.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// How far it was pruned, as its row says.
    #[must_use]
    pub const fn pruned(&self) -> Option<&Pruning> {
        self.pruned.as_ref()
    }

    /// Whether that is how far it was followed, or up to where it was pruned while no later entry came.
    #[must_use]
    pub fn is_at(&self, sequence: i64, hash: &[u8; 32]) -> bool {
        let is_there = |head: Head| (head.sequence, &head.hash) == (sequence, hash);
        is_there(self.head) || self.before.as_ref().is_some_and(|(pruning, _)| is_there(pruning.head()))
    }

    /// Where it ends, every entry being taken.
    ///
    /// # Errors
    /// Where what was pruned is not what the entries record.
    pub fn end(&mut self) -> Result<Head, ChainBreak> {
        self.cross()?;
        if self.recorded == self.pruned { Ok(self.head) } else { Err(ChainBreak::Unrecorded) }
    }
}

/// A tenant's pruning, a line of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantPruning {
    /// Whose journal.
    pub tenant: TenantId,
    /// How far.
    #[serde(flatten)]
    pub pruning: Pruning,
}

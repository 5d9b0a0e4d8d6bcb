//! The journal: the append-only, hash-chained record of every accepted change of a tenant.
//!
//! The encoding that is hashed is documented in `docs/reference/journal.md`, so that somebody else can verify a
//! chain; a change of it is a new [`FORMAT`].

use std::sync::Arc;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::MASK;
use crate::{RequestId, TenantId, Timestamp};

/// The version of the hashed encoding, its first byte.
pub const FORMAT: u8 = 1;

/// The end of a tenant's chain. The default is the head of a chain without entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The sequence of the last entry; 0 where there is none.
    pub sequence: i64,
    /// Its hash; zeros where there is none.
    pub hash: [u8; 32],
    /// Its instant.
    pub at: Timestamp,
}

/// What happened to the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// An action was filed; the change is its document.
    Created = 1,
    /// Members of an action changed; the change is a [`crate::document::Difference`].
    Updated = 2,
    /// An action was cancelled; likewise.
    Cancelled = 3,
    /// An action was removed; the change is empty.
    Deleted = 4,
    /// A provider was given an action; the change is a [`crate::document::Difference`], as in those that follow.
    HandedOut = 5,
    /// A provider began with an action.
    Started = 6,
    /// A provider told how far it is.
    Progressed = 7,
    /// A provider reported on an action, or gave it back.
    Reported = 8,
    /// A deadline of an action passed.
    Deadline = 9,
    /// An action that a provider has is to be cancelled.
    CancelRequested = 10,
    /// An action was done by an effect that was in force already.
    Joined = 11,
    /// An action let go of its effect, or learned that it has ended.
    Released = 12,
    /// An action is to hold its effect longer or shorter.
    Extended = 13,
    /// An action was approved by one of those who must.
    Approved = 14,
    /// An action was refused before it was begun.
    Rejected = 15,
    /// An action must be approved after all, since its target was protected.
    Withheld = 21,
    /// It was asked what a filing would do; nothing changed. The change is what would have been filed.
    DryRun = 20,
    /// Many actions are cancelled or undone by one decision; the change is a [`crate::command::BulkDecided`], the subject the
    /// tenant. What becomes of each action has an entry of its own.
    BulkDecided = 22,
    /// A provider reported on a lease that is not the newest; nothing changed. The change names fence and report.
    LateReport = 19,
    /// An app was added; the change is the app.
    AppAdded = 16,
    /// An app got another secret; the change is the app.
    AppRotated = 17,
    /// An app was removed; the change is empty.
    AppRemoved = 18,
    /// A setting was made or changed; the change is a [`crate::settings::Setting`].
    SettingPut = 24,
    /// A protected target was put that meets what it comes too late for; nothing changed. The change is a
    /// [`crate::guard::Met`], the subject the target's entry.
    GuardMet = 27,
    /// A setting was removed; the change is a [`crate::settings::SettingKey`].
    SettingRemoved = 25,
    /// The journal was pruned; the change is a [`crate::pruning::Pruning`], the subject the tenant.
    Pruned = 32,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 26] = [
        Self::Created,
        Self::Updated,
        Self::Cancelled,
        Self::Deleted,
        Self::HandedOut,
        Self::Started,
        Self::Progressed,
        Self::Reported,
        Self::Deadline,
        Self::CancelRequested,
        Self::Joined,
        Self::Released,
        Self::Extended,
        Self::Approved,
        Self::Rejected,
        Self::Withheld,
        Self::LateReport,
        Self::DryRun,
        Self::BulkDecided,
        Self::AppAdded,
        Self::AppRotated,
        Self::AppRemoved,
        Self::SettingPut,
        Self::SettingRemoved,
        Self::GuardMet,
        Self::Pruned,
    ];

    /// Whether the change is a [`crate::document::Difference`] of the action that the entry is about.
    #[must_use]
    pub const fn changes_action(self) -> bool {
        matches!(
            self,
            Self::Updated
                | Self::Cancelled
                | Self::HandedOut
                | Self::Started
                | Self::Progressed
                | Self::Reported
                | Self::Deadline
                | Self::CancelRequested
                | Self::Joined
                | Self::Released
                | Self::Extended
                | Self::Approved
                | Self::Rejected
                | Self::Withheld
        )
    }

    /// The number that is stored and hashed.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind of that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The name, as shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Cancelled => "cancelled",
            Self::Deleted => "deleted",
            Self::HandedOut => "handedOut",
            Self::Started => "started",
            Self::Progressed => "progressed",
            Self::Reported => "reported",
            Self::Deadline => "deadline",
            Self::CancelRequested => "cancelRequested",
            Self::Joined => "joined",
            Self::Released => "released",
            Self::Extended => "extended",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withheld => "withheld",
            Self::LateReport => "lateReport",
            Self::DryRun => "dryRun",
            Self::BulkDecided => "bulkDecided",
            Self::AppAdded => "appAdded",
            Self::AppRotated => "appRotated",
            Self::AppRemoved => "appRemoved",
            Self::SettingPut => "settingPut",
            Self::SettingRemoved => "settingRemoved",
            Self::GuardMet => "guardMet",
            Self::Pruned => "pruned",
        }
    }
}

/// An entry that a decision asks for; its place in the chain is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The action or app that changed.
    pub subject: Uuid,
    /// The request that changed it.
    pub request: RequestId,
    /// What happened.
    pub kind: Kind,
    /// Who did it: [`crate::Actor::journal_text`].
    pub actor: Arc<str>,
    /// What changed, JSON text, empty where the kind says it all.
    pub change: Arc<str>,
}

/// One entry of the journal. As JSON it is a line of an export ([`crate::line`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose journal.
    pub tenant: TenantId,
    /// Its place, from 1, without gaps.
    pub sequence: i64,
    /// When it was decided; strictly later than the entry before.
    #[serde(with = "crate::time::ticks")]
    pub at: Timestamp,
    /// The action or app that changed.
    pub subject: Uuid,
    /// The request that changed it.
    pub request: RequestId,
    /// What happened, as its stored number: a newer version's kind still verifies.
    pub kind: u8,
    /// Who did it.
    pub actor: Arc<str>,
    /// What changed.
    pub change: Arc<str>,
    /// The hash of the entry before; zeros for the first.
    #[serde(with = "hex::serde")]
    pub previous: [u8; 32],
    /// This entry's hash.
    #[serde(with = "hex::serde")]
    pub hash: [u8; 32],
}

impl Entry {
    /// Appends a draft to the chain that ends in `head`.
    #[must_use]
    pub fn seal(head: Head, tenant: TenantId, at: Timestamp, draft: &Draft) -> Self {
        let mut entry = Self {
            tenant,
            sequence: head.sequence + 1,
            at,
            subject: draft.subject,
            request: draft.request,
            kind: draft.kind.number(),
            actor: Arc::clone(&draft.actor),
            change: Arc::clone(&draft.change),
            previous: head.hash,
            hash: [0; 32],
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// SHA-256 over the canonical encoding: format (1 byte), previous hash (32), tenant (16), sequence (8),
    /// instant (8), subject (16), request (16), kind (1), actor and change (each a length of 4 bytes and UTF-8
    /// text). Integers are big-endian.
    #[must_use]
    pub fn computed_hash(&self) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&[FORMAT]);
        context.update(&self.previous);
        context.update(self.tenant.as_bytes());
        context.update(&self.sequence.to_be_bytes());
        context.update(&self.at.ticks().to_be_bytes());
        context.update(self.subject.as_bytes());
        context.update(self.request.as_bytes());
        context.update(&[self.kind]);
        for text in [&self.actor, &self.change] {
            context.update(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            context.update(text.as_bytes());
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }

    /// It as it is shown: without secret values, though its hash is over them.
    #[must_use]
    pub fn masked(mut self) -> Self {
        const BESIDE: [&str; 4] = ["execution", "effect", "@interdict.execution", "@interdict.effect"];
        if self.change.contains("\"secrets\"")
            && let Ok(mut change) = serde_json::from_str::<serde_json::Value>(&self.change)
        {
            for name in BESIDE {
                change.get_mut(name).map(mask);
            }
            self.change = change.to_string().into();
        }
        self
    }

    /// The chain's end, where this is its last entry.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash, at: self.at }
    }

    /// The first reason why this entry does not follow `head`, if there is one.
    #[must_use]
    pub fn break_after(&self, head: &Head) -> Option<ChainBreak> {
        if self.sequence != head.sequence + 1 {
            Some(ChainBreak::Gap { expected: head.sequence + 1 })
        } else if self.previous != head.hash {
            Some(ChainBreak::Detached)
        } else if self.at <= head.at && head.sequence > 0 {
            Some(ChainBreak::Backwards)
        } else if self.hash != self.computed_hash() {
            Some(ChainBreak::Altered)
        } else {
            None
        }
    }
}

/// Masks the values of every list of secrets in it.
fn mask(value: &mut serde_json::Value) {
    use serde_json::Value::{Array, Object, String};
    match value {
        Object(members) => {
            for (name, member) in members {
                match member {
                    Array(pairs) if name == "secrets" => {
                        pairs
                            .iter_mut()
                            .filter_map(|pair| pair.get_mut("value"))
                            .for_each(|it| *it = String(MASK.to_owned()));
                    }
                    member => mask(member),
                }
            }
        }
        Array(elements) => elements.iter_mut().for_each(mask),
        _ => {}
    }
}

/// Why an entry does not follow the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    /// Entries are missing, or out of order.
    #[error("expected sequence {expected}: an entry is missing or out of order")]
    Gap {
        /// The sequence that should have come.
        expected: i64,
    },
    /// It names another predecessor.
    #[error("it does not name the hash of the entry before it")]
    Detached,
    /// Its instant is not later than the one before.
    #[error("its instant is not later than that of the entry before it")]
    Backwards,
    /// Its content does not give its hash.
    #[error("its content does not give its hash: it was altered")]
    Altered,
    /// It records a pruning that cannot be read.
    #[error("it records a pruning that cannot be read")]
    Unreadable,
    /// The entries before it are not those that the pruning kept.
    #[error(
        "the entries before it are not those that were kept when the journal was pruned: some were removed or added"
    )]
    Unkept,
    /// How far the journal was pruned is not what its entries record.
    #[error(
        "how far the journal was pruned is not what its entries record: the row that says so was removed or altered"
    )]
    Unrecorded,
}

//! The effect ledger: what is in force at a provider, and who holds it. An effect ends when the last holder lets go.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::action::KeyValuePair;
use crate::catalog::Target;
use crate::execution::UndoWork;
use crate::raw_json::RawJson;
use crate::{ActionId, EffectId, ProviderId, Timestamp};

/// Holders of one effect.
pub const HOLDERS: usize = 1_000;

/// How an effect stands. A holder that let go while others hold on sees it as [`EffectState::Released`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EffectState {
    /// It is being put in force.
    Pending,
    /// A provider said that it is in force.
    Active,
    /// Nobody knows whether it is in force; it is undone at its end like one that is.
    Unconfirmed,
    /// It is being lifted.
    Ending,
    /// It was to be lifted, and could not be so far.
    UndoFailed,
    /// A provider said that it was lifted, or never in force.
    Ended,
    /// This holder let go of it; others hold on.
    Released,
}

impl EffectState {
    /// Every state, in the order of its number.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Active,
        Self::Unconfirmed,
        Self::Ending,
        Self::UndoFailed,
        Self::Ended,
        Self::Released,
    ];

    /// The number that is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Unconfirmed => "unconfirmed",
            Self::Ending => "ending",
            Self::UndoFailed => "undoFailed",
            Self::Ended => "ended",
            Self::Released => "released",
        }
    }

    /// Whether it is, or may be, in force because somebody wants it so.
    #[must_use]
    pub const fn is_wanted(self) -> bool {
        matches!(self, Self::Pending | Self::Active | Self::Unconfirmed)
    }

    /// Whether it is to be lifted.
    #[must_use]
    pub const fn is_ending(self) -> bool {
        matches!(self, Self::Ending | Self::UndoFailed)
    }

    /// Whether it is, or may be, in force.
    #[must_use]
    pub const fn may_be_in_force(self) -> bool {
        !matches!(self, Self::Ended | Self::Released)
    }
}

/// What effects are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectKey {
    /// Where it is in force.
    pub provider: ProviderId,
    /// What it is: the action that lifts it, target, and the parameters that alter it.
    pub text: String,
}

impl EffectKey {
    /// What it is stored under: the SHA-256 of its text, since a target may be long.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(digest::digest(&digest::SHA256, self.text.as_bytes()))
    }
}

/// An action that wants the effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The action.
    pub action: ActionId,
    /// When it lets go; never where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// One effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// Its id: that of the action that first had it.
    pub id: EffectId,
    /// What it is told apart by.
    pub key: EffectKey,
    /// The definition of the action that first had it.
    pub action: String,
    /// What it is on.
    pub target: Option<Target>,
    /// The parameters that it was made with.
    pub parameters: Vec<KeyValuePair>,
    /// How it stands.
    pub state: EffectState,
    /// Who wants it, in the order in which they came.
    pub holders: Vec<Holder>,
    /// What the provider needs to lift it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<RawJson>,
    /// What each member of a fleet needs to lift its part of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undo_by: BTreeMap<String, RawJson>,
    /// The action that lifts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_work: Option<UndoWork>,
    /// The action that is lifting it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<ActionId>,
    /// Actions that are to learn when it has ended, or that it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<ActionId>,
    /// Whether it was said, while it is being lifted, that it had been put in force: it is lifted once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// The journal sequence that last changed it.
    pub sequence: i64,
    /// When it last changed.
    pub changed: Timestamp,
}

impl Effect {
    /// What lifts it, or may: nobody else's work on it begins before.
    #[must_use]
    pub const fn is_being_lifted(&self) -> bool {
        self.state.is_ending() && self.undone_by.is_some()
    }

    /// When the last holder lets go; `None` where one never does, or there is none.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.holders.iter().map(|holder| holder.until).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// When something is to happen to it of its own accord: a holder lets go, or one is to be told of its end.
    #[must_use]
    pub fn timer(&self) -> Option<Timestamp> {
        if !self.untold.is_empty() && !self.state.is_ending() {
            // At once: it was so before now.
            return Some(Timestamp::from_ticks(0));
        }
        let held = matches!(self.state, EffectState::Active | EffectState::Unconfirmed);
        self.holders.iter().filter(|_| held).filter_map(|holder| holder.until).min()
    }

    /// The actions for which something is due at `now`, at most so many: those that are to be told, and holders that let go.
    #[must_use]
    pub fn due(&self, now: Timestamp, most: usize) -> Vec<ActionId> {
        let over = self.holders.iter().filter(|holder| holder.until.is_some_and(|until| until <= now));
        let over = over.map(|holder| holder.action);
        let untold = self.untold.iter().copied().filter(|_| !self.state.is_ending());
        untold.chain(over).take(most).collect()
    }

    /// Whether one more action may hold it as it is.
    #[must_use]
    pub fn admits_another(&self) -> bool {
        self.state == EffectState::Active && self.holders.len() < HOLDERS
    }

    /// Whether `action` wants it.
    #[must_use]
    pub fn is_held_by(&self, action: ActionId) -> bool {
        self.holders.iter().any(|holder| holder.action == action)
    }

    /// It as it is stored and journalled.
    #[must_use]
    pub fn text(&self) -> String {
        // Texts, numbers and JSON that was parsed before: cannot fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

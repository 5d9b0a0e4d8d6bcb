//! How an action is really carried out: what Graph's record does not say. Routed actions have one, recorded ones none.
//!
//! An execution knows by itself when something is to happen to it next ([`Execution::timer`]), and whether it may be
//! handed out ([`Execution::rank`]); the store keeps both in columns, so that nothing waits in memory.

mod approval;
mod fleet;
mod lease;
mod phase;
mod shown;

use serde::{Deserialize, Serialize};

use crate::action::KeyValuePair;
use crate::catalog::Target;
use crate::effect::{EffectKey, EffectState};
use crate::raw_json::RawJson;
use crate::request::Request;
use crate::{ActionId, EffectId, ProviderId, Timestamp};

pub use approval::{Approval, Need, Verdict};
pub use fleet::{Fleet, Member, MemberState};
pub use lease::{Lease, LeaseId};
pub use phase::Phase;
pub use shown::Shown;

/// Attempts at an action that may be repeated, after which it has failed.
pub const ATTEMPTS: u32 = 5;
/// The pause before the second attempt, in seconds; each further one is twice as long.
const FIRST_PAUSE: i64 = 5;
/// The longest pause between attempts, in seconds.
const LONGEST_PAUSE: i64 = 300;
/// Ranks of one class of work: priorities 9 to 0.
const CLASS: i64 = 10;
/// The priority of an action whose filer names none.
pub const PRIORITY: u8 = 5;

/// What is to be done: fixed when the action is filed, so that a catalog that changes meanwhile changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// The definition's name.
    pub name: String,
    /// The parameters, checked and normalised; [`crate::catalog::MASK`] in the place of secret values.
    pub parameters: Vec<KeyValuePair>,
    /// The secret values, until the action has ended: for its provider alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<KeyValuePair>,
    /// What it acts on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Everything that guard rails look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touched: Vec<Target>,
    /// The key of the effect that it has; of an undo action, of the effect that it lifts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// Whether it lifts the effect instead of having it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lifts: bool,
    /// What lifts the effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoWork>,
    /// Whether it may be done twice without harm.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat_safe: bool,
    /// Seconds that a lease holds at the most where whoever asks for it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<i64>,
    /// How long the effect lasts by the parameters, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<i64>,
    /// Whether an effect that is in force already is joined; else it is done again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joins: bool,
    /// Whether it is refused where its effect is in force already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rejects: bool,
}

/// The action that undoes another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoWork {
    /// The definition's name.
    pub name: String,
    /// The parameters; [`crate::catalog::MASK`] in the place of secret values.
    pub parameters: Vec<KeyValuePair>,
    /// The secret values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<KeyValuePair>,
}

impl Work {
    /// Whether it, or what undoes it, has secret values.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        !self.secrets.is_empty() || self.undo.as_ref().is_some_and(|undo| !undo.secrets.is_empty())
    }

    /// Loses the secret values.
    pub fn forget(&mut self) {
        self.secrets = Vec::new();
        if let Some(undo) = &mut self.undo {
            undo.secrets = Vec::new();
        }
    }
}

/// When something must have happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deadlines {
    /// It is not handed out before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// A provider must have begun by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_by: Option<Timestamp>,
    /// How long it may wait until it is begun, in seconds.
    pub start_for: i64,
    /// How long it may run, in seconds.
    pub run_for: i64,
    /// Until when it may run, once it was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_until: Option<Timestamp>,
    /// It must be finished by then, whatever happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_by: Option<Timestamp>,
    /// It is not tried again before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

impl Deadlines {
    /// The instants behind which it is not begun, or begun once more.
    pub(crate) fn ends(&self, begun: bool) -> impl Iterator<Item = Timestamp> {
        [self.start_by.filter(|_| !begun), self.run_until, self.finish_by].into_iter().flatten()
    }
}

/// A cancellation that the provider is to answer, or that ended the action at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelRequest {
    /// When it was asked for.
    pub at: Timestamp,
    /// By whom: the user, else the app.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// How the action holds its effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The effect.
    pub id: EffectId,
    /// How it stands, as far as this action is concerned.
    pub state: EffectState,
    /// When the action lets go of it; never where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// The execution of one action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Where it stands.
    pub phase: Phase,
    /// Who carries it out.
    pub provider: ProviderId,
    /// What is to be done.
    pub work: Work,
    /// What its filer asked for beside the action itself.
    #[serde(default, skip_serializing_if = "Request::is_default")]
    pub request: Request,
    /// The ids of everybody who filed it or changed what is to be done, users and apps: none of them may approve it. Of
    /// what was only recorded before, the names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requesters: Vec<String>,
    /// The journal sequence of its filing: its age in the queue.
    pub filed: i64,
    /// How often it was handed out.
    #[serde(default)]
    pub attempt: u32,
    /// How often a provider began with it: only these attempts count.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tries: u32,
    /// Since when a provider has been at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Timestamp>,
    /// Whether an attempt ended without anybody knowing what it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
    /// When something must have happened.
    #[serde(default)]
    pub deadlines: Deadlines,
    /// The newest lease; it stays when it has ended, so that a late report is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// The parts of a provider's members, where each of them carries it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<Fleet>,
    /// What others must agree to before it is begun, and what they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The cancellation, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<CancelRequest>,
    /// The effect that it holds or held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Holding>,
    /// What the provider gave as result, or last as progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<RawJson>,
    /// The action that this one undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_of: Option<ActionId>,
    /// The action that undoes this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<ActionId>,
    /// Whether its end was reported after it had been given up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

impl Execution {
    /// Whether it was ever handed out: from then on the action is Running until it is final.
    #[must_use]
    pub const fn is_handed_out(&self) -> bool {
        self.attempt > 0 || self.begun.is_some()
    }

    /// How often a provider began with it; of a fleet, the member that did so most often.
    #[must_use]
    pub fn most_tries(&self) -> u32 {
        let members = self.fleet.iter().flat_map(|fleet| fleet.members.values());
        members.map(|member| member.tries).chain([self.tries]).max().unwrap_or_default()
    }

    /// Its place in the queue, lower first, then the older first; `None` where it is not to be handed out now.
    #[must_use]
    pub fn rank(&self) -> Option<i64> {
        let ready = match self.phase {
            Phase::Queued => true,
            Phase::Retrying => self.deadlines.retry_at.is_none(),
            Phase::Delivered | Phase::Executing => self.fleet.as_ref().is_some_and(Fleet::is_ready),
            _ => false,
        };
        let class = if self.undo_of.is_some() { 0 } else { CLASS };
        let priority = i64::from(self.request.priority.unwrap_or(PRIORITY).min(9));
        ready.then(|| class + (CLASS - 1 - priority))
    }

    /// Whether others on the same target must wait. Between two attempts an undo lets them pass: it may be tried for ever.
    #[must_use]
    pub const fn holds_target(&self) -> bool {
        matches!(self.phase, Phase::Retrying) && self.undo_of.is_none() || self.is_in_flight()
    }

    /// Whether `other`, on the same target, must wait for it. An undo waits for no further attempts.
    #[must_use]
    pub fn keeps_from(&self, other: &Self) -> bool {
        self.is_busy() || self.holds_target() && other.undo_of.is_none()
    }

    /// Whether somebody is at it: a provider has it, and of a fleet not only members that have not asked for it.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_in_flight() && self.fleet.as_ref().is_none_or(Fleet::is_busy)
    }

    /// The names of the members that may be given their part now, each between two line ends, where it is in flight.
    #[must_use]
    pub fn awaits(&self) -> Option<String> {
        self.fleet.as_ref().filter(|_| self.is_in_flight()).map(Fleet::awaits)
    }

    /// Whether nobody is at it, so that whoever says that they are, or were, says that they begin it.
    #[must_use]
    pub fn would_be_begun(&self) -> bool {
        match self.phase {
            Phase::AwaitingApproval | Phase::Scheduled | Phase::Queued => true,
            // Whoever fell silent may have done it; whoever gave it back has not.
            Phase::Retrying => self.begun.is_none() || self.lease.as_ref().is_none_or(|lease| lease.ended),
            _ => false,
        }
    }

    /// Whether a provider is at it, or may have done it: what is put up against it now comes too late.
    #[must_use]
    pub const fn may_be_done(&self) -> bool {
        self.is_in_flight() || self.uncertain
    }

    /// Whether a provider has it.
    #[must_use]
    pub const fn is_in_flight(&self) -> bool {
        matches!(self.phase, Phase::Delivered | Phase::Executing | Phase::Cancelling)
    }

    /// What its target is found by; an action without target is alone with itself.
    #[must_use]
    pub fn target_key(&self, id: ActionId) -> i64 {
        let target = self.work.target.as_ref();
        KeyValuePair::key_of(&target.map_or_else(|| id.to_string(), |target| target.text.clone()))
    }

    /// The key of the effect that it has or lifts.
    #[must_use]
    pub fn effect_key(&self) -> Option<EffectKey> {
        Some(EffectKey { provider: self.provider, text: self.work.effect.clone()? })
    }

    /// When its effect is over at the latest, where the filer named an instant.
    pub(crate) fn useful_until(&self) -> Option<Timestamp> {
        self.request.until.filter(|_| self.undo_of.is_none())
    }

    /// When something is to happen to it of its own accord.
    #[must_use]
    pub fn timer(&self) -> Option<Timestamp> {
        let Deadlines { not_before, start_by, run_until, finish_by, retry_at, .. } = self.deadlines;
        let start_by = start_by.filter(|_| self.begun.is_none());
        let waiting = [start_by, finish_by, self.useful_until()];
        let cancelling = self.phase == Phase::Cancelling;
        if let Some(fleet) = self.fleet.as_ref().filter(|_| self.is_in_flight()) {
            return [fleet.timer(cancelling), run_until, finish_by, start_by].into_iter().flatten().min();
        }
        let lease = self.lease.as_ref();
        let all: [Option<Timestamp>; 5] = match self.phase {
            Phase::Queued => [waiting[0], waiting[1], waiting[2], None, None],
            Phase::AwaitingApproval => {
                let expires = self.approval.as_ref().map(|approval| approval.expires_at);
                [expires, waiting[1], waiting[2], None, None]
            }
            Phase::Scheduled => [waiting[0], waiting[1], waiting[2], not_before, None],
            Phase::Delivered | Phase::Executing => {
                [lease.map(|lease| lease.expires), run_until, finish_by, None, None]
            }
            Phase::Retrying => [retry_at, run_until, finish_by, start_by, waiting[2]],
            Phase::Cancelling => [lease.map(Lease::grace_end), run_until, finish_by, None, None],
            _ => [None; 5],
        };
        all.into_iter().flatten().min()
    }

    /// The deadline that is next, as lists are filtered by it.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        if self.phase.is_final() {
            return None;
        }
        self.deadlines.ends(self.begun.is_some()).min()
    }

    /// When it is tried again after `attempts`, the last of which ended at `now`: later each time, and not all at once.
    #[must_use]
    pub fn next_attempt(attempts: u32, id: ActionId, now: Timestamp, asked: Option<i64>) -> Timestamp {
        let doubled = FIRST_PAUSE << attempts.saturating_sub(1).min(10);
        let pause = doubled.min(LONGEST_PAUSE);
        // Half a pause more at the most, by the action's id: the model has no randomness.
        let spread = i64::from(id.as_bytes()[15]) * pause / 512;
        now.plus_seconds(asked.unwrap_or(pause + spread).clamp(0, 86_400))
    }

    /// When the action lets go of an effect that began at `now`; `None` for never.
    #[must_use]
    pub fn effect_until(&self, now: Timestamp) -> Option<Timestamp> {
        let duration = self.request.duration.or(self.work.duration);
        self.request.until.or_else(|| duration.map(|seconds| now.plus_seconds(seconds)))
    }

    /// It as it is stored and journalled.
    #[must_use]
    pub fn text(&self) -> String {
        // Texts, numbers and JSON that was parsed before: cannot fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Whether a count is left out of documents.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

//! Handing out work: a provider asks, and gets what is first in its queue.

use std::collections::{BTreeMap, HashSet};

use super::steps::{Moving, Steps};
use super::{Rules, conflict};
use crate::effect::{Effect, EffectState, Holder};
use crate::execution::{Holding, Lease, LeaseId, Member, Phase};
use crate::journal::Kind;
use crate::provider::{Provider, Scope};
use crate::view::{Answer, Handed};
use crate::{Decision, EffectId, Fault, FaultCode, ProviderId, Refusal, Timestamp, result_code};

impl Rules<'_> {
    /// Hands out up to `max` actions. Of those that want an effect which is in force already, each is done at once by
    /// joining it.
    pub(super) fn lease(
        &self,
        id: ProviderId,
        max: u32,
        seconds: Option<i64>,
        instance: Option<&str>,
    ) -> Result<Decision, Refusal> {
        let tenant = self.actor.tenant();
        let settings = self.view.settings(tenant);
        let provider = settings.providers.get(&id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        self.must_be_bound(provider)?;
        let mut steps = Steps::new(self);
        let mut handed = Vec::new();
        let Some(queue) = self.view.queue(tenant, id).filter(|_| provider.enabled) else {
            return Ok(steps.answer(Answer::Leases(handed)));
        };
        self.must_be_member(queue, instance)?;
        let paused = provider.paused || settings.tenant.paused;
        let room = i64::from(provider.max_concurrent).saturating_sub(queue.in_flight);
        let room = usize::try_from(room).unwrap_or(0);
        let (most, mut fresh) = (usize::try_from(max).unwrap_or(0), 0);
        let mut taken = HashSet::new();
        let fleet = (provider.scope == Scope::All).then_some(instance);
        if fleet == Some(None) {
            let message = "every member of this provider has its own part: say which one asks";
            let fault = Fault::new(FaultCode::Required, "instanceId", message);
            return Err(Refusal::Invalid(vec![fault]));
        }
        for candidate in queue.candidates(instance.unwrap_or_default()) {
            let Some(mut moving) = steps.take(*candidate) else { continue };
            let execution = &moving.execution;
            let target = execution.target_key(*candidate);
            let free = self.view.may_hold(tenant, id, target, *candidate) && !taken.contains(&target);
            // What is over is not begun any more, whether or not somebody has noticed yet.
            let ends = [execution.timer(), execution.useful_until()];
            let over = ends.into_iter().flatten().any(|instant| instant <= self.now);
            let is_next = execution.rank().is_some() && free && !over;
            if !is_next || (paused && execution.undo_of.is_none()) {
                continue;
            }
            if let Some(kind) = self.guard(&mut moving) {
                steps.put(moving, kind);
                continue;
            }
            match self.readiness(&moving) {
                Readiness::Waits => continue,
                Readiness::Duplicate => {
                    moving.reject_duplicate();
                    steps.put(moving, Kind::Rejected);
                }
                Readiness::Joins => {
                    self.join(&mut moving);
                    steps.put(moving, Kind::Joined);
                }
                Readiness::Runs => {
                    // A member's part of what others are at already is no action more.
                    let more = !moving.execution.is_busy();
                    if handed.len() >= most || (more && fresh >= room) {
                        continue;
                    }
                    if let Some(Some(name)) = fleet {
                        let is_undo = moving.execution.undo_of.is_some();
                        let muster = || self.muster(provider, queue, name, is_undo);
                        let parts = moving.execution.fleet.get_or_insert_with(muster);
                        if !parts.members.get(name).is_some_and(Member::is_ready) {
                            continue;
                        }
                    }
                    fresh += usize::from(more);
                    taken.insert(target);
                    let heartbeat = moving.execution.work.heartbeat.unwrap_or(i64::MAX);
                    let seconds = seconds.unwrap_or_else(|| i64::from(provider.lease_seconds).min(heartbeat));
                    let lease = Lease {
                        fence: steps.next_sequence(),
                        app: self.actor.app.clone(),
                        instance: instance.map(str::to_owned),
                        expires: self.now.plus_seconds(seconds),
                        seconds,
                        started: false,
                        ended: false,
                    };
                    let undo = moving.effect.as_ref().and_then(|effect| match fleet.flatten() {
                        Some(name) => effect.undo_by.get(name).or(effect.undo.as_ref()).cloned(),
                        None => effect.undo.clone(),
                    });
                    let attempt = match fleet.flatten() {
                        Some(name) => self.hand_part_out(&mut moving, name, lease.clone()),
                        None => Some(self.hand_out(&mut moving, lease.clone())),
                    };
                    let (lifts, Some(attempt)) = (moving.execution.work.lifts, attempt) else { continue };
                    steps.put(moving, Kind::HandedOut);
                    let Some(record) = steps.record(*candidate) else { continue };
                    handed.push(Handed {
                        lease: LeaseId { action: *candidate, epoch: self.view.epoch, fence: lease.fence },
                        attempt,
                        expires: lease.expires,
                        version: self.version(record),
                        record: record.clone(),
                        undo: undo.filter(|_| lifts),
                    });
                }
            }
        }
        Ok(steps.answer(Answer::Leases(handed)))
    }

    /// A provider that is bound to an app is that app's alone.
    pub(super) fn must_be_bound(&self, provider: &Provider) -> Result<(), Refusal> {
        match &provider.app_id {
            Some(app) if self.actor.app.as_ref() != Some(app) => {
                let message = format!("provider `{}` is bound to another app", provider.id);
                Err(conflict(FaultCode::NotTheProvider, "id", message))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn readiness(&self, moving: &Moving) -> Readiness {
        let work = &moving.execution.work;
        if work.lifts || work.effect.is_none() {
            return Readiness::Runs;
        }
        match &moving.effect {
            Some(effect) if effect.is_held_by(moving.id()) => Readiness::Runs,
            Some(effect) => match effect.state {
                EffectState::Active
                    if work.joins && effect.action == work.name && effect.admits_another() =>
                {
                    Readiness::Joins
                }
                _ if effect.is_being_lifted() => Readiness::Waits,
                state if state.is_wanted() && work.rejects => Readiness::Duplicate,
                // Whether it is in force is what this run finds out.
                _ => Readiness::Runs,
            },
            None => Readiness::Runs,
        }
    }

    /// Gives the action to a provider; the effect that it is to have is noted before anything is done.
    fn hand_out(&self, moving: &mut Moving, lease: Lease) -> u32 {
        moving.execution.phase = Phase::Delivered;
        moving.execution.attempt = moving.execution.attempt.saturating_add(1);
        moving.execution.lease = Some(lease);
        if !moving.execution.work.lifts {
            self.hold(moving, EffectState::Pending);
        }
        moving.execution.attempt
    }

    /// Has the action hold its effect, where it has one; the effect is made where there is none.
    pub(super) fn hold(&self, moving: &mut Moving, state: EffectState) {
        let until = moving.execution.effect_until(self.now).filter(|_| state != EffectState::Pending);
        self.hold_until(moving, state, until);
    }

    /// As [`Rules::hold`], until the given instant.
    pub(super) fn hold_until(&self, moving: &mut Moving, state: EffectState, until: Option<Timestamp>) {
        let Some(key) = moving.execution.effect_key() else { return };
        let id = moving.id();
        let fresh = |moving: &Moving| Effect {
            id: EffectId(id.0),
            key,
            action: moving.execution.work.name.clone(),
            target: moving.execution.work.target.clone(),
            parameters: moving.execution.work.parameters.clone(),
            state,
            holders: Vec::new(),
            undo: None,
            undo_by: BTreeMap::new(),
            undo_work: moving.execution.work.undo.clone(),
            undone_by: None,
            untold: Vec::new(),
            again: false,
            sequence: 0,
            changed: self.now,
        };
        let there = moving.effect.clone().filter(|effect| effect.state != EffectState::Ended);
        let untold = moving.effect.as_ref().map_or_else(Vec::new, |effect| effect.untold.clone());
        let mut effect = there.unwrap_or_else(|| Effect { untold, ..fresh(moving) });
        // Somebody gave its undo up: it may still be in force.
        if effect.state.is_ending() && state == EffectState::Pending {
            effect.state = EffectState::Unconfirmed;
        }
        // What is or may be in force stays so, whatever becomes of one more run.
        if !matches!(
            (effect.state, state),
            (EffectState::Active, _) | (EffectState::Unconfirmed, EffectState::Pending)
        ) {
            effect.state = state;
        }
        effect.untold.retain(|untold| *untold != id);
        match effect.holders.iter_mut().find(|holder| holder.action == id) {
            Some(holder) => holder.until = until,
            None => effect.holders.push(Holder { action: id, until }),
        }
        moving.execution.effect = Some(Holding { id: effect.id, state, until });
        moving.put_effect(effect);
    }

    /// Completes an action by an effect that is in force already.
    pub(super) fn join(&self, moving: &mut Moving) {
        moving.execution.phase = Phase::Succeeded;
        self.hold(moving, EffectState::Active);
    }
}

impl Moving {
    /// Its definition has it refused where another action has its effect.
    pub(super) fn reject_duplicate(&mut self) {
        self.execution.phase = Phase::Rejected;
        self.fault(result_code::DUPLICATE, DUPLICATE);
    }
}

/// Why one of two actions with one effect is not begun.
pub(super) const DUPLICATE: &str = "an action that was filed before has this effect";

/// What is to become of a candidate.
pub(super) enum Readiness {
    /// It is handed out.
    Runs,
    /// Its effect is in force.
    Joins,
    /// Its effect is just being lifted.
    Waits,
    /// Another action has its effect, and its definition has one refused then.
    Duplicate,
}

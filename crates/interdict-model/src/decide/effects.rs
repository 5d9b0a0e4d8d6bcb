//! Holding effects and letting go of them. The last holder that lets go has the effect undone.

use super::steps::{Moving, Steps};
use super::{Rules, conflict};
use crate::action::{SecurityAction, Status};
use crate::command::Lasting;
use crate::effect::{Effect, EffectState};
use crate::execution::{Deadlines, Execution, Phase, Work};
use crate::journal::Kind;
use crate::request::Request;
use crate::{ActionId, Decision, Fault, FaultCode, Refusal};

impl Rules<'_> {
    /// Ends the holding of an action by hand.
    pub(super) fn undo(
        &self,
        id: ActionId,
        comment: Option<&str>,
        fresh: ActionId,
    ) -> Result<Decision, Refusal> {
        let mut steps = Steps::new(self);
        let mut moving = self.holding(&steps, id)?;
        let lets_go = moving.effect.as_ref().is_some_and(|effect| {
            let given_up = effect.state == EffectState::UndoFailed && effect.undone_by.is_none();
            effect.is_held_by(id) || given_up && effect.untold.contains(&id)
        });
        if !lets_go {
            let answer = steps.shown(id);
            return Ok(steps.answer(answer));
        }
        moving.commented(comment);
        self.let_go(&mut steps, moving, Kind::Released, fresh);
        let answer = steps.shown(id);
        Ok(steps.answer(answer))
    }

    /// Has the effect of an action last longer or shorter.
    pub(super) fn extend(&self, id: ActionId, until: Lasting) -> Result<Decision, Refusal> {
        let mut steps = Steps::new(self);
        let mut moving = self.holding(&steps, id)?;
        let until = match until {
            Lasting::Until(instant) => Some(instant),
            Lasting::For(seconds) => Some(self.now.plus_seconds(seconds)),
            Lasting::Forever => None,
        };
        if until.is_some_and(|until| until <= self.now) {
            let message = format!("`until` is past: it is {}", self.now);
            return Err(Refusal::Invalid(vec![Fault::new(FaultCode::InvalidValue, "until", message)]));
        }
        let held = moving.effect.clone().filter(|effect| effect.is_held_by(id) && effect.state.is_wanted());
        let Some(mut effect) = held else {
            let message =
                "the effect of this action has ended, or is just being lifted: file the action anew";
            return Err(conflict(FaultCode::NoEffect, "id", message));
        };
        for holder in effect.holders.iter_mut().filter(|holder| holder.action == id) {
            if holder.until.is_some_and(|end| until.is_none_or(|until| until > end)) {
                self.may_last(&moving.execution)?;
            }
            holder.until = until;
        }
        if let Some(holding) = &mut moving.execution.effect {
            holding.until = until;
        }
        moving.put_effect(effect);
        steps.put(moving, Kind::Extended);
        let answer = steps.shown(id);
        Ok(steps.answer(answer))
    }

    /// Whether what an action has in force may last longer than was asked for when it was filed.
    fn may_last(&self, execution: &Execution) -> Result<(), Refusal> {
        let protection = self.protection(&execution.work);
        if let Some(reason) = protection.as_ref().and_then(|protection| protection.denies.clone()) {
            return Err(Refusal::Forbidden(Fault::new(FaultCode::ProtectedTarget, "until", reason)));
        }
        if execution.approval.is_some() || protection.is_some() {
            let message = "for how long was part of what was agreed to, or the target takes an approval by now: file a \
                           new action, which holds the same effect once it is approved";
            return Err(conflict(FaultCode::NeedsApproval, "until", message));
        }
        Ok(())
    }

    /// A finished action that has or had an effect.
    fn holding(&self, steps: &Steps<'_, '_>, id: ActionId) -> Result<Moving, Refusal> {
        let record = steps.record(id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        let status = record.action.status;
        if !status.is_final() {
            let message = format!("the action is `{status}`: cancel it instead");
            return Err(conflict(FaultCode::NotFinal, "status", message));
        }
        let moving = steps.take(id).filter(|moving| moving.execution.effect.is_some());
        moving.ok_or_else(|| {
            conflict(FaultCode::NoEffect, "id", "the action has no effect that could be undone or extended")
        })
    }

    /// The action holds what may be in force, though nobody confirmed it.
    pub(super) fn hold_unconfirmed(&self, moving: &mut Moving) {
        if moving.execution.work.lifts {
            self.doubt(moving);
        } else if moving.execution.cancel.is_some() {
            self.hold_until(moving, EffectState::Unconfirmed, Some(self.now));
        } else {
            self.hold(moving, EffectState::Unconfirmed);
        }
    }

    /// Nobody knows whether what is wanted is still in force.
    fn doubt(&self, moving: &mut Moving) {
        if let Some(effect) = moving.effect.clone().filter(|effect| effect.state == EffectState::Active) {
            moving.put_effect(Effect { state: EffectState::Unconfirmed, ..effect });
        }
    }

    /// The action ended without success: nothing of it is in force but what an attempt may have done of which nobody knows.
    pub(super) fn leave(&self, moving: &mut Moving) {
        if moving.execution.uncertain {
            self.hold_unconfirmed(moving);
        } else {
            self.drop_hold(moving);
        }
    }

    /// What the action was to have in force is so by a report that came after it had let go of it: it is lifted.
    pub(super) fn done_in_vain(&self, moving: &mut Moving) {
        let Some(effect) = moving.effect.clone() else { return self.hold(moving, EffectState::Active) };
        match effect.state {
            EffectState::Ended => self.hold_until(moving, EffectState::Active, Some(self.now)),
            state if state.is_wanted() => {
                moving.put_effect(Effect { state: EffectState::Active, ..effect });
            }
            _ => moving.put_effect(Effect { again: effect.undone_by.is_some(), ..effect }),
        }
    }

    /// Nothing of the action is in force: it holds nothing. An effect that nobody holds has ended, but for one that others
    /// may have put in force who let go since: that is lifted, at once.
    pub(super) fn drop_hold(&self, moving: &mut Moving) {
        let id = moving.id();
        let Some(mut effect) = moving.effect.clone().filter(|effect| effect.is_held_by(id)) else { return };
        if effect.holders.len() == 1 && effect.state != EffectState::Pending {
            return self.hold_until(moving, effect.state, Some(self.now));
        }
        effect.holders.retain(|holder| holder.action != id);
        if effect.holders.is_empty() {
            effect.state = EffectState::Ended;
        }
        if let Some(holding) = &mut moving.execution.effect {
            holding.state = EffectState::Ended;
        }
        moving.put_effect(effect);
    }

    /// The action lets go of its effect. Where it is the last holder, the action that undoes it is filed.
    pub(super) fn let_go(&self, steps: &mut Steps<'_, '_>, mut moving: Moving, kind: Kind, fresh: ActionId) {
        let id = moving.id();
        // What lifts an effect holds none; who let go before may have it lifted once more.
        let holds = |effect: &Effect| effect.is_held_by(id) || effect.untold.contains(&id);
        let Some(mut effect) = moving.effect.clone().filter(holds) else { return steps.put(moving, kind) };
        effect.holders.retain(|holder| holder.action != id);
        let others = !effect.holders.is_empty();
        let state = if others { EffectState::Released } else { EffectState::Ending };
        if let Some(holding) = &mut moving.execution.effect {
            holding.state = state;
        }
        let undo = effect.undo_work.clone().filter(|_| !others);
        if !others {
            effect.state = EffectState::Ending;
            effect.undone_by = undo.as_ref().map(|_| fresh);
            effect.untold.retain(|untold| *untold != id);
            effect.untold.push(id);
            effect.again = false;
            moving.execution.undone_by = effect.undone_by;
        }
        let of = moving.action.clone();
        let (provider, key) = (moving.execution.provider, moving.execution.work.effect.clone());
        let target = effect.target.clone();
        moving.put_effect(effect);
        steps.put(moving, kind);
        let Some(undo) = undo else { return };
        let execution = Execution {
            phase: Phase::Queued,
            provider,
            work: Work {
                name: undo.name.clone(),
                parameters: undo.parameters.clone(),
                secrets: undo.secrets,
                target,
                touched: Vec::new(),
                effect: key,
                lifts: true,
                undo: None,
                repeat_safe: true,
                heartbeat: None,
                duration: None,
                joins: false,
                rejects: false,
            },
            request: Request::default(),
            requesters: Vec::new(),
            filed: steps.next_sequence(),
            attempt: 0,
            tries: 0,
            begun: None,
            uncertain: false,
            deadlines: Deadlines { run_for: UNDO_RUN_FOR, ..Deadlines::default() },
            lease: None,
            fleet: None,
            approval: None,
            cancel: None,
            effect: None,
            result: None,
            undo_of: Some(id),
            undone_by: None,
            late: false,
        };
        let action = self.undoing(&of, &undo.name, undo.parameters, fresh);
        steps.file(action, execution, None);
    }

    /// The action that undoes `of`, as the server files it.
    fn undoing(
        &self,
        of: &SecurityAction,
        name: &str,
        parameters: Vec<crate::action::KeyValuePair>,
        id: ActionId,
    ) -> SecurityAction {
        SecurityAction {
            id,
            action_reason: Some(format!("undoes action `{}`", of.id)),
            app_id: self.actor.app.as_ref().map(|app| app.0.to_string()),
            azure_tenant_id: Some(self.actor.tenant().to_string()),
            client_context: None,
            completed: None,
            created: self.now,
            error_info: None,
            last_action: self.now,
            name: name.to_owned(),
            parameters,
            states: Vec::new(),
            status: Status::NotStarted,
            user: self.actor.user_name().map(str::to_owned),
            vendor_information: of.vendor_information.clone(),
            open: Vec::new(),
        }
    }

    /// An undo succeeded: nobody holds the effect any more, and whoever did is to be told.
    pub(super) fn lifted(&self, moving: &mut Moving) {
        let Some(effect) = moving.effect.clone().filter(|effect| effect.state != EffectState::Ended) else {
            return;
        };
        if moving.execution.late && effect.state.is_wanted() {
            // It may have been put in force since.
            return self.doubt(moving);
        }
        let id = moving.id();
        if effect.again {
            if effect.undone_by == Some(id) {
                // Nobody has it any more: the same report again must not pass for another one.
                moving.end_lease();
                moving.execution.fleet = None;
                moving.execution.phase = Phase::Retrying;
                moving.execution.deadlines.run_until = None;
                moving.put_effect(Effect { again: false, ..effect });
            }
            return;
        }
        let mut untold = effect.untold.clone();
        untold.extend(effect.holders.iter().map(|holder| holder.action));
        moving.put_effect(Effect {
            state: EffectState::Ended,
            holders: Vec::new(),
            undone_by: Some(id),
            untold,
            ..effect
        });
    }

    /// An undo has not succeeded for some time: an alert, while it is tried on.
    pub(super) fn undo_failed(&self, moving: &mut Moving) {
        let ending = moving.effect.clone().filter(|effect| effect.state == EffectState::Ending);
        if let Some(effect) = ending {
            moving.put_effect(Effect { state: EffectState::UndoFailed, ..effect });
        }
    }

    /// A person gave an undo up: what it was to lift stays, and can be undone by hand later.
    pub(super) fn give_up_undo(&self, moving: &mut Moving) {
        let lifting = moving.effect.clone().filter(|effect| effect.undone_by == Some(moving.id()));
        if let Some(effect) = lifting {
            moving.put_effect(Effect { state: EffectState::UndoFailed, undone_by: None, ..effect });
        }
    }
}

/// How long one attempt at an undo may take, in seconds.
pub(super) const UNDO_RUN_FOR: i64 = 900;

//! What must hold, after every step and in the end.

use std::collections::HashMap;

use interdict_model::effect::{Effect, EffectState};
use interdict_model::execution::{Approval, Phase, Verdict};
use interdict_model::guard::GuardMode;
use interdict_model::journal::Kind;
use interdict_model::view::{Handed, Record};
use interdict_model::{ActionId, Actor, Execution, ProviderId, Timestamp, View};

use super::Machine;
use super::providers::{FLEET, Thing, thing};
use crate::world::TENANT;

impl Machine {
    pub(super) fn note_new(&mut self) {
        let mut new: Vec<_> = self.world.records().filter(|it| !self.ids.contains(&it.action.id)).collect();
        new.sort_by_key(|record| record.action.created);
        let new: Vec<_> = new.into_iter().map(|record| record.action.id).collect();
        self.ids.extend(new);
    }

    fn executions(&self) -> impl Iterator<Item = (&Record, &Execution)> {
        self.world.records().filter_map(|record| Some((record, record.execution.as_deref()?)))
    }

    /// What is handed out may be.
    pub(super) fn check_handed(&self, id: ProviderId, to: &Actor, handed: &Handed) {
        let settings = self.world.view.settings(TENANT);
        let provider = &settings.providers[&id];
        let execution = handed.record.execution.as_deref().unwrap();
        let mut earlier = self.outside.claims.iter().filter(|it| it.lease.action == handed.lease.action);
        assert!(earlier.all(|it| it.lease.fence < handed.lease.fence), "the fence does not grow");
        let (now, is_undo) = (handed.record.action.last_action, execution.undo_of.is_some());
        assert!(execution.phase == Phase::Delivered || execution.fleet.is_some() && execution.is_in_flight());
        assert_eq!(execution.provider, id);
        assert!(provider.enabled || self.batched, "a disabled provider was given work");
        assert!(is_undo || !(provider.paused || settings.tenant.paused) || self.batched);
        assert!(provider.app_id.is_none() || provider.app_id == to.app, "another app was given work");
        let over = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let deadlines = &execution.deadlines;
        assert!(execution.begun.is_some() || !over(deadlines.start_by), "handed out behind its startBy");
        assert!(!over(deadlines.finish_by), "handed out behind its finishBy");
        assert!(is_undo || !over(execution.request.until), "handed out behind the end of its effect");
        self.check_agreed(execution);
        assert!(
            deadlines.not_before.is_none_or(|at| at <= now) && deadlines.retry_at.is_none_or(|at| at <= now)
        );
    }

    /// What is begun is agreed to by all who must, and its target is not protected from it.
    fn check_agreed(&self, execution: &Execution) {
        if execution.undo_of.is_some() {
            return;
        }
        let approval = execution.approval.as_ref();
        let by_others = |approval: &Approval| {
            let own = |verdict: &Verdict| execution.requesters.contains(&verdict.user_id);
            approval.is_met() && !approval.decisions.iter().any(own)
        };
        assert!(approval.is_none_or(by_others), "begun without approval: {execution:#?}");
        assert!(approval.is_some() || execution.work.name != "IsolateHost", "the rule was passed by");
        // In a batch the list may have changed since, and what was begun before the change goes on.
        if self.batched || execution.uncertain || execution.fleet.is_some() {
            return;
        }
        for entry in self.world.view.settings(TENANT).protected.values() {
            let meets = execution.work.touched.iter().any(|it| it.text == entry.value);
            let covered = approval.is_some_and(|approval| approval.covers(entry.id));
            let allowed = entry.mode == GuardMode::NeedsApproval && covered;
            assert!(!meets || allowed, "a protected target is touched: {execution:#?}");
        }
    }

    /// What one commit may change.
    pub(super) fn check_step(&self, before: &View) {
        for (key, earlier) in before.actions.iter().filter_map(|(key, row)| Some((key, row.as_ref()?))) {
            let Some(later) = self.world.view.action(key.0, key.1) else {
                assert!(self.batched || earlier.action.status.is_final(), "an unfinished action was deleted");
                let holding = earlier.execution.as_ref().and_then(|it| it.effect.as_ref());
                let holds = holding.is_some_and(|it| it.state.may_be_in_force());
                assert!(self.batched || !holds, "a holder was deleted");
                continue;
            };
            assert!(later.action.states.starts_with(&earlier.action.states), "history was changed");
            let (Some(was), Some(is)) = (&earlier.execution, &later.execution) else {
                assert_eq!(earlier.execution.is_some(), later.execution.is_some());
                continue;
            };
            let begun = |it: &Execution| it.is_in_flight() || it.phase == Phase::Succeeded && !it.late;
            // Who had it until nobody did may say that it is done, whatever was put up since: then it is.
            let told = is.phase == Phase::Succeeded && was.lease.as_ref().is_some_and(|lease| !lease.ended);
            if begun(is) && !begun(was) && !told {
                self.check_agreed(is);
            }
            let lease = is.lease.as_ref().filter(|_| is.attempt == was.attempt);
            assert!(is.attempt >= was.attempt);
            assert!(lease.is_none_or(|it| was.lease.as_ref().is_some_and(|was| was.fence == it.fence)));
            if was.phase.is_final() && is.phase != was.phase {
                let truth = matches!(is.phase, Phase::Succeeded | Phase::Failed) && is.late;
                assert!(was.phase.is_open_to_truth() && truth, "{:?} became {:?}", was.phase, is.phase);
            }
            if is.phase == Phase::Succeeded && was.phase != Phase::Succeeded {
                let joined = |entry: &interdict_model::journal::Entry| {
                    entry.subject == key.1.0 && entry.kind == Kind::Joined.number()
                };
                let effect = is.effect_key().and_then(|it| self.world.view.effect(TENANT, &it));
                let by_joining = self.world.journal.iter().any(joined)
                    && effect.is_some_and(|effect| effect.action == is.work.name);
                assert!(self.outside.completed.contains(&key.1) || by_joining, "nobody reported its success");
            }
        }
    }

    /// What holds at any time.
    pub(super) fn check(&self) {
        let mut in_work: HashMap<(ProviderId, i64), ActionId> = HashMap::new();
        let mut at_work: HashMap<ProviderId, u32> = HashMap::new();
        for (record, execution) in self.executions() {
            let action = &record.action;
            assert_eq!(action.status, execution.phase.status());
            assert_eq!(action.completed.is_some(), action.status.is_final());
            assert_eq!(record.cancelled, record.cancelled || execution.phase == Phase::Cancelled);
            assert_eq!(
                self.world.timers.get(&action.id).copied().flatten(),
                execution.timer(),
                "timer column"
            );
            assert!(execution.rank().is_none() || !execution.phase.is_final());
            if execution.is_busy() {
                let target = (execution.provider, execution.target_key(action.id));
                let other = in_work.insert(target, action.id);
                assert_eq!(other, None, "two are in work on one target");
                *at_work.entry(execution.provider).or_default() += 1;
            }
            self.check_holding(action.id, execution);
        }
        for (id, count) in at_work {
            let most = self.world.view.settings(TENANT).providers[&id].max_concurrent;
            assert!(count <= most, "over the cap");
        }
        for effect in self.world.view.effects.values() {
            self.check_effect(effect);
        }
        for thing in &self.outside.truth {
            let states: Vec<_> = self.ledger(thing).map(|effect| effect.state).collect();
            let known = states.iter().any(|state| state.may_be_in_force());
            assert!(known, "{thing:?} is in force and nobody knows: {states:?}");
        }
    }

    /// The effects that the ledger has of a thing.
    pub(super) fn ledger<'a>(&'a self, wanted: &'a Thing) -> impl Iterator<Item = &'a Effect> {
        self.world.view.effects.values().filter(move |effect| {
            let mine = self.executions().find(|(_, it)| it.effect_key().as_ref() == Some(&effect.key));
            mine.is_some_and(|(_, it)| thing(effect.key.provider, &it.work, wanted.2.as_deref()) == *wanted)
        })
    }

    /// What an action says of its effect, its effect says of it.
    fn check_holding(&self, id: ActionId, execution: &Execution) {
        let Some(holding) = &execution.effect else { return };
        let effect = execution.effect_key().and_then(|key| self.world.view.effect(TENANT, &key)).unwrap();
        let told = effect.untold.contains(&id);
        match holding.state {
            state if state.is_wanted() => assert!(effect.is_held_by(id) || told, "it holds nothing"),
            EffectState::Ending | EffectState::UndoFailed => assert!(told, "it will not learn of the end"),
            _ => assert!(!effect.is_held_by(id), "it is held by one that let go"),
        }
    }

    fn check_effect(&self, effect: &Effect) {
        let key = &effect.key;
        assert_eq!(effect.state.is_wanted(), !effect.holders.is_empty(), "{effect:?}");
        for holder in &effect.holders {
            let record = self.execution(holder.action).expect("a holder was deleted");
            let holding = record.effect.as_ref().expect("a holder that says it holds nothing");
            assert!(holding.state.is_wanted(), "{holding:?}");
            assert_eq!((holding.id, holding.until), (effect.id, holder.until));
        }
        for id in &effect.untold {
            assert!(self.world.has(*id), "one who is to be told was deleted");
        }
        let undoing = self.executions().filter(|(_, it)| it.undo_of.is_some() && !it.phase.is_final());
        let undoing: Vec<_> = undoing
            .filter(|(_, it)| it.effect_key().as_ref() == Some(key))
            .map(|(it, _)| it.action.id)
            .collect();
        match effect.state {
            EffectState::Ending => assert_eq!(undoing.as_slice(), effect.undone_by.as_slice()),
            EffectState::UndoFailed => assert_eq!(undoing.as_slice(), effect.undone_by.as_slice()),
            state if state.is_wanted() => {
                let handed = |id| self.execution(id).is_some_and(Execution::is_in_flight);
                assert!(!undoing.into_iter().any(handed), "it is being lifted while it is wanted");
            }
            _ => {}
        }
    }

    /// What holds where everything that is due has been done.
    pub(super) fn check_settled(&self) {
        let now = self.world.clock;
        let over = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        for (record, execution) in self.executions() {
            assert!(!over(execution.timer()), "{:?}", record.action.id);
            let deadlines = &execution.deadlines;
            let unfinished = !execution.phase.is_final() && execution.undo_of.is_none();
            let late = over(deadlines.finish_by)
                || over(deadlines.run_until)
                || over(deadlines.start_by) && !execution.is_handed_out();
            assert!(!(unfinished && late), "it is unfinished behind its deadline: {execution:?}");
        }
        for effect in self.world.view.effects.values() {
            assert!(!over(effect.timer()));
            assert!(!effect.holders.iter().any(|it| over(it.until)), "it is held behind its end: {effect:?}");
        }
    }

    /// What holds in the end.
    pub(super) fn check_end(&self) {
        for (record, execution) in self.executions() {
            assert!(record.action.status.is_final(), "it never ends: {execution:#?}");
        }
        for effect in self.world.view.effects.values() {
            let held = effect.state.is_wanted() && effect.holders.iter().all(|it| it.until.is_none());
            assert!(held || effect.state == EffectState::Ended, "it never ends: {effect:#?}");
            assert!(effect.untold.is_empty());
            let mut things =
                self.executions().filter(|(_, it)| it.effect_key().as_ref() == Some(&effect.key));
            // Whether every member of a fleet does it is another question.
            let lifted = |(_, it): (_, &Execution)| {
                it.provider != self.provider(FLEET).id
                    && !self.outside.truth.contains(&thing(it.provider, &it.work, None))
            };
            assert!(
                effect.state != EffectState::Active || !things.any(lifted),
                "lifted too early: {effect:#?}"
            );
        }
        for thing in &self.outside.truth {
            let wanted = self.ledger(thing).any(|effect| effect.state.is_wanted());
            assert!(wanted, "{thing:?} was never lifted");
        }
    }
}

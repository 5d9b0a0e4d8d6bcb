//! A decision that takes several steps: each is one entry about one action, and may change the effect that the action
//! holds. A later step sees what the earlier ones did.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Rules, columns};
use crate::action::{ResultInfo, SecurityAction};
use crate::document::{self, Difference};
use crate::effect::{Effect, EffectKey, EffectState};
use crate::execution::{Execution, Phase};
use crate::journal::{Draft, Kind};
use crate::view::{Answer, Change, Record};
use crate::{ActionId, Decision};

/// The steps so far.
pub(super) struct Steps<'r, 'a> {
    rules: &'r Rules<'a>,
    changes: Vec<Change>,
    entries: Vec<Draft>,
    records: HashMap<ActionId, Record>,
    effects: HashMap<EffectKey, Effect>,
}

/// An action on its way from one state to the next.
#[derive(Clone)]
pub(super) struct Moving {
    pub(super) before: Record,
    pub(super) action: SecurityAction,
    pub(super) execution: Execution,
    pub(super) effect: Option<Effect>,
    pub(super) cancelled: bool,
    changed_effect: bool,
}

impl Moving {
    /// The effect as it becomes by this step.
    pub(super) fn put_effect(&mut self, effect: Effect) {
        self.effect = Some(effect);
        self.changed_effect = true;
    }

    /// The action's id.
    pub(super) fn id(&self) -> ActionId {
        self.action.id
    }

    /// The newest lease is over: its holder has no more to say.
    pub(super) fn end_lease(&mut self) {
        if let Some(lease) = &mut self.execution.lease {
            lease.ended = true;
        }
    }

    /// Somebody said why.
    pub(super) fn commented(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.execution.request.comment = Some(comment.to_owned());
        }
    }

    /// What went wrong, in the server's own words.
    pub(super) fn fault(&mut self, (code, _): (i32, &str), message: impl Into<String>) {
        self.action.error_info = Some(ResultInfo { code, message: Some(message.into()), subcode: 0 });
    }
}

impl<'r, 'a> Steps<'r, 'a> {
    pub(super) fn new(rules: &'r Rules<'a>) -> Self {
        Self {
            rules,
            changes: Vec::new(),
            entries: Vec::new(),
            records: HashMap::new(),
            effects: HashMap::new(),
        }
    }

    /// The sequence of the entry that the next step writes.
    pub(super) fn next_sequence(&self) -> i64 {
        let written = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        self.rules.view.head(self.rules.actor.tenant()).sequence.saturating_add(1).saturating_add(written)
    }

    /// An action as it is after the steps so far.
    pub(super) fn record(&self, id: ActionId) -> Option<&Record> {
        self.records.get(&id).or_else(|| self.rules.view.action(self.rules.actor.tenant(), id))
    }

    /// An effect as it is after the steps so far.
    pub(super) fn effect(&self, key: &EffectKey) -> Option<&Effect> {
        self.effects.get(key).or_else(|| self.rules.view.effect(self.rules.actor.tenant(), key))
    }

    /// Takes up an action that has an execution.
    pub(super) fn take(&self, id: ActionId) -> Option<Moving> {
        let before = self.record(id)?;
        let execution = Execution::clone(before.execution.as_ref()?);
        let key = execution.effect_key();
        Some(Moving {
            action: before.action.clone(),
            effect: key.and_then(|key| self.effect(&key)).cloned(),
            cancelled: before.cancelled,
            before: before.clone(),
            execution,
            changed_effect: false,
        })
    }

    /// Ends a step: the action's status follows its phase.
    pub(super) fn put(&mut self, moving: Moving, kind: Kind) {
        let Moving { before, mut action, mut execution, effect, cancelled, changed_effect } = moving;
        let (rules, sequence) = (self.rules, self.next_sequence());
        let status = execution.phase.status();
        if status.is_final() {
            // Nobody is given it any more.
            execution.work.secrets = Vec::new();
        }
        let holds = execution.effect.as_ref().is_some_and(|holding| holding.state.may_be_in_force());
        if status.is_final() && !execution.phase.is_open_to_truth() && !holds {
            execution.work.undo.iter_mut().for_each(|undo| undo.secrets = Vec::new());
        }
        if status != action.status {
            rules.enter(&mut action, status);
            action.completed = status.is_final().then_some(rules.now);
        }
        action.last_action = rules.now;
        let effect = effect.filter(|_| changed_effect);
        let effect =
            effect.map(|effect| Effect { sequence, changed: rules.now, ..effect }).map(|mut effect| {
                if effect.state == EffectState::Ended {
                    effect.undo_work.iter_mut().for_each(|undo| undo.secrets = Vec::new());
                }
                effect
            });
        let change = Difference {
            before: &before.action,
            after: &action,
            execution: (before.execution.as_deref() != Some(&execution)).then_some(Some(&execution)),
            effect: effect.as_ref(),
        };
        self.entries.push(rules.draft(action.id.0, kind, change.to_text().into()));
        let columns = columns(&before.action, &action);
        let document = document::render(&action).into();
        let cancelled = cancelled || kind == Kind::Cancelled || execution.phase == Phase::Cancelled;
        let record = Record { action, cancelled, sequence, document, execution: Some(Arc::new(execution)) };
        self.write(Change::UpdateAction(rules.actor.tenant(), record.clone(), columns), record, effect);
    }

    /// The same for an action that nobody carries out.
    pub(super) fn put_recorded(
        &mut self,
        before: &Record,
        after: SecurityAction,
        cancelled: bool,
        kind: Kind,
    ) {
        let (rules, sequence) = (self.rules, self.next_sequence());
        let change = Difference { before: &before.action, after: &after, execution: None, effect: None };
        self.entries.push(rules.draft(after.id.0, kind, change.to_text().into()));
        let columns = columns(&before.action, &after);
        let document = document::render(&after).into();
        let record = Record { action: after, cancelled, sequence, document, execution: None };
        self.write(Change::UpdateAction(rules.actor.tenant(), record.clone(), columns), record, None);
    }

    /// Files an action that the server itself makes.
    pub(super) fn file(&mut self, action: SecurityAction, execution: Execution, effect: Option<Effect>) {
        let (rules, sequence) = (self.rules, self.next_sequence());
        let effect = effect.map(|effect| Effect { sequence, changed: rules.now, ..effect });
        let document: Arc<str> = document::render(&action).into();
        let change = document::filing(&document, Some(&execution), effect.as_ref());
        self.entries.push(rules.draft(action.id.0, Kind::Created, change));
        let execution = Some(Arc::new(execution));
        let record = Record { action, cancelled: false, sequence, document, execution };
        self.write(Change::InsertAction(rules.actor.tenant(), record.clone()), record, effect);
    }

    fn write(&mut self, change: Change, record: Record, effect: Option<Effect>) {
        self.changes.push(change);
        self.records.insert(record.action.id, record);
        if let Some(effect) = effect {
            self.effects.insert(effect.key.clone(), effect.clone());
            self.changes.push(Change::PutEffect(self.rules.actor.tenant(), effect));
        }
    }

    /// A lease that was renewed, and nothing else: it is written, and no entry is made of it.
    pub(super) fn extended(mut self, moving: Moving, answer: Answer) -> Decision {
        let (tenant, id) = (self.rules.actor.tenant(), moving.id());
        self.changes.push(Change::ExtendLease(tenant, id, Arc::new(moving.execution)));
        self.answer(answer)
    }

    /// Adds an entry that changes nothing.
    pub(super) fn note(&mut self, draft: Draft) {
        self.entries.push(draft);
    }

    /// The action as it now is.
    pub(super) fn shown(&self, id: ActionId) -> Answer {
        self.record(id).map_or(Answer::Done, |record| self.rules.shown(record, false))
    }

    /// The decision.
    pub(super) fn answer(self, answer: Answer) -> Decision {
        Decision { changes: self.changes, entries: self.entries, answer }
    }
}

//! What the store does around decisions: it loads of its rows what a batch asks for, and writes what the batch changed.

use interdict_model::execution::Phase;
use interdict_model::view::{ActionWrite, Columns, Queue, ReadSet, Record, WriteSet};
use interdict_model::{ActionId, ProviderId, SecurityAction, TenantId, View};

use super::{TENANT, World};

/// Candidates that are loaded of a queue beside those that are asked for, as in the store.
const SPARE_CANDIDATES: usize = 16;

impl World {
    /// What a batch that reads this sees: never more than it asked for.
    pub(super) fn load(&self, reads: &ReadSet) -> View {
        let rows = &self.view;
        let mut view = View {
            epoch: rows.epoch,
            heads: rows.heads.clone(),
            sealed: rows.sealed.clone(),
            ..View::default()
        };
        for key in &reads.filings {
            let filing = rows.filings.get(key).copied().flatten();
            view.filings.insert(key.clone(), filing);
            if let Some(filing) = filing {
                self.load_action(&mut view, (key.tenant, filing.action));
            }
        }
        for key in &reads.actions {
            self.load_action(&mut view, *key);
        }
        for key in &reads.apps {
            view.apps.insert(key.clone(), rows.apps.get(key).cloned().flatten());
        }
        for tenant in &reads.settings {
            view.settings.extend(rows.settings.get(tenant).map(|it| (*tenant, it.clone())));
        }
        for (tenant, provider, max, name) in &reads.queues {
            let most = usize::try_from(*max).unwrap() + SPARE_CANDIDATES;
            let fleet = rows.settings(*tenant).may_be_fleet(*provider);
            let queue = self.queue(*provider, most, if fleet { name } else { "" });
            for id in queue.candidates(name) {
                self.load_action(&mut view, (*tenant, *id));
            }
            view.queues.insert((*tenant, *provider), queue);
        }
        for (tenant, id) in &reads.starts {
            self.load_in_the_way(&mut view, *tenant, *id);
        }
        for probe in &reads.probes {
            let key = probe.effect_key(rows.settings(probe.tenant));
            if let Some(effect) = key.and_then(|key| rows.effect(probe.tenant, &key)) {
                view.effects.insert((probe.tenant, effect.key.clone()), effect.clone());
            }
        }
        for key in &reads.idempotency {
            view.answered.insert(key.clone(), rows.answered.get(key).cloned().flatten());
        }
        for (tenant, provider) in &reads.occupied {
            view.occupied.insert((*tenant, *provider), self.is_occupied(*provider));
        }
        view
    }

    /// As the store does it: of what is carried out and not in work.
    fn load_in_the_way(&self, view: &mut View, tenant: TenantId, id: ActionId) {
        let mine = view.action(tenant, id).and_then(|record| record.execution.clone());
        let Some(mine) = mine.filter(|mine| mine.would_be_begun()) else { return };
        let target = mine.target_key(id);
        let holding = self.records().filter(|record| {
            let held = |held: &interdict_model::Execution| {
                held.provider == mine.provider
                    && held.holds_target()
                    && held.target_key(record.action.id) == target
            };
            record.action.id != id && record.execution.as_deref().is_some_and(held)
        });
        let holding: Vec<_> = holding.map(|record| record.action.id).collect();
        for other in &holding {
            if !view.actions.contains_key(&(tenant, *other)) {
                self.load_action(view, (tenant, *other));
            }
        }
        view.in_the_way.insert((tenant, id), holding);
        let queue = self.queue(mine.provider, 0, "");
        view.queues.entry((tenant, mine.provider)).or_insert(queue);
    }

    fn load_action(&self, view: &mut View, key: (TenantId, ActionId)) {
        let record = self.view.actions.get(&key).cloned().flatten();
        let effect_key = record.as_ref().and_then(|record| record.execution.as_ref()?.effect_key());
        if let Some(effect) = effect_key.and_then(|it| self.view.effect(TENANT, &it)) {
            view.effects.insert((TENANT, effect.key.clone()), effect.clone());
        }
        view.actions.insert(key, record);
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.view.actions.values().flatten()
    }

    /// The provider's queue, as the store's statement of it says.
    pub(crate) fn queue(&self, provider: ProviderId, most: usize, name: &str) -> Queue {
        let here = || {
            let all = self.records().filter_map(|it| Some((it.action.id, it.execution.as_deref()?)));
            all.filter(move |(_, execution)| execution.provider == provider)
        };
        let mut candidates: Vec<_> = here()
            .filter(|(id, queued)| {
                let effect = queued.effect_key().and_then(|key| self.view.effect(TENANT, &key));
                let ends = effect.is_some_and(|it| it.is_being_lifted());
                let waits_for = |awaits: String| awaits.contains(&format!("\n{name}\n"));
                let asked = queued.awaits().is_none_or(waits_for);
                let target = queued.target_key(*id);
                let held = |(other, execution): (ActionId, &interdict_model::Execution)| {
                    other != *id && execution.target_key(other) == target && execution.keeps_from(queued)
                };
                queued.rank().is_some() && asked && (queued.work.lifts || !ends) && !here().any(held)
            })
            .map(|(id, queued)| (queued.rank(), queued.filed, id))
            .collect();
        candidates.sort_unstable();
        candidates.truncate(most);
        Queue {
            candidates: [(name.to_owned(), candidates.into_iter().map(|(_, _, id)| id).collect())].into(),
            members: self.members.get(&provider).cloned().unwrap_or_default(),
            in_flight: i64::try_from(here().filter(|(_, it)| it.is_busy()).count()).unwrap(),
        }
    }

    fn is_occupied(&self, provider: ProviderId) -> bool {
        let unfinished = |phase: Phase| phase.number() < 7;
        let mut executions = self.records().filter_map(|record| record.execution.as_ref());
        executions.any(|it| it.provider == provider && unfinished(it.phase))
            || self.view.effects.values().any(|it| it.key.provider == provider && it.state.may_be_in_force())
    }

    /// Writes rows as the store does: executions and effects are rows of their own, and a renewal without news changes
    /// no more of one than when it runs out and is due.
    pub(super) fn write(&mut self, writes: WriteSet) {
        let rows = &mut self.view;
        for (key, write) in writes.actions {
            let before = rows.actions.get(&key).and_then(Option::as_ref);
            if let (Some(before), ActionWrite::Update(record, columns)) = (before, &write) {
                assert_others_stay(&before.action, &record.action, *columns);
            }
            let execution = before.and_then(|it| it.execution.clone());
            let record = match write {
                ActionWrite::Insert(record) | ActionWrite::Update(record, _) => {
                    Some(Record { execution, ..record })
                }
                ActionWrite::Delete => None,
            };
            rows.actions.insert(key, record);
        }
        for (key, execution) in writes.executions {
            self.timers.insert(key.1, execution.as_ref().and_then(|it| it.timer()));
            if let Some(record) = rows.actions.get_mut(&key).and_then(Option::as_mut) {
                record.execution = execution;
            }
        }
        for (key, extended) in writes.extended {
            self.timers.insert(key.1, extended.timer());
            let record = rows.actions.get_mut(&key).and_then(Option::as_mut).unwrap();
            let execution = std::sync::Arc::make_mut(record.execution.as_mut().unwrap());
            match (&mut execution.fleet, &extended.fleet) {
                (Some(fleet), Some(extended)) => fleet.renew(&extended.renewals()).unwrap(),
                _ => execution.lease.as_mut().unwrap().expires = extended.lease.as_ref().unwrap().expires,
            }
        }
        for (key, filing) in &mut rows.filings {
            *filing = filing.filter(|it| !writes.unfiled.contains(&(key.tenant, it.action)));
        }
        rows.filings.extend(writes.filings.into_iter().map(|(key, filing)| (key, Some(filing))));
        rows.apps.extend(writes.apps);
        rows.answered.extend(writes.answered);
        for ((_, provider, instance), at) in
            writes.seen.into_iter().filter(|((_, _, name), _)| !name.is_empty())
        {
            self.members.entry(provider).or_default().insert(instance, at);
        }
        rows.effects.extend(writes.effects);
        for ((tenant, key), setting) in writes.settings {
            let settings = std::sync::Arc::make_mut(rows.settings.entry(tenant).or_default());
            match setting {
                Some(setting) => settings.put(setting),
                None => settings.remove(&key),
            }
        }
        rows.heads.extend(writes.heads);
        self.journal.extend(writes.entries);
    }
}

/// The store leaves the other columns as they are.
fn assert_others_stay(before: &SecurityAction, after: &SecurityAction, columns: Columns) {
    if columns < Columns::Progress {
        assert_eq!(before.status, after.status);
    }
    if columns < Columns::Period {
        assert_eq!(before.change_period(), after.change_period());
    }
    if columns < Columns::All {
        let after = after.clone();
        let filed = SecurityAction {
            completed: before.completed,
            error_info: before.error_info.clone(),
            last_action: before.last_action,
            parameters: before.parameters.clone(),
            states: before.states.clone(),
            status: before.status,
            open: before.open.clone(),
            ..after
        };
        assert_eq!(*before, filed);
    }
}

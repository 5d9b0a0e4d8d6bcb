//! The rules: a command meets what is stored, and is accepted or refused. Pure.

mod approve;
mod apps;
mod bulk;
mod cancel;
mod create;
mod delete;
mod effects;
mod fleet;
mod guard;
mod lease;
mod needs;
mod patch;
mod prune;
mod report;
mod route;
mod seal;
mod settings;
mod steps;
mod timers;
mod update;
mod work;

use std::sync::Arc;

use crate::action::{SecurityAction, StateEntry, Status};
use crate::command::Operation;
use crate::document::{self, Difference};
use crate::journal::{Draft, Kind};
use crate::version::Precondition;
use crate::view::{Answer, Change, Columns, Record};
use crate::{
    ActionId, Actor, Command, Decision, Execution, Fault, FaultCode, Refusal, Timestamp, Version, View,
};

/// Decides a command at `now`, which must be later than the tenant's last entry ([`View::next_instant`]).
///
/// # Errors
/// Why the command is refused; nothing changes then.
pub fn decide(view: &View, command: &Command, now: Timestamp) -> Result<Decision, Refusal> {
    let rules = Rules { view, command, actor: &command.actor, now };
    match &command.operation {
        Operation::Create { body, strict, idempotency, .. } => match idempotency {
            Some(once) => rules.create_once(command.created_id(), body, *strict, once),
            None => rules.create(command.created_id(), body, *strict),
        },
        Operation::Update { id, body, precondition, strict } => {
            rules.update(*id, body, precondition, *strict)
        }
        Operation::Cancel { id, precondition, comment, fresh } => {
            rules.cancel(*id, precondition, comment.as_deref(), *fresh)
        }
        Operation::Delete { id, precondition } => rules.delete(*id, precondition),
        Operation::Lease { provider, max, seconds, instance, noted } => {
            let instance = instance.as_deref();
            let mut decision = rules.lease(*provider, *max, *seconds, instance)?;
            if *noted {
                let name = instance.unwrap_or_default().to_owned();
                decision.changes.push(Change::PutSeen(command.actor.tenant(), *provider, name, now));
            }
            Ok(decision)
        }
        Operation::Report { lease, report } => rules.report(*lease, report),
        Operation::Fire(due) => Ok(rules.fire(due)),
        Operation::Undo { id, comment, fresh } => rules.undo(*id, comment.as_deref(), *fresh),
        Operation::Extend { id, until } => rules.extend(*id, *until),
        Operation::Judge { id, hash, approved, comment } => {
            rules.judge(*id, hash, *approved, comment.as_deref())
        }
        Operation::Bulk { verb, ids, decided, comment } => {
            Ok(rules.bulk(*verb, ids, decided.as_ref(), comment.as_deref()))
        }
        Operation::PutSetting { setting, exists } => rules.put_setting(setting, *exists),
        Operation::ChangeProvider(id, change) => rules.change_provider(*id, change),
        Operation::Guard { ids, met } => Ok(rules.guard_all(ids, met.as_ref())),
        Operation::RemoveSetting(key) => rules.remove_setting(key),
        Operation::PauseTenant(paused) => Ok(rules.pause_tenant(*paused)),
        Operation::ConfirmRestore(epoch) => Ok(rules.confirm_restore(*epoch)),
        Operation::PauseProvider(id, paused) => rules.pause_provider(*id, *paused),
        Operation::ForgetAnswered(keys) => Ok(rules.forget_answered(keys)),
        Operation::App(command) => rules.app(command),
        Operation::Seal(seal) => rules.seal(seal),
        Operation::Prune(pruning) => rules.prune(pruning),
        Operation::Forget { entries, seals } => rules.forget(entries, seals),
        Operation::Keys(keys) => Ok(Decision {
            changes: keys.iter().cloned().map(Change::PutKey).collect(),
            entries: Vec::new(),
            answer: Answer::Done,
        }),
    }
}

/// What every rule looks at.
struct Rules<'a> {
    view: &'a View,
    command: &'a Command,
    actor: &'a Actor,
    now: Timestamp,
}

impl Rules<'_> {
    /// The stored action, at a version that the caller's precondition admits.
    fn existing(&self, id: ActionId, precondition: &Precondition) -> Result<&Record, Refusal> {
        let record =
            self.view.action(self.actor.tenant(), id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        if precondition.admits(self.version(record)) { Ok(record) } else { Err(Refusal::PreconditionFailed) }
    }

    fn version(&self, record: &Record) -> Version {
        Version { epoch: self.view.epoch, sequence: record.sequence }
    }

    fn shown(&self, record: &Record, replayed: bool) -> Answer {
        Answer::Action {
            id: record.action.id,
            version: self.version(record),
            document: Arc::clone(&record.document),
            execution: record.execution.clone(),
            replayed,
        }
    }

    /// The record that an entry written next makes of `action`.
    fn record(&self, action: SecurityAction, cancelled: bool, execution: Option<Arc<Execution>>) -> Record {
        let sequence = self.view.head(self.actor.tenant()).sequence + 1;
        let document = document::render(&action).into();
        Record { action, cancelled, sequence, document, execution }
    }

    fn draft(&self, subject: uuid::Uuid, kind: Kind, change: Arc<str>) -> Draft {
        Draft {
            subject,
            request: self.command.request,
            kind,
            actor: self.actor.journal_text().into(),
            change,
        }
    }

    /// Accepts `after`, which is carried out as `execution` says, as the successor of `before`.
    fn changed(
        &self,
        before: &Record,
        after: SecurityAction,
        cancelled: bool,
        kind: Kind,
        execution: Option<Arc<Execution>>,
    ) -> Decision {
        let change = Difference {
            before: &before.action,
            after: &after,
            execution: (execution != before.execution).then_some(execution.as_deref()),
            effect: None,
        };
        let columns = columns(&before.action, &after);
        let draft = self.draft(after.id.0, kind, change.to_text().into());
        let record = self.record(after, cancelled, execution);
        Decision {
            answer: self.shown(&record, false),
            changes: vec![Change::UpdateAction(self.actor.tenant(), record, columns)],
            entries: vec![draft],
        }
    }

    /// Moves `action` to `status` now, with its history entry.
    fn enter(&self, action: &mut SecurityAction, status: Status) {
        action.status = status;
        action.states.push(StateEntry {
            app_id: self.actor.app.as_ref().map(|app| app.0.to_string()),
            status: Some(status),
            updated: Some(self.now),
            user: self.actor.user_name().map(str::to_owned),
        });
    }
}

/// Which columns differ between two states of an action.
pub(crate) fn columns(before: &SecurityAction, after: &SecurityAction) -> Columns {
    let same = before.action_reason == after.action_reason
        && before.app_id == after.app_id
        && before.azure_tenant_id == after.azure_tenant_id
        && before.client_context == after.client_context
        && before.created == after.created
        && before.name == after.name
        && before.user == after.user
        && before.vendor_information == after.vendor_information;
    if !same {
        Columns::All
    } else if before.status != after.status {
        Columns::Progress
    } else if before.change_period() != after.change_period() {
        Columns::Period
    } else {
        Columns::Detail
    }
}

fn conflict(code: FaultCode, target: &str, message: impl Into<String>) -> Refusal {
    Refusal::Conflict(Fault::new(code, target, message))
}

fn read_only(target: &str) -> Fault {
    let message =
        format!("`{target}` is kept by the server and differs; leave it out, or drop `handling=strict`");
    Fault::new(FaultCode::ReadOnly, target, message)
}

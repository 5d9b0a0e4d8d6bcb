//! Changing members of an action (PATCH).
//!
//! SDKs send back the whole entity that they read, so a member that repeats what is stored never changes, and
//! never fails.

use std::sync::Arc;

use super::{Rules, conflict, read_only};
use crate::action::{KeyValuePair, SecurityAction, StateEntry, Status};
use crate::body::{ActionBody, Field, StateBody};
use crate::document::write_open;
use crate::journal::Kind;
use crate::request::Request;
use crate::time::WrittenDate;
use crate::version::Precondition;
use crate::{ActionId, Decision, Execution, Fault, FaultCode, Refusal, Timestamp, catalog};

impl Rules<'_> {
    pub(super) fn update(
        &self,
        id: ActionId,
        body: &ActionBody,
        precondition: &Precondition,
        strict: bool,
    ) -> Result<Decision, Refusal> {
        let record = self.existing(id, precondition)?;
        let before = &record.action;
        // Secret values, as long as the action is not over: a mask that is sent back stands for its value.
        let kept = record.execution.as_deref().map_or(&[][..], |execution| &execution.work.secrets);
        let provenance = self.actor.writes_provenance();
        let mut after = before.clone();

        body.action_reason.write_to(&mut after.action_reason);
        body.client_context.write_to(&mut after.client_context);
        for (name, value) in &body.open {
            write_open(&mut after.open, name.clone(), value.clone());
        }
        check_open_limits(&after)?;
        let asks_anew = self.what_is_asked(before, body, kept, &mut after)?;
        self.error_info(before, body, &mut after)?;
        let status = body.status.value().copied().unwrap_or(before.status);
        if !before.status.may_become(status) {
            return Err(conflict(
                FaultCode::InvalidTransition,
                "status",
                format!("the action is `{}`, which cannot become `{status}`", before.status),
            ));
        }
        let finishes = status.is_final() && !before.status.is_final();
        self.must_be_the_provider(record, status, after.error_info != before.error_info)?;

        if provenance {
            if strict && names_another(before, body) {
                return Err(Refusal::Invalid(vec![read_only("id")]));
            }
            self.provenance(before, body, &mut after)?;
        } else if strict {
            let faults = ignored_on_update(before, body, finishes, self.now);
            if !faults.is_empty() {
                return Err(Refusal::Invalid(faults));
            }
        }
        // With its secret values, which the action itself is without.
        let asked = asks_anew.then(|| after.clone());
        if asks_anew {
            self.hide(&mut after, kept);
        } else if !kept.is_empty() {
            after.parameters.clone_from(&before.parameters);
        }
        if asks_anew && let Some(execution) = &record.execution {
            may_ask_anew(before, execution, status)?;
        }
        if let Some(decision) = self.patched(record, after.clone(), status)? {
            return Ok(decision);
        }
        if status != before.status {
            // A Provenance body that brings its own history brings the entry for this change with it.
            let own_history = provenance && after.states != before.states;
            if own_history {
                after.status = status;
            } else {
                self.enter(&mut after, status);
            }
        }
        if finishes {
            after.completed = Some(self.completion(body, provenance)?);
        }

        if after == *before && !asks_anew {
            return Ok(Decision::unchanged(self.shown(record, false)));
        }
        // A Provenance body may have set it; everybody else's change happens now.
        if after.last_action == before.last_action {
            after.last_action = self.now;
        }
        let execution = match record.execution.as_deref() {
            execution if asks_anew && after.status == Status::NotStarted => {
                let mut request =
                    execution.map_or_else(Request::default, |execution| execution.request.clone());
                // What is to be carried out stays so, whoever corrects it.
                request.execute |= execution.is_some() && provenance;
                let asked = asked.as_ref().unwrap_or(&after);
                let execution = self.route(asked, &request, Some(record), kept)?;
                // It keeps its place in the queue.
                let filed = record.execution.as_ref().map(|before| before.filed);
                execution.map(|it| Arc::new(Execution { filed: filed.unwrap_or(it.filed), ..it }))
            }
            _ => record.execution.clone(),
        };
        Ok(self.changed(record, after, record.cancelled, Kind::Updated, execution))
    }

    /// `name`, `parameters`, `vendorInformation`: fixed once the action has begun. Says whether any of them changes;
    /// `after` has the secret values then.
    fn what_is_asked(
        &self,
        before: &SecurityAction,
        body: &ActionBody,
        kept: &[KeyValuePair],
        after: &mut SecurityAction,
    ) -> Result<bool, Refusal> {
        if let Some(name) = body.name.value() {
            after.name.clone_from(name);
        }
        if let Some(parameters) = body.parameters.value() {
            after.parameters.clone_from(parameters);
        }
        if let Some(vendor) = body.vendor_information.value() {
            vendor.merge_into(&mut after.vendor_information);
        }
        let other_parameters = if kept.is_empty() {
            before.parameters != after.parameters
        } else {
            let mut parameters = before.parameters.clone();
            catalog::reveal(&mut parameters, kept);
            catalog::reveal(&mut after.parameters, kept);
            parameters != after.parameters
        };
        let changed = [
            (before.name != after.name, "name"),
            (other_parameters, "parameters"),
            (before.vendor_information != after.vendor_information, "vendorInformation"),
        ];
        match changed.into_iter().find(|(differs, _)| *differs) {
            Some((_, member)) if before.status != Status::NotStarted && !self.actor.writes_provenance() => {
                Err(conflict(
                    FaultCode::Immutable,
                    member,
                    format!("`{member}` cannot change any more: the action is `{}`", before.status),
                ))
            }
            changed => Ok(changed.is_some()),
        }
    }

    fn error_info(
        &self,
        before: &SecurityAction,
        body: &ActionBody,
        after: &mut SecurityAction,
    ) -> Result<(), Refusal> {
        match &body.error_info {
            Field::Absent => return Ok(()),
            Field::Null => after.error_info = None,
            Field::Value(error) => after.error_info = Some(error.merged(before.error_info.as_ref())),
        }
        if before.status.is_final()
            && after.error_info != before.error_info
            && !self.actor.writes_provenance()
        {
            let message = format!("`errorInfo` cannot change any more: the action is `{}`", before.status);
            return Err(conflict(FaultCode::AlreadyFinal, "errorInfo", message));
        }
        Ok(())
    }

    /// What a migration may write beside the rest; `id` never.
    fn provenance(
        &self,
        before: &SecurityAction,
        body: &ActionBody,
        after: &mut SecurityAction,
    ) -> Result<(), Refusal> {
        body.app_id.write_to(&mut after.app_id);
        body.azure_tenant_id.write_to(&mut after.azure_tenant_id);
        body.user.write_to(&mut after.user);
        write_date(&body.created, &mut after.created);
        write_date(&body.last_action, &mut after.last_action);
        self.not_ahead(&body.completed)?;
        match &body.completed {
            Field::Absent => {}
            // A final action was completed at some time.
            Field::Null if before.status.is_final() => {}
            Field::Null => after.completed = None,
            Field::Value(date) if before.completed.is_some_and(|completed| date.repeats(completed)) => {}
            Field::Value(date) => after.completed = Some(date.instant),
        }
        if let Some(states) = body.states.value()
            && !repeats(states, &before.states)
        {
            after.states = states.iter().map(StateBody::entry).collect();
        }
        Ok(())
    }

    /// When a finishing action finished: as the body says, unless that is in the future.
    fn completion(&self, body: &ActionBody, provenance: bool) -> Result<Timestamp, Refusal> {
        self.not_ahead(&body.completed)?;
        let written = body.completed.value().map(|date| date.instant);
        Ok(written.filter(|instant| provenance || *instant <= self.now).unwrap_or(self.now))
    }
}

/// What is asked of a provider is corrected by itself, and not where it is what the server asks.
fn may_ask_anew(before: &SecurityAction, execution: &Execution, status: Status) -> Result<(), Refusal> {
    if execution.undo_of.is_none() && status == before.status {
        return Ok(());
    }
    let message = "`name`, `parameters` and `vendorInformation` cannot change together with `status`, nor where the \
                   action undoes another one";
    Err(conflict(FaultCode::Immutable, "name", message))
}

/// The limits of undeclared members hold for what results, not for one body alone.
fn check_open_limits(after: &SecurityAction) -> Result<(), Refusal> {
    let bytes: usize = after.open.iter().map(|member| member.name.len() + member.value.get().len()).sum();
    if after.open.len() <= crate::limits::OPEN_MEMBERS && bytes <= crate::limits::OPEN_BYTES {
        return Ok(());
    }
    let last = after.open.last().map_or("", |member| member.name.as_str());
    Err(Refusal::Invalid(vec![Fault::new(
        FaultCode::TooLong,
        last,
        format!(
            "the action would have more than {} undeclared members or {} bytes of them",
            crate::limits::OPEN_MEMBERS,
            crate::limits::OPEN_BYTES
        ),
    )]))
}

fn write_date(field: &Field<WrittenDate>, slot: &mut Timestamp) {
    if let Some(date) = field.value()
        && !date.repeats(*slot)
    {
        *slot = date.instant;
    }
}

/// Whether a history as a client wrote it is the stored one, its dates possibly cut.
fn repeats(written: &[StateBody], stored: &[StateEntry]) -> bool {
    written.len() == stored.len()
        && written.iter().zip(stored).all(|(written, stored)| {
            let same_date = match (written.updated, stored.updated) {
                (Some(written), Some(stored)) => written.repeats(stored),
                (None, None) => true,
                _ => false,
            };
            same_date
                && written.app_id == stored.app_id
                && written.status == stored.status
                && written.user == stored.user
        })
}

/// Whether the body's `id` is not the action's.
fn names_another(before: &SecurityAction, body: &ActionBody) -> bool {
    let id = before.id.to_string();
    body.id.value().is_some_and(|given| !given.eq_ignore_ascii_case(&id))
}

/// Members that an update ignores and that say something else than what is stored.
fn ignored_on_update(
    before: &SecurityAction,
    body: &ActionBody,
    finishes: bool,
    now: Timestamp,
) -> Vec<Fault> {
    let differs = |field: &Field<String>, stored: &Option<String>| {
        field.given().is_some_and(|given| given != stored.as_ref())
    };
    let date_differs = |field: &Field<WrittenDate>, stored: Timestamp| {
        field.value().is_some_and(|date| !date.repeats(stored))
    };
    let mut faults = Vec::new();
    let mut check = |differs: bool, name: &str| {
        if differs {
            faults.push(read_only(name));
        }
    };
    check(names_another(before, body), "id");
    check(differs(&body.app_id, &before.app_id), "appId");
    check(differs(&body.azure_tenant_id, &before.azure_tenant_id), "azureTenantId");
    let completed_differs = match (&body.completed, before.completed) {
        (Field::Value(date), Some(completed)) => !date.repeats(completed),
        (Field::Value(date), None) => !finishes || date.instant > now,
        (Field::Null, stored) => stored.is_some(),
        (Field::Absent, _) => false,
    };
    check(completed_differs, "completedDateTime");
    check(date_differs(&body.created, before.created), "createdDateTime");
    check(date_differs(&body.last_action, before.last_action), "lastActionDateTime");
    check(body.states.value().is_some_and(|states| !repeats(states, &before.states)), "states");
    check(differs(&body.user, &before.user), "user");
    faults
}

impl StateBody {
    /// The history entry that a Provenance body writes.
    pub(super) fn entry(&self) -> StateEntry {
        StateEntry {
            app_id: self.app_id.clone(),
            status: self.status,
            updated: self.updated.map(|date| date.instant),
            user: self.user.clone(),
        }
    }
}

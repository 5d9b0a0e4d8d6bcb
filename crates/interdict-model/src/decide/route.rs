//! Routing an action when it is filed: to whom it goes, and whether it may.

use super::Rules;
use super::work::worked_out;
use crate::action::{KeyValuePair, SecurityAction};
use crate::catalog::Definition;
use crate::execution::{Deadlines, Execution, Phase};
use crate::provider::Provider;
use crate::request::Request;
use crate::settings::{CatalogMode, Settings};
use crate::view::Record;
use crate::{Fault, FaultCode, Refusal};

/// How many names a message lists.
const SHOWN: usize = 20;

impl Rules<'_> {
    /// The execution of an action that is filed now, or changed from what it was `before`; `None` where no provider answers
    /// to it, so that it is only recorded.
    /// `action` has its secret values, of which those of the names in `kept` are secret whatever the catalog says by now.
    pub(super) fn route(
        &self,
        action: &SecurityAction,
        request: &Request,
        before: Option<&Record>,
        kept: &[KeyValuePair],
    ) -> Result<Option<Execution>, Refusal> {
        let settings = self.view.settings(self.actor.tenant());
        if self.actor.writes_provenance() && !request.execute {
            return Ok(None);
        }
        let faults = request.faults(self.now);
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        let Some(provider) = settings.route(&action.vendor_information) else {
            return unrouted(settings, request);
        };
        let definition = offered(settings, provider, &action.name)?;
        let work = worked_out(settings, definition, action, kept)?;
        if let Some(protection) = self.protection(&work)
            && let Some(reason) = protection.denies
        {
            return Err(Refusal::Forbidden(Fault::new(FaultCode::ProtectedTarget, "parameters", reason)));
        }
        let requesters = self.requesters(before);
        let needs = self.needs(settings, definition, &work, &requesters);
        let deadlines = Deadlines {
            not_before: request.not_before,
            start_for: request.start_by.unwrap_or(definition.start_by),
            run_for: request.run_for.unwrap_or(definition.run_for),
            finish_by: request.finish_by,
            ..Deadlines::default()
        };
        let approval = self.to_approve(needs, provider.id, &work, request);
        let mut execution = Execution {
            phase: Phase::AwaitingApproval,
            provider: provider.id,
            work,
            request: request.clone(),
            requesters,
            filed: self.view.head(self.actor.tenant()).sequence.saturating_add(1),
            attempt: 0,
            tries: 0,
            begun: None,
            uncertain: false,
            deadlines,
            lease: None,
            fleet: None,
            approval,
            cancel: None,
            effect: None,
            result: None,
            undo_of: None,
            undone_by: None,
            late: false,
        };
        if execution.approval.is_none() {
            self.release(&mut execution);
        }
        Ok(Some(execution))
    }

    /// Lets the action go to its provider, now or when it is to begin: nobody need agree any more.
    pub(super) fn release(&self, execution: &mut Execution) {
        let deadlines = &mut execution.deadlines;
        let starts = deadlines.not_before.filter(|instant| *instant > self.now);
        deadlines.start_by = Some(starts.unwrap_or(self.now).plus_seconds(deadlines.start_for));
        execution.phase = if starts.is_some() { Phase::Scheduled } else { Phase::Queued };
    }
}

/// No provider answers: the action is recorded, unless that would promise what nobody keeps.
fn unrouted(settings: &Settings, request: &Request) -> Result<Option<Execution>, Refusal> {
    let refused = |target: &str, message: String| {
        Err(Refusal::Invalid(vec![Fault::new(FaultCode::InvalidValue, target, message)]))
    };
    let known = listed(settings.providers.values().map(Provider::address));
    if settings.tenant.catalog_mode == CatalogMode::Strict {
        let message = format!("no provider answers to it; there are: {known}");
        return refused("vendorInformation", message);
    }
    let timed = Request { comment: None, execute: false, dry_run: false, ..request.clone() };
    if !timed.is_default() {
        let message = format!(
            "no provider answers to `vendorInformation`, so that the action would only be recorded: nobody would \
             begin or end anything; there are: {known}"
        );
        return refused("@interdict.request", message);
    }
    Ok(None)
}

/// The definition of that name, where the provider offers it.
fn offered<'s>(settings: &'s Settings, provider: &Provider, name: &str) -> Result<&'s Definition, Refusal> {
    let refused =
        |message: String| Refusal::Invalid(vec![Fault::new(FaultCode::InvalidValue, "name", message)]);
    let Some(definition) = settings.definition(name) else {
        let offers = listed(provider.actions.iter().cloned());
        return Err(refused(format!(
            "the catalog has no action of that name{}; `{}` offers: {offers}",
            settings.hint(name),
            provider.address()
        )));
    };
    if provider.offers(&definition.name) {
        return Ok(definition);
    }
    let others = settings.providers.values().filter(|other| other.offers(&definition.name));
    let others = listed(others.map(Provider::address));
    let offers = listed(provider.actions.iter().cloned());
    Err(refused(format!(
        "`{}` does not offer `{}`, only: {offers}. Providers that do: {others}",
        provider.address(),
        definition.name
    )))
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len() > SHOWN;
    names.truncate(SHOWN);
    match (names.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, false) => names.join(", "),
        (false, true) => names.join(", ") + ", …",
    }
}

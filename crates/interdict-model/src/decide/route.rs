//! Routing an action when it is filed: to whom it goes, and whether it may.

use aws_lc_rs::digest;
use uuid::Uuid;

use super::Rules;
use crate::action::{KeyValuePair, SecurityAction};
use crate::catalog::{self, Approval, Definition, Duplicates, MASK};
use crate::execution::{self, Deadlines, Execution, Need, Phase, UndoWork, Work};
use crate::guard::{self, GuardMode, ProtectedTarget};
use crate::provider::Provider;
use crate::request::Request;
use crate::settings::{CatalogMode, Settings};
use crate::view::Record;
use crate::{Fault, FaultCode, ProviderId, Refusal};

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

    /// Takes the secret values out of an action, by the catalog and by what was secret in it before.
    pub(super) fn hide(&self, action: &mut SecurityAction, kept: &[KeyValuePair]) -> Vec<KeyValuePair> {
        let definition = self.view.settings(self.actor.tenant()).definition(&action.name);
        catalog::hide(&mut action.parameters, |name| {
            definition.is_some_and(|it| it.is_secret(name))
                || kept.iter().any(|it| catalog::is_called(it, name))
        })
    }

    /// Lets the action go to its provider, now or when it is to begin: nobody need agree any more.
    pub(super) fn release(&self, execution: &mut Execution) {
        let deadlines = &mut execution.deadlines;
        let starts = deadlines.not_before.filter(|instant| *instant > self.now);
        deadlines.start_by = Some(starts.unwrap_or(self.now).plus_seconds(deadlines.start_for));
        execution.phase = if starts.is_some() { Phase::Scheduled } else { Phase::Queued };
    }

    /// Everybody who asks for what is to be done: whoever did before, and the caller.
    fn requesters(&self, before: Option<&Record>) -> Vec<String> {
        let mut requesters = match before.map(|record| (&record.execution, &record.action)) {
            None => Vec::new(),
            Some((Some(execution), _)) => execution.requesters.clone(),
            // Of what was only recorded no more is known than what is shown.
            Some((None, action)) => action.app_id.iter().chain(&action.user).cloned().collect(),
        };
        let user = self.actor.user.as_ref().map(|user| &*user.id);
        let app = self.actor.app.as_ref().map(|app| &*app.0);
        for id in user.into_iter().chain(app) {
            if !requesters.iter().any(|known| known.eq_ignore_ascii_case(id)) {
                requesters.push(id.to_owned());
            }
        }
        requesters
    }

    /// Why others must agree to a work.
    fn needs(
        &self,
        settings: &Settings,
        definition: &Definition,
        work: &Work,
        requesters: &[String],
    ) -> Vec<Need> {
        let mut needs = Vec::new();
        if let Some(Approval { required, ttl, approvers }) = &definition.approval {
            needs.push(Need { rule: None, required: *required, approvers: approvers.clone(), ttl: *ttl });
        }
        for rule in settings.rules.values() {
            if rule.applies(definition, &work.touched, requesters) {
                let approvers = rule.approvers.clone().unwrap_or_default();
                let (required, ttl) = (rule.required, rule.ttl);
                needs.push(Need { rule: Some(rule.id), required, approvers, ttl });
            }
        }
        if let Some(protection) = self.protection(work) {
            needs.extend(protection.entries.into_iter().map(|entry| one_approval(Some(entry))));
        }
        if definition.undo.is_some() && work.touched.iter().any(|it| guard::blast_radius(it).is_some()) {
            needs.push(one_approval(None));
        }
        needs
    }

    /// The approval of a work for which there are needs.
    pub(super) fn to_approve(
        &self,
        needs: Vec<Need>,
        provider: ProviderId,
        work: &Work,
        request: &Request,
    ) -> Option<execution::Approval> {
        let ttl = needs.iter().map(|need| need.ttl).min()?;
        // By whom, what is to be done, to whom, for how long, and why others are asked: a change of any of these is
        // something else to agree to. A secret could be guessed by the hash; the instant stands for it, since each change
        // of it is decided at another one.
        let frozen = if work.has_secrets() {
            let mut shown = work.clone();
            shown.forget();
            serde_json::to_vec(&(provider, shown, request, &needs, self.now)).unwrap_or_default()
        } else {
            serde_json::to_vec(&(provider, work, request, &needs)).unwrap_or_default()
        };
        Some(execution::Approval {
            needs,
            hash: hex::encode(digest::digest(&digest::SHA256, &frozen)),
            expires_at: self.now.plus_seconds(ttl),
            decisions: Vec::new(),
        })
    }

    /// How the target of a work is protected now, if it is.
    pub(super) fn protection(&self, work: &Work) -> Option<Protection> {
        let settings = self.view.settings(self.actor.tenant());
        let all = || guard::well_known().iter().chain(&*self.view.own).chain(settings.protected.values());
        let mut entries = Vec::new();
        for target in &work.touched {
            for entry in all().filter(|entry| entry.matches(&work.name, target, self.now)) {
                if entry.mode == GuardMode::Deny {
                    let ProtectedTarget { id, value, reason, .. } = entry;
                    let reason =
                        format!("`{}` is protected by entry `{id}` (`{value}`): {reason}", target.text);
                    return Some(Protection { entries: vec![*id], denies: Some(reason) });
                }
                if !entries.contains(&entry.id) {
                    entries.push(entry.id);
                }
            }
        }
        (!entries.is_empty()).then_some(Protection { entries, denies: None })
    }
}

/// How a target is protected.
pub(super) struct Protection {
    /// The entries that say so: the one that denies it, or all that ask for an approval.
    pub(super) entries: Vec<Uuid>,
    /// Why nothing may be done to it; `None` where it takes an approval.
    pub(super) denies: Option<String>,
}

/// How long there is to agree where only the target asks for it, in seconds.
const APPROVAL_TTL: i64 = 86_400;

/// One person must agree.
pub(super) const fn one_approval(rule: Option<Uuid>) -> Need {
    Need { rule, required: 1, approvers: Vec::new(), ttl: APPROVAL_TTL }
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

/// What is to be done, the parameters checked.
fn worked_out(
    settings: &Settings,
    definition: &Definition,
    action: &SecurityAction,
    kept: &[KeyValuePair],
) -> Result<Work, Refusal> {
    let is_secret =
        |name: &str| definition.is_secret(name) || kept.iter().any(|it| catalog::is_called(it, name));
    unmasked(&action.parameters, is_secret)?;
    let mut checked = definition.check(&action.parameters).map_err(Refusal::Invalid)?;
    let undo = definition.undo.as_ref().map(|undo| {
        let mut parameters = definition.undo_parameters(&checked.parameters);
        let of = |name: &str| undo.parameters.get(name).is_some_and(|from| is_secret(from));
        let secrets = catalog::hide(&mut parameters, of);
        UndoWork { name: undo.action.clone(), parameters, secrets }
    });
    let lifted = settings.lifted_by(definition, &checked.parameters);
    let secrets = catalog::hide(&mut checked.parameters, is_secret);
    Ok(Work {
        name: definition.name.clone(),
        target: checked.target,
        lifts: checked.effect.is_none() && lifted.is_some(),
        effect: checked.effect.or(lifted),
        undo,
        repeat_safe: definition.repeat_safe,
        duration: checked.duration,
        joins: definition.duplicates == Duplicates::Join,
        rejects: definition.duplicates == Duplicates::Reject,
        touched: checked.touched,
        parameters: checked.parameters,
        secrets,
    })
}

/// Refuses what was read back and is not the value.
fn unmasked(parameters: &[KeyValuePair], is_secret: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    let masked = |pair: &KeyValuePair| {
        pair.value.as_deref() == Some(MASK) && pair.name.as_deref().is_some_and(&is_secret)
    };
    let fault = |(at, _)| {
        let message = format!("`{MASK}` is what is shown in the place of a secret value: give the value");
        Fault::new(FaultCode::InvalidValue, format!("parameters[{at}]/value"), message)
    };
    let faults: Vec<_> = parameters.iter().enumerate().filter(|(_, pair)| masked(pair)).map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
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

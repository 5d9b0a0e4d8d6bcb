//! Filing an action.

use std::sync::Arc;

use super::steps::Steps;
use super::{Rules, conflict, read_only};
use crate::action::{KeyValuePair, ResultInfo, SecurityAction, Status, VendorInformation};
use crate::body::{ActionBody, Field, ResultInfoBody, VendorBody};
use crate::document::{self, write_open};
use crate::effect::Effect;
use crate::execution::{Execution, Phase};
use crate::journal::Kind;
use crate::view::{Answer, Answered, Change, Filing, FilingKey, IdempotencyKey, Record};
use crate::{ActionId, Decision, Fault, FaultCode, Refusal, Version, catalog, limits};

impl Rules<'_> {
    pub(super) fn create(&self, id: ActionId, body: &ActionBody, strict: bool) -> Result<Decision, Refusal> {
        let mut action = self.filed(id, body);
        let key = FilingKey::of(self.actor, body);
        let earlier = key.as_ref().and_then(|key| *self.view.filings.get(key)?);
        // A migration that names the action by its `id` says thereby which filing is which.
        let is_named = self.actor.writes_provenance() && body.id.value().is_some();
        if let Some(earlier) = earlier.filter(|_| !is_named) {
            return self.repeated(earlier, action, body);
        }
        if self.view.action(self.actor.tenant(), id).is_some() {
            return Err(conflict(
                FaultCode::AlreadyExists,
                "id",
                format!("an action `{id}` is there already"),
            ));
        }
        if strict && !self.actor.writes_provenance() {
            let faults = ignored_on_create(body, &action);
            if !faults.is_empty() {
                return Err(Refusal::Invalid(faults));
            }
        }
        self.not_ahead(&body.completed)?;

        let request = body.request.as_deref().cloned().unwrap_or_default();
        let mut execution = self.route(&action, &request, None, &[])?;
        self.hide(&mut action, &[]);
        if request.dry_run {
            if let Some(execution) = &mut execution {
                execution.work.forget();
            }
            return Ok(self.planned(action, execution));
        }
        // Of several with one context the first is the one that a repetition is answered with.
        let key = key.filter(|_| earlier.is_none());
        match execution {
            Some(execution) => self.file_routed(action, execution, key),
            None => Ok(self.file_recorded(action, key)),
        }
    }

    fn file_recorded(&self, action: SecurityAction, key: Option<FilingKey>) -> Decision {
        let record = self.record(action, false, None);
        let filing = filing(key, &record);
        let draft = self.draft(record.action.id.0, Kind::Created, record.document.clone());
        let answer = self.shown(&record, false);
        let mut changes = vec![Change::InsertAction(self.actor.tenant(), record)];
        changes.extend(filing);
        Decision { changes, entries: vec![draft], answer }
    }

    /// Files an action that is carried out. Where its effect is in force already it is done at once, by joining it.
    fn file_routed(
        &self,
        action: SecurityAction,
        execution: Execution,
        key: Option<FilingKey>,
    ) -> Result<Decision, Refusal> {
        let id = action.id;
        let mut steps = Steps::new(self);
        let there = execution.effect_key().and_then(|key| steps.effect(&key).cloned());
        // Another action with the same effect does more than have it, or less.
        let same = |effect: &Effect| effect.action == execution.work.name && !execution.work.lifts;
        let there = there.filter(|effect| effect.state.may_be_in_force() && same(effect));
        if let Some(effect) = &there
            && execution.work.rejects
        {
            let message =
                format!("`{}` is in force, or about to be, by effect `{}`", effect.action, effect.id);
            return Err(conflict(FaultCode::Duplicate, "parameters", message));
        }
        let ready = execution.phase == Phase::Queued && execution.work.joins;
        let joins = ready && there.is_some_and(|effect| effect.admits_another());
        steps.file(action, execution, None);
        let filing = steps.record(id).and_then(|record| filing(key, record));
        if joins && let Some(mut moving) = steps.take(id) {
            self.join(&mut moving);
            steps.put(moving, Kind::Joined);
        }
        let answer = steps.shown(id);
        let mut decision = steps.answer(answer);
        decision.changes.extend(filing);
        Ok(decision)
    }

    /// What a filing would do. That it was asked is noted; nothing else happens.
    fn planned(&self, action: SecurityAction, execution: Option<Execution>) -> Decision {
        let record = self.record(action, false, execution.map(Arc::new));
        let change = document::filing(&record.document, record.execution.as_deref(), None);
        let draft = self.draft(record.action.id.0, Kind::DryRun, change);
        Decision { changes: Vec::new(), entries: vec![draft], answer: Answer::Plan(Box::new(record)) }
    }

    /// A filing with an idempotency key: repeated with the same body it is answered as the first time.
    pub(super) fn create_once(
        &self,
        id: ActionId,
        body: &ActionBody,
        strict: bool,
        (key, digest): &(String, [u8; 32]),
    ) -> Result<Decision, Refusal> {
        let Some(key) = self.actor.idempotency_key(key) else { return self.create(id, body, strict) };
        let earlier = self.view.answered.get(&key).and_then(Option::as_ref);
        let kept = |answered: &&Answered| answered.at.plus_seconds(limits::IDEMPOTENCY_SECONDS) > self.now;
        if let Some(answered) = earlier.filter(kept) {
            if answered.digest != *digest {
                return Err(Refusal::KeyReused);
            }
            return Ok(Decision::unchanged(self.answered(answered)));
        }
        let mut decision = self.create(id, body, strict)?;
        if let Answer::Action { id, version, document, execution, .. } = &decision.answer {
            let answered = Answered {
                digest: *digest,
                at: self.now,
                action: *id,
                sequence: version.sequence,
                document: document::filing(document, execution.as_deref(), None),
            };
            decision.changes.push(Change::PutAnswered(key, answered));
        }
        Ok(decision)
    }

    /// Forgets those of `keys` that are old enough by now.
    pub(super) fn forget_answered(&self, keys: &[IdempotencyKey]) -> Decision {
        let is_old = |key: &&IdempotencyKey| {
            let answered = self.view.answered.get(key).and_then(Option::as_ref);
            answered.is_some_and(|it| it.at.plus_seconds(limits::IDEMPOTENCY_SECONDS) <= self.now)
        };
        let changes = keys.iter().filter(is_old).cloned().map(Change::ForgetAnswered).collect();
        Decision { changes, entries: Vec::new(), answer: Answer::Done }
    }

    fn answered(&self, answered: &Answered) -> Answer {
        let Answered { action, sequence, document: kept, .. } = answered;
        let beside = document::parse_filing(kept).ok();
        let execution = beside.as_ref().and_then(|(_, beside)| beside.execution.clone().flatten());
        let document = match (&execution, beside) {
            (Some(_), Some((action, _))) => document::render(&action).into(),
            _ => Arc::clone(kept),
        };
        Answer::Action {
            id: *action,
            version: Version { epoch: self.view.epoch, sequence: *sequence },
            document,
            execution: execution.map(Arc::new),
            replayed: true,
        }
    }

    /// The same app used this `clientContext` before: the same body is the same filing, another is a mistake.
    fn repeated(
        &self,
        earlier: Filing,
        mut action: SecurityAction,
        body: &ActionBody,
    ) -> Result<Decision, Refusal> {
        let record = self.view.action(self.actor.tenant(), earlier.action);
        let secrets = self.secrets(&action);
        self.hide(&mut action, &[]);
        let meaning = |record: &&Record| {
            // What is only recorded has neither.
            let routed = record.execution.is_some();
            let (request, secrets) =
                if routed { (body.request.as_deref(), &*secrets) } else { (None, &[][..]) };
            action.meaning(request, secrets) == earlier.digest
        };
        match record.filter(meaning) {
            Some(record) => Ok(Decision::unchanged(self.shown(record, true))),
            None => Err(conflict(
                FaultCode::ContextReused,
                "clientContext",
                format!(
                    "this app filed action `{}` with the same `clientContext` and another body",
                    earlier.action
                ),
            )),
        }
    }

    /// The secret values of an action that is filed, in their normal form.
    fn secrets(&self, action: &SecurityAction) -> Vec<KeyValuePair> {
        let definition = self.view.settings(self.actor.tenant()).definition(&action.name);
        let checked = definition.and_then(|it| Some((it, it.check(&action.parameters).ok()?)));
        checked.map_or_else(Vec::new, |(definition, mut checked)| {
            catalog::hide(&mut checked.parameters, |name| definition.is_secret(name))
        })
    }

    fn filed(&self, id: ActionId, body: &ActionBody) -> SecurityAction {
        let now = self.now;
        let mut action = SecurityAction {
            id,
            action_reason: body.action_reason.value().cloned(),
            app_id: self.actor.app.as_ref().map(|app| app.0.to_string()),
            azure_tenant_id: Some(self.actor.tenant().to_string()),
            client_context: body.client_context.value().cloned(),
            completed: None,
            created: now,
            error_info: None,
            last_action: now,
            name: body.name.value().cloned().unwrap_or_default(),
            parameters: body.parameters.value().cloned().unwrap_or_default(),
            states: Vec::new(),
            status: Status::NotStarted,
            user: self.actor.user_name().map(str::to_owned),
            vendor_information: VendorInformation {
                provider: None,
                provider_version: None,
                sub_provider: None,
                vendor: None,
            },
            open: Vec::new(),
        };
        if let Some(vendor) = body.vendor_information.value() {
            vendor.merge_into(&mut action.vendor_information);
        }
        for (name, value) in &body.open {
            write_open(&mut action.open, name.clone(), value.clone());
        }
        if self.actor.writes_provenance() {
            self.with_provenance(&mut action, body);
        }
        action
    }

    /// A migration or restore writes what the server otherwise keeps.
    fn with_provenance(&self, action: &mut SecurityAction, body: &ActionBody) {
        if let Some(app) = body.app_id.value() {
            action.app_id = Some(app.clone());
        }
        if let Some(tenant) = body.azure_tenant_id.value() {
            action.azure_tenant_id = Some(tenant.clone());
        }
        if let Some(user) = body.user.value() {
            action.user = Some(user.clone());
        }
        if let Some(date) = body.created.value() {
            action.created = date.instant;
            action.last_action = date.instant;
        }
        if let Some(date) = body.last_action.value() {
            action.last_action = date.instant;
        }
        if let Some(error) = body.error_info.value() {
            action.error_info = Some(error.merged(None));
        }
        if let Some(states) = body.states.value() {
            action.states = states.iter().map(crate::body::StateBody::entry).collect();
        }
        if let Some(status) = body.status.value() {
            action.status = *status;
        }
        action.completed =
            body.completed.value().map(|date| date.instant).or(action.status.is_final().then_some(self.now));
    }

    /// A client's date may be a little ahead of our clock, not more.
    pub(super) fn not_ahead(&self, completed: &Field<crate::time::WrittenDate>) -> Result<(), Refusal> {
        let limit = self.now.plus_seconds(crate::limits::CLOCK_AHEAD_SECONDS);
        if completed.value().is_some_and(|date| date.instant > limit) {
            return Err(Refusal::Invalid(vec![Fault::new(
                FaultCode::InvalidValue,
                "completedDateTime",
                format!("more than 5 minutes ahead of the server's clock, which says {}", self.now),
            )]));
        }
        Ok(())
    }
}

/// The filing to remember, where it has a key.
fn filing(key: Option<FilingKey>, record: &Record) -> Option<Change> {
    let filing = Filing { action: record.action.id, digest: record.meaning() };
    key.map(|key| Change::PutFiling(key, filing))
}

/// Members that a create ignores and that say something else than what the server sets.
fn ignored_on_create(body: &ActionBody, action: &SecurityAction) -> Vec<Fault> {
    let differs =
        |field: &Field<String>, set: &Option<String>| field.value().is_some_and(|v| Some(v) != set.as_ref());
    let mut faults = Vec::new();
    let mut check = |differs: bool, name: &str| {
        if differs {
            faults.push(read_only(name));
        }
    };
    check(body.id.value().is_some(), "id");
    check(differs(&body.app_id, &action.app_id), "appId");
    check(differs(&body.azure_tenant_id, &action.azure_tenant_id), "azureTenantId");
    check(body.completed.value().is_some(), "completedDateTime");
    check(body.created.value().is_some(), "createdDateTime");
    check(body.error_info.value().is_some(), "errorInfo");
    check(body.last_action.value().is_some(), "lastActionDateTime");
    check(body.states.value().is_some_and(|states| !states.is_empty()), "states");
    check(differs(&body.user, &action.user), "user");
    faults
}

impl VendorBody {
    /// Writes the members that are given.
    pub(crate) fn merge_into(&self, vendor: &mut VendorInformation) {
        self.provider.write_to(&mut vendor.provider);
        self.provider_version.write_to(&mut vendor.provider_version);
        self.sub_provider.write_to(&mut vendor.sub_provider);
        self.vendor.write_to(&mut vendor.vendor);
    }
}

impl ResultInfoBody {
    /// The value that results; `code` and `subcode` are 0 where nobody gave them.
    pub(super) fn merged(&self, before: Option<&ResultInfo>) -> ResultInfo {
        let mut message = before.and_then(|info| info.message.clone());
        self.message.write_to(&mut message);
        let number = |field: &Field<i32>, before: Option<i32>| match field {
            Field::Absent => before.unwrap_or(0),
            Field::Null => 0,
            Field::Value(value) => *value,
        };
        ResultInfo {
            code: number(&self.code, before.map(|info| info.code)),
            message,
            subcode: number(&self.subcode, before.map(|info| info.subcode)),
        }
    }
}

impl Field<String> {
    /// Null clears, absent keeps.
    pub(super) fn write_to(&self, slot: &mut Option<String>) {
        match self {
            Self::Absent => {}
            Self::Null => *slot = None,
            Self::Value(value) => *slot = Some(value.clone()),
        }
    }
}

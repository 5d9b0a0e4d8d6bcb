//! What providers do: ask for work, and report on it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use interdict_model::command::{Operation, Report};
use interdict_model::execution::LeaseId;
use interdict_model::provider::LEASE_SECONDS_MAX;
use interdict_model::view::{Answer, Handed};
use interdict_model::{Fault, FaultCode, ProviderId, Refusal, TenantId, Timestamp, limits};
use tokio::time::{Instant, sleep_until};

use crate::{Caller, Error, Service, Written};

/// Actions that one request is given at the most.
pub const MOST: u32 = 100;
/// How long a request may wait for work, in seconds.
pub const WAIT_SECONDS_MAX: u32 = 60;
/// Between two looks for what other nodes may have queued, where nobody tells of it.
const LOOK: Duration = Duration::from_secs(1);
/// The same where there is one node: until it is noted again that somebody waits.
const LOOK_ALONE: Duration = Duration::from_secs(10);
/// The least time between two looks because other nodes tell of commits.
const CALM: Duration = Duration::from_millis(5);
/// Seconds after which it is noted again that a program asked for work.
const NOTED_SECONDS: i64 = 10;

/// A request for work.
#[derive(Clone, Debug)]
pub struct LeaseRequest {
    /// Of which provider.
    pub provider: ProviderId,
    /// How much at the most.
    pub max: u32,
    /// How long to wait for it, in seconds.
    pub wait_seconds: u32,
    /// How long the leases are to hold, in seconds.
    pub lease_seconds: Option<u32>,
    /// What the program calls itself.
    pub instance: Option<String>,
}

/// What a renewal is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// Whether the provider is to stop.
    pub cancel: bool,
    /// Until when the lease holds.
    pub expires: Timestamp,
}

/// When each program was noted last by this node.
#[derive(Debug, Default)]
pub(crate) struct Noted(Mutex<HashMap<(TenantId, ProviderId, String), Timestamp>>);

impl Noted {
    /// Whether it is to be noted, without noting it.
    fn would_be_due(&self, key: &(TenantId, ProviderId, String), now: Timestamp) -> bool {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get(key).is_none_or(|last| last.plus_seconds(NOTED_SECONDS) <= now)
    }

    /// Whether it is to be noted now.
    fn is_due(&self, key: (TenantId, ProviderId, String), now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = noted.get(&key).is_none_or(|last| last.plus_seconds(NOTED_SECONDS) <= now);
        if due {
            if noted.len() > 100_000 {
                noted.clear();
            }
            noted.insert(key, now);
        }
        due
    }
}

impl LeaseRequest {
    fn check(&self) -> Result<(), Refusal> {
        let mut faults = Vec::new();
        let mut number = |value: Option<u32>, least: u32, most: u32, target: &str| {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                let message = format!("`{target}` must lie between {least} and {most}");
                faults.push(Fault::new(FaultCode::InvalidValue, target, message));
            }
        };
        number(Some(self.max), 1, MOST, "max");
        number(Some(self.wait_seconds), 0, WAIT_SECONDS_MAX, "waitSeconds");
        number(self.lease_seconds, 1, LEASE_SECONDS_MAX, "leaseSeconds");
        if self.instance.as_ref().is_some_and(|name| name.chars().count() > limits::SHORT_TEXT) {
            let message = format!("longer than {} characters", limits::SHORT_TEXT);
            faults.push(Fault::new(FaultCode::TooLong, "instanceId", message));
        }
        if self.instance.as_ref().is_some_and(|name| name.chars().any(char::is_control)) {
            let message = "a name has no control characters";
            faults.push(Fault::new(FaultCode::InvalidValue, "instanceId", message));
        }
        if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
    }
}

impl Service {
    /// Hands out work as soon as there is some, waiting for it as long as is asked.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn lease(&self, caller: &Caller, request: &LeaseRequest) -> Result<Vec<Handed>, Error> {
        caller.may_execute()?;
        request.check()?;
        let tenant = caller.actor.tenant();
        let until = Instant::now() + Duration::from_secs(request.wait_seconds.into());
        let wake = self.wakes.of(tenant, request.provider);
        let mut changes = self.store.changes();
        // One node alone tells itself of everything.
        let alone = self.store.blocks();
        let mut first = true;
        loop {
            let mut told = std::pin::pin!(wake.notified());
            told.as_mut().enable();
            changes.mark_unchanged();
            // Whoever waits is live, and that is noted from time to time.
            if first || self.is_to_be_noted(caller, request) || self.has_work(caller, request).await? {
                let leases = self.ask(caller, request).await?;
                if !leases.is_empty() {
                    return Ok(leases);
                }
            }
            first = false;
            if Instant::now() >= until {
                return Ok(Vec::new());
            }
            let look = if alone { LOOK_ALONE } else { LOOK };
            let next_look = (Instant::now() + look).min(until);
            tokio::select! {
                () = told.as_mut() => {}
                // Perhaps it is a commit of this node, which knows better in a moment.
                _ = changes.changed(), if !alone => tokio::select! {
                    () = told.as_mut() => {}
                    () = sleep_until((Instant::now() + CALM).min(until)) => {}
                },
                () = sleep_until(next_look) => {}
            }
        }
    }

    async fn has_work(&self, caller: &Caller, request: &LeaseRequest) -> Result<bool, Error> {
        let name = request.instance.as_deref().unwrap_or_default();
        Ok(self.store.has_work(caller.actor.scope, request.provider, name).await?)
    }

    fn is_to_be_noted(&self, caller: &Caller, request: &LeaseRequest) -> bool {
        let name = request.instance.clone().unwrap_or_default();
        self.noted.would_be_due(&(caller.actor.tenant(), request.provider, name), self.clock.now())
    }

    async fn ask(&self, caller: &Caller, request: &LeaseRequest) -> Result<Vec<Handed>, Error> {
        let name = request.instance.clone().unwrap_or_default();
        let operation = Operation::Lease {
            provider: request.provider,
            max: request.max,
            seconds: request.lease_seconds.map(i64::from),
            instance: request.instance.clone(),
            noted: self.noted.is_due((caller.actor.tenant(), request.provider, name), self.clock.now()),
        };
        match self.command(caller, operation).await? {
            Answer::Leases(leases) => {
                self.heard.note(caller.actor.tenant(), request.provider, self.clock.now());
                Ok(leases)
            }
            _ => Err(Error::Internal("a request for work was answered otherwise".into())),
        }
    }

    /// Renews a lease.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn renew(&self, caller: &Caller, lease: LeaseId, report: Report) -> Result<Renewed, Error> {
        caller.may_execute()?;
        let report = Box::new(report);
        match self.command(caller, Operation::Report { lease, report }).await? {
            Answer::Renewed { cancel, expires } => Ok(Renewed { cancel, expires }),
            _ => Err(Error::Internal("a renewal was answered otherwise".into())),
        }
    }

    /// Ends a lease by a report.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn report(&self, caller: &Caller, lease: LeaseId, report: Report) -> Result<Written, Error> {
        caller.may_execute()?;
        self.written(caller, Operation::Report { lease, report: Box::new(report) }).await
    }
}

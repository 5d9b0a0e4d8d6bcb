//! What the provider of a case does: it asks for work, and reports on it.

use serde_json::Value;

use super::{LEASE_SECONDS, PATIENCE, Stage};
use crate::client::Answer;
use crate::commands::provider::check::outcome::{Outcome, Wrong, holds, is};
use crate::commands::provider::lease::{self, Ask, Lease};

impl Stage<'_> {
    /// What the provider is given now.
    pub(in crate::commands::provider::check) async fn lease(&self, max: usize) -> Outcome<Vec<Lease>> {
        self.take(Ask { max, wait: 0, lease: LEASE_SECONDS, member: None }).await
    }

    /// What the provider is given of what is asked for.
    pub(in crate::commands::provider::check) async fn take(&self, ask: Ask) -> Outcome<Vec<Lease>> {
        let leases = lease::take(self.client, &self.provider, ask).await?;
        self.leases.borrow_mut().extend(leases.iter().cloned());
        Ok(leases)
    }

    /// The one action that is handed out now, or within a while.
    pub(in crate::commands::provider::check) async fn lease_one(&self) -> Outcome<Lease> {
        self.lease_for(LEASE_SECONDS).await
    }

    /// The same, for so many seconds.
    pub(in crate::commands::provider::check) async fn lease_for(&self, seconds: u64) -> Outcome<Lease> {
        let ask = Ask { max: 10, wait: PATIENCE.as_secs(), lease: seconds, member: None };
        let mut leases = self.take(ask).await?;
        is("the number of leases", &leases.len(), &1)?;
        leases.pop().ok_or_else(|| Wrong::Broken("no lease".to_owned()))
    }

    /// Holds the server to handing out nothing now.
    pub(in crate::commands::provider::check) async fn gives_nothing(&self, why: &str) -> Outcome {
        let leases = self.lease(10).await?;
        let ids: Vec<_> = leases.iter().map(Lease::action).collect();
        holds(ids.is_empty(), format!("{ids:?} was handed out, though {why}"))
    }

    /// Reports on a lease; any answer is one.
    pub(in crate::commands::provider::check) async fn report(
        &self,
        lease: &Lease,
        verb: &str,
        members: Value,
    ) -> Outcome<Answer> {
        Ok(lease.report(self.client, verb, members).await?)
    }

    /// Reports what must be accepted.
    pub(in crate::commands::provider::check) async fn reported(
        &self,
        lease: &Lease,
        verb: &str,
        members: Value,
    ) -> Outcome<Answer> {
        Ok(self.report(lease, verb, members).await?.accepted()?)
    }

    /// Begins and completes the one action that waits; its lease.
    pub(in crate::commands::provider::check) async fn carry_out(&self) -> Outcome<Lease> {
        let lease = self.lease_one().await?;
        self.reported(&lease, "renew", Value::Null).await?;
        self.reported(&lease, "complete", Value::Null).await?;
        Ok(lease)
    }

    /// Files an action and carries it out.
    pub(in crate::commands::provider::check) async fn carry_out_one(&self) -> Outcome {
        self.scan("pc-1", Value::Null).await?;
        self.carry_out().await.map(drop)
    }
}

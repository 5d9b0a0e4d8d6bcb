//! The use cases of auditors: the caller's own tenant's journal and seals, a page at a time.

use interdict_model::journal::Entry;
use interdict_model::seal::Seal;
use interdict_model::{ActionId, Refusal};
use interdict_store::{AuditPage, AuditRequest, Store};
use uuid::Uuid;

use crate::{Caller, Error, Service};

/// Entries of one timeline.
const TIMELINE: u32 = 1_000;

/// Which page.
#[derive(Clone, Copy, Debug)]
pub struct AuditQuery {
    /// The sequence behind which it begins; 0 for the beginning.
    pub after: i64,
    /// Rows at the most.
    pub top: u32,
    /// Entries about this action or app alone.
    pub subject: Option<Uuid>,
}

impl Service {
    /// A page of the journal, without the secret values that are for providers alone.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn journal(&self, caller: &Caller, query: AuditQuery) -> Result<AuditPage<Entry>, Error> {
        caller.may_read_journal()?;
        let scope = caller.actor.scope;
        let AuditQuery { after, top: limit, subject } = query;
        let read = move |store: Store, patience| async move {
            store.journal_page(scope, AuditRequest { after, limit, subject, patience }).await
        };
        let AuditPage { rows, next } = self.read_in_time(read).await??;
        Ok(AuditPage { rows: rows.into_iter().map(Entry::masked).collect(), next })
    }

    /// The entries about one action, the oldest first, as many as one page holds.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn timeline(&self, caller: &Caller, id: ActionId) -> Result<Vec<Entry>, Error> {
        caller.may_read_actions()?;
        let scope = caller.actor.scope;
        let read = move |store: Store, patience| async move {
            let request = AuditRequest { after: 0, limit: TIMELINE, subject: Some(id.0), patience };
            store.journal_page(scope, request).await
        };
        let entries = self.read_in_time(read).await??.rows;
        if entries.is_empty() {
            return Err(Refusal::NotFound(id.to_string()).into());
        }
        Ok(entries.into_iter().map(Entry::masked).collect())
    }

    /// A page of the journal's seals.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn seals(&self, caller: &Caller, query: AuditQuery) -> Result<AuditPage<Seal>, Error> {
        caller.may_read_journal()?;
        let scope = caller.actor.scope;
        let AuditQuery { after, top: limit, .. } = query;
        let read = move |store: Store, patience| async move {
            store.seal_page(scope, AuditRequest { after, limit, subject: None, patience }).await
        };
        Ok(self.read_in_time(read).await??)
    }
}

//! The use cases of auditors: the caller's own tenant's journal and seals, a page at a time.

use interdict_model::journal::Entry;
use interdict_model::seal::Seal;
use interdict_store::{AuditPage, AuditRequest, Store};
use uuid::Uuid;

use crate::{Caller, Error, Service};

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
    /// A page of the journal.
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
        Ok(self.read_in_time(read).await??)
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

//! Duties: what the server is to do for a tenant of its own accord. Any node may do them; on PostgreSQL each is claimed
//! by one, for as long as doing it may take. A claim only spreads the work: what is done is decided again under the
//! tenant's head.

use interdict_model::journal::Head;
use interdict_model::seal::Seal;
use interdict_model::{TenantId, TenantScope, Timestamp};

use crate::engine::Session;
use crate::{Store, StoreError, dialect, rows, tables};

/// How long a claim holds, in seconds.
const CLAIM_SECONDS: i64 = 60;

impl Store {
    /// Journals that are to be sealed by `now`, at most `limit`, each with its head; other nodes are not given them for
    /// a while.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Deadline`] or [`StoreError::Corrupt`].
    pub async fn claim_sealing(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TenantId, Head)>, StoreError> {
        let mut reader = self.reader(None).await?;
        let mut session = reader.session()?;
        let until = now.plus_seconds(CLAIM_SECONDS).ticks();
        let given = [tables::SEALING.into(), now.ticks().into(), i64::from(limit).into(), until.into()];
        let (text, values) = match session {
            Session::Sqlite(_) => (dialect::DUE, given.get(..3).unwrap_or_default()),
            Session::Postgres(_) => (dialect::CLAIM, given.as_slice()),
        };
        session.all(text, values, |row| Ok((TenantId(row.uuid(0)?), rows::head(row, 1)?))).await
    }

    /// Seals of a tenant's journal after `sequence`, at most `limit`.
    ///
    /// # Errors
    /// As [`Store::claim_sealing`].
    pub async fn seals(&self, scope: TenantScope, after: i64, limit: u32) -> Result<Vec<Seal>, StoreError> {
        let mut reader = self.reader(None).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(Vec::new()) };
        let values = [tenant.into(), after.into(), i64::from(limit).into()];
        session.all(rows::SEALS, &values, |row| rows::seal(row, scope.tenant())).await
    }
}

/// Makes up for duties that nodes of an older version did not note.
pub(crate) async fn make_up(session: &mut Session<'_>) -> Result<(), StoreError> {
    session.execute(dialect::MISSED, &[tables::SEALING.into(), 0.into()]).await.map(drop)
}

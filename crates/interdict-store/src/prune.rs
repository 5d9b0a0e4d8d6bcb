//! Retention: which entries a pruning keeps, and which it removes.

use std::collections::{HashMap, HashSet};

use interdict_model::journal::Kind;
use interdict_model::pruning::{Followed, Kept, Pruning};
use interdict_model::view::FilingKey;
use interdict_model::{TenantId, TenantScope, Timestamp, document};
use uuid::Uuid;

use crate::engine::Session;
use crate::verify::chain::{ShortKey, short};
use crate::verify::seals::KnownKeys;
use crate::{Audit, Store, StoreError, rows};

/// Entries that one look for what is to be removed passes over: so few that removing them holds nobody up.
const LOOK: i64 = 2_000;

const LIVES: &str = "SELECT kind, subject, change FROM journal \
     WHERE tenant = $1 AND sequence <= $2 AND kind IN ($3, $4, $5, $6) ORDER BY sequence";
const UP_TO: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 AND sequence <= $2 ORDER BY sequence";
const SUBJECTS: &str = "SELECT sequence, subject FROM journal \
     WHERE tenant = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4";
const SEALED_BEFORE: &str = "SELECT sequence, hash, at, key, signature FROM seal \
     WHERE tenant = $1 AND at <= $2 ORDER BY sequence DESC LIMIT 1";
const SEALS: &str = "SELECT sequence FROM seal WHERE tenant = $1 AND sequence > $2 AND sequence <= $3";

/// Actions whose entries up to a sequence are not kept: those that were removed by then.
///
/// What it says of a journal stays the same while entries of these actions are being removed, the oldest first: of each
/// action the entry that removed it goes last.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    up_to: i64,
    actions: HashSet<Uuid>,
}

/// What the entries up to a sequence say of filings and removals.
#[derive(Default)]
struct Lives {
    /// The filing of each action that is there, whether it was remembered or not.
    there: HashMap<Uuid, Option<ShortKey>>,
    /// The same of those that were removed.
    removed: HashMap<Uuid, Option<ShortKey>>,
    /// How many actions that are there bear a filing's key.
    bearers: HashMap<ShortKey, u32>,
    /// Keys that more than one action bore at a time. Which of them was remembered follows from all of their entries,
    /// so all of these are kept.
    contested: HashSet<ShortKey>,
    /// Actions that are kept whatever became of them: those that were filed again under their id, of which there are few,
    /// and those that had an effect, since others may have held it too.
    kept: HashSet<Uuid>,
}

impl Lives {
    fn begin(&mut self, action: Uuid, key: Option<ShortKey>) {
        if self.removed.remove(&action).is_some() {
            self.kept.insert(action);
        }
        self.there.insert(action, key);
        if let Some(key) = key {
            let bearers = self.bearers.entry(key).or_default();
            *bearers += 1;
            if *bearers > 1 {
                self.contested.insert(key);
            }
        }
    }

    fn end(&mut self, action: Uuid) {
        let key = self.there.remove(&action).flatten();
        if let Some(key) = key
            && let Some(bearers) = self.bearers.get_mut(&key)
        {
            *bearers -= 1;
            if *bearers == 0 {
                self.bearers.remove(&key);
            }
        }
        self.removed.insert(action, key);
    }
}

impl Gone {
    /// Reads what is needed of the entries up to that sequence; 0 reads nothing.
    pub(crate) async fn load(session: &mut Session<'_>, tenant: i64, up_to: i64) -> Result<Self, StoreError> {
        if up_to == 0 {
            return Ok(Self::default());
        }
        let mut lives = Lives::default();
        let (created, deleted) = (i64::from(Kind::Created.number()), i64::from(Kind::Deleted.number()));
        let effects = [Kind::HandedOut, Kind::Joined].map(|kind| i64::from(kind.number()).into());
        let values = [tenant.into(), up_to.into(), created.into(), deleted.into()];
        let values: Vec<_> = values.into_iter().chain(effects).collect();
        session
            .each(LIVES, &values, |row| {
                let (kind, subject) = (row.integer(0)?, row.uuid(1)?);
                if kind == created {
                    lives.begin(subject, filing_key(row.text(2)?));
                } else if kind == deleted {
                    lives.end(subject);
                } else if row.text(2)?.contains(",\"effect\":{\"id\":") {
                    lives.kept.insert(subject);
                }
                Ok(())
            })
            .await?;
        let Lives { removed, contested, kept, .. } = lives;
        let is_gone = |(action, key): &(Uuid, Option<ShortKey>)| {
            !kept.contains(action) && key.is_none_or(|key| !contested.contains(&key))
        };
        Ok(Self { up_to, actions: removed.into_iter().filter(is_gone).map(|(action, _)| action).collect() })
    }

    /// Whether an entry is not kept.
    pub(crate) fn has(&self, sequence: i64, subject: Uuid) -> bool {
        sequence <= self.up_to && self.actions.contains(&subject)
    }
}

/// The key of a filing, out of the document that was filed; whose it is does not matter within a tenant.
fn filing_key(document: &str) -> Option<ShortKey> {
    let action = document::parse(document).ok()?;
    let key = FilingKey::of_filed(TenantId(Uuid::nil()), &action)?;
    Some(short(&key.app.0, &key.context))
}

/// A pruning that can be made.
#[derive(Clone, Copy, Debug)]
pub struct Prunable {
    /// How far it goes, and what it keeps.
    pub pruning: Pruning,
    /// Entries that it removes.
    pub entries: u64,
}

/// What is to be removed of a journal that was pruned, as far as one look found it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgettable {
    /// Sequences of entries.
    pub entries: Vec<i64>,
    /// Sequences of seals.
    pub seals: Vec<i64>,
}

/// The removal of what the last pruning of a journal does not keep, look by look. What was cut off goes on where it ended.
#[derive(Debug)]
pub struct Forgetting {
    store: Store,
    tenant: i64,
    gone: Gone,
    /// The entry up to which it has looked.
    after: i64,
}

impl Store {
    /// The pruning up to the last entry that was sealed at `before` or earlier; `None` where it would remove nothing. The
    /// seal and all that it stands for are verified.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the journal does not hold; else as [`Store::audit`].
    pub async fn prunable(
        &self,
        scope: TenantScope,
        before: Timestamp,
        audit: &Audit,
    ) -> Result<Option<Prunable>, StoreError> {
        let mut reader = self.reader(None).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(None) };
        session.begin_read().await?;
        let found = prunable(&mut session, scope.tenant(), tenant, before, audit).await;
        session.end(found).await
    }

    /// Begins to look for what the last pruning of the tenant's journal does not keep; `None` where there was none.
    ///
    /// # Errors
    /// As [`Store::audit`].
    pub async fn forgetting(&self, scope: TenantScope) -> Result<Option<Forgetting>, StoreError> {
        let mut reader = self.reader(None).await?;
        let mut session = reader.session()?;
        let Some(tenant) = self.tenant_key(&mut session, scope).await? else { return Ok(None) };
        let pruned = session.first(rows::PRUNING, &[tenant.into()], rows::pruning).await?;
        let Some(pruning) = pruned else { return Ok(None) };
        let gone = Gone::load(&mut session, tenant, pruning.sequence).await?;
        Ok(Some(Forgetting { store: self.clone(), tenant, gone, after: 0 }))
    }
}

impl Forgetting {
    /// Looks further; `None` where nothing is left.
    ///
    /// # Errors
    /// As [`Store::audit`].
    pub async fn next(&mut self) -> Result<Option<Forgettable>, StoreError> {
        let mut reader = self.store.reader(None).await?;
        let mut session = reader.session()?;
        while self.after < self.gone.up_to {
            let values = [self.tenant.into(), self.after.into(), self.gone.up_to.into(), LOOK.into()];
            let looked = session.all(SUBJECTS, &values, |row| Ok((row.integer(0)?, row.uuid(1)?))).await?;
            let last = if looked.len() < usize::try_from(LOOK).unwrap_or(usize::MAX) {
                self.gone.up_to
            } else {
                looked.last().map_or(self.gone.up_to, |(sequence, _)| *sequence)
            };
            // The seal of the entry up to which the journal was pruned stays.
            let values = [self.tenant.into(), self.after.into(), last.min(self.gone.up_to - 1).into()];
            let seals = session.all(SEALS, &values, |row| row.integer(0)).await?;
            self.after = last;
            let entries = looked.into_iter().filter(|(sequence, subject)| self.gone.has(*sequence, *subject));
            let entries: Vec<_> = entries.map(|(sequence, _)| sequence).collect();
            if !entries.is_empty() || !seals.is_empty() {
                return Ok(Some(Forgettable { entries, seals }));
            }
        }
        Ok(None)
    }
}

async fn prunable(
    session: &mut Session<'_>,
    id: TenantId,
    tenant: i64,
    before: Timestamp,
    audit: &Audit,
) -> Result<Option<Prunable>, StoreError> {
    let pruned = session.first(rows::PRUNING, &[tenant.into()], rows::pruning).await?;
    let earlier = pruned.map_or(0, |pruning| pruning.sequence);
    let values = [tenant.into(), before.ticks().into()];
    let seal = session.first(SEALED_BEFORE, &values, |row| rows::seal(row, id)).await?;
    let Some(seal) = seal.filter(|seal| seal.sequence > earlier) else { return Ok(None) };
    let broken = |sequence: i64, reason: &dyn std::fmt::Display| {
        StoreError::Corrupt(format!("the journal of tenant {id} does not hold at entry {sequence}: {reason}"))
    };
    if let Some(reason) = KnownKeys::load(session, audit).await?.fault(&seal) {
        return Err(broken(seal.sequence, &reason));
    }
    let left = Gone::load(session, tenant, earlier).await?;
    let gone = Gone::load(session, tenant, seal.sequence).await?;
    let (mut followed, mut kept, mut entries) = (Followed::from(pruned), Kept::default(), 0);
    session
        .each(UP_TO, &[tenant.into(), seal.sequence.into()], |row| {
            let entry = rows::entry(row, id)?;
            if left.has(entry.sequence, entry.subject) {
                return Ok(());
            }
            followed.take(&entry).map_err(|reason| broken(entry.sequence, &reason))?;
            if gone.has(entry.sequence, entry.subject) {
                entries += 1;
                return Ok(());
            }
            kept.take(&entry).map_err(|reason| broken(entry.sequence, &reason))
        })
        .await?;
    if !followed.is_at(seal.sequence, &seal.hash) {
        return Err(broken(seal.sequence, &"its seal is of another entry"));
    }
    Ok((entries > 0).then(|| Prunable { pruning: kept.up_to(followed.head()), entries }))
}

//! The audit: every tenant's chain, read from its first entry, against its head, its seals, what somebody noted elsewhere,
//! and every row against what the entries add up to.

mod actions;
pub(crate) mod chain;
mod execution;
pub(crate) mod seals;
mod sums;

use std::fmt;

use interdict_model::TenantId;
use interdict_model::journal::Head;
use interdict_model::line::SealingKey;
use interdict_model::pruning::Pruning;

use crate::engine::Session;
use crate::prune::Gone;
use crate::{Store, StoreError, rows};
use chain::Chain;
use seals::{KnownKeys, Seals};

const HEADS: &str = "SELECT guid, tenant, sequence, hash, at, sealed FROM head ORDER BY guid";
const LOST_TENANTS: &str = "SELECT tenant FROM journal WHERE tenant NOT IN (SELECT tenant FROM head) \
     UNION SELECT tenant FROM action WHERE tenant NOT IN (SELECT tenant FROM head) \
     UNION SELECT tenant FROM filing WHERE tenant NOT IN (SELECT tenant FROM head) \
     UNION SELECT tenant FROM app WHERE tenant NOT IN (SELECT tenant FROM head) \
     UNION SELECT tenant FROM seal WHERE tenant NOT IN (SELECT tenant FROM head) \
     UNION SELECT tenant FROM pruning WHERE tenant NOT IN (SELECT tenant FROM head) \
     UNION SELECT tenant FROM parameter WHERE tenant NOT IN (SELECT tenant FROM head)";

/// What a journal held at some time, as somebody noted it elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Whose journal.
    pub tenant: TenantId,
    /// The sequence of an entry.
    pub sequence: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Says whether a key has the name that it goes by, and a signature is that of a message under it.
pub type SignatureCheck = fn(key: &SealingKey, message: &[u8], signature: &[u8; 64]) -> bool;

/// What an audit holds the store against, besides itself.
#[derive(Clone, Default)]
pub struct Audit {
    /// Checks the signatures of seals; without it they are taken as they are.
    pub signatures: Option<SignatureCheck>,
    /// Keys that may have signed seals, besides those that the store knows.
    pub keys: Vec<SealingKey>,
    /// The names of the only keys that are trusted; where there are none, all that are known are.
    pub trusted: Vec<String>,
    /// What the journals must hold.
    pub anchors: Vec<Anchor>,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit")
            .field("keys", &self.keys)
            .field("trusted", &self.trusted)
            .field("anchors", &self.anchors)
            .finish_non_exhaustive()
    }
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Tenants whose journals were read.
    pub tenants: u64,
    /// Entries read.
    pub entries: u64,
    /// Actions compared with what their entries add up to.
    pub actions: u64,
    /// Filings, likewise.
    pub filings: u64,
    /// Apps, likewise.
    pub apps: u64,
    /// Seals compared with their entries.
    pub seals: u64,
    /// Anchors that were found in their journals.
    pub anchors: u64,
    /// Anchors of entries that were pruned, of which nothing can be said.
    pub pruned_anchors: u64,
    /// The first fault, where there is one.
    pub fault: Option<ChainFault>,
}

/// Where a journal is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFault {
    /// Whose journal; `None` where the tenant itself is gone.
    pub tenant: Option<TenantId>,
    /// The sequence of the first entry that does not hold; 0 where it is about no entry.
    pub sequence: i64,
    /// Why.
    pub reason: String,
}

/// The sequence that does not hold, and why.
type Fault = (i64, String);

impl Store {
    /// Audits every journal and row, as far as they can be held against each other.
    ///
    /// # Errors
    /// As [`Store::audit`].
    pub async fn verify(&self) -> Result<Report, StoreError> {
        self.audit(&Audit::default()).await
    }

    /// Audits every journal and row, stopping at the first tenant with a fault. Reads one state throughout.
    ///
    /// # Errors
    /// Where the store cannot be read; a journal that does not hold is no error but a [`Report::fault`].
    pub async fn audit(&self, audit: &Audit) -> Result<Report, StoreError> {
        let mut reader = self.reader(None).await?;
        let mut session = reader.session()?;
        session.begin_read().await?;
        let report = all_tenants(&mut session, audit).await;
        session.end(report).await
    }
}

/// A tenant as its head names it.
#[derive(Clone, Copy, Debug)]
struct Tenant {
    id: TenantId,
    key: i64,
    head: Head,
    /// Up to which entry the journal is sealed.
    sealed: i64,
    /// How far it was pruned.
    pruned: Option<Pruning>,
}

async fn all_tenants(session: &mut Session<'_>, audit: &Audit) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let keys = KnownKeys::load(session, audit).await?;
    let mut tenants = session
        .all(HEADS, &[], |row| {
            let head = rows::head(row, 2)?;
            let (id, key, sealed) = (TenantId(row.uuid(0)?), row.integer(1)?, row.integer(5)?);
            Ok(Tenant { id, key, head, sealed, pruned: None })
        })
        .await?;
    for tenant in &mut tenants {
        tenant.pruned = session.first(rows::PRUNING, &[tenant.key.into()], rows::pruning).await?;
        report.tenants += 1;
        if let Some((sequence, reason)) = one_tenant(session, tenant, &keys, audit, &mut report).await? {
            report.fault = Some(ChainFault { tenant: Some(tenant.id), sequence, reason });
            return Ok(report);
        }
    }
    if let Some(key) = session.first(LOST_TENANTS, &[], |row| row.integer(0)).await? {
        let reason = format!("the tenant with key {key} has rows but no head: it was removed");
        report.fault = Some(ChainFault { tenant: None, sequence: 0, reason });
        return Ok(report);
    }
    let known = |anchor: &&Anchor| tenants.iter().any(|tenant| tenant.id == anchor.tenant);
    if let Some(anchor) = audit.anchors.iter().find(|anchor| !known(anchor)) {
        let (tenant, (sequence, reason)) = (Some(anchor.tenant), cut_before(anchor.sequence));
        report.fault = Some(ChainFault { tenant, sequence, reason });
    }
    Ok(report)
}

async fn one_tenant(
    session: &mut Session<'_>,
    tenant: &Tenant,
    keys: &KnownKeys,
    audit: &Audit,
    report: &mut Report,
) -> Result<Option<Fault>, StoreError> {
    let seals = Seals::load(session, tenant, keys).await?;
    let gone = Gone::load(session, tenant.key, tenant.pruned.map_or(0, |pruning| pruning.sequence)).await?;
    let mut chain = Chain::new(tenant, seals, &audit.anchors);
    chain.read(session, tenant.key, &gone, report).await?;
    if let Some(fault) = chain.end(tenant, report) {
        return Ok(Some(fault));
    }
    sums::compare(session, tenant, chain.sums, &gone, report).await
}

fn cut_before(sequence: i64) -> Fault {
    (
        sequence,
        format!(
            "the journal was cut or rewritten before the end of entry {sequence}, which was noted elsewhere"
        ),
    )
}

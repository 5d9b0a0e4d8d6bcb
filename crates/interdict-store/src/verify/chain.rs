//! The first reading of a journal, in its order: the chain, its seals and anchors, and what need not be replayed entry by
//! entry.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use aws_lc_rs::digest::{Context, SHA256};
use interdict_model::app::App;
use interdict_model::document;
use interdict_model::journal::{Entry, Head, Kind};
use interdict_model::view::{Filing, FilingKey};
use interdict_model::{ActionId, AppId, TenantId, Timestamp};
use uuid::Uuid;

use super::seals::Seals;
use super::{Anchor, Fault, Report, Tenant, cut_before};
use crate::engine::Session;
use crate::{StoreError, rows};

pub(super) const ALL_ENTRIES: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 ORDER BY sequence";

/// Stands for a filing's key, which may be long: half of its SHA-256.
pub(super) type ShortKey = [u8; 16];

/// What the entries add up to, but for the actions' content.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Actions that are there, and the filing that each holds.
    pub(super) actions: HashMap<Uuid, Option<ShortKey>>,
    /// Filings, and the entry that made each.
    pub(super) filings: HashMap<ShortKey, (Filing, i64)>,
    /// Apps, and the last entry about each.
    pub(super) apps: BTreeMap<AppId, (App, i64)>,
    /// Apps that were removed, and by which entry.
    pub(super) removed: BTreeMap<AppId, (Timestamp, i64)>,
}

/// A journal as far as it was read.
pub(super) struct Chain<'a> {
    tenant: TenantId,
    head: Head,
    seals: Seals<'a>,
    /// The hashes that entries must have.
    anchors: BTreeMap<i64, Vec<[u8; 32]>>,
    pub(super) sums: Sums,
    fault: Option<Fault>,
}

impl<'a> Chain<'a> {
    pub(super) fn new(tenant: TenantId, seals: Seals<'a>, anchors: &[Anchor]) -> Self {
        let mut of_tenant: BTreeMap<i64, Vec<[u8; 32]>> = BTreeMap::new();
        for anchor in anchors.iter().filter(|anchor| anchor.tenant == tenant) {
            of_tenant.entry(anchor.sequence).or_default().push(anchor.hash);
        }
        Self { tenant, head: Head::default(), seals, anchors: of_tenant, sums: Sums::default(), fault: None }
    }

    /// Reads every entry, until one does not hold.
    pub(super) async fn read(
        &mut self,
        session: &mut Session<'_>,
        key: i64,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        session
            .each_until(ALL_ENTRIES, &[key.into()], |row| {
                let entry = rows::entry(row, self.tenant)?;
                self.fault = self.pass(&entry, report).err();
                Ok(if self.fault.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
            .await
    }

    fn pass(&mut self, entry: &Entry, report: &mut Report) -> Result<(), Fault> {
        if let Some(reason) = entry.break_after(&self.head) {
            return Err((entry.sequence, reason.to_string()));
        }
        if let Some(hashes) = self.anchors.remove(&entry.sequence) {
            if hashes.iter().any(|hash| *hash != entry.hash) {
                return Err(cut_before(entry.sequence));
            }
            report.anchors += u64::try_from(hashes.len()).unwrap_or(0);
        }
        report.seals += u64::from(self.seals.pass(entry)?);
        self.sums.add(entry).map_err(|reason| (entry.sequence, reason))?;
        report.entries += 1;
        self.head = entry.head();
        Ok(())
    }

    /// The first fault, the journal being read.
    pub(super) fn end(&mut self, tenant: &Tenant) -> Option<Fault> {
        let (head, stored) = (self.head, tenant.head);
        self.fault
            .take()
            .or_else(|| {
                (head != stored).then(|| {
                    let reason = format!(
                        "the journal ends at {} but its head names {}: entries were removed or the head was changed",
                        head.sequence, stored.sequence
                    );
                    (head.sequence.min(stored.sequence) + 1, reason)
                })
            })
            .or_else(|| self.anchors.keys().next().map(|sequence| cut_before(*sequence)))
            .or_else(|| self.seals.end(tenant))
    }
}

impl Sums {
    fn add(&mut self, entry: &Entry) -> Result<(), String> {
        let there = self.actions.contains_key(&entry.subject);
        match entry.known_kind().map_err(|error| error.to_string())? {
            Kind::Created => {
                let action = document::parse(&entry.change)
                    .map_err(|error| format!("its document cannot be read: {error}"))?;
                if there || action.id.0 != entry.subject {
                    return Err(format!("it files action `{}` a second time, or another one", entry.subject));
                }
                let key =
                    FilingKey::of_filed(entry.tenant, &action).map(|key| short(&key.app.0, &key.context));
                let key = key.filter(|key| !self.filings.contains_key(key));
                if let Some(key) = key {
                    let filing = Filing { action: action.id, digest: action.meaning() };
                    self.filings.insert(key, (filing, entry.sequence));
                }
                self.actions.insert(entry.subject, key);
            }
            Kind::Updated | Kind::Cancelled | Kind::Deleted if !there => {
                return Err(format!("it is about action `{}`, which is not there", ActionId(entry.subject)));
            }
            Kind::Updated | Kind::Cancelled => {}
            Kind::Deleted => {
                if let Some(key) = self.actions.remove(&entry.subject).flatten() {
                    self.filings.remove(&key);
                }
            }
            Kind::AppAdded | Kind::AppRotated => {
                let app = entry.app().map_err(|error| error.to_string())?;
                self.apps.insert(app.app_id.clone(), (app, entry.sequence));
            }
            Kind::AppRemoved => {
                let id = AppId(entry.subject.to_string().into());
                self.apps.remove(&id);
                self.removed.insert(id, (entry.at, entry.sequence));
            }
        }
        Ok(())
    }
}

/// A filing's key, shortened.
pub(super) fn short(app: &str, context: &str) -> ShortKey {
    let mut hash = Context::new(&SHA256);
    hash.update(&u64::try_from(app.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(app.as_bytes());
    hash.update(context.as_bytes());
    let mut short = ShortKey::default();
    short.iter_mut().zip(hash.finish().as_ref()).for_each(|(place, byte)| *place = *byte);
    short
}

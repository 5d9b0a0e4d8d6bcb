//! The first reading of a journal, in its order: the chain, its seals and anchors, and what need not be replayed entry by
//! entry.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use aws_lc_rs::digest::{Context, SHA256};
use interdict_model::app::App;
use interdict_model::document;
use interdict_model::journal::{Entry, Kind};
use interdict_model::pruning::Followed;
use interdict_model::settings::{Setting, SettingKey};
use interdict_model::view::{Filing, FilingKey};
use interdict_model::{ActionId, AppId, TenantId, Timestamp};
use uuid::Uuid;

use super::seals::Seals;
use super::{Anchor, Fault, Report, Tenant, cut_before};
use crate::engine::Session;
use crate::prune::Gone;
use crate::{StoreError, rows};

const ALL_ENTRIES: &str = "SELECT sequence, at, subject, request, kind, actor, change, previous, hash \
     FROM journal WHERE tenant = $1 ORDER BY sequence";

/// Stands for a filing's key, which may be long: half of its SHA-256.
pub(crate) type ShortKey = [u8; 16];

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
    /// Settings, and the last entry about each.
    pub(super) settings: BTreeMap<SettingKey, (Setting, i64)>,
    /// Effects by provider and hash of their key: a digest of each, and the last entry about it.
    pub(super) effects: HashMap<(Uuid, String), (ShortKey, i64)>,
}

/// A journal as far as it was read.
pub(super) struct Chain<'a> {
    tenant: TenantId,
    followed: Followed,
    seals: Seals<'a>,
    /// The hashes that entries must have.
    anchors: BTreeMap<i64, Vec<[u8; 32]>>,
    pub(super) sums: Sums,
    fault: Option<Fault>,
}

impl<'a> Chain<'a> {
    pub(super) fn new(tenant: &Tenant, seals: Seals<'a>, anchors: &[Anchor]) -> Self {
        let mut of_tenant: BTreeMap<i64, Vec<[u8; 32]>> = BTreeMap::new();
        for anchor in anchors.iter().filter(|anchor| anchor.tenant == tenant.id) {
            of_tenant.entry(anchor.sequence).or_default().push(anchor.hash);
        }
        let followed = Followed::from(tenant.pruned);
        Self { tenant: tenant.id, followed, seals, anchors: of_tenant, sums: Sums::default(), fault: None }
    }

    /// Reads every entry but those that a pruning is removing, until one does not hold.
    pub(super) async fn read(
        &mut self,
        session: &mut Session<'_>,
        key: i64,
        gone: &Gone,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        self.fault = self.pass_pruned(report).err();
        if self.fault.is_some() {
            return Ok(());
        }
        session
            .each_until(ALL_ENTRIES, &[key.into()], |row| {
                let entry = rows::entry(row, self.tenant)?;
                if gone.has(entry.sequence, entry.subject) {
                    return Ok(ControlFlow::Continue(()));
                }
                self.fault = self.pass(&entry, report).err();
                Ok(if self.fault.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
            .await
    }

    /// Passes the entry up to which the journal was pruned, whether it was kept or not.
    fn pass_pruned(&mut self, report: &mut Report) -> Result<(), Fault> {
        let Some(pruning) = self.followed.pruned() else { return Ok(()) };
        if let Some(hashes) = self.anchors.remove(&pruning.sequence) {
            report.anchors += counted(pruning.sequence, &pruning.hash, &hashes)?;
        }
        self.seals.pass_pruned(pruning)?;
        report.seals += 1;
        Ok(())
    }

    fn pass(&mut self, entry: &Entry, report: &mut Report) -> Result<(), Fault> {
        self.followed.take(entry).map_err(|reason| (entry.sequence, reason.to_string()))?;
        if let Some(hashes) = self.anchors.remove(&entry.sequence) {
            report.anchors += counted(entry.sequence, &entry.hash, &hashes)?;
        }
        report.seals += u64::from(self.seals.pass(entry)?);
        self.sums.add(entry).map_err(|reason| (entry.sequence, reason))?;
        report.entries += 1;
        Ok(())
    }

    /// The first fault, the journal being read.
    pub(super) fn end(&mut self, tenant: &Tenant, report: &mut Report) -> Option<Fault> {
        if self.fault.is_some() {
            return self.fault.take();
        }
        let (last, stored) = (self.followed.head().sequence, tenant.head);
        let head = match self.followed.end() {
            Ok(head) => head,
            Err(reason) => return Some((last, reason.to_string())),
        };
        if head != stored {
            let reason = format!(
                "the journal ends at {} but its head names {}: entries were removed or the head was changed",
                head.sequence, stored.sequence
            );
            return Some((head.sequence.min(stored.sequence) + 1, reason));
        }
        // Of entries that were pruned nothing can be said.
        let pruned = tenant.pruned.map_or(0, |pruning| pruning.sequence);
        let missing = self.anchors.split_off(&pruned);
        report.pruned_anchors += self.anchors.values().map(|hashes| hashes.len() as u64).sum::<u64>();
        missing.keys().next().map(|sequence| cut_before(*sequence)).or_else(|| self.seals.end(tenant))
    }
}

/// How many anchors an entry has; they must all have its hash.
fn counted(sequence: i64, hash: &[u8; 32], anchors: &[[u8; 32]]) -> Result<u64, Fault> {
    if anchors.iter().any(|anchor| anchor != hash) {
        return Err(cut_before(sequence));
    }
    Ok(u64::try_from(anchors.len()).unwrap_or(0))
}

impl Sums {
    fn add(&mut self, entry: &Entry) -> Result<(), String> {
        let there = self.actions.contains_key(&entry.subject);
        // Most entries have none, and are not read for it.
        if entry.change.contains("effect\":{")
            && let Some(effect) = entry.effect().map_err(|error| error.to_string())?
        {
            let key = (effect.key.provider.0, effect.key.hash());
            self.effects.insert(key, (short("", &effect.text()), entry.sequence));
        }
        match entry.known_kind().map_err(|error| error.to_string())? {
            Kind::Created => {
                let (action, beside) = document::parse_filing(&entry.change)
                    .map_err(|error| format!("its document cannot be read: {error}"))?;
                if there || action.id.0 != entry.subject {
                    return Err(format!("it files action `{}` a second time, or another one", entry.subject));
                }
                let key =
                    FilingKey::of_filed(entry.tenant, &action).map(|key| short(&key.app.0, &key.context));
                let key = key.filter(|key| !self.filings.contains_key(key));
                if let Some(key) = key {
                    let execution = beside.execution.flatten();
                    let secrets = execution.as_ref().map_or(&[][..], |it| &it.work.secrets);
                    let digest = action.meaning(execution.as_ref().map(|it| &it.request), secrets);
                    let filing = Filing { action: action.id, digest };
                    self.filings.insert(key, (filing, entry.sequence));
                }
                self.actions.insert(entry.subject, key);
            }
            kind if !there && (kind == Kind::Deleted || kind.changes_action()) => {
                return Err(format!("it is about action `{}`, which is not there", ActionId(entry.subject)));
            }
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
            Kind::SettingPut => {
                let setting = entry.setting().map_err(|error| error.to_string())?;
                self.settings.insert(setting.key(), (setting, entry.sequence));
            }
            Kind::SettingRemoved => {
                self.settings.remove(&entry.removed_setting().map_err(|error| error.to_string())?);
            }
            // What is left changes an action, which is replayed later, or no row at all.
            _ => {}
        }
        Ok(())
    }
}

/// A filing's key, shortened.
pub(crate) fn short(app: &str, context: &str) -> ShortKey {
    let mut hash = Context::new(&SHA256);
    hash.update(&u64::try_from(app.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(app.as_bytes());
    hash.update(context.as_bytes());
    let mut short = ShortKey::default();
    short.iter_mut().zip(hash.finish().as_ref()).for_each(|(place, byte)| *place = *byte);
    short
}

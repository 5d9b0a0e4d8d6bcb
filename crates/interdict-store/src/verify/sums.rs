//! The rows of a tenant against what its journal adds up to.

use std::collections::HashMap;

use interdict_model::{AppId, Timestamp};

use super::chain::{Sums, short};
use super::{Fault, Report, Tenant, actions, execution};
use crate::engine::Session;
use crate::prune::Gone;
use crate::{StoreError, rows};

const FILINGS: &str = "SELECT action, digest, app, context FROM filing WHERE tenant = $1";
const APPS: &str = "SELECT app_id, doc FROM app WHERE tenant = $1";
const REVOCATIONS: &str = "SELECT app_id, at FROM revocation WHERE tenant = $1";

/// The fault with the lowest sequence.
#[derive(Debug, Default)]
pub(super) struct Earliest(Option<Fault>);

impl Earliest {
    pub(super) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn note(&mut self, sequence: i64, reason: String) {
        if self.0.as_ref().is_none_or(|(earliest, _)| sequence < *earliest) {
            self.0 = Some((sequence, reason));
        }
    }
}

/// Compares every row of the tenant; the first fault.
pub(super) async fn compare(
    session: &mut Session<'_>,
    tenant: &Tenant,
    mut sums: Sums,
    gone: &Gone,
    report: &mut Report,
) -> Result<Option<Fault>, StoreError> {
    let mut found = Earliest::default();
    compare_apps(session, tenant.key, &mut sums, report, &mut found).await?;
    compare_filings(session, tenant.key, &mut sums, report, &mut found).await?;
    sums.filings = HashMap::new();
    execution::compare(session, tenant.key, &mut sums, &mut found).await?;
    actions::compare(session, tenant, &sums.actions, gone, report, &mut found).await?;
    Ok(found.0)
}

async fn compare_filings(
    session: &mut Session<'_>,
    tenant: i64,
    sums: &mut Sums,
    report: &mut Report,
    found: &mut Earliest,
) -> Result<(), StoreError> {
    session
        .each(FILINGS, &[tenant.into()], |row| {
            report.filings += 1;
            let (stored, app, context) = (rows::filing(row)?, row.text(2)?, row.text(3)?);
            match sums.filings.remove(&short(app, context)) {
                Some((filing, _)) if filing == stored => {}
                Some((_, sequence)) => found.note(
                    sequence,
                    format!(
                        "the filing `{context}` of app `{app}` is not what was filed: its row was altered"
                    ),
                ),
                None => found.note(
                    0,
                    format!("no entry made the filing `{context}` of app `{app}`: its row was added"),
                ),
            }
            Ok(())
        })
        .await?;
    for (filing, sequence) in sums.filings.values() {
        found.note(*sequence, format!("the filing of action `{}` has no row: it was removed", filing.action));
    }
    Ok(())
}

async fn compare_apps(
    session: &mut Session<'_>,
    tenant: i64,
    sums: &mut Sums,
    report: &mut Report,
    found: &mut Earliest,
) -> Result<(), StoreError> {
    session
        .each(APPS, &[tenant.into()], |row| {
            report.apps += 1;
            let id = AppId(row.text(0)?.into());
            match sums.apps.remove(&id) {
                Some((app, _)) if rows::app(row.text(1)?).is_ok_and(|stored| stored == app) => {}
                Some((_, sequence)) => {
                    found.note(
                        sequence,
                        format!("app `{}` is not what its entries say: its row was altered", id.0),
                    );
                }
                None => found.note(0, format!("no entry made app `{}`: its row was added", id.0)),
            }
            Ok(())
        })
        .await?;
    for (id, (_, sequence)) in &sums.apps {
        found.note(*sequence, format!("app `{}` has no row: it was removed", id.0));
    }
    session
        .each(REVOCATIONS, &[tenant.into()], |row| {
            let (id, at) = (AppId(row.text(0)?.into()), Timestamp::from_ticks(row.integer(1)?));
            match sums.removed.remove(&id) {
                Some((removed, _)) if removed == at => {}
                Some((_, sequence)) => {
                    found.note(
                        sequence,
                        format!("app `{}` was not removed at {at}: the row was altered", id.0),
                    );
                }
                None => {
                    found.note(0, format!("no entry removed app `{}`: the row that says so was added", id.0))
                }
            }
            Ok(())
        })
        .await?;
    for (id, (_, sequence)) in &sums.removed {
        found.note(*sequence, format!("nothing says that app `{}` was removed: the row was removed", id.0));
    }
    Ok(())
}

//! A provider's program: it takes what it is handed, renews, acts and completes. Some of the time it falls silent, and says
//! later what nobody may believe any more.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use interdict_model::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Shared;
use super::note::{HandOut, Note, What};
use crate::api::{Api, PAUSE, text};
use crate::log::{Event, Log};

/// How long its claims hold, in seconds: shorter than a failover takes.
const LEASE: i64 = 6;
/// How long the server may wait for work, in seconds: so long it may take to end.
const WAIT: i64 = 1;
/// How long an action takes.
const WORK: Duration = Duration::from_millis(100);
/// Of so many actions one is begun too late, and of another one nothing is heard before it is too late.
const LATE: u32 = 10;
/// Beyond the claim's end, until what was not begun was handed out again.
const SOON: Duration = Duration::from_secs(2);
/// Beyond the claim's end, until what was begun was handed out again: the pause before a second attempt, and some more.
const LATER: Duration = Duration::from_secs(8);

/// One program at one node.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) number: u32,
    pub(super) api: Api,
    pub(super) log: Arc<Log<Note>>,
    /// Where it asks for work.
    pub(super) path: String,
    pub(super) shared: Shared,
}

/// What it makes of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It does it.
    Well,
    /// It begins when its claim has run out.
    BeginsLate,
    /// It begins, and is silent until its claim has run out.
    EndsLate,
}

/// A claim.
struct Lease {
    path: String,
    handed: HandOut,
}

impl Program {
    /// Asks and carries out until it is over.
    pub(super) async fn run(self) -> Result<()> {
        let mut working = JoinSet::new();
        let mut taken = 0;
        while !self.shared.over.load(Ordering::SeqCst) {
            for lease in self.ask().await? {
                taken += 1;
                let way = match taken % LATE {
                    3 if !self.shared.filed.load(Ordering::SeqCst) => Way::BeginsLate,
                    7 if !self.shared.filed.load(Ordering::SeqCst) => Way::EndsLate,
                    _ => Way::Well,
                };
                let program = self.clone();
                let work = async move {
                    let outcome = program.carry_out(&lease, way).await;
                    program.shared.in_hand.fetch_sub(1, Ordering::SeqCst);
                    outcome
                };
                // Whoever is silent keeps nobody from working.
                if way == Way::Well { work.await? } else { drop(working.spawn(work)) }
            }
        }
        while let Some(ended) = working.join_next().await {
            ended??;
        }
        Ok(())
    }

    /// What it is given. Where nobody knows what that is, it runs out.
    async fn ask(&self) -> Result<Vec<Lease>> {
        let body = json!({"max": 1, "waitSeconds": WAIT, "leaseSeconds": LEASE});
        let told = self.api.tell(Method::POST, &self.path, Some(&body)).await;
        if told.event != Event::Ok {
            self.log.write(self.note(What::Ask, told.event, told.status, told.fault))?;
            sleep(PAUSE).await;
            return Ok(Vec::new());
        }
        let given = told.body.get("value").and_then(Value::as_array).context("leases without `value`")?;
        let mut leases = Vec::new();
        for lease in given {
            let text = |pointer| text(lease, pointer);
            let expires = self.time(&text("/expiresAt"))?;
            let handed = HandOut {
                action: text("/action/id"),
                target: text("/action/@interdict.execution/target/text"),
                lifts: !text("/action/@interdict.execution/undoOf").is_empty(),
                fence: lease.get("fence").and_then(Value::as_i64).context("a lease without `fence`")?,
                handed: expires - LEASE * 1_000_000_000,
                expires,
            };
            self.log.write(self.note(
                What::HandOut(handed.clone()),
                Event::Ok,
                told.status,
                String::new(),
            ))?;
            self.shared.in_hand.fetch_add(1, Ordering::SeqCst);
            leases.push(Lease { path: format!("/api/v1/leases/{}", text("/leaseId")), handed });
        }
        Ok(leases)
    }

    async fn carry_out(&self, lease: &Lease, way: Way) -> Result<()> {
        if way == Way::BeginsLate {
            sleep(Duration::from_secs(LEASE.unsigned_abs()) + SOON).await;
        }
        let Some(expires) = self.renew(lease).await? else { return Ok(()) };
        // The answer may have come too late: then somebody else has it, perhaps.
        if self.now() >= expires {
            return Ok(());
        }
        let HandOut { target, lifts, fence, .. } = lease.handed.clone();
        self.log.write(self.note(What::Act { target, lifts }, Event::Ok, 0, String::new()))?;
        sleep(WORK).await;
        if way == Way::EndsLate {
            sleep(Duration::from_secs(LEASE.unsigned_abs()) + LATER).await;
        } else if fence % 3 == 0 && self.renew(lease).await?.is_none() {
            return Ok(());
        }
        self.report(lease, "complete", |_| Ok(What::Complete { fence })).await.map(drop)
    }

    /// Until when the claim holds; `None` where it is lost.
    async fn renew(&self, lease: &Lease) -> Result<Option<i64>> {
        let fence = lease.handed.fence;
        let what = |answer: &Value| {
            let expires = answer.get("expiresAt").and_then(Value::as_str);
            let expires = expires.map_or(Ok(0), |expires| self.time(expires))?;
            Ok(What::Renew { fence, expires })
        };
        let renewed = self.report(lease, "renew", what).await?;
        Ok(renewed.and_then(|what| if let What::Renew { expires, .. } = what { Some(expires) } else { None }))
    }

    /// Reports until it is known what came of it; what was acknowledged, or `None` where it was refused. `what` is written
    /// down, with what the answer says of it.
    async fn report(
        &self,
        lease: &Lease,
        verb: &str,
        what: impl Fn(&Value) -> Result<What>,
    ) -> Result<Option<What>> {
        let path = format!("{}/{verb}", lease.path);
        let body = json!({"fence": lease.handed.fence});
        while !self.shared.over.load(Ordering::SeqCst) {
            self.log.write(self.note(what(&Value::Null)?, Event::Send, 0, String::new()))?;
            let told = self.api.tell(Method::POST, &path, Some(&body)).await;
            let what = what(&told.body)?;
            self.log.write(self.note(what.clone(), told.event, told.status, told.fault))?;
            match (told.event, told.status) {
                (Event::Ok, _) => return Ok(Some(what)),
                (Event::Fail, 409) => return Ok(None),
                _ => sleep(PAUSE).await,
            }
        }
        Ok(None)
    }

    fn note(&self, what: What, ev: Event, status: u16, fault: String) -> Note {
        Note { t: 0, c: self.number, what, ev, status, fault }
    }

    fn now(&self) -> i64 {
        i64::try_from(self.log.now()).unwrap_or(i64::MAX)
    }

    fn time(&self, date: &str) -> Result<i64> {
        let date = Timestamp::parse_lenient(date).with_context(|| format!("`{date}` is no date"))?;
        Ok(self.log.time_of(date.instant))
    }
}

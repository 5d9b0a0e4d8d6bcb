//! Clients that file actions and change each to growing numbers, and write down what they are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{ACTIONS, Api, PAUSE, Told};
use crate::log::{Event, Line, Log, Op};

/// Changes of an action before the next is filed; with the last it is final.
const CHANGES: u64 = 20;
/// One action of so many is deleted in the end.
const DELETED: u64 = 3;
/// Between two requests of a client: the load is to last for minutes.
const PACE: Duration = Duration::from_millis(5);

/// One client of one node.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) number: u32,
    pub(crate) api: Api,
    pub(crate) log: Arc<Log>,
}

impl Writer {
    /// Writes until it is over.
    pub(crate) async fn run(self, over: Arc<AtomicBool>) -> Result<()> {
        for number in 0.. {
            let key = format!("{}-{number}", self.number);
            let Some(id) = self.file(&key, &over).await? else {
                if over.load(Ordering::Relaxed) {
                    return Ok(());
                }
                continue;
            };
            let path = format!("{ACTIONS}/{id}");
            let mut is_final = false;
            for n in 1..=CHANGES {
                if over.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let status = if n == CHANGES { "Completed" } else { "NotStarted" };
                let body = json!({"actionReason": n.to_string(), "status": status});
                let told = self.send(Op::Patch, &key, n, Method::PATCH, &path, Some(body)).await?;
                is_final = n == CHANGES && told.event == Event::Ok;
                if told.status == 404 {
                    // It was lost; the judge has the line.
                    break;
                }
            }
            if is_final && number % DELETED == 0 {
                self.send(Op::Delete, &key, CHANGES, Method::DELETE, &path, None).await?;
            }
        }
        Ok(())
    }

    /// Files an action; its id, or `None` where it was refused. A filing whose outcome is unknown is sent again with its
    /// `clientContext`, as often as it takes.
    async fn file(&self, key: &str, over: &AtomicBool) -> Result<Option<String>> {
        let body = json!({
            "name": "BlockIp",
            "actionReason": "0",
            "clientContext": key,
            "parameters": [{"name": "IP", "value": "192.0.2.1"}],
            "vendorInformation": {"provider": "failover", "vendor": "Interdict"}
        });
        let mut unknown = false;
        while !over.load(Ordering::Relaxed) {
            let told = self.send(Op::Create, key, 0, Method::POST, ACTIONS, Some(body.clone())).await?;
            match told.event {
                Event::Ok => return Ok(Some(told.id())),
                Event::Fail if !unknown => return Ok(None),
                Event::Fail => {}
                Event::Send | Event::Unknown => unknown = true,
            }
        }
        Ok(None)
    }

    async fn send(
        &self,
        op: Op,
        key: &str,
        n: u64,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Told> {
        let rid = if op == Op::Create { key.to_owned() } else { format!("{key}-{op:?}-{n}") };
        let line = Line {
            t: 0,
            c: self.number,
            op,
            key: key.to_owned(),
            rid,
            ev: Event::Send,
            etag: String::new(),
            n,
            status: 0,
            fault: String::new(),
        };
        self.log.write(line.clone())?;
        let told = self.api.tell(method, path, body.as_ref()).await;
        let (ev, status) = (told.event, told.status);
        let (etag, fault) = (told.etag.clone(), told.fault.clone());
        self.log.write(Line { ev, status, etag, fault, ..line })?;
        tokio::time::sleep(if ev == Event::Ok { PACE } else { PAUSE }).await;
        Ok(told)
    }
}

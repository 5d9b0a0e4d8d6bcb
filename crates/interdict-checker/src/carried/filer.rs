//! A client that files blocks of some seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::note::{Note, What};
use super::{PROVIDER, VENDOR};
use crate::api::{ACTIONS, Api, PAUSE};
use crate::log::{Event, Log};

/// Between two filings.
const PACE: Duration = Duration::from_millis(250);
/// Addresses of a client, after which the first comes again.
const ADDRESSES: u32 = 250;
/// One filing of so many has the target of the one before: its effect is joined, or waited for.
const REPEATED: u32 = 4;

/// One client of one node.
#[derive(Debug)]
pub(super) struct Filer {
    pub(super) number: u32,
    pub(super) api: Api,
    pub(super) log: Arc<Log<Note>>,
    /// Whether it is over.
    pub(super) filed: Arc<AtomicBool>,
}

impl Filer {
    /// Files until it is over. A filing whose outcome is unknown is sent again with its `clientContext`.
    pub(super) async fn run(self) -> Result<()> {
        for number in 0_u32.. {
            let key = format!("carried-{}-{number}", self.number);
            let body = self.body(&key, number);
            loop {
                if self.filed.load(Ordering::SeqCst) {
                    return Ok(());
                }
                if self.send(&key, &body).await? == Event::Ok {
                    break;
                }
                sleep(PAUSE).await;
            }
            sleep(PACE).await;
        }
        Ok(())
    }

    fn body(&self, key: &str, number: u32) -> Value {
        let target = if number % REPEATED == REPEATED - 1 { number - 1 } else { number };
        let address = format!("198.51.{}.{}", 100 + self.number, target % ADDRESSES);
        json!({
            "name": "BlockIp",
            "clientContext": key,
            "parameters": [{"name": "IP", "value": address}],
            "vendorInformation": {"vendor": VENDOR, "provider": PROVIDER},
            "@interdict.request": {"duration": format!("PT{}S", 2 + number % 3)},
        })
    }

    async fn send(&self, key: &str, body: &Value) -> Result<Event> {
        let what = What::File { key: key.to_owned() };
        let note = Note { t: 0, c: self.number, what, ev: Event::Send, status: 0, fault: String::new() };
        self.log.write(note.clone())?;
        let told = self.api.tell(Method::POST, ACTIONS, Some(body)).await;
        self.log.write(Note { ev: told.event, status: told.status, fault: told.fault, ..note })?;
        Ok(told.event)
    }
}

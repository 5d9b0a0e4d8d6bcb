//! Clients that file actions and change each to growing numbers, and write down what they are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::log::{Event, Line, Log, Op};

/// Where actions are.
pub(crate) const ACTIONS: &str = "/v1.0/security/securityActions";
/// Changes of an action before the next is filed; with the last it is final.
const CHANGES: u64 = 20;
/// One action of so many is deleted in the end.
const DELETED: u64 = 3;
/// After a refusal: sooner than clients are told, so that it is seen when writes are taken again.
const PAUSE: Duration = Duration::from_millis(250);
/// Between two requests of a client: the load is to last for minutes.
const PACE: Duration = Duration::from_millis(5);
/// No request may take longer: a commit is given 5 s, its outcome is asked for during 15 s, and a batch decided anew.
const PATIENCE: Duration = Duration::from_secs(45);
/// Which waits a client may be told.
const RETRY_AFTER: std::ops::Range<u64> = 1..180;

/// One client of one node.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) number: u32,
    pub(crate) api: Api,
    pub(crate) log: Arc<Log>,
}

/// A node, as one tenant sees it.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) url: String,
    pub(crate) token: String,
}

/// An answer, as far as it matters here.
struct Told {
    event: Event,
    status: u16,
    etag: String,
    id: String,
    fault: String,
}

impl Api {
    pub(crate) fn new(url: &str, token: String) -> Result<Self> {
        let client = Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build()?;
        Ok(Self { client, url: url.to_owned(), token })
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.request(Method::GET, path).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "GET {path} answered {status}: {text}");
        serde_json::from_str(&text).with_context(|| format!("GET {path} answered no JSON"))
    }
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
                Event::Ok => return Ok(Some(told.id)),
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
        let mut request = self.api.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let told = hear(request).await;
        let (ev, status) = (told.event, told.status);
        let (etag, fault) = (told.etag.clone(), told.fault.clone());
        self.log.write(Line { ev, status, etag, fault, ..line })?;
        tokio::time::sleep(if ev == Event::Ok { PACE } else { PAUSE }).await;
        Ok(told)
    }
}

/// Sends a request and reads what its answer says of it.
async fn hear(request: RequestBuilder) -> Told {
    let nothing = |fault: String| Told {
        event: Event::Unknown,
        status: 0,
        etag: String::new(),
        id: String::new(),
        fault,
    };
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => return nothing(format!("no answer: {error:?}")),
    };
    let status = answer.status().as_u16();
    let header = |name: &str| {
        answer.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
    };
    let (etag, retry_after) = (header("etag"), header("retry-after").parse::<u64>().ok());
    let text = match answer.text().await {
        Ok(text) => text,
        Err(error) => return nothing(format!("half an answer: {error:?}")),
    };
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let code = body.pointer("/error/code").and_then(Value::as_str).unwrap_or_default();
    let id = body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (event, fault) = match status {
        200..=299 => (Event::Ok, String::new()),
        503 if retry_after.is_some_and(|wait| RETRY_AFTER.contains(&wait)) => (Event::Fail, String::new()),
        503 => (Event::Fail, format!("503 with Retry-After {retry_after:?}")),
        500 if code == "outcomeUnknown" => (Event::Unknown, String::new()),
        _ => (Event::Unknown, format!("{status} {text}")),
    };
    Told { event, status, etag, id, fault }
}

//! An action that a provider carries out, and that the server has undone when its time is over.

use std::time::Duration;

use interdict_model::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Scenario;
use crate::client::{Answer, Asked, text};
use crate::commands::actions::timeline;
use crate::commands::output::row;
use crate::commands::provider::sim::{Behaviour, Simulation};
use crate::commands::server::items;
use crate::failure::Failure;

/// The provider's maker and product.
const VENDOR: &str = "Interdict";
pub(in crate::commands::demo) const PRODUCT: &str = "Demo Firewall";
/// The address that is blocked: one of those that documentation may use.
const ADDRESS: &str = "203.0.113.7";
/// How long it is blocked, in seconds.
const SECONDS: i64 = 3;
/// How long the provider takes for each action.
const SLOW: Duration = Duration::from_millis(300);
/// How long anything may take, on the slowest of machines.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

impl Scenario<'_> {
    /// Registers a provider; the answer is the program that does its work.
    pub(in crate::commands::demo) async fn connect(&mut self) -> Result<Simulation, Failure> {
        self.screen.step("Register a provider, and connect a simulated one");
        let body = json!({ "vendor": VENDOR, "provider": PRODUCT, "actions": ["BlockIp", "UnblockIp"] });
        let asked = Asked { body: Some(&body), ..Asked::default() };
        let registered =
            self.ask(&self.administrator, Method::POST, "/api/v1/providers", asked).await?.accepted()?;
        let provider = registered.text("/id").to_owned();
        self.screen.check(&format!("registered as {provider}"), registered.status == 201);
        let client = self.administrator.with_token(self.credentials.provider.clone());
        let behaviour = Behaviour { slow: SLOW, ..Behaviour::default() };
        Ok(Simulation { client, provider, behaviour, max: 4 })
    }

    /// Has an address blocked for some seconds, and follows it until that is undone.
    pub(super) async fn block_for_a_while(&mut self, provider: &str) -> Result<(), Failure> {
        self.screen.step(&format!("Block an address for {SECONDS} seconds"));
        // Of one that does not ask for work the filing would be answered with a warning.
        self.until(&format!("/api/v1/providers/{provider}"), |it| {
            it.get("lastSeen").is_some_and(Value::is_string)
        })
        .await?;
        let filed = self
            .file(&json!({
                "name": "BlockIp",
                "actionReason": "Seen in an alert",
                "parameters": [{"name": "IP", "value": ADDRESS}],
                "vendorInformation": {"vendor": VENDOR, "provider": PRODUCT},
                "@interdict.request": {"duration": format!("PT{SECONDS}S")}
            }))
            .await?;
        let id = filed.text("/id").to_owned();
        let routed = filed.text("/@interdict.execution/provider") == provider;
        self.screen.check("it is queued for the provider", routed && filed.header("warning").is_empty());

        let done = self.until(&action(&id), |action| text(action, "/status") == "Completed").await?;
        let succeeded = done.text("/@interdict.execution/phase") == "succeeded";
        self.screen.check("the provider was given it, and reported success", succeeded);
        let effects = format!("/api/v1/effects?target={ADDRESS}");
        let in_force = self.ask(&self.administrator, Method::GET, &effects, Asked::default()).await?;
        let state = items(&in_force.body).next().map(|effect| text(effect, "/state").to_owned());
        self.screen.check("the block is in force", state.as_deref() == Some("active"));

        let ended = |action: &Value| text(action, "/@interdict.execution/effect/state") == "ended";
        let undone = self.until(&action(&id), ended).await?;
        let undo = undone.text("/@interdict.execution/undoneBy").to_owned();
        let undoing = self.look(&undo).await?;
        let due = instant(done.text("/completedDateTime")).map(|at| at.plus_seconds(SECONDS));
        let begun = instant(undoing.text("/createdDateTime"));
        self.screen.check(
            &format!("after {SECONDS} seconds, and not before, the server filed its undo"),
            due.is_some() && begun >= due,
        );
        let lifted = undoing.text("/name") == "UnblockIp" && undoing.text("/status") == "Completed";
        self.screen.check("the provider lifted the block", ended(&undone.body) && lifted);
        let in_force = self.ask(&self.administrator, Method::GET, &effects, Asked::default()).await?;
        self.screen.check("nothing is in force any more", items(&in_force.body).next().is_none());
        self.timelines(&[&id, &undo]).await
    }

    /// Looks at an action until it is so, or for as long as anything may take.
    async fn until(&self, path: &str, so: impl Fn(&Value) -> bool) -> Result<Answer, Failure> {
        let begun = Instant::now();
        loop {
            let answer = self.administrator.call(Method::GET, path, None).await?;
            if so(&answer.body) || begun.elapsed() > PATIENCE {
                self.screen.request(&answer);
                return Ok(answer);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look(&self, id: &str) -> Result<Answer, Failure> {
        self.administrator.call(Method::GET, &action(id), None).await
    }

    /// What the journal says of these actions, in one table.
    async fn timelines(&self, ids: &[&str]) -> Result<(), Failure> {
        let mut entries = Vec::new();
        for id in ids {
            let timeline = self.administrator.get(&format!("/api/v1/actions/{id}/timeline")).await?;
            let name = text(&self.look(id).await?.body, "/name").to_owned();
            entries.extend(items(&timeline).map(|entry| (name.clone(), entry.clone())));
        }
        entries.sort_by_key(|(_, entry)| entry.get("sequence").and_then(Value::as_i64));
        let mut rows = vec![row(["ACTION", "WHEN (UTC)", "WHAT", "STATUS", "PHASE", "EFFECT", "BY"])];
        for (name, entry) in entries {
            let mut cells = timeline::line(&entry);
            cells.truncate(6);
            if let Some(by) = cells.last_mut() {
                *by = self.name_of(by);
            }
            cells.insert(0, name);
            rows.push(cells);
        }
        self.screen.table("Timeline, as the journal has it", &rows);
        Ok(())
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse_lenient(text).map(|date| date.instant)
}

fn action(id: &str) -> String {
    format!("/api/v1/actions/{id}")
}

//! Who may say what.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::text;
use crate::commands::provider::check::outcome::{Outcome, is, refused};
use crate::commands::provider::check::stage::Stage;
use crate::commands::provider::lease::{self, Ask};

const SOMEBODY_ELSE: &str = "00000000-0000-4000-8000-0000000000ff";

fn graph(id: &str) -> String {
    format!("/v1.0/security/securityActions/{id}")
}

pub(super) async fn bound(stage: &Stage<'_>) -> Outcome {
    stage.block("203.0.113.1", Value::Null).await?;
    stage.change(json!({ "appId": SOMEBODY_ELSE })).await?;
    let ask = Ask { max: 1, wait: 0, lease: 60, member: None };
    let answer = lease::ask(stage.client, &stage.provider, ask).await?;
    refused(&answer, 409, &["notTheProvider id"])?;
    stage.change(json!({ "appId": null })).await?;
    stage.lease_one().await.map(drop)
}

pub(super) async fn not_the_provider(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let echo = json!({ "status": "NotStarted", "actionReason": "seen in an alert" });
    stage.done(Method::PATCH, &graph(&id), Some(&echo)).await?;
    for status in ["Running", "Completed", "Failed"] {
        let answer = stage.send(Method::PATCH, &graph(&id), Some(&json!({ "status": status }))).await?;
        refused(&answer, 409, &["notTheProvider status"])?;
    }
    stage.stands(&id, "NotStarted", "queued").await
}

pub(super) async fn by_patch(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let app = text(&stage.action(&id).await?, "/appId").to_owned();
    stage.change(json!({ "appId": app })).await?;
    stage.done(Method::PATCH, &graph(&id), Some(&json!({ "status": "Running" }))).await?;
    stage.stands(&id, "Running", "executing").await?;
    stage.done(Method::PATCH, &graph(&id), Some(&json!({ "status": "Completed" }))).await?;
    stage.stands(&id, "Completed", "succeeded").await?;
    stage.comes_to_hold(&id, "active").await
}

pub(super) async fn rivals(stage: &Stage<'_>) -> Outcome {
    let own = stage.done(Method::GET, &stage.at(""), None).await?;
    let rival = json!({
        "vendor": text(&own, "/vendor").to_uppercase(),
        "provider": text(&own, "/provider"),
        "actions": ["BlockIp"],
    });
    let answer = stage.send(Method::POST, "/api/v1/providers", Some(&rival)).await?;
    is("the answer's status", &answer.status, &409)
}

pub(super) async fn in_use(stage: &Stage<'_>) -> Outcome {
    stage.block("203.0.113.1", Value::Null).await?;
    refused(&stage.send(Method::DELETE, &stage.at(""), None).await?, 409, &["inUse id"])
}

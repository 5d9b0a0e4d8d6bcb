//! What actions put in force, and how it ends.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{escaped, text};
use crate::commands::provider::check::outcome::{Outcome, holds, is};
use crate::commands::provider::check::stage::Stage;
use crate::commands::provider::lease::Lease;
use crate::commands::server::items;

async fn undo(stage: &Stage<'_>, id: &str) -> Outcome {
    stage.done(Method::POST, &format!("/api/v1/actions/{id}/undo"), None).await.map(drop)
}

/// Carries out the undo that waits; its lease.
async fn lifted(stage: &Stage<'_>, id: &str) -> Outcome<Lease> {
    let lease = stage.carry_out().await?;
    is("what is handed out", &lease.text("/action/name"), &"UnblockIp")?;
    stage.comes_to_hold(id, "ended").await?;
    Ok(lease)
}

pub(super) async fn handle(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let handle = json!({ "rule": 7, "table": "filter" });
    let lease = stage.lease_one().await?;
    stage.reported(&lease, "complete", json!({ "undo": handle })).await?;
    undo(stage, &id).await?;
    let undo = stage.lease_one().await?;
    is("the handle", &undo.0.get("undo"), &Some(&handle))?;
    is("undoOf", &undo.text("/action/@interdict.execution/undoOf"), &id.as_str())?;
    stage.reported(&undo, "complete", Value::Null).await?;
    stage.comes_to_hold(&id, "ended").await?;
    let undone = stage.action(&id).await?;
    is("undoneBy", &text(&undone, "/@interdict.execution/undoneBy"), &undo.action())
}

pub(super) async fn duration(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", json!({ "duration": "PT3S" })).await?;
    stage.carry_out().await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    stage.comes_to_hold(&id, "active").await?;
    stage.gives_nothing("the effect is to last on").await?;
    lifted(stage, &id).await.map(drop)
}

pub(super) async fn uncertain(stage: &Stage<'_>) -> Outcome {
    let doubt = json!({ "uncertain": true, "errorInfo": { "code": 42, "message": "killed" } });
    let timed = stage.block("203.0.113.1", json!({ "duration": "PT1S" })).await?;
    let lease = stage.lease_one().await?;
    stage.reported(&lease, "renew", Value::Null).await?;
    stage.reported(&lease, "fail", doubt.clone()).await?;
    stage.stands(&timed, "Failed", "unknown").await?;
    stage.shows(&timed, "/errorInfo/code", &json!(42)).await?;
    lifted(stage, &timed).await?;
    // What was to stop is undone at once.
    let cancelled = stage.block("203.0.113.1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    stage.reported(&lease, "renew", Value::Null).await?;
    stage.cancel(&cancelled).await?;
    stage.reported(&lease, "fail", doubt).await?;
    stage.stands(&cancelled, "Failed", "unknown").await?;
    lifted(stage, &cancelled).await.map(drop)
}

pub(super) async fn join(stage: &Stage<'_>) -> Outcome {
    let first = stage.block("203.0.113.1", Value::Null).await?;
    stage.carry_out().await?;
    let second = stage.block("203.0.113.1", Value::Null).await?;
    stage.gives_nothing("it joins what is in force").await?;
    stage.stands(&second, "Completed", "succeeded").await?;
    undo(stage, &first).await?;
    stage.comes_to_hold(&first, "released").await?;
    stage.gives_nothing("another action holds on").await?;
    undo(stage, &second).await?;
    lifted(stage, &second).await.map(drop)
}

pub(super) async fn snapshot(stage: &Stage<'_>) -> Outcome {
    let states = |list: &Value| -> Vec<(String, String)> {
        let of = |effect: &Value| (text(effect, "/target").to_owned(), text(effect, "/state").to_owned());
        items(list).map(of).collect()
    };
    let pair = |target: &str, state: &str| vec![(target.to_owned(), state.to_owned())];
    let id = stage.block("203.0.113.1", Value::Null).await?;
    stage.carry_out().await?;
    let whole = stage.done(Method::GET, &stage.at("/effects"), None).await?;
    is("the effects", &states(&whole), &pair("203.0.113.1", "active"))?;
    let since = stage.at(&format!("/effects?cursor={}", escaped(text(&whole, "/cursor"))));
    let changes = stage.done(Method::GET, &since, None).await?;
    is("the changes", &states(&changes), &Vec::new())?;
    undo(stage, &id).await?;
    lifted(stage, &id).await?;
    let changes = stage.done(Method::GET, &since, None).await?;
    is("the changes", &states(&changes), &pair("203.0.113.1", "ended"))?;
    let whole = stage.done(Method::GET, &stage.at("/effects"), None).await?;
    is("the effects", &states(&whole), &Vec::new())
}

pub(super) async fn manual_undo(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    stage.carry_out().await?;
    for _ in 0..2 {
        undo(stage, &id).await?;
        stage.comes_to_hold(&id, "ending").await?;
    }
    lifted(stage, &id).await?;
    stage.gives_nothing("it is undone once").await?;
    stage.stands(&id, "Completed", "succeeded").await
}

pub(super) async fn extension(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", json!({ "duration": "PT2S" })).await?;
    stage.carry_out().await?;
    let path = format!("/api/v1/actions/{id}/extend");
    stage.done(Method::POST, &path, Some(&json!({ "duration": "PT1H" }))).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    stage.comes_to_hold(&id, "active").await?;
    stage.done(Method::POST, &path, Some(&json!({ "duration": "PT1S" }))).await?;
    lifted(stage, &id).await.map(drop)
}

pub(super) async fn on_target(stage: &Stage<'_>) -> Outcome {
    stage.block("203.0.113.1", Value::Null).await?;
    stage.carry_out().await?;
    for (target, there) in [("203.0.113.1", true), ("203.0.113.0/24", true), ("203.0.113.2", false)] {
        let path = format!("/api/v1/effects?target={}", escaped(target));
        let list = stage.done(Method::GET, &path, None).await?;
        let ours = items(&list).any(|effect| text(effect, "/provider") == stage.provider);
        holds(ours == there, format!("`{target}` is wrong: {list}"))?;
    }
    Ok(())
}

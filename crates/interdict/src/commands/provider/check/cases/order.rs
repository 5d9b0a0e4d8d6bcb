//! What is handed out first, and what waits.

use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::provider::check::outcome::{Outcome, is};
use crate::commands::provider::check::stage::Stage;
use crate::commands::provider::lease::{Ask, Lease};

fn actions(leases: &[Lease]) -> Vec<&str> {
    leases.iter().map(Lease::action).collect()
}

pub(super) async fn per_target(stage: &Stage<'_>) -> Outcome {
    let first = stage.scan("pc-1", Value::Null).await?;
    let same = stage.scan("pc-1", Value::Null).await?;
    let other = stage.scan("pc-2", Value::Null).await?;
    let leases = stage.lease(10).await?;
    is("what is handed out", &actions(&leases), &vec![first.as_str(), &other])?;
    for lease in &leases {
        stage.reported(lease, "complete", Value::Null).await?;
    }
    is("the next", &stage.lease_one().await?.action(), &same.as_str())
}

pub(super) async fn priority(stage: &Stage<'_>) -> Outcome {
    let low = stage.scan("pc-1", json!({ "priority": 1 })).await?;
    let usual = stage.scan("pc-2", Value::Null).await?;
    let later = stage.scan("pc-3", Value::Null).await?;
    let urgent = stage.scan("pc-4", json!({ "priority": 9 })).await?;
    let leases = stage.lease(10).await?;
    is("the order", &actions(&leases), &vec![urgent.as_str(), &usual, &later, &low])
}

pub(super) async fn cap(stage: &Stage<'_>) -> Outcome {
    stage.change(json!({ "maxConcurrent": 2 })).await?;
    for device in ["pc-1", "pc-2", "pc-3"] {
        stage.scan(device, Value::Null).await?;
    }
    let leases = stage.lease(10).await?;
    is("the number of leases", &leases.len(), &2)?;
    stage.gives_nothing("two are in flight, and two may be").await?;
    for lease in leases.iter().take(1) {
        stage.reported(lease, "complete", Value::Null).await?;
    }
    stage.lease_one().await.map(drop)
}

pub(super) async fn pause(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    stage.carry_out().await?;
    let waits = stage.block("203.0.113.2", Value::Null).await?;
    stage.done(Method::POST, &stage.at("/pause"), None).await?;
    stage.gives_nothing("the provider is paused").await?;
    stage.done(Method::POST, &format!("/api/v1/actions/{id}/undo"), None).await?;
    let undo = stage.lease_one().await?;
    is("what is handed out", &undo.text("/action/name"), &"UnblockIp")?;
    stage.reported(&undo, "complete", Value::Null).await?;
    stage.done(Method::POST, &stage.at("/resume"), None).await?;
    is("what is handed out", &stage.lease_one().await?.action(), &waits.as_str())
}

pub(super) async fn disabled(stage: &Stage<'_>) -> Outcome {
    stage.block("203.0.113.1", Value::Null).await?;
    stage.change(json!({ "enabled": false })).await?;
    stage.gives_nothing("the provider is disabled").await?;
    stage.change(json!({ "enabled": true })).await?;
    stage.lease_one().await.map(drop)
}

pub(super) async fn undo_first(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    stage.carry_out().await?;
    let waits = stage.block("203.0.113.2", json!({ "priority": 9 })).await?;
    stage.done(Method::POST, &format!("/api/v1/actions/{id}/undo"), None).await?;
    let leases = stage.lease(1).await?;
    let names: Vec<_> = leases.iter().map(|lease| lease.text("/action/name")).collect();
    is("what goes first", &names, &vec!["UnblockIp"])?;
    let next = stage.lease(1).await?;
    is("what goes next", &actions(&next), &vec![waits.as_str()])
}

/// What a member of a fleet is given, for so many seconds.
async fn given(stage: &Stage<'_>, member: &'static str, lease: u64) -> Outcome<Vec<Lease>> {
    stage.take(Ask { max: 10, wait: 0, lease, member: Some(member) }).await
}

/// Makes the provider a fleet of two members, who have nothing to do.
async fn muster(stage: &Stage<'_>) -> Outcome {
    stage.change(json!({ "scope": "all" })).await?;
    for member in ["a", "b"] {
        is("what it is given", &given(stage, member, 60).await?.len(), &0)?;
    }
    Ok(())
}

pub(super) async fn fleet(stage: &Stage<'_>) -> Outcome {
    muster(stage).await?;
    let id = stage.scan("pc-1", Value::Null).await?;
    for (member, then) in [("a", ("Running", "executing")), ("b", ("Completed", "succeeded"))] {
        let leases = given(stage, member, 60).await?;
        is("what it is given", &actions(&leases), &vec![id.as_str()])?;
        for lease in &leases {
            stage.reported(lease, "renew", Value::Null).await?;
            stage.reported(lease, "complete", json!({ "result": member })).await?;
        }
        is("what it is given", &given(stage, member, 60).await?.len(), &0)?;
        stage.stands(&id, then.0, then.1).await?;
    }
    stage.shows(&id, "/@interdict.execution/members/1/instanceId", &json!("b")).await
}

pub(super) async fn silent_member(stage: &Stage<'_>) -> Outcome {
    muster(stage).await?;
    let id = stage.block("203.0.113.1", json!({ "runFor": "PT3S" })).await?;
    for lease in &given(stage, "a", 60).await? {
        stage.reported(lease, "renew", Value::Null).await?;
        stage.reported(lease, "complete", Value::Null).await?;
    }
    for lease in &given(stage, "b", 1).await? {
        stage.reported(lease, "renew", Value::Null).await?;
    }
    stage.comes_to_stand(&id, "Failed", "timedOut").await?;
    for (member, state) in [(0, "succeeded"), (1, "silent")] {
        stage.shows(&id, &format!("/@interdict.execution/members/{member}/state"), &json!(state)).await?;
    }
    stage.comes_to_hold(&id, "unconfirmed").await?;
    stage.done(Method::POST, &format!("/api/v1/actions/{id}/undo"), None).await?;
    for member in ["a", "b"] {
        let leases = given(stage, member, 60).await?;
        let names: Vec<_> = leases.iter().map(|lease| lease.text("/action/name")).collect();
        is("what each is given", &names, &vec!["UnblockIp"])?;
        for lease in &leases {
            stage.reported(lease, "complete", Value::Null).await?;
        }
    }
    stage.comes_to_hold(&id, "ended").await
}

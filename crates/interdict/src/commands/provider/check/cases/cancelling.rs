//! Cancelling, wherever an action stands.

use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::provider::check::outcome::{Outcome, is, refused};
use crate::commands::provider::check::stage::Stage;

pub(super) async fn queued(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    for _ in 0..2 {
        is("the answer's status", &stage.cancel(&id).await?.status, &200)?;
    }
    stage.stands(&id, "Failed", "cancelled").await?;
    stage.shows(&id, "/errorInfo/code", &json!(1001)).await?;
    stage.gives_nothing("it is cancelled").await
}

pub(super) async fn delivered(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    is("the answer's status", &stage.cancel(&id).await?.status, &200)?;
    stage.stands(&id, "Running", "cancelling").await?;
    let renewed = stage.reported(&lease, "renew", Value::Null).await?;
    is("the directive", &renewed.text("/directive"), &"cancel")?;
    stage.reported(&lease, "release", Value::Null).await?;
    stage.stands(&id, "Failed", "cancelled").await
}

pub(super) async fn executing(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    stage.reported(&lease, "renew", Value::Null).await?;
    for _ in 0..2 {
        is("the answer's status", &stage.cancel(&id).await?.status, &200)?;
    }
    stage.stands(&id, "Running", "cancelling").await?;
    let renewed = stage.reported(&lease, "renew", Value::Null).await?;
    is("the directive", &renewed.text("/directive"), &"cancel")?;
    stage.reported(&lease, "fail", json!({ "cancelled": true })).await?;
    stage.stands(&id, "Failed", "cancelled").await
}

pub(super) async fn too_late(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    stage.reported(&lease, "renew", Value::Null).await?;
    stage.cancel(&id).await?;
    stage.reported(&lease, "complete", Value::Null).await?;
    stage.stands(&id, "Completed", "succeeded").await
}

pub(super) async fn in_force(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    stage.carry_out().await?;
    refused(&stage.cancel(&id).await?, 409, &["holdsEffect status"])?;
    let path = format!("/v1.0/security/securityActions/{id}");
    refused(&stage.send(Method::DELETE, &path, None).await?, 409, &["holdsEffect status"])
}

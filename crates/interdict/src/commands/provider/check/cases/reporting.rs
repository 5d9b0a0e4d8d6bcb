//! Reporting on what was done.

use serde_json::{Value, json};

use crate::client::text;
use crate::commands::provider::check::outcome::{Outcome, holds, is, refused};
use crate::commands::provider::check::stage::Stage;

/// What the provider said last: its progress, then its result.
const RESULT: &str = "/@interdict.execution/result";

pub(super) async fn success(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    stage.reported(&lease, "renew", Value::Null).await?;
    let result = json!({ "found": 0 });
    stage.reported(&lease, "complete", json!({ "result": result })).await?;
    stage.stands(&id, "Completed", "succeeded").await?;
    stage.shows(&id, RESULT, &result).await?;
    let action = stage.action(&id).await?;
    holds(!text(&action, "/completedDateTime").is_empty(), "it has no completedDateTime")
}

pub(super) async fn again(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", Value::Null).await?;
    let lease = stage.carry_out().await?;
    let before = stage.action(&id).await?;
    stage.reported(&lease, "complete", Value::Null).await?;
    is("the action", &stage.action(&id).await?, &before)?;
    refused(&stage.report(&lease, "fail", Value::Null).await?, 409, &["alreadyFinal status"])?;
    is("the action", &stage.action(&id).await?, &before)
}

pub(super) async fn failure(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    let error = json!({ "code": 42, "subcode": 7, "message": "no such device" });
    stage.reported(&lease, "fail", json!({ "errorInfo": error })).await?;
    stage.stands(&id, "Failed", "failed").await?;
    stage.shows(&id, "/errorInfo/code", &json!(42)).await?;
    stage.shows(&id, "/errorInfo/subcode", &json!(7)).await?;
    stage.shows(&id, "/errorInfo/message", &json!("no such device")).await
}

pub(super) async fn retry(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", Value::Null).await?;
    let first = stage.lease_one().await?;
    stage.reported(&first, "fail", json!({ "retryable": true, "retryAfter": 2 })).await?;
    stage.stands(&id, "Running", "retrying").await?;
    stage.gives_nothing("it is to be tried again later").await?;
    let second = stage.lease_one().await?;
    is("the attempt", &second.attempt(), &2)?;
    holds(second.fence() > first.fence(), "the fence did not grow")
}

pub(super) async fn release(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    stage.reported(&lease, "release", json!({ "delaySeconds": 2 })).await?;
    stage.gives_nothing("it was given back for a while").await?;
    is("the action's id", &stage.lease_one().await?.action(), &id.as_str())?;
    refused(&stage.report(&lease, "complete", Value::Null).await?, 409, &["leaseLost fence"])
}

pub(super) async fn progress(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    let progress = json!({ "percent": 40 });
    stage.reported(&lease, "renew", json!({ "progress": progress })).await?;
    stage.shows(&id, RESULT, &progress).await
}

pub(super) async fn silent(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", Value::Null).await?;
    let lease = stage.lease_for(1).await?;
    stage.reported(&lease, "renew", Value::Null).await?;
    stage.comes_to_stand(&id, "Failed", "unknown").await?;
    stage.gives_nothing("it must not be done twice").await?;
    stage.reported(&lease, "complete", Value::Null).await?;
    stage.stands(&id, "Completed", "succeeded").await?;
    stage.shows(&id, "/@interdict.execution/late", &Value::Bool(true)).await
}

pub(super) async fn silent_repeatable(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let lease = stage.lease_for(1).await?;
    stage.reported(&lease, "renew", Value::Null).await?;
    stage.comes_to_stand(&id, "Running", "retrying").await?;
    let second = stage.lease_one().await?;
    is("the attempt", &second.attempt(), &2)?;
    stage.reported(&second, "complete", Value::Null).await?;
    stage.stands(&id, "Completed", "succeeded").await
}

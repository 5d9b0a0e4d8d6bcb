//! What may be filed, and when it is begun and ended.

use std::time::Duration;

use interdict_model::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Asked, text};
use crate::commands::provider::check::outcome::{Outcome, holds, is, refused};
use crate::commands::provider::check::stage::{ACTIONS, Stage};
use crate::commands::server::items;

pub(super) async fn protected(stage: &Stage<'_>) -> Outcome {
    let answer = stage.try_to_file("BlockIp", ("IP", "127.0.0.1"), Value::Null).await?;
    refused(&answer, 403, &["protectedTarget parameters"])
}

pub(super) async fn parameters(stage: &Stage<'_>) -> Outcome {
    let wrong = stage.try_to_file("BlockIp", ("IP", "203.0.113"), Value::Null).await?;
    refused(&wrong, 400, &["invalidValue parameters[0]/value"])?;
    let unknown = stage.try_to_file("BlockIp", ("Address", "203.0.113.1"), Value::Null).await?;
    is("the answer's status", &unknown.status, &400)?;
    let details = unknown.details();
    let named = details.iter().any(|detail| detail == "unknownProperty parameters[0]/name");
    holds(named, format!("the details are {details:?}"))
}

pub(super) async fn not_offered(stage: &Stage<'_>) -> Outcome {
    for name in ["IsolateHost", "NoSuchAction"] {
        let answer = stage.try_to_file(name, ("machineId", "pc-1"), Value::Null).await?;
        refused(&answer, 400, &["invalidValue name"])?;
    }
    Ok(())
}

pub(super) async fn expires(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", json!({ "startBy": "PT1S" })).await?;
    stage.comes_to_stand(&id, "Failed", "expired").await?;
    stage.shows(&id, "/errorInfo/code", &json!(1002)).await?;
    stage.gives_nothing("it has expired").await
}

pub(super) async fn times_out(stage: &Stage<'_>) -> Outcome {
    let id = stage.scan("pc-1", json!({ "runFor": "PT2S" })).await?;
    let lease = stage.lease_one().await?;
    for _ in 0..3 {
        stage.report(&lease, "renew", Value::Null).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    stage.comes_to_stand(&id, "Failed", "timedOut").await?;
    stage.shows(&id, "/errorInfo/code", &json!(1003)).await
}

pub(super) async fn scheduled(stage: &Stage<'_>) -> Outcome {
    // The server's clock counts, not ours.
    let earlier = stage.scan("pc-1", Value::Null).await?;
    let filed = stage.action(&earlier).await?;
    let now = Timestamp::parse_lenient(text(&filed, "/createdDateTime")).map(|date| date.instant);
    stage.cancel(&earlier).await?;
    let begin = now.unwrap_or_default().plus_seconds(3);
    let id = stage.scan("pc-2", json!({ "notBefore": begin })).await?;
    stage.stands(&id, "NotStarted", "scheduled").await?;
    stage.gives_nothing("it is not to begin yet").await?;
    let lease = stage.lease_one().await?;
    is("the action's id", &lease.action(), &id.as_str())?;
    let path = format!("/api/v1/actions/{id}/timeline");
    let timeline = stage.done(Method::GET, &path, None).await?;
    let at = items(&timeline).last().and_then(|entry| Timestamp::parse_lenient(text(entry, "/dateTime")));
    holds(at.is_some_and(|at| at.instant >= begin), "it was handed out before")
}

pub(super) async fn dry_run(stage: &Stage<'_>) -> Outcome {
    let dry = json!({ "dryRun": true, "duration": "PT1H" });
    let planned = stage.try_to_file("BlockIp", ("IP", "203.0.113.1"), dry.clone()).await?;
    is("the answer's status", &planned.status, &200)?;
    let path = format!("/api/v1/actions/{}", planned.text("/id"));
    is("what reads it", &stage.send(Method::GET, &path, None).await?.status, &404)?;
    stage.gives_nothing("it was only planned").await?;
    let protected = stage.try_to_file("BlockIp", ("IP", "127.0.0.1"), dry).await?;
    refused(&protected, 403, &["protectedTarget parameters"])
}

pub(super) async fn key(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    // Keys are the app's, so this one must be new.
    let key = format!("check {id}");
    let headers = [("Idempotency-Key", key.as_str())];
    let body = stage.body("BlockIp", ("IP", "203.0.113.2"), Value::Null);
    let file = async |body: &Value| {
        let asked = Asked { body: Some(body), headers: &headers, ..Asked::default() };
        stage.client.send(Method::POST, ACTIONS, asked).await
    };
    let first = file(&body).await?.accepted()?;
    stage.note(first.text("/id"));
    let again = file(&body).await?;
    is("the action's id", &again.text("/id"), &first.text("/id"))?;
    is("Idempotency-Replayed", &again.header("idempotency-replayed"), &"true")?;
    let other = stage.body("BlockIp", ("IP", "203.0.113.3"), Value::Null);
    is("the answer to another body", &file(&other).await?.status, &422)
}

pub(super) async fn too_wide(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.0.0/16", Value::Null).await?;
    stage.stands(&id, "NotStarted", "awaitingApproval").await?;
    stage.gives_nothing("nobody has agreed").await?;
    stage.cancel(&id).await?;
    stage.stands(&id, "Failed", "cancelled").await
}

pub(super) async fn protected_meanwhile(stage: &Stage<'_>) -> Outcome {
    // Of all addresses this case alone uses this one: what is protected is so for every provider.
    let id = stage.block("203.0.113.77", Value::Null).await?;
    let entry = json!({ "kind": "ip", "value": "203.0.113.77", "reason": "interdict provider check" });
    let entry = stage.done(Method::POST, "/api/v1/protected-targets", Some(&entry)).await?;
    let given = stage.gives_nothing("it is protected").await;
    let path = format!("/api/v1/protected-targets/{}", text(&entry, "/id"));
    stage.done(Method::DELETE, &path, None).await?;
    given?;
    stage.stands(&id, "Failed", "rejected").await?;
    stage.shows(&id, "/errorInfo/code", &json!(1007)).await
}

//! What somebody else must agree to. The cases ask for ranges that are too wide: a rule would be about everybody's actions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Asked, text};
use crate::commands::provider::check::outcome::{Outcome, is, refused as is_refused};
use crate::commands::provider::check::stage::Stage;

const HASH: &str = "/@interdict.execution/approval/hash";

/// What a person says of an action; any answer is one.
async fn says(stage: &Stage<'_>, id: &str, verb: &str, hash: &str) -> Outcome<Answer> {
    let body = json!({ "hash": hash, "comment": "interdict provider check" });
    let path = format!("/api/v1/actions/{id}/{verb}");
    Ok(stage.person()?.send(Method::POST, &path, Asked { body: Some(&body), ..Asked::default() }).await?)
}

/// Files what awaits approval; its id and its hash.
async fn waiting(stage: &Stage<'_>) -> Outcome<(String, String)> {
    stage.person()?;
    let id = stage.block("203.0.0.0/16", Value::Null).await?;
    stage.stands(&id, "NotStarted", "awaitingApproval").await?;
    stage.gives_nothing("nobody has agreed").await?;
    let hash = text(&stage.action(&id).await?, HASH).to_owned();
    Ok((id, hash))
}

pub(super) async fn agreed(stage: &Stage<'_>) -> Outcome {
    let (id, hash) = waiting(stage).await?;
    let own = json!({ "hash": hash });
    let own = stage.send(Method::POST, &format!("/api/v1/actions/{id}/approve"), Some(&own)).await?;
    is("the answer to whoever filed it", &own.status, &403)?;
    let stale = says(stage, &id, "approve", &"0".repeat(64)).await?;
    is_refused(&stale, 409, &["notApprovable hash"])?;
    stage.stands(&id, "NotStarted", "awaitingApproval").await?;
    says(stage, &id, "approve", &hash).await?.accepted()?;
    is("what is handed out", &stage.carry_out().await?.action(), &id.as_str())?;
    stage.stands(&id, "Completed", "succeeded").await?;
    let decisions = stage.action(&id).await?;
    let decisions = decisions.pointer("/@interdict.execution/approval/decisions").and_then(Value::as_array);
    is("the number of decisions", &decisions.map(Vec::len), &Some(1))
}

pub(super) async fn refused(stage: &Stage<'_>) -> Outcome {
    let (id, hash) = waiting(stage).await?;
    says(stage, &id, "reject", &hash).await?.accepted()?;
    stage.stands(&id, "Failed", "rejected").await?;
    stage.shows(&id, "/errorInfo/code", &json!(1005)).await?;
    let late = says(stage, &id, "approve", &hash).await?;
    is("the answer to whoever agrees then", &late.status, &409)?;
    stage.gives_nothing("it was refused").await
}

//! Many actions by one decision.

use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::provider::check::outcome::{Outcome, is};
use crate::commands::provider::check::stage::Stage;

/// Asks for it: first what it would be about, then that it be done.
async fn decide(stage: &Stage<'_>, verb: &str, selected: usize, changed: usize) -> Outcome {
    for (preview, changed) in [(true, 0), (false, changed)] {
        let body =
            json!({ "filter": stage.own(), "preview": preview, "comment": "interdict provider check" });
        let path = format!("/api/v1/bulk/{verb}");
        let answer = stage.done(Method::POST, &path, Some(&body)).await?;
        let number = |name: &str| answer.get(name).and_then(Value::as_u64);
        let found = (number("selected"), number("changed"), answer.get("preview"));
        let wanted = (u64::try_from(selected).ok(), u64::try_from(changed).ok(), Some(&Value::Bool(preview)));
        is("what was selected and changed", &found, &wanted)?;
    }
    Ok(())
}

pub(super) async fn cancel(stage: &Stage<'_>) -> Outcome {
    let in_force = stage.block("203.0.113.1", Value::Null).await?;
    stage.carry_out().await?;
    let begun = stage.scan("pc-1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    stage.reported(&lease, "renew", Value::Null).await?;
    let waiting = [
        stage.block("203.0.113.2", Value::Null).await?,
        stage.scan("pc-2", json!({ "notBefore": "2099-01-01T00:00:00Z" })).await?,
    ];
    decide(stage, "cancel", 4, 3).await?;
    for id in &waiting {
        stage.stands(id, "Failed", "cancelled").await?;
    }
    stage.stands(&begun, "Running", "cancelling").await?;
    let renewed = stage.reported(&lease, "renew", Value::Null).await?;
    is("the directive", &renewed.text("/directive"), &"cancel")?;
    stage.gives_nothing("all of it is cancelled").await?;
    stage.comes_to_hold(&in_force, "active").await
}

pub(super) async fn undo(stage: &Stage<'_>) -> Outcome {
    let mut in_force = Vec::new();
    for address in ["203.0.113.1", "203.0.113.2"] {
        in_force.push(stage.block(address, Value::Null).await?);
        stage.carry_out().await?;
    }
    let waiting = stage.scan("pc-1", json!({ "notBefore": "2099-01-01T00:00:00Z" })).await?;
    decide(stage, "undo", 3, 2).await?;
    let leases = stage.lease(10).await?;
    let names: Vec<_> = leases.iter().map(|lease| lease.text("/action/name")).collect();
    is("what is handed out", &names, &vec!["UnblockIp"; 2])?;
    for lease in &leases {
        stage.reported(lease, "complete", Value::Null).await?;
    }
    for id in &in_force {
        stage.comes_to_hold(id, "ended").await?;
    }
    stage.stands(&waiting, "NotStarted", "scheduled").await
}

//! Being given work.

use std::time::{Duration, Instant};

use interdict_model::Timestamp;
use serde_json::{Value, json};

use crate::client::text;
use crate::commands::provider::check::outcome::{Outcome, holds, is, refused};
use crate::commands::provider::check::stage::Stage;
use crate::commands::provider::lease::{self, Ask};

pub(super) async fn shape(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    is("the action's id", &lease.action(), &id.as_str())?;
    holds(!lease.text("/leaseId").is_empty(), "there is no leaseId")?;
    holds(lease.fence() > 0, "the fence is no number above 0")?;
    is("the attempt", &lease.attempt(), &1)?;
    let expires = Timestamp::parse_lenient(lease.text("/expiresAt"));
    holds(expires.is_some(), "expiresAt is no instant")?;
    is("the status", &lease.text("/action/status"), &"Running")?;
    is("the phase", &lease.text("/action/@interdict.execution/phase"), &"delivered")?;
    is("the target", &lease.text("/action/@interdict.execution/target/text"), &"203.0.113.1")
}

pub(super) async fn once(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    stage.lease_one().await?;
    stage.gives_nothing("it had been already").await?;
    stage.stands(&id, "Running", "delivered").await
}

pub(super) async fn wakes(stage: &Stage<'_>) -> Outcome {
    let begun = Instant::now();
    let filing = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        stage.block("203.0.113.1", Value::Null).await
    };
    let (lease, id) = tokio::join!(stage.lease_one(), filing);
    is("the action's id", &lease?.action(), &id?.as_str())?;
    let waited = begun.elapsed().as_secs();
    holds(waited < 10, format!("it took {waited} s of 20"))
}

pub(super) async fn waits_in_vain(stage: &Stage<'_>) -> Outcome {
    let begun = Instant::now();
    let ask = Ask { max: 1, wait: 1, lease: 60, member: None };
    let leases = lease::take(stage.client, &stage.provider, ask).await?;
    let waited = begun.elapsed().as_secs_f64();
    holds(leases.is_empty(), "there was something")?;
    holds((0.9..10.0).contains(&waited), format!("it took {waited:.1} s, not 1"))
}

pub(super) async fn start(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let lease = stage.lease_one().await?;
    stage.stands(&id, "Running", "delivered").await?;
    let renewed = stage.reported(&lease, "renew", Value::Null).await?;
    is("the directive", &renewed.text("/directive"), &"continue")?;
    stage.stands(&id, "Running", "executing").await
}

pub(super) async fn renewal(stage: &Stage<'_>) -> Outcome {
    stage.block("203.0.113.1", Value::Null).await?;
    let lease = stage.lease_for(30).await?;
    let renewed = stage.reported(&lease, "renew", json!({ "leaseSeconds": 300 })).await?;
    let instant = |text: &str| Timestamp::parse_lenient(text).map(|date| date.instant);
    let (first, then) = (instant(lease.text("/expiresAt")), instant(renewed.text("/expiresAt")));
    holds(then > first.map(|first| first.plus_seconds(200)), format!("{first:?} became {then:?}"))
}

pub(super) async fn runs_out(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let first = stage.lease_for(1).await?;
    let second = stage.lease_one().await?;
    is("the action's id", &second.action(), &id.as_str())?;
    is("the attempt", &second.attempt(), &2)?;
    holds(second.fence() > first.fence(), "the fence did not grow")
}

pub(super) async fn old_fence(stage: &Stage<'_>) -> Outcome {
    let id = stage.block("203.0.113.1", Value::Null).await?;
    let first = stage.lease_for(1).await?;
    let second = stage.lease_one().await?;
    for verb in ["renew", "complete", "fail", "release"] {
        refused(&stage.report(&first, verb, Value::Null).await?, 409, &["leaseLost fence"])?;
        let lie = json!({ "fence": second.fence() });
        refused(&stage.report(&first, verb, lie).await?, 409, &["leaseLost fence"])?;
    }
    stage.stands(&id, "Running", "delivered").await?;
    stage.reported(&second, "renew", Value::Null).await.map(drop)
}

pub(super) async fn bounds(stage: &Stage<'_>) -> Outcome {
    for (max, wait, lease, member) in
        [(0, 0, 60, "max"), (1_000, 0, 60, "max"), (1, 3_600, 60, "waitSeconds"), (1, 0, 0, "leaseSeconds")]
    {
        let answer =
            lease::ask(stage.client, &stage.provider, Ask { max, wait, lease, member: None }).await?;
        refused(&answer, 400, &[&format!("invalidValue {member}")])?;
    }
    let nobody = lease::ask(
        stage.client,
        "00000000-0000-4000-8000-0000000000ff",
        Ask { max: 1, wait: 0, lease: 60, member: None },
    );
    is("the code", &text(&nobody.await?.body, "/error/code"), &"ResourceNotFound")
}

//! What a simulated provider does with one action, from its first renewal to its report.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::LEASE_SECONDS;
use super::behaviour::Fate;
use crate::client::{Answer, Client};
use crate::commands::output::cell;
use crate::commands::provider::lease::Lease;
use crate::failure::Failure;

/// How often a lease is renewed.
const RENEW: Duration = Duration::from_secs(LEASE_SECONDS / 3);
/// The code that a simulated failure has.
const FAILURE_CODE: i32 = 5;

/// Becomes true when the simulation is to end.
#[derive(Clone, Debug)]
pub(super) struct Stop(pub(super) watch::Receiver<bool>);

impl Stop {
    /// Waits until then, at the most; whether it is to end.
    async fn or_until(&mut self, instant: Instant) -> bool {
        timeout_at(instant, self.0.wait_for(|stopped| *stopped)).await.is_ok()
    }
}

/// How the work on an action ended before its report.
enum Worked {
    /// It is done.
    Through,
    /// The server said to stop.
    Cancelled,
    /// The simulation ends.
    Stopped,
}

/// Does it; a line that says what came of it.
pub(super) async fn act(client: &Client, lease: Lease, fate: Fate, slow: Duration, stop: Stop) -> String {
    let begun = Instant::now();
    let came = match carry_out(client, &lease, fate, slow, stop).await {
        Ok(came) => came.to_owned(),
        Err(failure) => format!("lost: {}", failure.message()),
    };
    let name = lease.text("/action/name");
    let target = cell(&lease.0, "/action/@interdict.execution/target/text");
    let (id, attempt, seconds) = (lease.action(), lease.attempt(), begun.elapsed().as_secs_f64());
    format!("{name} {target}: {came} after {seconds:.1} s (attempt {attempt} of {id})")
}

async fn carry_out(
    client: &Client,
    lease: &Lease,
    fate: Fate,
    slow: Duration,
    mut stop: Stop,
) -> Result<&'static str, Failure> {
    let report = async |verb: &str, members: Value| lease.report(client, verb, members).await?.accepted();
    if says_cancel(&report("renew", Value::Null).await?) {
        report("fail", json!({ "cancelled": true })).await?;
        return Ok("cancelled");
    }
    if fate == Fate::Hangs {
        // The slot stays taken until the server gives it up.
        stop.or_until(Instant::now() + Duration::from_secs(LEASE_SECONDS)).await;
        return Ok("hung");
    }
    match work(client, lease, slow, stop).await? {
        Worked::Stopped => report("release", Value::Null).await.map(|_| "given back"),
        Worked::Cancelled => report("fail", json!({ "cancelled": true })).await.map(|_| "cancelled"),
        Worked::Through => match fate {
            Fate::Fails { retryable } => {
                let error = json!({ "code": FAILURE_CODE, "message": "simulated failure" });
                let members = json!({ "errorInfo": error, "retryable": retryable, "retryAfter": 1 });
                let came = if retryable { "failed, to be tried again," } else { "failed" };
                report("fail", members).await.map(|_| came)
            }
            Fate::Done | Fate::Hangs => {
                let members = json!({ "result": { "simulated": true }, "undo": { "of": lease.action() } });
                report("complete", members).await.map(|_| "completed")
            }
        },
    }
}

/// Takes its time, and renews meanwhile.
async fn work(client: &Client, lease: &Lease, slow: Duration, mut stop: Stop) -> Result<Worked, Failure> {
    let end = Instant::now() + slow;
    loop {
        let next = (Instant::now() + RENEW).min(end);
        if stop.or_until(next).await {
            return Ok(Worked::Stopped);
        }
        if Instant::now() >= end {
            return Ok(Worked::Through);
        }
        if says_cancel(&lease.report(client, "renew", Value::Null).await?.accepted()?) {
            return Ok(Worked::Cancelled);
        }
    }
}

fn says_cancel(renewed: &Answer) -> bool {
    renewed.text("/directive") == "cancel"
}

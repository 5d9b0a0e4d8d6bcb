//! How long it takes until deadlines that pass in one instant are all swept.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, anyhow, ensure};
use interdict_model::Timestamp;
use serde_json::{Value, json};

use crate::scene::{Scene, file};

const FILERS: usize = 32;
/// How long before the deadline filing begins: it must be over by then.
const AHEAD: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// Seconds from the deadline until the last action of `actions` has expired.
pub(crate) fn measure(scene: &Scene, actions: usize) -> Result<f64> {
    let deadline = Instant::now() + AHEAD;
    let request = json!({"finishBy": instant_after(AHEAD)?.to_string()});
    let filed = AtomicUsize::new(0);
    thread::scope(|threads| -> Result<()> {
        let mut all = Vec::new();
        for _ in 0..FILERS {
            let (mut client, filed, request) = (scene.connect()?, &filed, &request);
            all.push(threads.spawn(move || -> Result<()> {
                loop {
                    let number = filed.fetch_add(1, Ordering::Relaxed);
                    if number >= actions {
                        return Ok(());
                    }
                    file(&mut client, number, request)?;
                }
            }));
        }
        for thread in all {
            thread.join().map_err(|_| anyhow!("a client panicked"))??;
        }
        Ok(())
    })?;
    ensure!(Instant::now() < deadline, "filing took longer than {AHEAD:?}");
    // Nobody says anything on it: it only tells the time.
    let (_silent, clock) = mpsc::channel::<()>();
    let wait = |until: Duration| {
        let _ = clock.recv_timeout(until);
    };
    wait(deadline.saturating_duration_since(Instant::now()));
    let mut client = scene.connect()?;
    loop {
        let left = client.get("/api/v1/actions?$filter=phase%20eq%20'queued'&$top=1")?;
        let left = left.get("value").and_then(Value::as_array).context("no list")?;
        if left.is_empty() {
            return Ok(deadline.elapsed().as_secs_f64());
        }
        wait(LOOK);
    }
}

#[expect(clippy::disallowed_methods, reason = "a deadline on the server's own clock, which is this one")]
fn instant_after(ahead: Duration) -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)? + ahead;
    Ok(Timestamp::from_ticks(i64::try_from(since.as_nanos() / 100)?))
}

//! How many actions are filed, leased and completed a second; and whether a long queue slows a lease.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use serde_json::{Value, json};

use crate::scene::{Scene, complete, file};

/// Actions that are on their way at once.
const IN_FLIGHT: usize = 32;
/// Connections that report.
const REPORTERS: usize = 16;
/// Connections that fill a queue.
const FILERS: usize = 32;

/// Actions a second, from filing to completion, [`IN_FLIGHT`] at once.
pub(crate) fn measure(scene: &Scene, actions: usize) -> Result<f64> {
    let (go, next) = mpsc::channel::<()>();
    let next = Arc::new(Mutex::new(next));
    let (work, waiting) = mpsc::channel::<Value>();
    let waiting = Arc::new(Mutex::new(waiting));
    for _ in 0..IN_FLIGHT {
        go.send(()).ok().context("nobody files")?;
    }
    let filed = AtomicUsize::new(0);
    let begun = Instant::now();
    thread::scope(|threads| -> Result<()> {
        let mut all = Vec::new();
        for _ in 0..IN_FLIGHT {
            let (mut client, next, filed) = (scene.connect()?, Arc::clone(&next), &filed);
            all.push(threads.spawn(move || -> Result<()> {
                loop {
                    let number = filed.fetch_add(1, Ordering::Relaxed);
                    if number >= actions {
                        return Ok(());
                    }
                    if next.lock().unwrap_or_else(PoisonError::into_inner).recv().is_err() {
                        return Ok(());
                    }
                    file(&mut client, number, &Value::Null)?;
                }
            }));
        }
        for _ in 0..REPORTERS {
            let (mut client, waiting, go) = (scene.connect()?, Arc::clone(&waiting), go.clone());
            all.push(threads.spawn(move || -> Result<()> {
                loop {
                    let lease = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(lease) = lease else { return Ok(()) };
                    complete(&mut client, &lease)?;
                    // Whoever files may have all it wants by now.
                    let _ = go.send(());
                }
            }));
        }
        let mut client = scene.connect()?;
        all.push(threads.spawn(move || -> Result<()> {
            let mut leased = 0;
            while leased < actions {
                let body = json!({"max": IN_FLIGHT, "waitSeconds": 20});
                let leases = client.post(&scene.leases, &body)?;
                let leases = leases.get("value").and_then(Value::as_array).cloned().unwrap_or_default();
                leased += leases.len();
                leases.into_iter().try_for_each(|lease| work.send(lease))?;
            }
            Ok(())
        }));
        for thread in all {
            thread.join().map_err(|_| anyhow!("a client panicked"))??;
        }
        Ok(())
    })?;
    Ok(f64::from(u32::try_from(actions)?) / begun.elapsed().as_secs_f64())
}

/// Files so many actions that nobody asks for.
pub(crate) fn queue(scene: &Scene, actions: usize) -> Result<()> {
    let filed = AtomicUsize::new(0);
    thread::scope(|threads| -> Result<()> {
        let mut all = Vec::new();
        for _ in 0..FILERS {
            let (mut client, filed) = (scene.connect()?, &filed);
            all.push(threads.spawn(move || -> Result<()> {
                loop {
                    let number = filed.fetch_add(1, Ordering::Relaxed);
                    if number >= actions {
                        return Ok(());
                    }
                    file(&mut client, number, &Value::Null)?;
                }
            }));
        }
        for thread in all {
            thread.join().map_err(|_| anyhow!("a client panicked"))??;
        }
        Ok(())
    })
}

/// Leases so many actions, one after the other; the seconds that took.
pub(crate) fn drain(scene: &Scene, actions: usize) -> Result<f64> {
    let mut client = scene.connect()?;
    let begun = Instant::now();
    for _ in 0..actions {
        let leases = client.post(&scene.leases, &json!({"max": 1}))?;
        leases.pointer("/value/0").context("the queue is empty")?;
    }
    Ok(begun.elapsed().as_secs_f64())
}

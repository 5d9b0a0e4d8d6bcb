//! How long it takes from a filing until a provider that waits for work has it. Nothing else is asked of the server
//! meanwhile. Both steps wait for the disk once.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::client::Client;
use crate::scene::{Scene, complete, file};

/// Filings that do not count: connections and caches are warm after them.
const WARM_UP: usize = 20;
/// Before each filing: the provider is back and waiting by then.
const CALM: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn measure(scene: &Scene, filings: usize) -> Result<()> {
    let (handed, when) = mpsc::channel();
    let (waiting, leases) = (scene.connect()?, scene.leases.clone());
    // It ends with the server.
    thread::spawn(move || provide(waiting, &leases, &handed));
    let mut client = scene.connect()?;
    let (mut answered, mut taken) = (Vec::new(), Vec::new());
    for number in 0..WARM_UP + filings {
        ensure!(when.recv_timeout(CALM).is_err(), "handed out before it was filed");
        let sent = Instant::now();
        file(&mut client, number, &Value::Null)?;
        let answer = sent.elapsed();
        let lease = when.recv_timeout(PATIENCE)?.saturating_duration_since(sent);
        if number >= WARM_UP {
            answered.push(answer);
            taken.push(lease);
        }
    }
    for (what, times, wanted) in [
        ("a filing's answer", &mut answered, ""),
        ("a filing's hand-out to who waits", &mut taken, "p99 < 15"),
    ] {
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |it| it.as_secs_f64() * 1e3);
        println!("| {what}, ms | least {:.2}, p50 {:.2}, p99 {:.2} | {wanted} |", at(0), at(50), at(99));
    }
    Ok(())
}

/// Asks for work without end; says when it has some, and is done with it at once.
fn provide(mut client: Client, leases: &str, handed: &mpsc::Sender<Instant>) -> Result<()> {
    loop {
        let leased = client.post(leases, &json!({"max": 1, "waitSeconds": 20}))?;
        let now = Instant::now();
        let Some(lease) = leased.pointer("/value/0") else { continue };
        complete(&mut client, lease)?;
        if handed.send(now).is_err() {
            return Ok(());
        }
    }
}

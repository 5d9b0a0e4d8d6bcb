#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::*;
use crate::commands::agent::config::AgentSettings;
use crate::commands::agent::credentials::TokenSource;
use crate::commands::agent::programs::Programs;

fn settings(url: &str) -> AgentSettings {
    let table = "action = 'BlockIp'\nadd = ['/bin/true']";
    AgentSettings {
        url: url.parse().unwrap(),
        token: TokenSource::Fixed("t".to_owned().into()),
        ca: None,
        provider: "p".to_owned(),
        instance_id: "host".to_owned(),
        parallel: 1,
        lease: Duration::from_secs(60),
        converge: Duration::from_secs(30),
        grace: Duration::ZERO,
        programs: Programs::new(vec![toml::from_str(table).unwrap()]).unwrap(),
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_is_not_called_without_pause_while_the_agent_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let (_tell, told) = watch::channel(Phase::Killing);
    let agent = Agent::new(settings(&url), told).unwrap();
    let lease = serde_json::from_value(json!({"leaseId": "l", "fence": 1, "action": {}})).unwrap();
    let begun = tokio::time::timeout(Duration::from_secs(2), begin(&agent, &lease)).await;
    let calls = calls.load(Ordering::Relaxed);
    assert!(begun.is_err(), "nobody said that it may begin");
    // One connection may be tried again by the client itself.
    assert!((1..=10).contains(&calls), "{calls} calls within two seconds");
}

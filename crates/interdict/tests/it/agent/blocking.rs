//! A host whose firewall the agent keeps, and another that knocks: from the filing to the packets.

use interdict_testkit::process::Process;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Scene, until};
use crate::http::ACTIONS;
use crate::nftables::hosts::{self, Wire};
use crate::sdk::{python, root};

/// Server, agent and firewall are on one host, `there` is the other.
struct Defence {
    wire: Wire,
    scene: Scene,
    config: String,
}

impl Defence {
    /// `add` is what carries a block out, where that is not the firewall's program itself.
    async fn new(add: &str) -> Self {
        let wire = Wire::new();
        wire.here.enter();
        let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
        let firewall = hosts::program();
        let more = format!(
            "lease_seconds = 3\nconverge_seconds = 3600\n[[program]]\naction = 'BlockIp'\nundo = 'UnblockIp'\n\
             converge = ['{}', 'apply']\n{add}",
            firewall.display()
        );
        let config = scene.agent_file("host", &more);
        Self { wire, scene, config }
    }

    /// Starts the agent; it has made the firewall as it should be once this returns.
    fn agent(&self) -> Process {
        let mut agent = self.scene.agent(&self.config);
        let line = agent.line();
        assert!(line.starts_with("interdict agent ready "), "{line:?}: {}", agent.stderr());
        agent
    }

    fn is_open(&self) -> bool {
        self.wire.there.reaches(&self.wire.here.ipv4)
    }

    async fn opens(&self) {
        until("the other host gets through", async || self.is_open()).await;
    }

    /// Blocks the other host; the action's id.
    async fn block(&self, request: Value) -> String {
        self.scene.file("BlockIp", &[("IP", &self.wire.there.ipv4)], request).await
    }

    async fn blocked(&self, request: Value) -> String {
        let id = self.block(request).await;
        self.scene.reaches(&id, "succeeded").await;
        assert!(!self.is_open());
        id
    }

    async fn ends_soon(&self, id: &str) {
        let path = format!("/api/v1/actions/{id}/extend");
        self.scene.done(Method::POST, &path, json!({"duration": "PT1S"})).await;
    }

    async fn holds(&self, id: &str, state: &str) {
        let what = format!("the effect of `{id}` is {state}");
        until(&what, async || self.scene.execution(id).await["effect"]["state"] == state).await;
    }
}

#[tokio::test]
async fn a_block_that_the_graph_sdk_files_cuts_a_host_off_until_its_time_is_over() {
    let defence = Defence::new("").await;
    let _agent = defence.agent();
    assert!(defence.is_open());
    let mut script = python();
    script
        .arg(root().join("tests/sdk/python/block_for.py"))
        .args([&defence.wire.there.ipv4, "PT8S"])
        .env("INTERDICT_URL", defence.scene.server().url())
        .env("INTERDICT_TOKEN", defence.scene.server().token(&["SecurityActions.ReadWrite.All"]));
    // On a busy machine the script may end after the block.
    let filing = Process::spawn(&mut script);
    until("the other host is cut off", async || !defence.is_open()).await;
    defence.opens().await;
    let finished = filing.wait();
    assert!(finished.stdout.ends_with("all checks held\n"), "{finished:?}");
    until("nothing is in force", async || defence.scene.effects().await.is_empty()).await;
}

#[tokio::test]
async fn of_two_blocks_of_one_host_the_longer_holds() {
    let defence = Defence::new("").await;
    let _agent = defence.agent();
    let short = defence.blocked(json!({"duration": "PT1H"})).await;
    let long = defence.blocked(json!({"duration": "PT2H"})).await;
    defence.ends_soon(&short).await;
    defence.holds(&short, "released").await;
    assert!(!defence.is_open());
    defence.ends_soon(&long).await;
    defence.opens().await;
    defence.holds(&long, "ended").await;
}

#[tokio::test]
async fn an_agent_that_died_and_lost_its_table_makes_it_anew() {
    let defence = Defence::new("").await;
    let agent = defence.agent();
    let id = defence.blocked(json!({"duration": "PT1H"})).await;
    // Dropping a child kills it, as a crash does.
    drop(agent);
    assert!(!defence.is_open(), "what is in force does not need the agent");
    defence.wire.here.run(&["nft", "delete table inet interdict"]);
    assert!(defence.is_open());
    let agent = defence.agent();
    assert!(!defence.is_open());

    drop(agent);
    defence.ends_soon(&id).await;
    defence.holds(&id, "ending").await;
    let _agent = defence.agent();
    defence.opens().await;
    defence.holds(&id, "ended").await;
}

#[tokio::test]
async fn a_block_that_somebody_lifts_stays_lifted() {
    let defence = Defence::new("").await;
    let _agent = defence.agent();
    let block = defence.blocked(Value::Null).await;
    let address = defence.wire.there.ipv4.as_str();
    let lifting = defence.scene.file("UnblockIp", &[("ip", address)], Value::Null).await;
    defence.scene.reaches(&lifting, "succeeded").await;
    assert!(defence.is_open());
    defence.holds(&block, "ended").await;
    // Another action has the whole table made anew.
    let other = defence.scene.file("BlockIp", &[("IP", "198.51.100.0/24")], Value::Null).await;
    defence.scene.reaches(&other, "succeeded").await;
    assert!(defence.is_open());
}

#[tokio::test]
async fn a_block_that_is_cancelled_while_its_program_runs_is_taken_back() {
    let slow = format!("add = ['/bin/sh', '-c', '{} apply; sleep 60']", hosts::program().display());
    let defence = Defence::new(&slow).await;
    let _agent = defence.agent();
    let id = defence.block(Value::Null).await;
    defence.scene.reaches(&id, "executing").await;
    until("the block is in force", async || !defence.is_open()).await;
    let cancel = format!("{ACTIONS}/{id}/cancelSecurityAction");
    defence.scene.done(Method::POST, &cancel, Value::Null).await;
    defence.scene.reaches(&id, "cancelled").await;
    defence.opens().await;
    assert!(defence.scene.effects().await.is_empty());
}

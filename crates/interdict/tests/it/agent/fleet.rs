//! A fleet of firewalls: every live host blocks, and one that was away does as the others once it is back.

use std::time::Duration;

use interdict_testkit::process::Process;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Scene, until};
use crate::nftables::hosts::{self, Host, Lan};
use crate::program;

/// A member that was silent for so long is not live (three leases of 5 s, and half a minute at the least), and a second.
const SILENCE: Duration = Duration::from_secs(31);
const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];

/// Where the server is, the members in the order of [`NAMES`], and who is to be blocked.
struct Fleet {
    lan: Lan<5>,
    scene: Scene,
    files: Vec<String>,
}

impl Fleet {
    async fn new() -> Self {
        let lan = Lan::new();
        let home = &lan.0[0];
        home.enter();
        let address = format!("{}:0", home.ipv4);
        let store = (program(), None);
        let scene = Scene::at(&address, &["--insecure-http"], store, &["BlockIp", "UnblockIp"]).await;
        let provider = format!("/api/v1/providers/{}", scene.provider);
        scene.done(Method::PATCH, &provider, json!({"scope": "all", "leaseSeconds": 5})).await;
        let more = format!(
            "insecure_http = true\nlease_seconds = 5\nconverge_seconds = 3600\n[[program]]\naction = 'BlockIp'\n\
             undo = 'UnblockIp'\nconverge = ['{}', 'apply']",
            hosts::program().display()
        );
        let files = NAMES.iter().map(|name| scene.agent_file(name, &more)).collect();
        Self { lan, scene, files }
    }

    fn host(&self, member: usize) -> &Host {
        &self.lan.0[1 + member]
    }

    /// Starts the member's agent on its host; it has made the firewall as it should be once this returns.
    fn agent(&self, member: usize) -> Process {
        self.host(member).enter();
        let mut agent = self.scene.agent(&self.files[member]);
        self.lan.0[0].enter();
        let line = agent.line();
        assert!(line.starts_with("interdict agent ready "), "{line:?}: {}", agent.stderr());
        agent
    }

    /// Which members the one who is to be blocked gets through to.
    fn open(&self) -> [bool; 3] {
        let [_, members @ .., stranger] = &self.lan.0;
        std::thread::scope(|scope| {
            let pings = members.each_ref().map(|host| scope.spawn(|| stranger.reaches(&host.ipv4)));
            pings.map(|ping| ping.join().unwrap())
        })
    }

    async fn opens(&self, expected: [bool; 3]) {
        until(&format!("open: {expected:?}"), async || self.open() == expected).await;
    }
}

fn states(execution: &Value) -> Vec<(String, String)> {
    let members = execution["members"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    members.map(|member| (text(&member["instanceId"]), text(&member["state"]))).collect()
}

#[tokio::test]
async fn a_fleet_blocks_on_every_live_host_and_one_that_was_away_does_as_the_others_once_it_is_back() {
    let fleet = Fleet::new().await;
    let scene = &fleet.scene;
    let gamma = fleet.agent(2);
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let seen = async || !scene.http.get(&provider).await.body["lastSeen"].is_null();
    until("the member has asked for work", seen).await;
    // Dropping a child kills it, as a crash does.
    drop(gamma);
    let _alpha = fleet.agent(0);
    let beta = fleet.agent(1);
    assert_eq!(fleet.open(), [true; 3]);
    tokio::time::sleep(SILENCE).await;

    let stranger = &fleet.lan.0[4].ipv4;
    let id = scene.file("BlockIp", &[("IP", stranger)], json!({"duration": "PT1H"})).await;
    scene.reaches(&id, "succeeded").await;
    let execution = scene.execution(&id).await;
    let done = ["alpha", "beta"].map(|name| (name.to_owned(), "succeeded".to_owned()));
    assert_eq!((states(&execution), &execution["missed"]), (done.to_vec(), &json!(["gamma"])));
    assert_eq!(fleet.open(), [false, false, true]);
    let _gamma = fleet.agent(2);
    assert_eq!(fleet.open(), [false; 3]);

    // Now another one is away while the block ends.
    drop(beta);
    let extend = format!("/api/v1/actions/{id}/extend");
    scene.done(Method::POST, &extend, json!({"duration": "PT1S"})).await;
    fleet.opens([true, false, true]).await;
    let _beta = fleet.agent(1);
    assert_eq!(fleet.open(), [true; 3]);
    let ended = async || scene.execution(&id).await["effect"]["state"] == "ended";
    until("the effect has ended", ended).await;
    assert!(scene.effects().await.is_empty());
}

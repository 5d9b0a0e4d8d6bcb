//! Programs that are ended before their time: what they may have done is undone.

use std::path::PathBuf;

use interdict_testkit::process::Signal;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Scene, until};
use crate::http::ACTIONS;

/// A pair of programs: one makes a file and then takes its time, the other removes it.
struct Pair {
    scene: Scene,
    config: String,
    made: PathBuf,
}

impl Pair {
    /// `more` is what the table of the pair, and then the file, says besides.
    async fn new(more: &str) -> Self {
        let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
        let made = scene.folder.path().join("made");
        let file = made.display();
        let tables = format!(
            "lease_seconds = 3\ngrace_seconds = 0\n[[program]]\naction = 'BlockIp'\nundo = 'UnblockIp'\n\
             add = ['/bin/sh', '-c', 'cat; echo > \"$1\"; sleep 60', 'add', '{file}']\n\
             delete = ['/bin/rm', '{file}']\n{more}"
        );
        let config = scene.agent_file("host", &tables);
        Self { scene, config, made }
    }

    /// Files a block, and waits until its program is in the midst of it; the action's id.
    async fn begun(&self, request: Value) -> String {
        let id = self.scene.file("BlockIp", &[("IP", "198.51.100.7")], request).await;
        until("its program has made the file", async || self.made.exists()).await;
        id
    }

    async fn cancel(&self, id: &str) {
        let cancel = format!("{ACTIONS}/{id}/cancelSecurityAction");
        self.scene.done(Method::POST, &cancel, Value::Null).await;
    }

    /// Waits until the effect of the action has ended: what it made is gone by then.
    async fn is_undone(&self, id: &str) {
        let ended = async || self.scene.execution(id).await["effect"]["state"] == "ended";
        until("its effect has ended", ended).await;
        assert!(!self.made.exists(), "the effect has ended, and what it made is there");
        assert!(self.scene.execution(id).await["undoneBy"].is_string());
        assert!(self.scene.effects().await.is_empty());
    }
}

#[tokio::test]
async fn what_a_program_made_that_was_killed_by_a_cancel_is_undone_at_once() {
    let pair = Pair::new("").await;
    let _agent = pair.scene.agent(&pair.config);
    let id = pair.begun(Value::Null).await;
    pair.cancel(&id).await;
    pair.scene.reaches(&id, "unknown").await;
    pair.is_undone(&id).await;
}

#[tokio::test]
async fn what_a_program_made_that_reached_its_time_limit_is_undone_at_its_end() {
    let pair = Pair::new("time_limit = '1s'").await;
    let _agent = pair.scene.agent(&pair.config);
    let id = pair.begun(json!({"duration": "PT3S"})).await;
    pair.scene.reaches(&id, "unknown").await;
    let effect = pair.scene.execution(&id).await["effect"].clone();
    assert_eq!((&effect["state"], pair.made.exists()), (&json!("unconfirmed"), true));
    pair.is_undone(&id).await;
}

#[tokio::test]
async fn what_a_program_made_that_was_ended_with_its_agent_is_undone_by_the_next_one() {
    let pair = Pair::new("").await;
    let agent = pair.scene.agent(&pair.config);
    let id = pair.begun(Value::Null).await;
    agent.signal(Signal::TERM);
    assert!(agent.wait().status.success());
    // Blocking twice does no harm, so that it is to be tried again; then somebody thinks better of it.
    pair.scene.reaches(&id, "retrying").await;
    assert!(pair.made.exists());
    pair.cancel(&id).await;
    pair.scene.reaches(&id, "unknown").await;
    let _next = pair.scene.agent(&pair.config);
    pair.is_undone(&id).await;
}

#[tokio::test]
async fn a_program_that_says_that_it_left_nothing_is_believed() {
    let tidy = "[[program]]\naction = 'IsolateHost'\nundo = 'ReleaseHost'\n\
                add = ['/bin/sh', '-c', 'trap \"exit 75\" TERM; sleep 60 & wait']\ndelete = ['/bin/false']\n";
    let scene = Scene::with(&["IsolateHost", "ReleaseHost"]).await;
    let config = scene.agent_file("host", &format!("lease_seconds = 3\n{tidy}"));
    let _agent = scene.agent(&config);
    let id = scene.file("IsolateHost", &[("machineId", "pc-1")], Value::Null).await;
    scene.reaches(&id, "executing").await;
    let cancel = format!("{ACTIONS}/{id}/cancelSecurityAction");
    scene.done(Method::POST, &cancel, Value::Null).await;
    scene.reaches(&id, "cancelled").await;
    assert!(scene.effects().await.is_empty());
}

//! Keys that nodes share, and apps that are removed: within seconds every node knows.

use std::path::Path;
use std::time::{Duration, Instant};

use interdict_testkit::process::RunningServer;
use serde_json::Value;

use super::{Pair, assert_verified, share_issuer_key};
use crate::http::{ACTIONS, Http, READ_WRITE, builder};
use crate::{program, program_with_store};

/// What is promised.
const PROMISED: Duration = Duration::from_secs(5);

fn json(server: &RunningServer, arguments: &[&str]) -> Value {
    let finished = server.run(&[arguments, &["--output", "json"]].concat());
    assert!(finished.status.success(), "{arguments:?}: {}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

/// A token of the endpoint at `server`, for the app that `credentials` name.
async fn issued(server: &RunningServer, credentials: &Value) -> String {
    let word = |name: &str| credentials[name].as_str().unwrap();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=api://interdict/.default",
        word("clientId"),
        word("clientSecret")
    );
    let url = format!("{}/{}/oauth2/v2.0/token", server.url(), word("tenantId"));
    let request = builder().build().unwrap().post(url);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The `kid` of a token.
fn kid(token: &str) -> String {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

async fn until_refused(http: &Http) -> Duration {
    let begun = Instant::now();
    loop {
        match http.get(ACTIONS).await.status.as_u16() {
            200 => {}
            401 => return begun.elapsed(),
            other => panic!("answered {other}"),
        }
        assert!(begun.elapsed() < PROMISED, "still accepted after {PROMISED:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_removed_apps_tokens_end_on_every_node_within_five_seconds() {
    let pair = Pair::start();
    let added = json(&pair.a, &["app", "add", "--name", "ci", "--role", READ_WRITE]);
    let kept = json(&pair.a, &["app", "add", "--name", "kept", "--role", READ_WRITE]);
    let (token, other) = (issued(&pair.b, &added).await, issued(&pair.b, &kept).await);
    let clients = [&pair.a, &pair.b].map(|node| Http::with_token(node, token.clone()));
    let others = [&pair.a, &pair.b].map(|node| Http::with_token(node, other.clone()));
    for http in clients.iter().chain(&others) {
        assert_eq!(http.get(ACTIONS).await.status, 200);
    }
    assert!(pair.a.run(&["app", "remove", "ci"]).status.success());
    for http in &clients {
        until_refused(http).await;
    }
    for http in &others {
        assert_eq!(http.get(ACTIONS).await.status, 200, "another app's tokens go on");
    }

    // A node that starts later knows it from its first request on.
    let data = tempfile::tempdir().unwrap();
    share_issuer_key(pair.a.data_dir(), data.path());
    let late = program().on(pair.database_url()).serve(data.path());
    assert_eq!(clients[0].at(&late).get(ACTIONS).await.status, 401);
    assert_eq!(others[0].at(&late).get(ACTIONS).await.status, 200);
}

#[tokio::test]
async fn a_new_issuer_key_reaches_every_node_and_old_tokens_go_on_until_it_is_said_otherwise() {
    let pair = Pair::start();
    let stale = pair.stale_directory();
    let app = json(&pair.a, &["app", "add", "--name", "ci", "--role", READ_WRITE]);
    let old = issued(&pair.b, &app).await;
    let listed = json(&pair.a, &["keys", "list"]);
    let issuer_keys = |listed: &Value| {
        let keys = listed["keys"].as_array().unwrap().iter().filter(|key| key["kind"] == "issuer");
        keys.map(|key| key["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(issuer_keys(&listed), [kid(&old)]);

    let rotated = json(&pair.a, &["keys", "rotate", "issuer"]);
    let keys = issuer_keys(&rotated);
    assert_eq!(keys.len(), 2);
    // It signs once every node has heard of it.
    let begun = Instant::now();
    let new = loop {
        let token = issued(&pair.b, &app).await;
        for node in [&pair.a, &pair.b] {
            assert_eq!(Http::with_token(node, token.clone()).get(ACTIONS).await.status, 200);
        }
        if kid(&token) == keys[1] {
            break token;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the new key does not sign");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(begun.elapsed() > Duration::from_secs(5), "it signed before every node could know of it");
    for node in [&pair.a, &pair.b] {
        assert_eq!(Http::with_token(node, old.clone()).get(ACTIONS).await.status, 200);
    }
    json(&pair.b, &["keys", "rotate", "issuer", "--revoke"]);
    for token in [&old, &new] {
        for node in [&pair.a, &pair.b] {
            until_refused(&Http::with_token(node, token.clone())).await;
        }
    }
    // The command line knows the file alone.
    let minted = pair.a.token(&[READ_WRITE]);
    assert_eq!(Http::with_token(&pair.b, minted).get(ACTIONS).await.status, 200);
    let newest = issued(&pair.a, &app).await;
    for node in [&pair.a, &pair.b] {
        assert_eq!(Http::with_token(node, newest.clone()).get(ACTIONS).await.status, 200);
    }

    // A node that slept through all of it follows from the key that it has; one with a foreign key does not.
    let restarted = program().on(pair.database_url()).serve(&stale);
    assert_eq!(Http::with_token(&restarted, newest).get(ACTIONS).await.status, 200);
    assert_eq!(Http::with_token(&restarted, new).get(ACTIONS).await.status, 401);
}

#[tokio::test]
async fn a_new_seal_key_is_used_by_the_nodes_that_had_the_old_one() {
    let pair = Pair::start();
    let file = |node: &RunningServer| node.data_dir().join("seal-key.json");
    let public = |path: &Path| {
        let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        document["publicKey"].as_str().unwrap().to_owned()
    };
    let before = public(&file(&pair.a));
    assert!(!file(&pair.b).exists(), "the second node has no seal key");
    let refused = pair.b.run(&["keys", "rotate", "seal"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("this node has no seal key"), "{}", refused.stderr);

    let rotated = json(&pair.a, &["keys", "rotate", "seal"]);
    assert_eq!(rotated["keys"].as_array().unwrap().iter().filter(|key| key["kind"] == "seal").count(), 2);
    let begun = Instant::now();
    while public(&file(&pair.a)) == before {
        assert!(begun.elapsed() < PROMISED, "the new key is not taken over");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let exported = pair.a.run(&["export"]).stdout;
    assert_eq!(exported.lines().filter(|line| line.starts_with("{\"key\"")).count(), 2);
    assert_verified(&pair.a);
}

#[tokio::test]
async fn pages_go_on_across_a_new_key_and_end_with_a_revoked_one() {
    let (program, _database) = program_with_store();
    let directory = tempfile::tempdir().unwrap();
    let server = program.serve(directory.path());
    let http = Http::of(&server);
    for number in 0..3 {
        assert_eq!(http.file(&number.to_string()).await.unwrap().status, 201);
    }
    let next = |page: &Value| {
        let link = page["@odata.nextLink"].as_str().unwrap();
        format!("/v1.0{}", link.split_once("/v1.0").unwrap().1)
    };
    let first = http.get(&format!("{ACTIONS}?$top=1")).await;
    let link = next(&first.body);
    json(&server, &["keys", "rotate", "skip-token"]);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(http.get(&link).await.status, 200);
    json(&server, &["keys", "rotate", "skip-token", "--revoke"]);
    let begun = Instant::now();
    let refused = loop {
        let answer = http.get(&link).await;
        if answer.status != 200 {
            break answer;
        }
        assert!(begun.elapsed() < PROMISED, "the old key is still accepted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(refused.status, 400, "{}", refused.body);
    let again = http.get(&format!("{ACTIONS}?$top=1")).await;
    assert_eq!(http.get(&next(&again.body)).await.status, 200);
}

#[tokio::test]
async fn keys_are_rotated_while_no_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let server = program().serve(directory.path());
    let old = server.token(&[READ_WRITE]);
    let _ = server.terminate();
    let path = directory.path().to_str().unwrap();
    let rotated = program().run(&["keys", "rotate", "issuer", "--revoke", "--data-dir", path]);
    assert!(rotated.status.success(), "{}", rotated.stderr);
    let server = program().serve(directory.path());
    assert_eq!(Http::with_token(&server, old).get(ACTIONS).await.status, 401);
    assert_eq!(Http::of(&server).get(ACTIONS).await.status, 200);
}

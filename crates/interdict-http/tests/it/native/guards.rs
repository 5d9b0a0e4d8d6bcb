//! Guard rails on the wire: what a bound app may begin by PATCH.

use interdict_testkit::in_process::TENANT;
use serde_json::{Value, json};

use super::approval::{judge, person, send};
use super::provider::{Scene, filing};

const FILE: &str = "/v1.0/security/securityActions";
const BOUND: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

/// A scene whose provider is a plain Graph client, its token, and what is changed of its registration.
async fn bound() -> (Scene, String) {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let token = scene.token_of(TENANT, BOUND);
    scene.done("PATCH", &format!("/api/v1/providers/{}", scene.provider), &json!({ "appId": BOUND })).await;
    (scene, token)
}

#[tokio::test]
async fn a_plain_graph_client_begins_nothing_that_it_would_not_be_handed() {
    let (scene, token) = bound().await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let says = async |id: &str, status: &str| {
        let body = json!({ "status": status });
        let answer = send(&scene, &token, "PATCH", &format!("{FILE}/{id}"), &body).await;
        (answer.status.as_u16(), answer.details())
    };
    let refused = |code: &str| (409, vec![format!("{code} status")]);
    let done = (200, Vec::new());

    let wide = scene.block("8.8.0.0/16", Value::Null).await;
    assert_eq!(says(&wide, "Running").await, refused("needsApproval"));
    assert_eq!(says(&wide, "Completed").await, refused("needsApproval"));
    assert_eq!(scene.state(&wide).await.1, "awaitingApproval");
    let hash = scene.action(&wide).await["@interdict.execution"]["approval"]["hash"].clone();
    let bob = person(&scene, "bob", BOUND);
    assert_eq!(judge(&scene, &bob, &wide, "approve", hash.as_str().unwrap()).await.status, 200);

    for address in [provider.as_str(), "/api/v1/tenant"] {
        scene.done("POST", &format!("{address}/pause"), &Value::Null).await;
        assert_eq!(says(&wide, "Running").await, refused("paused"), "{address}");
        scene.done("POST", &format!("{address}/resume"), &Value::Null).await;
    }
    assert_eq!(says(&wide, "Running").await, done);
    let same = scene.file(&filing("UnblockIp", &[("IP", "8.8.0.0/16")], &Value::Null)).await;
    assert_eq!(says(&same, "Completed").await, refused("notReady"), "its target is in work");
    scene.done("PATCH", &provider, &json!({ "maxConcurrent": 1 })).await;
    let other = scene.block("1.2.3.4", Value::Null).await;
    assert_eq!(says(&other, "Running").await, refused("notReady"), "it has as many as it may");
    assert_eq!(says(&wide, "Completed").await, done);
    assert_eq!(says(&same, "Completed").await, done);

    let early = scene.block("1.2.3.5", json!({ "notBefore": "2030-01-01T00:00:00Z" })).await;
    assert_eq!(says(&early, "Completed").await, refused("notReady"));
    scene.pass(86_401).await;
    assert_eq!(scene.state(&other).await.1, "expired");
}

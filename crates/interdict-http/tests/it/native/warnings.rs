//! What whoever files an action is told, though it was taken.

use serde_json::{Value, json};

use super::provider::{Scene, filing};

const ACTIONS: &str = "/v1.0/security/securityActions";

/// The status and the warning of a filing.
async fn filed(scene: &Scene, address: &str, request: &Value) -> (u16, String, Value) {
    let answer = scene.send("POST", ACTIONS, &filing("BlockIp", &[("IP", address)], request)).await;
    (answer.status.as_u16(), answer.header("warning").to_owned(), answer.json())
}

#[tokio::test]
async fn a_filing_for_a_provider_that_does_not_ask_is_taken_with_a_warning() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let provider = &scene.provider;
    let never = format!("199 - \"waiting: provider {provider} has never asked for work\"");
    let (status, warning, action) = filed(&scene, "192.0.2.1", &Value::Null).await;
    assert_eq!((status, &warning), (201, &never));
    assert_eq!(action["@interdict.execution"]["phase"], "queued");
    let (status, warning, _) = filed(&scene, "192.0.2.2", &json!({ "dryRun": true })).await;
    assert_eq!((status, &warning), (200, &never), "a plan says so too");

    scene.carry_out().await;
    let id = action["id"].as_str().unwrap();
    for _ in 0..4 {
        scene.pass(40).await;
        let (status, warning, _) = filed(&scene, "192.0.2.3", &Value::Null).await;
        assert_eq!((status, warning.as_str()), (201, ""), "three leases have not passed");
    }
    let seen = scene.done("GET", &format!("/api/v1/providers/{provider}"), &Value::Null).await;
    let since = seen["lastSeen"].as_str().unwrap();
    let silent = format!("199 - \"waiting: provider {provider} has not asked for work since {since}\"");
    scene.pass(21).await;
    assert_eq!(filed(&scene, "192.0.2.4", &Value::Null).await.1, silent);
    assert_eq!(
        filed(&scene, "192.0.2.1", &Value::Null).await.1,
        "",
        "it joins what is in force, and is done"
    );
    let undo = async |id: &str| {
        let answer = scene.send("POST", &format!("/api/v1/actions/{id}/undo"), &Value::Null).await;
        (answer.status.as_u16(), answer.header("warning").to_owned())
    };
    assert_eq!(undo(id).await, (200, String::new()), "another one holds the effect");

    scene.lease(1).await;
    assert_eq!(filed(&scene, "192.0.2.5", &Value::Null).await.1, "", "it asks again");
}

#[tokio::test]
async fn an_undo_that_nobody_asks_for_is_warned_of() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let id = scene.block("192.0.2.1", Value::Null).await;
    scene.carry_out().await;
    scene.pass(181).await;
    let answer = scene.send("POST", &format!("/api/v1/actions/{id}/undo"), &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let warning = answer.header("warning");
    assert!(warning.contains("has not asked for work since"), "{warning}");
}

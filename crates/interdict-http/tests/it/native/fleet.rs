//! Fleets: every member of a provider carries an action out.

use serde_json::{Value, json};

use super::provider::Scene;

async fn fleet() -> Scene {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let address = format!("/api/v1/providers/{}", scene.provider);
    scene.done("PATCH", &address, &json!({ "scope": "all" })).await;
    for host in ["a", "b", "c"] {
        assert!(lease(&scene, host).await.is_empty());
    }
    scene
}

async fn lease(scene: &Scene, host: &str) -> Vec<Value> {
    let address = format!("/api/v1/providers/{}/leases", scene.provider);
    let body = json!({ "max": 10, "leaseSeconds": 60, "instanceId": host });
    scene.done("POST", &address, &body).await["value"].as_array().unwrap().clone()
}

/// The member leases, begins and completes its part.
async fn carry_out(scene: &Scene, host: &str) {
    let leases = lease(scene, host).await;
    assert_eq!(leases.len(), 1, "{host}: {leases:?}");
    assert_eq!(scene.report(&leases[0], "renew", Value::Null).await.status, 200);
    let done = scene.report(&leases[0], "complete", json!({ "result": host })).await;
    assert_eq!(done.status, 200, "{}", done.text);
}

/// What either face warns of where it shows an action.
async fn warnings(scene: &Scene, id: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    for face in ["/api/v1/actions", "/v1.0/security/securityActions"] {
        let answer = scene.send("GET", &format!("{face}/{id}"), &Value::Null).await;
        let warning = answer.headers.get("warning").map(|it| it.to_str().unwrap().to_owned());
        warnings.push(warning.unwrap_or_default());
    }
    warnings
}

async fn members(scene: &Scene, id: &str) -> Vec<(String, String)> {
    let action = scene.action(id).await;
    let members = action["@interdict.execution"]["members"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    members.iter().map(|member| (text(&member["instanceId"]), text(&member["state"]))).collect()
}

#[tokio::test]
async fn every_member_does_its_part_and_its_undo() {
    let scene = fleet().await;
    let nameless =
        scene.send("POST", &format!("/api/v1/providers/{}/leases", scene.provider), &json!({})).await;
    assert_eq!(nameless.details(), ["required instanceId"]);
    let id = scene.block("1.2.3.4", json!({ "duration": "PT1H" })).await;
    carry_out(&scene, "a").await;
    assert_eq!(scene.state(&id).await.1, "executing");
    assert!(lease(&scene, "a").await.is_empty(), "it has done its part");
    assert!(lease(&scene, "d").await.is_empty(), "who comes later converges by what is in force");
    carry_out(&scene, "b").await;
    carry_out(&scene, "c").await;
    assert_eq!(scene.state(&id).await, ("Completed".to_owned(), "succeeded".to_owned()));
    let all = ["a", "b", "c"].map(|host| (host.to_owned(), "succeeded".to_owned()));
    assert_eq!(members(&scene, &id).await, all);
    scene.pass(3_601).await;
    for host in ["a", "b", "c"] {
        lease(&scene, host).await;
    }
    scene.pass(61).await;
    for host in ["a", "b", "c", "d"] {
        for lease in lease(&scene, host).await {
            scene.report(&lease, "renew", Value::Null).await;
            assert_eq!(scene.report(&lease, "complete", Value::Null).await.status, 200);
        }
    }
    scene.settle().await;
    assert!(scene.effects().await.iter().all(|(_, state)| state == "ending" || state == "ended"));
}

#[tokio::test]
async fn a_member_that_is_down_is_missed_and_one_that_fails_fails_the_action() {
    let scene = fleet().await;
    scene.pass(200).await;
    lease(&scene, "a").await;
    lease(&scene, "b").await;
    let id = scene.block("1.2.3.4", Value::Null).await;
    carry_out(&scene, "a").await;
    carry_out(&scene, "b").await;
    assert_eq!(scene.state(&id).await.1, "succeeded");
    assert_eq!(scene.action(&id).await["@interdict.execution"]["missed"], json!(["c"]));
    assert_eq!(warnings(&scene, &id).await, ["199 - \"missed: a member of the fleet was silent\""; 2]);

    let id = scene.block("1.2.3.5", Value::Null).await;
    assert_eq!(warnings(&scene, &id).await, [""; 2]);
    carry_out(&scene, "a").await;
    let part = lease(&scene, "b").await.remove(0);
    scene.report(&part, "renew", Value::Null).await;
    let failed = scene.report(&part, "fail", json!({ "errorInfo": { "code": 7, "message": "no" } })).await;
    assert_eq!(failed.status, 200, "{}", failed.text);
    assert_eq!(scene.state(&id).await, ("Failed".to_owned(), "failed".to_owned()));
    assert_eq!(scene.action(&id).await["errorInfo"]["code"], 1008);
    assert!(scene.effects().await.contains(&("1.2.3.5".to_owned(), "unconfirmed".to_owned())), "one did it");
}

#[tokio::test]
async fn a_silent_member_ends_with_the_time_to_run_and_a_cancel_reaches_all() {
    let scene = fleet().await;
    let id = scene.block("1.2.3.4", json!({ "runFor": "PT5M" })).await;
    carry_out(&scene, "a").await;
    let old = lease(&scene, "b").await.remove(0);
    scene.pass(61).await;
    let new = lease(&scene, "b").await.remove(0);
    assert_eq!(scene.report(&old, "complete", Value::Null).await.status, 409, "its newer lease counts");
    scene.report(&new, "renew", Value::Null).await;
    scene.report(&new, "complete", Value::Null).await;
    scene.pass(240).await;
    assert_eq!(scene.state(&id).await, ("Failed".to_owned(), "timedOut".to_owned()));

    let id = scene.block("1.2.3.5", Value::Null).await;
    let part = lease(&scene, "a").await.remove(0);
    scene.report(&part, "renew", Value::Null).await;
    scene.done("POST", &format!("/api/v1/actions/{id}/cancel"), &Value::Null).await;
    assert_eq!(scene.report(&part, "renew", Value::Null).await.json()["directive"], "cancel");
    scene.report(&part, "fail", json!({ "cancelled": true })).await;
    assert_eq!(scene.state(&id).await, ("Failed".to_owned(), "cancelled".to_owned()));
    let states = members(&scene, &id).await;
    assert!(states.iter().all(|(_, state)| state == "cancelled"), "{states:?}");
}

#[tokio::test]
async fn what_a_fleet_is_at_hides_nothing_from_a_target_that_comes_to_be_protected() {
    let scene = fleet().await;
    let in_force = scene.block("9.9.9.1", Value::Null).await;
    for host in ["a", "b", "c"] {
        carry_out(&scene, host).await;
    }
    let running = scene.block("9.9.9.2", Value::Null).await;
    carry_out(&scene, "a").await;
    let queued = scene.block("9.9.9.3", Value::Null).await;
    let entry = json!({ "kind": "ip", "value": "9.9.9.0/24", "reason": "resolvers" });
    let made = scene.done("POST", "/api/v1/protected-targets", &entry).await;
    let told =
        json!({ "rejected": 1, "withheld": 0, "running": [running], "inForce": [in_force], "more": false });
    assert_eq!(made["guarded"], told);
    assert_eq!(scene.state(&queued).await.1, "rejected");
}

//! Approval, dry runs, repeated filings: what happens before anything is handed out.

use interdict_auth::TokenRequest;
use interdict_model::{AppId, Permission};
use interdict_testkit::in_process::{APP, Answer, TENANT};
use serde_json::{Value, json};

use super::provider::{Scene, filing};

const FILE: &str = "/v1.0/security/securityActions";

/// A person's token, from an app.
pub(crate) fn person(scene: &Scene, id: &str, app: &str) -> String {
    let request = TokenRequest {
        tenant: TENANT,
        app: AppId(app.into()),
        roles: Vec::new(),
        scopes: [Permission::ActionsApprove, Permission::ActionsReadWrite]
            .iter()
            .map(|permission| permission.name().to_owned())
            .collect(),
        user: Some(format!("{id}@example.com")),
        expires_in: 30 * 86_400,
    };
    format!("Bearer {}", scene.server.mint(&request).unwrap())
}

pub(crate) async fn send(scene: &Scene, token: &str, method: &str, address: &str, body: &Value) -> Answer {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    scene.server.send(method, address, &[("authorization", token)], &text).await.unwrap()
}

pub(crate) async fn judge(scene: &Scene, token: &str, id: &str, verb: &str, hash: &str) -> Answer {
    send(scene, token, "POST", &format!("/api/v1/actions/{id}/{verb}"), &json!({ "hash": hash })).await
}

async fn hash(scene: &Scene, id: &str) -> String {
    let action = scene.action(id).await;
    action["@interdict.execution"]["approval"]["hash"].as_str().unwrap_or_default().to_owned()
}

async fn phase(scene: &Scene, id: &str) -> String {
    scene.state(id).await.1
}

/// Every block takes the consent of so many.
async fn with_rule(required: u32) -> Scene {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let rule = json!({ "actions": ["BlockIp"], "required": required, "ttl": "PT1H" });
    let made = scene.send("POST", "/api/v1/approval-rules", &rule).await;
    assert_eq!(made.status, 201, "{}", made.text);
    scene
}

#[tokio::test]
async fn nothing_is_handed_out_until_enough_others_agree() {
    let scene = with_rule(2).await;
    let (ann, bob, eve) =
        (person(&scene, "ann", APP), person(&scene, "bob", APP), person(&scene, "eve", APP));
    let filed =
        send(&scene, &ann, "POST", FILE, &filing("BlockIp", &[("IP", "1.2.3.4")], &Value::Null)).await;
    let id = filed.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(phase(&scene, &id).await, "awaitingApproval");
    assert!(scene.lease(10).await.is_empty());
    let hash = hash(&scene, &id).await;

    let own = judge(&scene, &ann, &id, "approve", &hash).await;
    assert_eq!(own.status, 403, "whoever filed it never counts: {}", own.text);
    let by_another_app = person(&scene, "ann", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb");
    let same = judge(&scene, &by_another_app, &id, "approve", &hash).await;
    assert_eq!(same.status, 403, "not by another app either: {}", same.text);
    let app_only = format!("Bearer {}", scene.server.token(&[Permission::ActionsApprove]).unwrap());
    assert_eq!(judge(&scene, &app_only, &id, "approve", &hash).await.status, 403, "a person decides");
    let other = judge(&scene, &bob, &id, "approve", "0000").await;
    assert_eq!(other.details(), ["notApprovable hash"]);

    assert_eq!(judge(&scene, &bob, &id, "approve", &hash).await.status, 200);
    assert_eq!(judge(&scene, &bob, &id, "approve", &hash).await.status, 200, "twice is once");
    assert_eq!(phase(&scene, &id).await, "awaitingApproval");
    assert_eq!(judge(&scene, &eve, &id, "approve", &hash).await.status, 200);
    assert_eq!(phase(&scene, &id).await, "queued");
    assert_eq!(scene.lease_one().await["action"]["id"], id.as_str());
    let late = judge(&scene, &eve, &id, "reject", &hash).await;
    assert_eq!(late.details(), ["notApprovable id"]);
}

#[tokio::test]
async fn the_first_who_refuses_ends_it_and_so_does_time_or_a_cancel() {
    let scene = with_rule(2).await;
    let (bob, eve) = (person(&scene, "bob", APP), person(&scene, "eve", APP));
    let refused = scene.block("1.2.3.4", Value::Null).await;
    let of_it = hash(&scene, &refused).await;
    judge(&scene, &bob, &refused, "approve", &of_it).await;
    assert_eq!(judge(&scene, &eve, &refused, "reject", &of_it).await.status, 200);
    assert_eq!(phase(&scene, &refused).await, "rejected");
    assert_eq!(scene.action(&refused).await["errorInfo"]["code"], 1005);
    let cancelled = scene.block("1.2.3.5", Value::Null).await;
    scene.done("POST", &format!("{FILE}/{cancelled}/cancelSecurityAction"), &Value::Null).await;
    assert_eq!(phase(&scene, &cancelled).await, "cancelled");
    let forgotten = scene.block("1.2.3.6", Value::Null).await;
    scene.pass(3_599).await;
    assert_eq!(phase(&scene, &forgotten).await, "awaitingApproval");
    scene.pass(2).await;
    assert_eq!(phase(&scene, &forgotten).await, "rejected");
}

#[tokio::test]
async fn a_change_of_what_is_to_be_done_voids_approvals() {
    let scene = with_rule(1).await;
    let bob = person(&scene, "bob", APP);
    let id = scene.block("1.2.3.4", Value::Null).await;
    let before = hash(&scene, &id).await;
    let changed = json!({ "parameters": [{ "name": "IP", "value": "1.2.3.5" }] });
    scene.done("PATCH", &format!("{FILE}/{id}"), &changed).await;
    let after = hash(&scene, &id).await;
    assert_ne!(before, after);
    assert_eq!(judge(&scene, &bob, &id, "approve", &before).await.details(), ["notApprovable hash"]);
    assert_eq!(judge(&scene, &bob, &id, "approve", &after).await.status, 200);
    scene
        .done(
            "PATCH",
            &format!("{FILE}/{id}"),
            &json!({ "parameters": [{ "name": "IP", "value": "1.2.3.6" }] }),
        )
        .await;
    assert_eq!(phase(&scene, &id).await, "awaitingApproval", "what was agreed to was something else");
    scene.done("PATCH", &format!("{FILE}/{id}"), &json!({ "actionReason": "why" })).await;
    assert_eq!(judge(&scene, &bob, &id, "approve", &hash(&scene, &id).await).await.status, 200);
}

#[tokio::test]
async fn wide_ranges_and_guarded_targets_take_an_approval() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let wide = scene.block("8.8.0.0/16", Value::Null).await;
    assert_eq!(phase(&scene, &wide).await, "awaitingApproval");
    let narrow = scene.block("8.8.8.0/24", Value::Null).await;
    let guarded = json!({ "kind": "ip", "value": "8.8.8.8", "mode": "needsApproval", "reason": "resolver" });
    scene.done("POST", "/api/v1/protected-targets", &guarded).await;
    assert!(scene.lease(10).await.is_empty());
    assert_eq!(phase(&scene, &narrow).await, "awaitingApproval", "it is looked at again before it goes out");
    let denied = json!({ "kind": "ip", "value": "9.9.9.9", "reason": "resolver", "owner": "net" });
    let queued = scene.block("9.9.9.9", Value::Null).await;
    scene.done("POST", "/api/v1/protected-targets", &denied).await;
    assert!(scene.lease(10).await.is_empty());
    assert_eq!(scene.state(&queued).await, ("Failed".to_owned(), "rejected".to_owned()));
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    let scene = with_rule(1).await;
    let body = filing("BlockIp", &[("ip", "001.2.3.4")], &json!({ "dryRun": true }));
    assert_eq!(scene.send("POST", FILE, &body).await.status, 400, "it goes through every check");
    let body = filing("blockip", &[("ip", "1.2.3.4")], &json!({ "dryRun": true, "duration": "PT1H" }));
    let plan = scene.send("POST", FILE, &body).await;
    assert_eq!(plan.status, 200, "{}", plan.text);
    let execution = plan.json()["@interdict.execution"].clone();
    assert_eq!((&execution["phase"], &execution["name"]), (&json!("awaitingApproval"), &json!("BlockIp")));
    let id = plan.json()["id"].as_str().unwrap().to_owned();
    let gone = scene.send("GET", &format!("/api/v1/actions/{id}"), &Value::Null).await;
    assert_eq!(gone.status, 404);
    let timeline = scene.done("GET", &format!("/api/v1/actions/{id}/timeline"), &Value::Null).await;
    assert_eq!(timeline["value"][0]["kind"], "dryRun");
}

#[tokio::test]
async fn a_filing_with_an_idempotency_key_happens_once() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let token = format!("Bearer {}", scene.server.token(&[Permission::ActionsReadWrite]).unwrap());
    let file = async |key: &str, body: &Value| {
        let headers = [("authorization", token.as_str()), ("idempotency-key", key)];
        scene.server.send("POST", FILE, &headers, &body.to_string()).await.unwrap()
    };
    let body = filing("BlockIp", &[("IP", "1.2.3.4")], &Value::Null);
    let wrong = filing("BlockIp", &[("IP", "1.2.3")], &Value::Null);
    assert_eq!(file("k1", &wrong).await.status, 400, "nothing is kept of what was not valid");
    let first = file("k1", &body).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.header("idempotency-replayed"), "");
    scene.lease_one().await;
    let again = file("k1", &body).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (first.status, "true"));
    assert_eq!(again.json(), first.json(), "as it was answered, whatever has happened since");
    let other = filing("BlockIp", &[("IP", "1.2.3.5")], &Value::Null);
    let reused = file("k1", &other).await;
    assert_eq!(
        (reused.status.as_u16(), reused.details()),
        (422, vec!["idempotencyKeyReused Idempotency-Key".to_owned()])
    );
    assert_ne!(file("k2", &body).await.json()["id"], first.json()["id"]);
    assert_eq!(file("", &body).await.status, 201, "no key, no repetition");
    assert_eq!(file(&"x".repeat(256), &body).await.details(), ["invalidValue Idempotency-Key"]);
}

#[tokio::test]
async fn a_filing_joins_at_once_what_is_in_force() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    scene.block("1.2.3.4", Value::Null).await;
    scene.carry_out().await;
    let second = scene.block("1.2.3.4", json!({ "duration": "PT1H" })).await;
    assert_eq!(scene.state(&second).await, ("Completed".to_owned(), "succeeded".to_owned()));
    assert_eq!(scene.effect_state(&second).await, "active");
    let by_hand = scene.file(&filing("UnblockIp", &[("IP", "1.2.3.4")], &Value::Null)).await;
    assert_eq!(scene.carry_out().await["action"]["id"], by_hand.as_str());
    scene.settle().await;
    assert_eq!(scene.effect_state(&second).await, "ended", "an unblock by hand ends it for every holder");
    assert!(scene.effects().await.is_empty());
}

#[tokio::test]
async fn what_is_always_protected_can_be_neither_changed_nor_removed() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let entry = "/api/v1/protected-targets/00000000-0000-4000-8000-000000000001";
    assert_eq!(scene.done("GET", entry, &Value::Null).await["value"], "127.0.0.0/8");
    let softer = json!({ "kind": "ip", "value": "127.0.0.0/8", "mode": "needsApproval" });
    for (method, body) in [("DELETE", &Value::Null), ("PUT", &softer)] {
        let refused = scene.send(method, entry, body).await;
        assert_eq!((refused.status.into(), refused.details()), (409_u16, vec!["immutable id".to_owned()]));
    }
    let nowhere = "/api/v1/protected-targets/00000000-0000-4000-8000-0000000000ff";
    assert_eq!(scene.send("DELETE", nowhere, &Value::Null).await.status, 404);
}

#[tokio::test]
async fn all_that_a_filter_selects_is_cancelled_or_undone_by_one_decision() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let mut ids = Vec::new();
    for last in 1..=5 {
        ids.push(scene.block(&format!("1.2.3.{last}"), Value::Null).await);
    }
    let mut elsewhere = filing("BlockIp", &[("IP", "9.9.9.9")], &Value::Null);
    elsewhere["vendorInformation"] = json!({ "vendor": "V", "provider": "P" });
    let recorded = scene.file(&elsewhere).await;
    let lease = scene.lease(1).await.remove(0);
    scene.report(&lease, "renew", Value::Null).await;
    scene.report(&lease, "complete", Value::Null).await;
    let body = json!({ "filter": "name eq 'BlockIp'", "preview": true });
    let preview = scene.done("POST", "/api/v1/bulk/cancel", &body).await;
    assert_eq!((&preview["selected"], &preview["changed"]), (&json!(6), &json!(0)));
    assert_eq!(scene.state(&ids[1]).await.1, "queued");
    let body = json!({ "filter": "name eq 'BlockIp'", "comment": "stop" });
    let stopped = scene.done("POST", "/api/v1/bulk/cancel", &body).await;
    assert_eq!((&stopped["selected"], &stopped["changed"]), (&json!(6), &json!(5)), "one was done");
    for id in &ids[1..] {
        assert_eq!(scene.state(id).await.1, "cancelled");
    }
    assert_eq!(scene.action(&recorded).await["status"], "Failed");
    let undone = scene.done("POST", "/api/v1/bulk/undo", &body).await;
    assert_eq!(undone["changed"], 1);
    assert_eq!(scene.carry_out().await["action"]["name"], "UnblockIp");
    // The filter knows what the native face's list knows.
    let body = json!({ "filter": "phase eq 'cancelled' or effectState eq 'active'", "preview": true });
    assert_eq!(scene.done("POST", "/api/v1/bulk/undo", &body).await["selected"], 4, "one is only recorded");
    let wrong = scene.send("POST", "/api/v1/bulk/undo", &json!({ "filter": "nam eq 'x'" })).await;
    assert_eq!(wrong.details(), ["unknownProperty $filter"]);
}

//! Secret parameters: their values are for the provider alone.

use interdict_auth::TokenRequest;
use interdict_model::{AppId, Permission};
use interdict_testkit::in_process::{APP, TENANT};
use serde_json::{Value, json};

use super::provider::{Scene, filing};

const ACTIONS: &str = "/v1.0/security/securityActions";
const SECRET: &str = "hunter2-correct-horse";

/// A provider with an action that takes a secret, and is undone with it.
async fn scene() -> Scene {
    let scene = Scene::with(&["BlockIp"]).await;
    let parameters = json!([
        { "name": "host", "type": "deviceId", "required": true },
        { "name": "key", "type": "text", "secret": true, "list": true },
        { "name": "note", "type": "text" },
    ]);
    let unlock =
        json!({ "name": "UnlockHost", "target": "host", "repeatSafe": true, "parameters": parameters });
    scene.done("POST", "/api/v1/catalog", &unlock).await;
    let undo = json!({ "action": "UnlockHost", "parameters": { "host": "host", "key": "key" } });
    let lock = json!({ "name": "LockHost", "target": "host", "repeatSafe": true, "undo": undo,
        "duplicates": "join", "parameters": parameters });
    scene.done("POST", "/api/v1/catalog", &lock).await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    scene.done("PATCH", &provider, &json!({ "actions": ["LockHost", "UnlockHost"] })).await;
    scene
}

fn lock(key: &str) -> Value {
    filing("LockHost", &[("host", "pc-1"), ("KEY", key)], &Value::Null)
}

/// The values of a parameter.
fn values(parameters: &Value, name: &str) -> Vec<String> {
    let all = parameters.as_array().unwrap().iter();
    let of_name = all.filter(|it| it["name"].as_str().unwrap().eq_ignore_ascii_case(name));
    of_name.map(|it| it["value"].as_str().unwrap().to_owned()).collect()
}

/// Holds whatever may be read against the secret.
async fn nothing_tells(scene: &Scene, id: &str) {
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let told = "parameters/any(p:p/value%20eq%20'hunter2-correct-horse')";
    for address in [
        format!("{ACTIONS}/{id}"),
        format!("{ACTIONS}/{id}/parameters"),
        ACTIONS.to_owned(),
        format!("{ACTIONS}/delta"),
        format!("/api/v1/actions/{id}"),
        "/api/v1/actions".to_owned(),
        format!("/api/v1/actions/{id}/timeline"),
        "/api/v1/effects?target=pc-1".to_owned(),
        format!("{provider}/effects"),
    ] {
        let answer = scene.send("GET", &address, &Value::Null).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.text);
        assert!(!answer.text.contains(SECRET), "{address}: {}", answer.text);
    }
    let auditor = scene.server.mint(&TokenRequest {
        tenant: TENANT,
        app: AppId(APP.into()),
        roles: vec![Permission::AuditRead.name().to_owned()],
        scopes: Vec::new(),
        user: None,
        expires_in: 30 * 86_400,
    });
    let auditor = format!("Bearer {}", auditor.unwrap());
    let journal = scene.send_as(&auditor, "GET", "/api/v1/audit?top=1000", &Value::Null).await;
    assert_eq!((journal.status.as_u16(), journal.text.contains(SECRET)), (200, false), "{}", journal.text);
    assert_eq!(scene.server.fault().await.unwrap(), None, "the rows are what the journal adds up to");
    let found = scene.done("GET", &format!("{ACTIONS}?$filter={told}"), &Value::Null).await;
    assert_eq!(found["value"], json!([]), "nobody can try whether a guess is right");
}

#[tokio::test]
async fn a_secret_goes_to_the_provider_and_to_nobody_else() {
    let scene = scene().await;
    let planned = filing("LockHost", &[("host", "pc-1"), ("key", SECRET)], &json!({ "dryRun": true }));
    let plan = scene.send("POST", ACTIONS, &planned).await;
    assert_eq!((plan.status.as_u16(), plan.text.contains(SECRET)), (200, false), "{}", plan.text);

    let filed = scene.send("POST", ACTIONS, &lock(SECRET)).await;
    assert_eq!((filed.status.as_u16(), filed.text.contains(SECRET)), (201, false), "{}", filed.text);
    let action = filed.json();
    assert_eq!(values(&action["parameters"], "key"), ["***"]);
    assert_eq!(action["parameters"][1]["name"], "KEY", "it is as it was filed, but for the value");
    let id = action["id"].as_str().unwrap().to_owned();
    nothing_tells(&scene, &id).await;

    let lease = scene.lease_one().await;
    assert_eq!(values(&lease["action"]["parameters"], "key"), [SECRET]);
    assert_eq!(values(&lease["action"]["@interdict.execution"]["parameters"], "key"), [SECRET]);
    assert_eq!(scene.report(&lease, "renew", Value::Null).await.status, 200);
    let done = scene.report(&lease, "complete", Value::Null).await;
    assert_eq!((done.status.as_u16(), done.text.contains(SECRET)), (200, false), "{}", done.text);
    nothing_tells(&scene, &id).await;

    scene.done("POST", &format!("/api/v1/actions/{id}/undo"), &Value::Null).await;
    let undo = scene.action(&id).await["@interdict.execution"]["undoneBy"].as_str().unwrap().to_owned();
    nothing_tells(&scene, &undo).await;
    let lease = scene.carry_out().await;
    assert_eq!(lease["action"]["name"], "UnlockHost");
    assert_eq!(values(&lease["action"]["parameters"], "key"), [SECRET], "the undo needs it too");
    scene.settle().await;
    nothing_tells(&scene, &undo).await;
}

#[tokio::test]
async fn a_mask_that_is_sent_back_stands_for_its_value() {
    let scene = scene().await;
    let body = filing("LockHost", &[("host", "pc-1"), ("key", SECRET), ("key", "second")], &Value::Null);
    let id = scene.file(&body).await;
    let address = format!("{ACTIONS}/{id}");
    let patch = async |pairs: &[(&str, &str)]| {
        let body = filing("LockHost", pairs, &Value::Null);
        let answer = scene.send("PATCH", &address, &json!({ "parameters": body["parameters"] })).await;
        assert!(!answer.text.contains("second"), "{}", answer.text);
        (answer.status.as_u16(), answer.header("etag").to_owned())
    };
    let before = scene.action(&id).await["@odata.etag"].as_str().unwrap().to_owned();
    let same = patch(&[("host", "pc-1"), ("key", "***"), ("key", "***")]).await;
    assert_eq!(same, (200, before.clone()), "nothing changes");
    let same = patch(&[("host", "pc-1"), ("key", SECRET), ("key", "second")]).await;
    assert_eq!(same, (200, before.clone()), "nor by the values themselves");
    let (status, changed) = patch(&[("host", "pc-1"), ("key", "***"), ("key", "third")]).await;
    assert!(status == 200 && changed != before, "another value is another action");
    let (status, _) = patch(&[("host", "pc-2"), ("key", "***"), ("key", "***"), ("note", "moved")]).await;
    assert_eq!(status, 200);
    let (status, _) = patch(&[("host", "pc-2"), ("key", "***"), ("key", "***"), ("key", "***")]).await;
    assert_eq!(status, 400, "there is no third value");

    let lease = scene.lease_one().await;
    assert_eq!(values(&lease["action"]["parameters"], "key"), [SECRET, "third"]);
    assert_eq!(values(&lease["action"]["parameters"], "host"), ["pc-2"]);
    let late = [("host", "pc-2"), ("key", "***"), ("key", "fourth"), ("note", "moved")];
    assert_eq!(patch(&late).await.0, 409, "it was handed out");
    let echo = [("host", "pc-2"), ("key", "***"), ("key", "***"), ("note", "moved")];
    assert_eq!(patch(&echo).await.0, 200);
    assert_eq!(scene.report(&lease, "renew", Value::Null).await.status, 200);
    assert_eq!(scene.report(&lease, "complete", Value::Null).await.status, 200);
    assert_eq!(patch(&echo).await.0, 200);
}

#[tokio::test]
async fn a_repeated_filing_is_told_from_one_with_another_secret() {
    let scene = scene().await;
    let copied = scene.send("POST", ACTIONS, &lock("***")).await;
    assert_eq!(copied.details(), ["invalidValue parameters[1]/value"], "{}", copied.text);
    let with_context = |key: &str| {
        let mut body = lock(key);
        body["clientContext"] = json!("once");
        body
    };
    let first = scene.send("POST", ACTIONS, &with_context(SECRET)).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = scene.send("POST", ACTIONS, &with_context(SECRET)).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (201, &first.json()["id"]), "{}", again.text);
    assert!(!again.text.contains(SECRET));
    assert_eq!(scene.send("POST", ACTIONS, &with_context("another")).await.status, 409);

    let provider = format!("/api/v1/providers/{}", scene.provider);
    scene.done("PATCH", &provider, &json!({ "vendor": "Contoso" })).await;
    let recorded = scene.send("POST", ACTIONS, &lock(SECRET)).await;
    assert_eq!((recorded.status.as_u16(), recorded.text.contains(SECRET)), (201, false), "nobody needs it");
}

#[tokio::test]
async fn a_definition_shows_no_secret_by_another_name() {
    let scene = scene().await;
    let plain = json!({ "name": "Plain", "target": "host", "parameters": [
        { "name": "host", "type": "deviceId", "required": true }, { "name": "key", "type": "text", "list": true }] });
    scene.done("POST", "/api/v1/catalog", &plain).await;
    let parameter = |more: Value| {
        let mut it = json!({ "name": "key", "type": "text", "secret": true });
        it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "name": "Odd", "target": "host", "parameters": [
            { "name": "host", "type": "deviceId", "required": true }, it] })
    };
    let refused = async |body: Value| scene.send("POST", "/api/v1/catalog", &body).await.details();
    assert_eq!(refused(parameter(json!({ "default": "x" }))).await, ["invalidValue parameters[1]/secret"]);
    let mut undone = parameter(json!({}));
    undone["undo"] = json!({ "action": "Plain", "parameters": { "host": "host", "key": "key" } });
    assert_eq!(refused(undone).await, ["invalidValue undo/parameters/key"]);
}

//! After a restore from a backup: what the backup does not know may be in force, so nothing is said to be over until an
//! operator confirms.

use interdict_testkit::process::RunningServer;
use interdict_testkit::store;
use reqwest::Method;
use serde_json::json;

use crate::backup::{backup, restore};
use crate::http::{ACTIONS, Http};
use crate::program;

/// Restores a store with two effects of which one ended, and one that was made after the backup.
async fn only_additions_until_it_is_confirmed(
    before: &RunningServer,
    restored: impl FnOnce() -> RunningServer,
) {
    let token = before.token(&[
        "SecurityActions.ReadWrite.All",
        "SecurityActions.Execute.All",
        "SecurityProviders.ReadWrite.All",
    ]);
    let http = Http::with_token(before, token);
    let call = async |http: &Http, method: Method, path: &str, body: serde_json::Value| {
        let answer = http.call(method, path, Some(body)).await.unwrap();
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
        answer.body
    };
    let registration = json!({"vendor": "Acme", "provider": "Wall", "actions": ["BlockIp", "UnblockIp"]});
    let provider = call(&http, Method::POST, "/api/v1/providers", registration).await;
    let provider = format!("/api/v1/providers/{}", provider["id"].as_str().unwrap());
    let carry_out = async |http: &Http| {
        let body = json!({"max": 10});
        let leases = call(http, Method::POST, &format!("{provider}/leases"), body).await;
        for lease in leases["value"].as_array().unwrap() {
            let at = format!("/api/v1/leases/{}", lease["leaseId"].as_str().unwrap());
            for verb in ["renew", "complete"] {
                call(http, Method::POST, &format!("{at}/{verb}"), json!({"fence": lease["fence"]})).await;
            }
        }
    };
    let block = async |http: &Http, address: &str| {
        let action = call(
            http,
            Method::POST,
            ACTIONS,
            json!({
                "name": "BlockIp", "parameters": [{"name": "IP", "value": address}],
                "vendorInformation": {"vendor": "Acme", "provider": "Wall"},
            }),
        );
        let action = action.await;
        carry_out(http).await;
        format!("/api/v1/actions/{}", action["id"].as_str().unwrap())
    };
    let ended = block(&http, "198.51.100.1").await;
    call(&http, Method::POST, &format!("{ended}/undo"), json!({})).await;
    carry_out(&http).await;
    let kept = block(&http, "198.51.100.2").await;

    let again = restored();
    let http = http.at(&again);
    let effects = async |cursor: &str| {
        let answer = http.get(&format!("{provider}/effects{cursor}")).await;
        let shown = answer.body["value"].as_array().cloned().unwrap_or_default();
        let shown: Vec<_> =
            shown.iter().map(|it| format!("{} {}", it["target"], it["state"]).replace('"', "")).collect();
        let cursor = format!("?cursor={}", answer.body["cursor"].as_str().unwrap_or_default());
        (answer.status.as_u16(), shown, answer.body["restored"] == true, cursor)
    };
    let (status, shown, marked, cursor) = effects("").await;
    assert_eq!((status, shown, marked), (200, vec!["198.51.100.2 active".to_owned()], true));
    call(&http, Method::POST, &format!("{kept}/undo"), json!({})).await;
    let (_, shown, marked, _) = effects(&cursor).await;
    assert!(shown.is_empty() && marked, "it is being lifted, and nothing says so: {shown:?}");
    carry_out(&http).await;
    let state = http.get(&kept).await.body["@interdict.execution"]["undoneBy"].clone();
    assert!(state.is_string(), "what it knows to be over it lifts all the same");
    let (_, shown, ..) = effects(&cursor).await;
    assert!(shown.is_empty(), "{shown:?}");
    assert_eq!(http.get("/api/v1/tenant").await.body["restored"], true);
    let mut looks = 0;
    while http.get("/healthz").await.body["restoredUnconfirmed"] != 1 {
        looks += 1;
        assert!(looks < 100, "nobody is told");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    let token = before.token(&["SecurityGuardrails.ReadWrite.All"]);
    let operator = program().with("INTERDICT_URL", again.url()).with("INTERDICT_TOKEN", &token);
    let confirmed = operator.run(&["providers", "confirm-restore"]);
    assert!(confirmed.status.success() && confirmed.stdout.contains("restored"), "{}", confirmed.stderr);
    assert_eq!(effects(&cursor).await.0, 410, "what was not told of is told now");
    let strict = json!({"catalogMode": "strict"});
    let guard = Http::with_token(&again, token.clone());
    assert_eq!(
        call(&guard, Method::PATCH, "/api/v1/tenant", strict).await["restored"],
        false,
        "it stays said"
    );
    let (status, shown, marked, cursor) = effects("").await;
    assert_eq!((status, shown, marked), (200, Vec::new(), false));
    assert_eq!(effects(&cursor).await.0, 200);
    assert_eq!(http.get("/healthz").await.body["restoredUnconfirmed"], serde_json::Value::Null);
    assert!(again.run(&["audit", "verify"]).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_server_only_adds_until_an_operator_confirms() {
    let home = tempfile::tempdir().unwrap();
    let server = program().serve(&home.path().join("data"));
    only_additions_until_it_is_confirmed(&server, || {
        let (copy, data) = (home.path().join("copy.db"), home.path().join("restored"));
        assert!(backup(&server, &copy).status.success());
        let restored = restore(&copy, &data);
        assert!(restored.status.success(), "{}", restored.stderr);
        std::fs::copy(home.path().join("data/issuer-key.json"), data.join("issuer-key.json")).unwrap();
        program().serve(&data)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_postgresql_only_adds_until_an_operator_confirms() {
    let home = tempfile::tempdir().unwrap();
    let database = store::database();
    let data = home.path().join("data");
    let server = program().on(database.url()).serve(&data);
    only_additions_until_it_is_confirmed(&server, || {
        // The database as it is stands for one that was put back.
        let program = program().on(database.url());
        let renewed = program.run(&["restore", "--data-dir", data.to_str().unwrap()]);
        assert!(renewed.status.success(), "{}", renewed.stderr);
        let other = home.path().join("other");
        std::fs::create_dir(&other).unwrap();
        for key in ["issuer-key.json", "seal-key.json"] {
            std::fs::copy(data.join(key), other.join(key)).unwrap();
        }
        program.serve(&other)
    })
    .await;
}

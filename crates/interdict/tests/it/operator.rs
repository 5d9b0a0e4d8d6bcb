use interdict_testkit::process::RunningServer;
use serde_json::Value;

use crate::http::{ACTIONS, Http};
use crate::program;

fn json(server: &RunningServer, arguments: &[&str]) -> Value {
    let finished = server.run(&[arguments, &["--output", "json"]].concat());
    assert!(finished.status.success(), "{arguments:?}: {}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

async fn token_status(server: &RunningServer, tenant: &str, client: &str, secret: &str) -> u16 {
    let form = format!(
        "grant_type=client_credentials&client_id={client}&client_secret={secret}&scope=api://interdict/.default"
    );
    let request =
        crate::http::builder().build().unwrap().post(format!("{}/{tenant}/oauth2/v2.0/token", server.url()));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn apps_are_managed_while_the_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let server = program().serve(directory.path());
    let added = json(&server, &["app", "add", "--name", "ci", "--role", "SecurityActions.Read.All"]);
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    let (tenant, client, secret) =
        (text(&added, "tenantId"), text(&added, "clientId"), text(&added, "clientSecret"));
    assert_eq!(token_status(&server, &tenant, &client, &secret).await, 200);

    let listed = json(&server, &["app", "list"]);
    let names: Vec<_> = listed["value"].as_array().unwrap().iter().map(|app| text(app, "name")).collect();
    assert_eq!(names, ["administrator", "ci"]);
    assert!(!listed.to_string().contains(&secret) && !listed.to_string().contains("Hash"));

    let rotated = json(&server, &["app", "rotate", "ci"]);
    assert_eq!(token_status(&server, &tenant, &client, &secret).await, 401);
    assert_eq!(token_status(&server, &tenant, &client, &text(&rotated, "clientSecret")).await, 200);

    assert!(server.run(&["app", "remove", &client]).status.success());
    assert_eq!(token_status(&server, &tenant, &client, &text(&rotated, "clientSecret")).await, 401);
    let missing = server.run(&["app", "remove", &client]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(missing.stderr.starts_with("error: there is no app"), "{}", missing.stderr);
    let finished = server.terminate();
    assert!(!finished.stderr.contains(&secret));
}

#[tokio::test]
async fn apps_are_managed_while_no_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let _ = program().serve(directory.path()).terminate();
    let path = directory.path().to_str().unwrap();
    let arguments =
        ["app", "add", "--name", "ci", "--role", "AuditLog.Read.All", "--output", "json", "--data-dir", path];
    let added = program().run(&arguments);
    assert!(added.status.success(), "{}", added.stderr);
    let added: Value = serde_json::from_str(&added.stdout).unwrap();
    let text = |name: &str| added[name].as_str().unwrap();
    let server = program().serve(directory.path());
    assert_eq!(token_status(&server, text("tenantId"), text("clientId"), text("clientSecret")).await, 200);
}

#[tokio::test]
async fn a_minted_token_says_who_and_what_and_nothing_else_goes_to_stdout() {
    let directory = tempfile::tempdir().unwrap();
    let server = program().serve(directory.path());
    let (read, write) = ("SecurityActions.Read.All", "SecurityActions.ReadWrite.All");
    for (arguments, status) in [
        (&["token", "--role", read][..], 200),
        (&["token", "--role", read, "--role", write, "--expires", "5m"], 200),
        (&["token", "--scope", read, "--user", "adele@contoso.example"], 200),
        (&["token", "--role", "AuditLog.Read.All"], 403),
        (&["token"], 403),
        (&["token", "--role", read, "--tenant", "9188040d-6c67-4c5b-b112-36a304b66dad"], 403),
    ] {
        let minted = server.run(arguments);
        assert!(minted.status.success(), "{arguments:?}: {}", minted.stderr);
        assert_eq!((minted.stdout.lines().count(), minted.stderr.as_str()), (1, ""), "{arguments:?}");
        let http = Http::with_token(&server, minted.stdout.trim().to_owned());
        assert_eq!(http.get(ACTIONS).await.status, status, "{arguments:?}");
    }
}

#[tokio::test]
async fn the_journal_is_verified_while_the_server_writes_and_a_changed_row_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let server = program().serve(directory.path());
    let http = Http::of(&server);
    for count in 0..5 {
        assert_eq!(http.file(&count.to_string()).await.unwrap().status, 201);
    }
    let verified = server.run(&["audit", "verify"]);
    assert!(verified.status.success(), "{}", verified.stderr);
    // The administrator's app, then the five.
    assert!(verified.stdout.contains("entries  6\nactions  5\n"), "{}", verified.stdout);
    assert_eq!(server.terminate().status.code(), Some(0));

    let database = rusqlite::Connection::open(directory.path().join("interdict.db")).unwrap();
    let changed = database
        .execute("UPDATE journal SET change = replace(CAST(change AS TEXT), '1.2.3.4', '6.6.6.6') WHERE sequence = 4", [])
        .unwrap();
    assert_eq!(changed, 1);
    drop(database);
    let path = directory.path().to_str().unwrap();
    let verified = program().run(&["audit", "verify", "--data-dir", path]);
    assert_eq!(verified.status.code(), Some(1), "{}", verified.stdout);
    assert!(verified.stderr.starts_with("error: ") && verified.stderr.contains('4'), "{}", verified.stderr);
}

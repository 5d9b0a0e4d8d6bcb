//! `export`, `import` and `migrate-store` from outside: files, places, exit statuses.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use interdict_testkit::process::Program;
use interdict_testkit::store;

use crate::http::{ACTIONS, Http};
use crate::program;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn an_export_of_a_running_server_fills_another_store() {
    let home = tempfile::tempdir().unwrap();
    let server = program().serve(&home.path().join("data"));
    let http = Http::of(&server);
    let filed = http.file("moved").await.unwrap();
    let export = home.path().join("export.jsonl");
    let exported = server.run(&["export", "--output", text(&export)]);
    assert!(exported.status.success(), "{}", exported.stderr);
    assert_eq!(exported.stdout, "");
    assert_eq!(std::fs::metadata(&export).unwrap().permissions().mode() & 0o777, 0o600);
    let twice = server.run(&["export", "--output", text(&export)]);
    assert_eq!(twice.status.code(), Some(1), "a file that is there is left alone");
    assert_eq!(server.run(&["export"]).stdout, std::fs::read_to_string(&export).unwrap());

    let data = home.path().join("other");
    let imported = program().run(&["import", text(&export), "--data-dir", text(&data)]);
    assert!(imported.status.success(), "{}", imported.stderr);
    assert!(imported.stdout.starts_with("tenants  1\nentries  2\n"), "{}", imported.stdout);
    std::fs::copy(home.path().join("data/issuer-key.json"), data.join("issuer-key.json")).unwrap();
    let other = program().serve(&data);
    assert_eq!(http.at(&other).get(&format!("{ACTIONS}/{}", filed.id())).await.status, 200);
    assert!(!data.join("bootstrap.json").exists(), "the store has its tenants already");
}

#[test]
fn a_bad_line_is_named_and_no_server_runs_on_half_an_import() {
    let home = tempfile::tempdir().unwrap();
    let server = program().serve(&home.path().join("data"));
    let whole = server.run(&["export"]).stdout;
    let (file, data) = (home.path().join("export.jsonl"), home.path().join("other"));
    let import = || program().run(&["import", text(&file), "--data-dir", text(&data)]);

    let lines: Vec<_> = whole.lines().collect();
    std::fs::write(&file, [&lines[..2], &["{\"entry\": 7}"]].concat().join("\n")).unwrap();
    let refused = import();
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("export.jsonl` line 3: "), "{}", refused.stderr);

    let started = program().run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data)]);
    assert_eq!(started.status.code(), Some(2));
    assert!(started.stderr.contains("was begun and not finished"), "{}", started.stderr);

    std::fs::write(&file, &whole).unwrap();
    let imported = import();
    assert!(imported.status.success(), "{}", imported.stderr);
    let again = import();
    assert_eq!(again.status.code(), Some(1));
    assert!(again.stderr.contains("the store is not empty"), "{}", again.stderr);
    let _ = program().serve(&data).terminate();
}

#[tokio::test]
async fn a_store_moves_to_the_other_engine_and_back() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let server = program().serve(&data);
    let http = Http::of(&server);
    let filed = http.file("far away").await.unwrap();
    let database = store::database();
    let file = format!("sqlite:{}", text(&data.join("interdict.db")));
    let back = format!("sqlite:{}", text(&home.path().join("back/interdict.db")));
    let migrate = |from: &str, to: &str, data: &Path| {
        program().run(&["migrate-store", "--from", from, "--to", to, "--data-dir", text(data)])
    };
    let held = migrate(&file, database.url(), &data);
    assert_eq!(held.status.code(), Some(1));
    assert!(held.stderr.contains("another process holds"), "{}", held.stderr);

    let before = server.run(&["export"]).stdout;
    let _ = server.terminate();
    let moved = migrate(&file, database.url(), &data);
    assert!(moved.status.success(), "{}", moved.stderr);
    let server = program().on(database.url()).serve(&data);
    assert_eq!(http.at(&server).get(&format!("{ACTIONS}/{}", filed.id())).await.status, 200);
    let _ = server.terminate();
    let returned = migrate(database.url(), &back, &home.path().join("back"));
    assert!(returned.status.success(), "{}", returned.stderr);
    let export = |program: &Program, data: &Path| program.run(&["export", "--data-dir", text(data)]).stdout;
    let after = export(&program(), &home.path().join("back"));
    let entries = |lines: &str| {
        let kept =
            lines.lines().filter(|line| !line.starts_with("{\"export\"") && !line.starts_with("{\"key\""));
        kept.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(entries(&before), entries(&after));
}

#[test]
fn passwords_and_missing_places_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let data = text(home.path());
    let to = "sqlite:/nowhere/interdict.db";
    let open = ["migrate-store", "--from", "postgres://u:secret@h/d", "--to", to, "--data-dir", data];
    let refused = program().run(&open);
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.stderr.contains("password") && !refused.stderr.contains("secret"), "{}", refused.stderr);
    let missing =
        program().run(&["migrate-store", "--from", "sqlite:/nowhere/x.db", "--to", to, "--data-dir", data]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(missing.stderr.contains("there is no database at"), "{}", missing.stderr);
}

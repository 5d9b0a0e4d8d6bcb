//! `interdict provider`: the cases that a server is held to, and the provider that only behaves.

use interdict_testkit::process::Signal;
use serde_json::Value;

use crate::client::Stage;
use crate::{program, program_with_store};

#[test]
fn a_server_holds_to_every_case_and_nothing_is_left_behind() {
    let (program, _database) = program_with_store();
    let stage = Stage::on(&program);
    let person = ["--scope", "SecurityActions.Approve.All", "--scope", "SecurityActions.Read.All"];
    let person =
        stage.server.run(&[&["token", "--user", "ann@contoso.example"], &person[..]].concat()).stdout;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), person).unwrap();
    let file = file.path().to_str().unwrap();
    let finished = stage.run(&["provider", "check", "--output", "json", "--approver-token-file", file]);
    assert!(finished.status.success(), "{}{}", finished.stdout, finished.stderr);
    let verdicts: Vec<Value> = serde_json::from_str(&finished.stdout).unwrap();
    assert!(verdicts.len() >= 30, "{}", finished.stdout);
    for (number, verdict) in (1..).zip(&verdicts) {
        assert_eq!((&verdict["number"], &verdict["passed"]), (&Value::from(number), &Value::Bool(true)));
        assert!(verdict["name"].is_string() && verdict["detail"].is_string());
        assert_eq!(verdict["run"], true);
    }
    // A number keeps its case.
    for (number, name) in [
        (1, "a lease says which action"),
        (51, "each member of a fleet"),
        (55, "what somebody else refused"),
        (57, "what a provider may have done"),
    ] {
        let said = verdicts[number - 1]["name"].as_str().unwrap();
        assert!(said.starts_with(name), "{number}: {said}");
    }
    assert_eq!(finished.stderr, "notice: all 57 cases held\n");
    assert_eq!(stage.json(&["providers", "list"])["value"], Value::Array(Vec::new()));
    assert_eq!(stage.json(&["actions", "list"])["value"], Value::Array(Vec::new()));
}

#[test]
fn a_case_that_does_not_hold_is_named_and_the_exit_status_says_so() {
    let stage = Stage::new();
    // Without this permission nobody pauses a provider.
    let token = stage.server.token(&[
        "SecurityActions.ReadWrite.All",
        "SecurityActions.Execute.All",
        "SecurityProviders.ReadWrite.All",
    ]);
    let program = program().with("INTERDICT_URL", stage.server.url()).with("INTERDICT_TOKEN", &token);
    let check = ["provider", "check", "--case", "1", "--case", "13"];
    let finished = program.run(&[&check[..], &["--output", "json"]].concat());
    assert_eq!(finished.status.code(), Some(1));
    let verdicts: Vec<Value> = serde_json::from_str(&finished.stdout).unwrap();
    let passed: Vec<_> = verdicts.iter().map(|verdict| verdict["passed"].as_bool().unwrap()).collect();
    assert_eq!(passed, [true, false]);
    let detail = verdicts[1]["detail"].as_str().unwrap();
    assert!(detail.contains("SecurityGuardrails.ReadWrite.All"), "{detail}");
    assert_eq!(finished.stderr, "error: 1 of 2 cases did not hold\n");
    let table = program.run(&check).stdout;
    assert!(table.contains("13  ✗  a paused provider"), "{table}");
    assert_eq!(stage.json(&["providers", "list"])["value"], Value::Array(Vec::new()));
    assert_eq!(stage.run(&["provider", "check", "--case", "1000"]).status.code(), Some(2));
}

#[test]
fn a_case_that_cannot_be_tried_says_what_it_needs() {
    let stage = Stage::new();
    let check = ["provider", "check", "--case", "1", "--case", "54"];
    let finished = stage.run(&check);
    assert!(finished.status.success(), "{}", finished.stderr);
    assert!(finished.stdout.contains("54  -  what somebody else agreed to"), "{}", finished.stdout);
    assert!(
        finished.stdout.contains("not run: needs --approver-token-file, a person's token"),
        "{}",
        finished.stdout
    );
    assert_eq!(finished.stderr, "notice: 1 of 2 cases held; not run: 1\n");
    let verdicts = stage.json(&check);
    assert_eq!((&verdicts[1]["run"], &verdicts[1]["passed"]), (&Value::Bool(false), &Value::Bool(false)));
    let unread = stage.run(&[&check[..], &["--approver-token-file", "/none"]].concat());
    assert_eq!(unread.status.code(), Some(2), "{}", unread.stderr);
    assert_eq!(stage.json(&["providers", "list"])["value"], Value::Array(Vec::new()));
}

#[test]
fn a_simulated_provider_completes_fails_and_hangs_as_it_is_told() {
    let stage = Stage::new();
    let flags = ["--fail", "40%", "--hang", "20%", "--seed", "5", "--max", "1"];
    let simulator = stage.spawn(&[&["provider", "sim"][..], &flags].concat());
    registered(&stage);
    let ids: Vec<_> = (0..6).map(|number| scan(&stage, number)).collect();
    let mut ends: Vec<_> = ids.iter().map(|id| ended(&stage, id)).collect();
    simulator.signal(Signal::TERM);
    let finished = simulator.wait();
    assert_eq!((finished.status.code(), &*finished.stdout), (Some(0), ""), "{}", finished.stderr);
    let lines: Vec<_> = finished.stderr.lines().filter(|line| line.starts_with("RunScan pc-")).collect();
    assert!(lines.len() >= ids.len(), "one line an attempt: {}", finished.stderr);
    for word in [": completed after ", ": failed", ": hung after ", "notice: ended after "] {
        assert!(finished.stderr.contains(word), "{word}: {}", finished.stderr);
    }
    ends.sort();
    ends.dedup();
    assert_eq!(ends, ["failed", "succeeded", "unknown"], "{}", finished.stderr);
}

#[test]
fn a_simulated_provider_that_is_told_to_end_gives_back_what_it_has() {
    let stage = Stage::new();
    let simulator = stage.spawn(&["provider", "sim", "--slow", "1h"]);
    registered(&stage);
    let id = scan(&stage, 1);
    comes(|| phase(&stage, &id) == "executing");
    simulator.signal(Signal::INT);
    let finished = simulator.wait();
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    assert!(finished.stderr.contains("RunScan pc-1: given back after "), "{}", finished.stderr);
    assert_eq!(phase(&stage, &id), "retrying");
}

fn registered(stage: &Stage) {
    comes(|| stage.printed(&["providers", "list"]).contains("Interdict/Simulator"));
}

fn scan(stage: &Stage, number: usize) -> String {
    let parameter = format!("machineId=pc-{number}");
    let filed = stage.json(&[
        "actions",
        "create",
        "--name",
        "RunScan",
        "--parameter",
        &parameter,
        "--vendor",
        "Interdict",
        "--provider",
        "Simulator",
    ]);
    filed["id"].as_str().unwrap().to_owned()
}

fn phase(stage: &Stage, id: &str) -> String {
    let action = stage.json(&["actions", "get", id]);
    action["@interdict.execution"]["phase"].as_str().unwrap().to_owned()
}

/// In which phase an action ends.
fn ended(stage: &Stage, id: &str) -> String {
    // Its exit status says whether it succeeded, which is not asked here.
    let _ = stage.run(&["actions", "watch", id]);
    phase(stage, id)
}

fn comes(mut so: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !so() {
        assert!(begun.elapsed().as_secs() < 30, "it does not come");
    }
}

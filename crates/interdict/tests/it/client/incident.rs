//! What stops things: pauses, guard rails, approval, and many actions at once.

use interdict_testkit::process::{Process, Signal};
use serde_json::Value;

use super::{Stage, failed};

/// Runs a command at a terminal, where somebody answers so.
fn at_a_terminal(stage: &Stage, answer: &str, arguments: &[&str]) -> interdict_testkit::process::Finished {
    let command = stage.program.command(arguments);
    let script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let mut terminal = std::process::Command::new("python3");
    terminal.args(["-c", script]).arg(command.get_program()).args(arguments);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let folder = tempfile::tempdir().unwrap();
    let typed = folder.path().join("typed");
    std::fs::write(&typed, format!("{answer}\n")).unwrap();
    terminal.stdin(std::fs::File::open(typed).unwrap());
    Process::spawn(&mut terminal).wait()
}

fn phases(stage: &Stage, ids: &[&String]) -> Vec<String> {
    let phase = |id: &&String| stage.json(&["actions", "get", id])["@interdict.execution"]["phase"].clone();
    ids.iter().map(|id| phase(id).as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_that_a_filter_selects_is_shown_then_cancelled_or_undone() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    let provider = stage.spawn(&["provider", "sim", "--provider", "Acme/Firewall"]);
    let done = stage.block(&[]);
    stage.printed(&["actions", "watch", &done]);
    provider.signal(Signal::TERM);
    assert!(provider.wait().status.success());
    let (first, second) = (stage.block(&[]), stage.block(&["--duration", "2h", "--priority", "9"]));
    // Both join what is in force, so that only a later one waits.
    assert_eq!(phases(&stage, &[&first, &second]), ["succeeded", "succeeded"]);
    let waiting = stage.json(&[
        "actions",
        "create",
        "--name",
        "BlockIp",
        "--parameter",
        "IP=203.0.113.10",
        "--vendor",
        "Acme",
        "--provider",
        "Firewall",
    ]);
    let waiting = waiting["id"].as_str().unwrap().to_owned();

    let all = ["bulk", "cancel", "--filter", "name eq 'BlockIp' and createdDateTime ge 2026-01-01T09:00:00Z"];
    let (status, lines) = (stage.run(&all), "error: nobody can be asked whether this is meant");
    assert!(failed(&status).0 == Some(2) && status.stderr.starts_with(lines), "{}", status.stderr);
    let seen = stage.run(&[&all[..], &["--dry-run"]].concat());
    assert!(seen.stdout.contains(&waiting) && !seen.stdout.contains(&done), "{}", seen.stdout);
    assert!(seen.stderr.starts_with("notice: the filter selects 4, of which 1 would be cancelled: "));
    let seen = stage.json(&[&all[..], &["--dry-run"]].concat());
    assert_eq!((&seen["selected"], &seen["preview"]), (&Value::from(4), &Value::Bool(true)));
    assert_eq!(phases(&stage, &[&waiting]), ["queued"], "it was only shown");

    let declined = at_a_terminal(&stage, "n", &all);
    assert_eq!(declined.status.code(), Some(1), "{}", declined.stdout);
    assert!(declined.stdout.contains("Cancel this action? [y/N] "), "{}", declined.stdout);
    assert!(declined.stdout.contains("error: nothing was done"), "{}", declined.stdout);
    assert_eq!(phases(&stage, &[&waiting]), ["queued"]);
    let agreed = at_a_terminal(&stage, "yes", &all);
    assert!(agreed.status.success() && agreed.stdout.contains("changed   1"), "{}", agreed.stdout);
    assert_eq!(phases(&stage, &[&waiting]), ["cancelled"]);

    // The filter knows what `actions list` knows.
    let held = ["bulk", "undo", "--filter", "effectState eq 'active'", "--comment", "it was us"];
    let undone = stage.run(&[&held[..], &["--yes"]].concat());
    assert_eq!(undone.stdout, "selected  3\nchanged   3\n", "{}", undone.stderr);
    assert_eq!(undone.stderr, "");
    assert_eq!(stage.json(&["effects", "list"])["value"][0]["state"], "ending");
    let again = stage.run(&[&all[..], &["--yes"]].concat());
    assert_eq!(again.stdout.lines().last(), Some("changed   0"), "{}", again.stdout);
    assert!(again.stderr.starts_with("notice: what is finished "), "{}", again.stderr);

    let wrong = stage.run(&["bulk", "undo", "--filter", "nam eq 'x'", "--yes"]);
    let (status, lines) = failed(&wrong);
    assert_eq!((status, lines.len()), (Some(1), 1), "{lines:?}");
    assert_eq!(lines[0].matches("did you mean `name`").count(), 1, "{lines:?}");
    assert_eq!(failed(&stage.run(&["bulk", "undo"])).0, Some(2));
}

#[test]
fn a_paused_tenant_hands_out_nothing_until_it_is_resumed() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    assert_eq!(stage.json(&["tenant", "pause"])["paused"], true);
    let id = stage.block(&[]);
    let provider = stage.spawn(&["provider", "sim", "--provider", "Acme/Firewall"]);
    // It has asked for work, and was given none.
    while stage.json(&["providers", "get", "Acme/Firewall"])["lastSeen"].is_null() {}
    assert_eq!(phases(&stage, &[&id]), ["queued"]);
    let watching = stage.spawn(&["actions", "watch", &id]);
    while !watching.stderr().contains("`interdict tenant resume` ends that") {
        assert!(stage.printed(&["tenant", "get"]).contains("paused       true"));
    }
    assert_eq!(stage.json(&["tenant", "resume"])["paused"], false);
    let watched = watching.wait();
    assert!(watched.status.success() && watched.stdout.contains("reported"), "{}", watched.stderr);
    provider.signal(Signal::TERM);
    assert!(provider.wait().status.success());
    assert_eq!(stage.json(&["tenant", "update", "--catalog-mode", "strict"])["catalogMode"], "strict");
    let nobody = ["actions", "create", "--name", "BlockIp", "--vendor", "Acme", "--provider", "Firewal"];
    let refused = stage.run(&nobody);
    assert!(failed(&refused).1[0].contains("there are: `Acme/Firewall`"), "{}", refused.stderr);
    assert_eq!(failed(&stage.run(&["tenant", "update", "--catalog-mode", "shut"])).0, Some(2));
}

#[test]
fn a_protected_target_is_added_replaced_and_removed() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    let add = ["protected-targets", "add", "--kind", "ip", "--value", "203.0.113.0/24"];
    let entry = stage.json(&[&add[..], &["--reason", "our name servers", "--owner", "ops"]].concat());
    assert_eq!((&entry["mode"], &entry["owner"]), (&Value::from("deny"), &Value::from("ops")));
    let block = ["actions", "create", "--name", "BlockIp", "--parameter", "IP=203.0.113.9"];
    let block = [&block[..], &["--vendor", "Acme", "--provider", "Firewall"]].concat();
    let refused = stage.run(&block);
    assert!(failed(&refused).1[0].contains("our name servers (403 "), "{}", refused.stderr);

    let softer = ["--mode", "needsApproval", "--action", "BlockIp", "--replace", "203.0.113.0/24"];
    assert_eq!(stage.json(&[&add[..], &softer].concat())["id"], entry["id"]);
    let list = stage.printed(&["protected-targets", "list"]);
    assert!(list.contains("203.0.113.0/24") && list.contains("needsApproval"), "{list}");
    assert!(list.contains("127.0.0.0/8"), "{list}");
    assert_eq!(stage.json(&block)["@interdict.execution"]["phase"], "awaitingApproval");

    let removed = stage.run(&["protected-targets", "remove", "203.0.113.0/24"]);
    assert_eq!(removed.stderr, "notice: removed 203.0.113.0/24\n");
    let gone = stage.run(&["protected-targets", "remove", "203.0.113.0/24"]);
    assert!(failed(&gone).1[1].starts_with("hint: `interdict protected-targets list`"), "{}", gone.stderr);
    let always = stage.run(&["protected-targets", "remove", "127.0.0.0/8"]);
    assert!(failed(&always).1[0].contains("is always protected"), "{}", always.stderr);
    assert_eq!(failed(&stage.run(&["protected-targets", "add", "--kind", "ips", "--value", "x"])).0, Some(2));
}

#[test]
fn a_rule_has_somebody_else_agree_until_it_is_removed() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    let add = ["approvals", "rules", "add", "--action", "BlockIp"];
    let rule = stage.json(&[&add[..], &["--target", "ip=203.0.113.0/24", "--ttl", "4h"]].concat());
    assert_eq!((&rule["required"], &rule["ttl"]), (&Value::from(1), &Value::from("PT4H")));
    let rule = rule["id"].as_str().unwrap();
    let id = stage.block(&[]);
    assert_eq!(phases(&stage, &[&id]), ["awaitingApproval"]);
    // An app is nobody who could agree, whatever its permissions.
    let refused = stage.run(&["approvals", "approve", &id]);
    let hint = "hint: a person decides: `interdict token --user UPN --scope SecurityActions.Approve.All";
    assert!(failed(&refused).1[1].starts_with(hint), "{}", refused.stderr);

    let wider = ["--action", "UnblockIp", "--required", "2", "--risk", "medium", "--replace", rule];
    assert_eq!(stage.json(&[&add[..], &wider].concat())["targets"], Value::Null);
    let list = stage.printed(&["approvals", "rules", "list"]);
    assert!(list.contains(rule) && list.contains("BlockIp, UnblockIp  medium"), "{list}");
    assert_eq!(
        stage.run(&["approvals", "rules", "remove", rule]).stderr,
        format!("notice: removed {rule}\n")
    );
    assert_eq!(stage.json(&["approvals", "rules", "list"])["value"], Value::Array(Vec::new()));
    assert_eq!(failed(&stage.run(&["approvals", "rules", "remove", rule])).0, Some(1));
    let wrong = stage.run(&[&add[..], &["--target", "203.0.113.9"]].concat());
    assert!(
        failed(&wrong).0 == Some(2) && wrong.stderr.contains("KIND=VALUE, such as ip="),
        "{}",
        wrong.stderr
    );
}

#[test]
fn what_is_in_force_is_listed_everywhere_and_by_provider() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    stage.json(&["providers", "add", "--vendor", "Acme", "--provider", "Other", "--action", "BlockIp"]);
    let provider = stage.spawn(&["provider", "sim", "--provider", "Acme/Firewall"]);
    let id = stage.block(&["--duration", "1h 30m"]);
    stage.printed(&["actions", "watch", &id]);
    provider.signal(Signal::TERM);
    assert!(provider.wait().status.success());
    let everywhere = stage.printed(&["effects", "list"]);
    let line = everywhere.lines().nth(1).unwrap();
    assert!(
        line.starts_with("203.0.113.9  BlockIp  active  ") && line.contains("  Acme/Firewall  "),
        "{line}"
    );
    let count = |flags: &[&str]| {
        let list = stage.json(&[&["effects", "list"], flags].concat());
        list["value"].as_array().unwrap().len()
    };
    assert_eq!(count(&["--provider", "acme/firewall"]), 1);
    assert_eq!(count(&["--provider", "acme/other"]), 0);
    assert_eq!(count(&["--provider", "acme/other", "--target", "203.0.113.9"]), 0);
    assert_eq!(count(&["--target", "203.0.113.9"]), 1);
    assert_eq!(failed(&stage.run(&["effects", "list", "--provider", "acme/none"])).0, Some(1));
    let undone = stage.run(&["actions", "undo", &id]);
    assert!(undone.status.success(), "{}", undone.stderr);
    let queued = stage.run(&[
        "actions",
        "extend",
        &stage.block(&["--not-before", "2099-01-01T00:00:00Z"]),
        "--duration",
        "1h",
    ]);
    assert!(failed(&queued).1[0].contains("cancel it instead"), "{}", queued.stderr);
    assert_eq!(failed(&stage.run(&["actions", "extend", &id, "--duration", "soon"])).0, Some(2));
}

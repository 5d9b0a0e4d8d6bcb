//! The commands that speak to a running server.

mod incident;

use interdict_testkit::process::{Finished, Process, Program, RunningServer, Signal};
use serde_json::Value;
use tempfile::TempDir;

use crate::program;

/// A server, and everybody's token.
pub(crate) struct Stage {
    program: Program,
    pub(crate) server: RunningServer,
    _folder: TempDir,
}

const ROLES: [&str; 4] = [
    "SecurityActions.ReadWrite.All",
    "SecurityActions.Execute.All",
    "SecurityProviders.ReadWrite.All",
    "SecurityGuardrails.ReadWrite.All",
];

impl Stage {
    pub(crate) fn new() -> Self {
        Self::on(&program())
    }

    /// With servers of `program`.
    pub(crate) fn on(program: &Program) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = program.serve(&folder.path().join("data"));
        let token = server.token(&ROLES);
        let program = program.with("INTERDICT_URL", server.url()).with("INTERDICT_TOKEN", &token);
        Self { program, server, _folder: folder }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        self.program.run(arguments)
    }

    /// The same with another token.
    pub(crate) fn run_as(&self, token: &str, arguments: &[&str]) -> Finished {
        self.program.with("INTERDICT_TOKEN", token).run(arguments)
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Process {
        Process::spawn(&mut self.program.command(arguments))
    }

    /// What a command prints that must succeed.
    pub(crate) fn printed(&self, arguments: &[&str]) -> String {
        let finished = self.run(arguments);
        assert!(finished.status.success(), "{arguments:?}: {}{}", finished.stdout, finished.stderr);
        finished.stdout
    }

    /// What a command prints as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.printed(&[arguments, &["--output", "json"]].concat());
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {printed}"))
    }

    /// Registers a provider; its id.
    fn register(&self, actions: &[&str]) -> String {
        let mut arguments = vec!["providers", "add", "--vendor", "Acme", "--provider", "Firewall"];
        arguments.extend(actions.iter().flat_map(|action| ["--action", action]));
        self.json(&arguments)["id"].as_str().unwrap().to_owned()
    }

    /// Files a block; its id.
    fn block(&self, flags: &[&str]) -> String {
        let arguments = ["actions", "create", "--name", "BlockIp", "--parameter", "IP=203.0.113.9"];
        let address = ["--vendor", "Acme", "--provider", "Firewall"];
        self.json(&[&arguments[..], &address, flags].concat())["id"].as_str().unwrap().to_owned()
    }
}

/// Status and lines of a command that does not succeed.
fn failed(finished: &Finished) -> (Option<i32>, Vec<&str>) {
    assert_eq!(finished.stdout, "");
    (finished.status.code(), finished.stderr.lines().collect())
}

#[test]
fn a_provider_is_registered_changed_paused_and_removed() {
    let stage = Stage::new();
    let id = stage.register(&["BlockIp", "UnblockIp"]);
    assert!(stage.printed(&["providers", "list"]).contains("Acme/Firewall  enabled"));
    let changed =
        stage.json(&["providers", "update", "acme/firewall", "--max-concurrent", "7", "--app-id", &id]);
    assert_eq!((&changed["maxConcurrent"], &changed["appId"]), (&Value::from(7), &Value::from(&*id)));
    let unbound = stage.json(&["providers", "update", &id, "--app-id", "none", "--enabled", "false"]);
    assert_eq!((&unbound["appId"], &unbound["enabled"]), (&Value::Null, &Value::Bool(false)));
    assert!(stage.printed(&["providers", "list"]).contains("disabled"));
    assert_eq!(stage.json(&["providers", "pause", &id])["paused"], true);
    assert_eq!(stage.json(&["providers", "resume", &id])["paused"], Value::Null);
    assert!(stage.printed(&["providers", "get", &id]).contains("maxConcurrent  7\n"));
    let removed = stage.run(&["providers", "remove", "Acme/Firewall"]);
    assert_eq!(removed.stderr, "notice: removed Acme/Firewall\n");
    assert_eq!(failed(&stage.run(&["providers", "get", "Acme/Firewall"])).0, Some(1));
}

#[test]
fn a_tenants_own_definition_is_added_replaced_and_removed() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    let list = stage.printed(&["catalog", "list"]);
    assert!(
        list.lines().any(|line| line.starts_with("BlockIp ") && line.ends_with("Acme/Firewall")),
        "{list}"
    );
    let shown = stage.printed(&["catalog", "show", "blockip"]);
    assert!(shown.contains("parameter IP") && shown.contains("cidr; required; "), "{shown}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("park.toml");
    let definition = "name = \"ParkHost\"\ntitle = \"Park it\"\ntarget = \"host\"\n\
                      [[parameters]]\nname = \"host\"\ntype = \"deviceId\"\nrequired = true\n";
    std::fs::write(&file, definition).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(stage.json(&["catalog", "add", file])["title"], "Park it");
    let twice = stage.run(&["catalog", "add", file]);
    let (status, lines) = failed(&twice);
    assert!(status == Some(1) && lines[0].contains("409"), "{lines:?}");
    std::fs::write(file, definition.replace("Park it", "Park it well")).unwrap();
    assert!(stage.printed(&["catalog", "add", file, "--replace"]).contains("Park it well"));
    let shown = stage.printed(&["catalog", "show", "parkhost", "--toml"]);
    std::fs::write(file, shown.replace("Park it well", "Park it better")).unwrap();
    assert_eq!(stage.json(&["catalog", "add", file, "--replace"])["title"], "Park it better");
    std::fs::write(file, definition.replace("required", "requried")).unwrap();
    let misspelled = stage.run(&["catalog", "add", file]);
    let (status, lines) = failed(&misspelled);
    assert!(status == Some(2) && lines[0].contains("line 7: unknown field `requried`"), "{lines:?}");
    stage.printed(&["catalog", "remove", "ParkHost"]);
    assert_eq!(failed(&stage.run(&["catalog", "show", "ParkHost"])).0, Some(1));
}

#[test]
fn an_action_is_filed_extended_undone_and_followed_to_its_end() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    let provider = stage.spawn(&["provider", "sim", "--provider", "Acme/Firewall", "--max", "3"]);
    let id = stage.block(&["--duration", "PT1H", "--reason", "seen in an alert", "--comment", "c"]);
    let watched = stage.printed(&["actions", "watch", &id]);
    let kinds: Vec<_> = watched.lines().map(|line| line.split_whitespace().nth(2).unwrap()).collect();
    assert_eq!(kinds, ["created", "handedOut", "started", "reported"], "{watched}");
    let effects = stage.printed(&["effects", "list", "--target", "203.0.113.0/24"]);
    assert!(effects.contains("203.0.113.9  BlockIp  active"), "{effects}");
    let extended = stage.json(&["actions", "extend", &id, "--forever"]);
    assert_eq!(extended["@interdict.execution"]["effect"]["until"], Value::Null);
    stage.printed(&["actions", "undo", &id, "--comment", "it was us"]);
    let entries = stage.printed(&["actions", "watch", &id, "--until-ended", "--output", "json"]);
    let last: Value = serde_json::from_str(entries.lines().last().unwrap()).unwrap();
    assert_eq!(last["kind"], "released");
    let timeline = stage.printed(&["actions", "timeline", &id]);
    assert_eq!(timeline.lines().count(), entries.lines().count() + 1, "{timeline}");
    assert_eq!(
        stage.json(&["effects", "list", "--target", "203.0.113.9"])["value"],
        Value::Array(Vec::new())
    );
    let list = stage.printed(&["actions", "list", "--filter", "name eq 'BlockIp' and status eq 'Completed'"]);
    assert!(list.contains(&id) && list.contains("IP=203.0.113.9"), "{list}");
    provider.signal(Signal::TERM);
    let ended = provider.wait();
    assert_eq!((ended.status.code(), &*ended.stdout), (Some(0), ""), "{}", ended.stderr);
}

#[test]
fn an_action_is_cancelled_and_one_that_is_only_recorded_is_reported_on() {
    let stage = Stage::new();
    let recorded = stage.run(&[
        "actions",
        "create",
        "--name",
        "BlockIp",
        "--parameter",
        "IP=1.2.3.4",
        "--vendor",
        "Microsoft",
        "--provider",
        "Windows Defender ATP",
        "--output",
        "json",
    ]);
    assert_eq!(recorded.stderr, "notice: recorded only: no provider is registered for this action\n");
    let recorded: Value = serde_json::from_str(&recorded.stdout).unwrap();
    let (id, etag) = (recorded["id"].as_str().unwrap(), recorded["@odata.etag"].as_str().unwrap());
    let updated = stage.json(&["actions", "update", id, "--status", "Running", "--if-match", etag]);
    assert_eq!(updated["status"], "Running");
    let stale = stage.run(&["actions", "update", id, "--status", "Failed", "--if-match", etag]);
    assert!(failed(&stale).1[0].ends_with("(412 PreconditionFailed)"), "{}", stale.stderr);
    stage.printed(&[
        "actions",
        "update",
        id,
        "--status",
        "Failed",
        "--error-code",
        "7",
        "--error-message",
        "no",
    ]);
    let watched = stage.run(&["actions", "watch", id]);
    assert_eq!(watched.status.code(), Some(1));
    assert_eq!(watched.stderr, "error: the action has failed (-): no (code 7)\n");

    stage.register(&["BlockIp", "UnblockIp"]);
    let id = stage.block(&[]);
    let cancelled = stage.json(&["actions", "cancel", &id, "--comment", "a mistake"]);
    assert_eq!(cancelled["@interdict.execution"]["cancelComment"], "a mistake");
    assert!(stage.printed(&["actions", "get", &id]).contains("phase                    cancelled"));
}

#[test]
fn more_actions_than_a_page_are_listed_as_far_as_is_asked() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    for _ in 0..3 {
        stage.block(&[]);
    }
    let some = stage.run(&["actions", "list", "--top", "2"]);
    assert_eq!(some.stdout.lines().count(), 3, "{}", some.stdout);
    assert_eq!(some.stderr, "notice: there are more than 2: --top names another number\n");
    assert_eq!(stage.json(&["actions", "list"])["value"].as_array().unwrap().len(), 3);
    let queued = ["actions", "list", "--filter", "phase eq 'queued'", "--top"];
    assert_eq!(stage.printed(&[&queued[..], &["9"]].concat()).matches("NotStarted  queued").count(), 3);
    let same = ["--idempotency-key", "k"];
    assert_eq!(stage.block(&same), stage.block(&same));
    let planned = stage.printed(&[
        "actions",
        "create",
        "--name",
        "BlockIp",
        "--parameter",
        "IP=203.0.113.9",
        "--vendor",
        "Acme",
        "--provider",
        "Firewall",
        "--dry-run",
    ]);
    assert!(planned.contains("BlockIp"), "{planned}");
    assert_eq!(stage.json(&["actions", "list"])["value"].as_array().unwrap().len(), 4);
}

#[test]
fn what_goes_wrong_is_one_line_and_a_hint() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    let create = ["actions", "create", "--name", "BlockIp", "--vendor", "Acme", "--provider", "Firewall"];
    let wrong = stage.run(&[&create[..], &["--parameter", "IP=1.2.3", "--parameter", "zz=1"]].concat());
    let (status, lines) = failed(&wrong);
    assert_eq!((status, lines.len()), (Some(1), 1), "{lines:?}");
    assert!(lines[0].starts_with("error: the value of `IP` must be "), "{lines:?}");
    assert!(lines[0].contains("; parameters[1]/name: `BlockIp` has no parameter `zz`"), "{lines:?}");
    assert!(lines[0].ends_with("(400 BadRequest)"), "{lines:?}");

    let poor = program()
        .with("INTERDICT_URL", stage.server.url())
        .with("INTERDICT_TOKEN", &stage.server.token(&["SecurityActions.Read.All"]));
    let (status, hint) = (poor.run(&["providers", "add"]), "hint: `interdict token --role ROLE` mints");
    assert!(status.stderr.contains("SecurityProviders.ReadWrite.All") && status.stderr.contains(hint));
    assert_eq!(status.status.code(), Some(1));

    let nobody = program().run(&["actions", "list"]);
    assert_eq!(failed(&nobody).0, Some(2));
    assert!(nobody.stderr.starts_with("error: there is no token\nhint: "), "{}", nobody.stderr);
    let nowhere = stage.run(&["actions", "list", "--url", "http://127.0.0.1:1"]);
    assert_eq!(failed(&nowhere).0, Some(1));
    assert!(nowhere.stderr.contains("hint: is the server running?"), "{}", nowhere.stderr);
    let open = stage.run(&["actions", "list", "--url", "http://192.0.2.1"]);
    assert_eq!(failed(&open).0, Some(2));
    assert!(open.stderr.contains("hint: use https://, or --insecure-http"), "{}", open.stderr);
    let stranger = stage.run(&["actions", "list", "--token-file", "/dev/null"]);
    assert_eq!(failed(&stranger).0, Some(2), "{}", stranger.stderr);
    let nothing = stage.run(&["actions", "update", "1"]);
    assert_eq!(failed(&nothing).0, Some(2), "{}", nothing.stderr);
}

#[test]
fn what_awaits_approval_is_listed_and_decided_by_somebody_else() {
    let stage = Stage::new();
    stage.register(&["BlockIp", "UnblockIp"]);
    let wide = stage.json(&[
        "actions",
        "create",
        "--name",
        "BlockIp",
        "--parameter",
        "IP=203.0.0.0/16",
        "--vendor",
        "Acme",
        "--provider",
        "Firewall",
    ]);
    let id = wide["id"].as_str().unwrap();
    let list = stage.printed(&["approvals", "list"]);
    assert!(list.contains(id) && list.contains("IP=203.0.0.0/16"), "{list}");
    let flags = [
        "--scope",
        "SecurityActions.Approve.All",
        "--scope",
        "SecurityActions.Read.All",
        "--user",
        "ann@contoso.com",
    ];
    let minted = stage.server.run(&[&["token"][..], &flags].concat());
    let ann = stage.program.with("INTERDICT_TOKEN", minted.stdout.trim());
    let stale = ann.run(&["approvals", "approve", id, "--hash", "0000"]);
    assert_eq!(failed(&stale).0, Some(1), "{}", stale.stderr);
    let agreed = ann.run(&["approvals", "approve", id, "--comment", "it is them"]);
    assert!(agreed.status.success(), "{}", agreed.stderr);
    assert!(agreed.stdout.contains("phase") && agreed.stdout.contains("queued"), "{}", agreed.stdout);
    assert_eq!(stage.json(&["approvals", "list"])["value"], Value::Array(Vec::new()));
}

//! The page for emergencies as it stands, on a server with an app that files what it should not.

use std::path::Path;
use std::process::Command;

use interdict_testkit::process::Signal;

use crate::client::Stage;

const PAGE: &str = include_str!("../../../../docs/incident.md");

/// The page's commands, each of its parts behind a line with its heading.
fn script() -> String {
    let parts = PAGE.split("\n## ").map(|part| {
        let blocks = part.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
        format!("echo '## {}'\n{}", part.lines().next().unwrap(), blocks.collect::<String>())
    });
    let script = parts.collect::<String>();
    assert!(script.contains("date -u -d 09:00"), "{script}");
    // At whatever time the test runs.
    script.replace("date -u -d 09:00", "date -u -d '1 hour ago'")
}

#[test]
fn the_page_stops_sees_undoes_blocks_and_protects() {
    let stage = Stage::new();
    let mut simulators = Vec::new();
    for (provider, actions) in
        [("Firewall", ["BlockIp", "UnblockIp"]), ("EDR", ["IsolateHost", "ReleaseHost"])]
    {
        let [act, undo] = actions;
        stage.json(&[
            "providers",
            "add",
            "--vendor",
            "Example",
            "--provider",
            provider,
            "--action",
            act,
            "--action",
            undo,
        ]);
        simulators.push(stage.spawn(&["provider", "sim", "--provider", &format!("Example/{provider}")]));
    }
    let role = ["--role", "SecurityActions.ReadWrite.All"];
    let app = stage.server.run(&[&["app", "add", "--name", "soar", "--output", "json"], &role[..]].concat());
    let app: serde_json::Value = serde_json::from_str(&app.stdout).unwrap();
    let token =
        stage.server.run(&[&["token", "--app-id", app["clientId"].as_str().unwrap()], &role[..]].concat());
    let block = |parameter: &str, more: &[&str]| {
        let filing =
            ["actions", "create", "--name", "BlockIp", "--vendor", "Example", "--provider", "Firewall"];
        let filing = [&filing[..], &["--parameter", parameter, "--output", "json"], more].concat();
        let filed = stage.run_as(token.stdout.trim(), &filing);
        assert!(filed.status.success(), "{}", filed.stderr);
        let filed: serde_json::Value = serde_json::from_str(&filed.stdout).unwrap();
        filed["id"].as_str().unwrap().to_owned()
    };
    stage.printed(&["actions", "watch", &block("IP=203.0.113.7", &[])]);
    block("IP=203.0.113.8", &["--not-before", "2099-01-01T00:00:00Z"]);

    let binary = Path::new(env!("CARGO_BIN_EXE_interdict")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script()]).env("PATH", path).env("NO_COLOR", "1");
    shell.env("INTERDICT_URL", stage.server.url()).env("INTERDICT_DATA_DIR", stage.server.data_dir());
    let output = shell.stdin(std::process::Stdio::null()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = format!("{stdout}\n--- stderr:\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    for simulator in simulators {
        simulator.signal(Signal::TERM);
        let _ = simulator.wait();
    }

    let part = |heading: &str| {
        let part = stdout.split(&format!("## {heading}\n")).nth(1);
        part.unwrap_or_else(|| panic!("{heading}: {said}")).split("\n## ").next().unwrap()
    };
    assert!(part("Stop everything").contains("paused       true"), "{said}");
    let seen = part("See what is going on");
    assert_eq!(seen.matches("203.0.113.7  BlockIp  active").count(), 2, "{said}");
    assert!(seen.contains("IP=203.0.113.8") && seen.contains("NotStarted  scheduled"), "{said}");
    let stopped = part("Stop all that one app filed since nine");
    assert_eq!(stopped.matches("selected  2\nchanged   1\n").count(), 2, "{said}");
    assert!(part("Go on").contains("paused       false"), "{said}");
    assert!(part("Block an address for an hour").contains("203.0.113.9  BlockIp  active"), "{said}");
    assert!(
        part("Have it last longer, or end now").lines().last().unwrap().ends_with("the server"),
        "{said}"
    );
    assert!(part("Protect what must not be touched").contains("our name servers"), "{said}");
    let agreed = part("Have somebody else agree to isolations");
    assert!(agreed.contains("machineId=pc-7") && agreed.contains("ann@contoso.example"), "{said}");
    assert!(
        agreed.lines().last().unwrap().contains("reported         Completed   succeeded   active"),
        "{said}"
    );
    assert!(part("Afterwards").contains("entries"), "{said}");
}

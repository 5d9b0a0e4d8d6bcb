use interdict_testkit::process::{Process, Signal};

use crate::program;

#[test]
fn the_demonstration_holds_and_is_plain_text_where_nobody_looks() {
    let finished = program().run(&["demo", "--exit"]);
    assert_eq!(finished.status.code(), Some(0), "{}\n{}", finished.stdout, finished.stderr);
    for expected in [
        "BlockIp",
        "UnblockIp",
        "handedOut",
        "the server filed its undo",
        "nothing is in force any more",
        "NotStarted",
        "Running",
        "Completed",
        "only recorded",
        "cancelled by",
        "Timeline",
        "Histories",
        "checks of",
    ] {
        assert!(finished.stdout.contains(expected), "{expected} is not in:\n{}", finished.stdout);
    }
    assert!(!finished.stdout.contains('\x1b') && !finished.stdout.contains('✗'), "{}", finished.stdout);
    assert_eq!(finished.stderr, "");
}

#[test]
fn the_demonstration_stays_up_with_lines_to_copy_and_cleans_up_when_told_to_end() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut process = Process::spawn(&mut program().command(&["demo"]));
        let (mut data, mut lines, mut blank) = (String::new(), Vec::new(), 0);
        loop {
            let line = process.line();
            blank = if line.is_empty() { blank + 1 } else { 0 };
            assert!(blank < 10, "it ended: {}", process.wait().stderr);
            if let Some(rest) = line.trim_start().strip_prefix("data ") {
                data = rest.split_whitespace().next().unwrap().to_owned();
            }
            if ["export ", "curl ", "interdict "].iter().any(|command| line.starts_with(command)) {
                lines.push(line);
            } else if line.starts_with("The server and the provider stay up") {
                break;
            }
        }
        assert!(std::path::Path::new(&data).is_dir(), "{data}");
        let heading = lines.remove(0);
        assert!(heading.ends_with(" demo"), "{heading}");
        let printed = copied(&lines);
        assert!(printed.contains("IsolateHost") && printed.contains("queued"), "{lines:?}: {printed}");
        process.signal(signal);
        assert_eq!(process.wait().status.code(), Some(0));
        assert!(!std::path::Path::new(&data).exists(), "{data} was left behind");
    }
}

/// What lines print that somebody copies into a shell.
fn copied(lines: &[String]) -> String {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_interdict"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = std::process::Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &lines.join("\n")]).env("PATH", path).env("NO_PROXY", "*");
    let output = shell.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{lines:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

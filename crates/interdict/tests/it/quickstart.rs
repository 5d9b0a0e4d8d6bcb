//! The quickstart as it stands, but for its minute, on a machine of its own: a network namespace.

use std::path::Path;
use std::process::Command;

#[test]
fn the_quickstart_blocks_an_address_and_lifts_the_block_when_its_time_is_over() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let page = std::fs::read_to_string(root.join("docs/quickstart.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let script = blocks.collect::<String>();
    assert!(script.contains("--duration PT1M"), "{script}");
    let script = format!("ip link set lo up\n{}", script.replace("PT1M", "PT3S"));

    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root.join("providers"), folder.path().join("providers")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_interdict")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut machine = Command::new("unshare");
    // Whatever it starts ends with it.
    machine.args(["--net", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    machine.args(["bash", "-euo", "pipefail", "-c", &script]).current_dir(folder.path()).env("PATH", path);
    let output = machine.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let said = format!("{stdout}\n--- stderr:\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");

    let tables: Vec<_> = stdout.split("table inet interdict {").skip(1).collect();
    assert_eq!(tables.len(), 2, "{said}");
    assert!(tables[0].contains("203.0.113.9"), "it blocks: {said}");
    assert!(!tables[1].contains("203.0.113.9"), "it has ended: {said}");
    let in_force = stdout.lines().filter(|line| line.starts_with("203.0.113.9  BlockIp  active")).count();
    assert_eq!(in_force, 1, "{said}");
}

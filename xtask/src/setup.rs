//! Installs what the tests need and the machine may lack: the test runner, and the SDKs at pinned versions.
//!
//! Each step leaves a copy of the files that it was made from, and is skipped while they are the same.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{cargo, command, root, run as execute, succeeds};

/// The runner's version where it has to be installed; another one that is there already is used as it is.
const NEXTEST: &str = "0.9.143";

/// Installs everything.
pub(crate) fn run() -> Result<()> {
    runner()?;
    debian()?;
    python()?;
    node()
}

/// Programs that the tests drive, each with the Debian package that brings it.
const PROGRAMS: [(&str, &str); 9] = [
    // The server's programs are in a folder of their own; its client is on the path.
    ("/usr/lib/postgresql/15/bin/initdb", "postgresql-15"),
    ("/usr/sbin/haproxy", "haproxy"),
    ("/usr/sbin/pgbouncer", "pgbouncer"),
    ("/usr/bin/patroni", "patroni"),
    ("/usr/bin/etcd", "etcd-server"),
    ("/usr/bin/etcdctl", "etcd-client"),
    // Hosts of their own, and the firewall between them.
    ("/usr/sbin/nft", "nftables"),
    ("/usr/sbin/ip", "iproute2"),
    ("/usr/bin/ping", "iputils-ping"),
];

fn debian() -> Result<()> {
    PROGRAMS.into_iter().try_for_each(program)
}

/// PostgreSQL alone.
pub(crate) fn postgres() -> Result<()> {
    PROGRAMS.into_iter().filter(|(_, package)| package.starts_with("postgresql")).try_for_each(program)
}

/// PostgreSQL and what makes it fail over.
pub(crate) fn patroni() -> Result<()> {
    let needed = |package: &str| ["postgresql", "patroni", "etcd"].iter().any(|it| package.starts_with(it));
    PROGRAMS.into_iter().filter(|(_, package)| needed(package)).try_for_each(program)
}

/// The load generator.
pub(crate) fn wrk() -> Result<()> {
    program(("/usr/bin/wrk", "wrk"))
}

/// What installs the server that is measured beside ours.
pub(crate) fn npm() -> Result<()> {
    if succeeds(command("npm").arg("--version")) { Ok(()) } else { apt("npm") }
}

/// The counter of instructions.
pub(crate) fn valgrind() -> Result<()> {
    program(("/usr/bin/valgrind", "valgrind"))
}

fn program((program, package): (&str, &str)) -> Result<()> {
    let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
    let on_path = || succeeds(command("sh").args(["-c", &format!("command -v {name}")]));
    if Path::new(program).exists() || on_path() { Ok(()) } else { apt(package) }
}

/// The test runner.
pub(crate) fn runner() -> Result<()> {
    if succeeds(cargo().args(["nextest", "--version"])) {
        return Ok(());
    }
    execute(cargo().args(["install", "--locked", "cargo-nextest", "--version", NEXTEST]))
}

fn python() -> Result<()> {
    let lock = root().join("tests/sdk/python/requirements.txt");
    let folder = root().join("target/sdk/python");
    let stamp = folder.join("installed.txt");
    if is_stamped(&stamp, &[&lock])? {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    let venv = || {
        let mut venv = command("python3");
        venv.args(["-m", "venv", "--clear"]).arg(&folder);
        venv
    };
    if !succeeds(&mut venv()) {
        // Debian packs the module apart.
        apt("python3-venv")?;
        execute(&mut venv())?;
    }
    let mut pip = command(folder.join("bin/python"));
    // Not compiled beforehand: the SDK has thousands of modules, and the tests import a few.
    let quick = ["--quiet", "--no-deps", "--no-compile", "--disable-pip-version-check"];
    pip.args(["-m", "pip", "install"]).args(quick);
    execute(pip.arg("--requirement").arg(&lock))?;
    write_stamp(&stamp, &[&lock])
}

fn node() -> Result<()> {
    let folder = root().join("tests/sdk/node");
    let inputs = [folder.join("package.json"), folder.join("package-lock.json")];
    let inputs = inputs.each_ref().map(|path| path.as_path());
    let stamp = folder.join("node_modules/installed.txt");
    if is_stamped(&stamp, &inputs)? {
        return Ok(());
    }
    npm()?;
    execute(command("npm").args(["ci", "--no-fund", "--no-audit", "--loglevel=error"]).current_dir(&folder))?;
    write_stamp(&stamp, &inputs)
}

/// Installs a Debian package.
fn apt(package: &str) -> Result<()> {
    let hint = || format!("install `{package}` with the system's package manager, then run this again");
    // Debian starts a server for each one that it installs; the tests start their own.
    let quiet = "test -d /etc/postgresql-common || { mkdir -p /etc/postgresql-common && \
         echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf; }";
    execute(command("sh").args(["-c", quiet])).with_context(hint)?;
    execute(command("apt-get").args(["update", "-qq"])).with_context(hint)?;
    // What a package would start is kept from starting, unless somebody has a policy of their own.
    let install = "policy=/usr/sbin/policy-rc.d; \
         if ! test -e $policy; then printf '#!/bin/sh\\nexit 101\\n' > $policy; chmod +x $policy; trap \"rm $policy\" EXIT; fi; \
         apt-get install -y -qq --no-install-recommends \"$1\"";
    let install = ["-c", install, "sh", package];
    execute(command("sh").args(install).env("DEBIAN_FRONTEND", "noninteractive")).with_context(hint)
}

fn is_stamped(stamp: &Path, inputs: &[&Path]) -> Result<bool> {
    let wanted = content(inputs)?;
    Ok(fs::read_to_string(stamp).is_ok_and(|found| found == wanted))
}

fn write_stamp(stamp: &Path, inputs: &[&Path]) -> Result<()> {
    fs::write(stamp, content(inputs)?).with_context(|| format!("cannot write `{}`", stamp.display()))
}

fn content(inputs: &[&Path]) -> Result<String> {
    let read =
        |path: &&Path| fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()));
    inputs.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_changed_lock_file_is_installed_again() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let stamp = folder.path().join("stamp");
        fs::write(&lock, "one").unwrap();
        assert!(!is_stamped(&stamp, &[&lock]).unwrap());
        write_stamp(&stamp, &[&lock]).unwrap();
        assert!(is_stamped(&stamp, &[&lock]).unwrap());
        fs::write(&lock, "two").unwrap();
        assert!(!is_stamped(&stamp, &[&lock]).unwrap());
    }
}

//! The processes under measurement: started, timed until they are ready, asked for their cost, and stopped.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A server that is ready.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    /// Kept open, so that the server can go on printing.
    _stdout: BufReader<ChildStdout>,
    /// Its address, `http://…`.
    pub(crate) url: String,
    /// From the start of the process to its ready line.
    pub(crate) ready_after: Duration,
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Its own: heap, stacks.
    pub(crate) anonymous: u64,
    /// Pages of files: the program, the database's shared memory.
    pub(crate) mapped: u64,
}

/// Ticks of a second in `/proc/PID/stat`: 100 on every Linux that is in use.
const TICKS: f64 = 100.0;

/// The command line of a server on this data directory.
pub(crate) fn interdict(program: &Path, data: &Path) -> Vec<String> {
    let words = ["serve", "--listen", "127.0.0.1:0", "--log-level", "warn", "--data-dir"];
    let mut line = vec![program.display().to_string()];
    line.extend(words.map(str::to_owned));
    line.push(data.display().to_string());
    line
}

/// The command line of the bare server.
pub(crate) fn bare(program: &Path, token: &Path, bytes: usize) -> Vec<String> {
    vec![
        program.display().to_string(),
        "bare-server".to_owned(),
        token.display().to_string(),
        bytes.to_string(),
    ]
}

/// The tenant that the first start made.
pub(crate) fn bootstrap_tenant(data: &Path) -> Result<String> {
    let text =
        std::fs::read(data.join("bootstrap.json")).context("the first start left no bootstrap.json")?;
    let file: serde_json::Value = serde_json::from_slice(&text)?;
    let tenant = file.get("tenantId").and_then(serde_json::Value::as_str);
    Ok(tenant.context("bootstrap.json has no tenantId")?.to_owned())
}

/// A token that may read and write.
pub(crate) fn token(program: &Path, data: &Path, tenant: &str) -> Result<String> {
    let output = Command::new(program)
        .args(["token", "--tenant", tenant, "--role", "SecurityActions.ReadWrite.All", "--expires", "12h"])
        .arg("--data-dir")
        .arg(data)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("`interdict token` ended with {}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

impl Child {
    /// Starts it and waits for its ready line, whose last word is the address.
    pub(crate) fn start(line: &[String]) -> Result<Self> {
        let (program, arguments) = line.split_first().context("no program")?;
        let begun = Instant::now();
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // The first start says there where the credentials are; that is no news here.
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start `{program}`"))?;
        let mut stdout = BufReader::new(process.stdout.take().context("no stdout")?);
        let mut ready = String::new();
        stdout.read_line(&mut ready)?;
        let ready_after = begun.elapsed();
        let Some(url) = ready.split_whitespace().last().filter(|word| word.starts_with("http")) else {
            bail!("`{}` ended before it was ready: {:?}", line.join(" "), process.wait()?);
        };
        Ok(Self { process, _stdout: stdout, url: url.to_owned(), ready_after })
    }

    /// CPU seconds spent so far, by the program and by the system for it.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name in brackets may hold spaces; utime and stime are the 12th and 13th fields after it.
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks: f64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        Ok(ticks / TICKS)
    }

    /// What it holds in memory now.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.id()))?;
        let bytes = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            let kib = line
                .and_then(|line| line.split_whitespace().nth(1))
                .and_then(|word| word.parse::<u64>().ok());
            kib.map(|kib| kib * 1024).with_context(|| format!("no `{name}` in smaps_rollup"))
        };
        let anonymous = bytes("Anonymous:")?;
        Ok(Memory { anonymous, mapped: bytes("Rss:")?.saturating_sub(anonymous) })
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Only where a measurement failed; an error here means that it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! The processes under measurement: started, timed until they are ready, asked for their cost, and stopped.

use std::fs::{self, File};
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

/// Ticks of a second in `/proc/PID/stat`: 100 on every Linux that is in use.
const TICKS: f64 = 100.0;
/// Lines of what a server said that are shown where it ended too early.
const LAST_LINES: usize = 10;

impl Child {
    /// Starts it and waits for its ready line, whose third word is the address. What it says besides goes to `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let begun = Instant::now();
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()
            .with_context(|| format!("cannot start `{program}`"))?;
        let mut stdout = BufReader::new(process.stdout.take().context("no stdout")?);
        let mut ready = String::new();
        stdout.read_line(&mut ready)?;
        let ready_after = begun.elapsed();
        let Some(url) = ready.split_whitespace().nth(2).filter(|word| word.starts_with("http")) else {
            let said = fs::read_to_string(log).unwrap_or_default();
            let skipped = said.lines().count().saturating_sub(LAST_LINES);
            let said: Vec<_> = said.lines().skip(skipped).collect();
            bail!("`{program}` ended before it was ready: {}\n{}", process.wait()?, said.join("\n"));
        };
        Ok(Self { process, _stdout: stdout, url: url.to_owned(), ready_after })
    }

    /// CPU seconds spent so far, by the program and by the system for it.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name in brackets may hold spaces; utime and stime are the 12th and 13th fields after it.
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks: f64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        Ok(ticks / TICKS)
    }

    /// Megabytes that it holds of its own now: heap and stacks, no pages of files. This is asked under load, hence by
    /// counters that are kept anyway: to add up the mappings would stop the server while it is done.
    pub(crate) fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kib.context("no `RssAnon` in status")? * 1024.0 / 1e6)
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
        // Where a measurement failed, or the server is not worth a farewell; an error here means that it has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

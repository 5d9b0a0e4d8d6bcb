//! Runs the load generator and reads its figures.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::server::Child;

/// How to load a server.
#[derive(Debug)]
pub(crate) struct Load {
    /// The file with the token.
    pub(crate) token: PathBuf,
    /// The file with the ids of what is stored.
    pub(crate) ids: PathBuf,
    /// How long.
    pub(crate) seconds: u32,
}

/// What one measurement found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// Requests (or rows) a second.
    pub(crate) rate: f64,
    /// Median latency, milliseconds.
    pub(crate) p50: f64,
    /// Latency of the slowest hundredth, milliseconds.
    pub(crate) p99: f64,
    /// Longest latency, milliseconds.
    pub(crate) max: f64,
    /// Microseconds of the server's CPU for one request; a thousandth of that is CPU seconds for 1,000.
    pub(crate) cpu_micros: f64,
}

impl Figures {
    /// Figures of something that has a rate alone.
    pub(crate) fn of_rate(rate: f64) -> Self {
        Self { rate, ..Self::default() }
    }
}

/// Connections of the load generator.
pub(crate) const CONNECTIONS: u32 = 32;

impl Load {
    /// Runs the script of that name against a server. A single failed request fails the measurement.
    pub(crate) fn run(&self, script: &str, server: &Child) -> Result<Figures> {
        let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/wrk");
        let before = server.cpu_seconds()?;
        let output = Command::new("wrk")
            .env("LUA_PATH", format!("{scripts}/?.lua"))
            .args(["--threads", "1", "--latency", "--timeout", "10s"])
            .args(["--connections", &CONNECTIONS.to_string(), "--duration", &format!("{}s", self.seconds)])
            .args(["--script", &format!("{scripts}/{script}.lua"), &server.url, "--"])
            .args([&self.token, &self.ids])
            .output()
            .context("cannot start `wrk`")?;
        let cpu = server.cpu_seconds()? - before;
        let text = String::from_utf8_lossy(&output.stdout);
        let Some(line) = text.lines().find(|line| line.starts_with("figures ")) else {
            bail!("`wrk` gave no figures: {text}{}", String::from_utf8_lossy(&output.stderr));
        };
        let value = |name: &str| {
            let word = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            word.and_then(|word| word.parse::<f64>().ok()).with_context(|| format!("no `{name}` in `{line}`"))
        };
        let requests = value("requests")?;
        if requests < 1.0 || value("failed")? > 0.0 {
            bail!("{script}: of {requests} requests, {} failed", value("failed")?);
        }
        Ok(Figures {
            rate: requests / (value("micros")? / 1e6),
            p50: value("p50")? / 1e3,
            p99: value("p99")? / 1e3,
            max: value("max")? / 1e3,
            cpu_micros: cpu * 1e6 / requests,
        })
    }
}

//! Runs the load generator and reads its figures.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::figures::Figures;
use crate::server::Child;

/// How to load a server.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// The file with one token a line.
    pub(crate) tokens: PathBuf,
    /// The file with the actions to ask for, and whose they are.
    pub(crate) lines: PathBuf,
    /// Connections, each of which waits for its answer before it asks again.
    pub(crate) connections: u32,
    /// Threads of the load generator.
    pub(crate) threads: u32,
    /// How long.
    pub(crate) seconds: u32,
    /// What the script `query` asks for.
    pub(crate) query: String,
}

/// How often memory is looked at under load.
const LOOK: Duration = Duration::from_millis(200);

/// What one load generator said at its end.
struct Outcome {
    requests: f64,
    seconds: f64,
    p50: f64,
    p99: f64,
    max: f64,
}

impl Load {
    /// Runs the script of that name against a server.
    pub(crate) fn run(&self, script: &str, server: &Child) -> Result<Figures> {
        run(script, &[(self, server)])
    }

    fn command(&self, script: &str, server: &Child) -> Command {
        let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/wrk");
        let mut command = Command::new("wrk");
        command
            .env("BENCH_QUERY", &self.query)
            .env("LUA_PATH", format!("{scripts}/?.lua"))
            .args(["--threads", &self.threads.to_string(), "--latency", "--timeout", "10s"])
            .args(["--connections", &self.connections.to_string()])
            .args(["--duration", &format!("{}s", self.seconds)])
            .args(["--script", &format!("{scripts}/{script}.lua"), &server.url, "--"])
            .args([&self.tokens, &self.lines])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// Runs several loads at once, each against its server: their rates are added up, and the worst latencies count. A
/// single failed request fails the measurement.
pub(crate) fn run(script: &str, loads: &[(&Load, &Child)]) -> Result<Figures> {
    let mut servers: Vec<&Child> = loads.iter().map(|(_, server)| *server).collect();
    servers.dedup_by(|a, b| a.url == b.url);
    let spent = || servers.iter().map(|server| server.cpu_seconds()).sum::<Result<f64>>();
    let before = spent()?;
    let (tell, told) = mpsc::channel();
    for (load, server) in loads {
        let generator = load.command(script, server).spawn().context("cannot start `wrk`")?;
        let tell = tell.clone();
        // Nobody listens any more where another load failed.
        thread::spawn(move || drop(tell.send(generator.wait_with_output())));
    }
    let (mut outcomes, mut memory) = (Vec::new(), 0.0_f64);
    while outcomes.len() < loads.len() {
        match told.recv_timeout(LOOK) {
            Ok(output) => outcomes.push(outcome(script, &output?)?),
            Err(RecvTimeoutError::Timeout) => {
                for server in &servers {
                    memory = memory.max(server.memory()?);
                }
            }
            Err(RecvTimeoutError::Disconnected) => bail!("`wrk` was lost"),
        }
    }
    let requests: f64 = outcomes.iter().map(|outcome| outcome.requests).sum();
    let worst = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).fold(0.0, f64::max);
    Ok(Figures {
        rate: outcomes.iter().map(|outcome| outcome.requests / outcome.seconds).sum(),
        p50: worst(|outcome| outcome.p50),
        p99: worst(|outcome| outcome.p99),
        max: worst(|outcome| outcome.max),
        cpu_micros: (spent()? - before) * 1e6 / requests,
        memory,
    })
}

/// Reads the line that every script ends with.
fn outcome(script: &str, output: &Output) -> Result<Outcome> {
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(line) = text.lines().find(|line| line.starts_with("figures ")) else {
        bail!("{script}: `wrk` gave no figures: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    let value = |name: &str| {
        let word = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        word.and_then(|word| word.parse::<f64>().ok()).with_context(|| format!("no `{name}` in `{line}`"))
    };
    let (requests, failed) = (value("requests")?, value("failed")?);
    if requests < 1.0 || failed > 0.0 {
        bail!("{script}: of {requests} requests, {failed} failed");
    }
    Ok(Outcome {
        requests,
        seconds: value("micros")? / 1e6,
        p50: value("p50")? / 1e3,
        p99: value("p99")? / 1e3,
        max: value("max")? / 1e3,
    })
}

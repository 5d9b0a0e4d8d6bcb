//! The real binary as a child process: started on port 0, watched, signalled by its own pid, and ended when the test
//! is, panics included. Nothing but what was started here is ever signalled.

#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a harness: what goes wrong here fails the test that uses it"
)]

mod server;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
pub use server::{RunningServer, StartingServer};

/// How long a child may take to say or do something: generous, since test machines are busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// The binary under test.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    /// Variables of its commands.
    variables: Vec<(String, String)>,
}

/// A child that has ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it said on stdout.
    pub stdout: String,
    /// What it said on stderr.
    pub stderr: String,
}

/// A running child; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    stdout: String,
    stderr: Arc<Mutex<String>>,
}

impl Program {
    /// The binary at `path`, such as `env!("CARGO_BIN_EXE_interdict")`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), variables: Vec::new() }
    }

    /// The same binary, its commands on the store at `url`.
    #[must_use]
    pub fn on(&self, url: &str) -> Self {
        self.with("INTERDICT_DATABASE", url)
    }

    /// The same binary, its commands with a variable.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut program = self.clone();
        program.variables.retain(|(known, _)| known != name);
        program.variables.push((name.to_owned(), value.to_owned()));
        program
    }

    /// A command of the binary that neither the machine's variables nor a colour terminal touch.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        for (name, _) in std::env::vars_os() {
            if ["INTERDICT_", "PG"].iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
                command.env_remove(name);
            }
        }
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        command.env("NO_COLOR", "1").envs(variables).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Finished {
        Process::spawn(&mut self.command(arguments)).wait()
    }

    /// Starts a server on a spare port over `data_dir` and waits until it is ready.
    #[must_use]
    pub fn serve(&self, data_dir: &Path) -> RunningServer {
        self.serve_with(data_dir, &[])
    }

    /// The same with more flags.
    #[must_use]
    pub fn serve_with(&self, data_dir: &Path, flags: &[&str]) -> RunningServer {
        self.launch("127.0.0.1:0", data_dir, flags).ready()
    }

    /// Starts a server on `address` over `data_dir`, and does not wait for it.
    #[must_use]
    pub fn launch(&self, address: &str, data_dir: &Path, flags: &[&str]) -> StartingServer {
        let directory = data_dir.to_str().expect("a data directory in UTF-8");
        let mut command = self.command(&["serve", "--listen", address, "--data-dir", directory]);
        StartingServer::new(self, Process::spawn(command.args(flags)), data_dir)
    }
}

impl Process {
    /// Starts `command` with its output watched.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary cannot be started");
        let stderr = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = mpsc::channel();
        let out = child.stdout.take().expect("stdout is piped");
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut err = child.stderr.take().expect("stderr is piped");
        let heard = Arc::clone(&stderr);
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = err.read(&mut chunk) {
                let text = String::from_utf8_lossy(chunk.get(..length).unwrap_or_default()).into_owned();
                heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            }
        });
        Self { child, lines, stdout: String::new(), stderr }
    }

    /// The next line of stdout; empty where the child has ended.
    pub fn line(&mut self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.stdout.push_str(&line);
                self.stdout.push('\n');
                line
            }
            Err(RecvTimeoutError::Disconnected) => String::new(),
            Err(RecvTimeoutError::Timeout) => {
                panic!("no line within {PATIENCE:?}; stderr:\n{}", self.stderr())
            }
        }
    }

    /// What the child has said on stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The child's process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to this child. It is not reaped before [`Process::wait`], so the pid is still its own.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a child has a pid");
        kill_process(pid, signal).expect("a child that was not waited for can be signalled");
    }

    /// Waits until the child has ended by itself.
    #[must_use]
    pub fn wait(mut self) -> Finished {
        let deadline = Instant::now() + PATIENCE + PATIENCE;
        // Its end closes stdout, and only then does waiting for it not block.
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.stdout.push_str(&line);
                    self.stdout.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the child does not end; stderr:\n{}", self.stderr())
                }
            }
        }
        let status = self.child.wait().expect("a child can be waited for");
        Finished { status, stdout: std::mem::take(&mut self.stdout), stderr: self.complete_stderr() }
    }

    /// Stderr once its reader has seen the end: the reader holds the other reference until then.
    fn complete_stderr(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        while Arc::strong_count(&self.stderr) > 1 && Instant::now() < deadline {
            std::thread::yield_now();
        }
        self.stderr()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only where the child has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! `interdict serve` as a child process.

#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a harness: what goes wrong here fails the test that uses it"
)]

use std::path::{Path, PathBuf};

use super::{Finished, Process, Program, Signal};

/// An `interdict serve` that may not be ready yet.
#[derive(Debug)]
pub struct StartingServer {
    program: Program,
    process: Process,
    data_dir: PathBuf,
}

/// A running `interdict serve`.
#[derive(Debug)]
pub struct RunningServer {
    program: Program,
    process: Process,
    data_dir: PathBuf,
    url: String,
}

impl StartingServer {
    pub(super) fn new(program: &Program, process: Process, data_dir: &Path) -> Self {
        Self { program: program.clone(), process, data_dir: data_dir.to_owned() }
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Waits until it says that it is ready.
    #[must_use]
    pub fn ready(self) -> RunningServer {
        let Self { program, mut process, data_dir } = self;
        let line = process.line();
        let url = line.strip_prefix("interdict ready ").map(str::to_owned);
        let url = url.unwrap_or_else(|| panic!("no ready line but {line:?}; stderr:\n{}", process.stderr()));
        RunningServer { program, process, data_dir, url }
    }

    /// Waits for the end of a server that does not start.
    #[must_use]
    pub fn wait(self) -> Finished {
        self.process.wait()
    }
}

impl RunningServer {
    /// The address of the ready line.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Runs another command of the binary on this server's data directory, as `interdict token …` would.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Finished {
        let directory = self.data_dir.to_str().expect("a data directory in UTF-8");
        self.program.run(&[arguments, &["--data-dir", directory]].concat())
    }

    /// A token of the first tenant with these roles, minted by `interdict token`.
    #[must_use]
    pub fn token(&self, roles: &[&str]) -> String {
        let flags = roles.iter().flat_map(|role| ["--role", role]);
        let finished = self.run(&["token"].into_iter().chain(flags).collect::<Vec<_>>());
        assert!(finished.status.success(), "no token: {}", finished.stderr);
        finished.stdout.trim().to_owned()
    }

    /// Ends the server as an operator does, and waits for its end.
    #[must_use]
    pub fn terminate(self) -> Finished {
        self.process.signal(Signal::TERM);
        self.process.wait()
    }

    /// Waits for the end of a server that was told to end.
    #[must_use]
    pub fn wait(self) -> Finished {
        self.process.wait()
    }

    /// Ends the server at once, as a crash does.
    pub fn kill(self) {
        self.process.signal(Signal::KILL);
        let _ = self.process.wait();
    }

    /// Ends it at once, and starts another one over its data, at its address.
    #[must_use]
    pub fn crash(self) -> Self {
        self.fall()()
    }

    /// Ends it at once; what starts another one over its data, at its address.
    pub fn fall(self) -> impl FnOnce() -> Self {
        let address = self.url.trim_start_matches("http://").to_owned();
        let (program, data_dir) = (self.program.clone(), self.data_dir.clone());
        self.kill();
        move || program.launch(&address, &data_dir, &[]).ready()
    }
}

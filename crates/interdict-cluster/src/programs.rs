//! The server's programs: where they are, and as whom they run. The server refuses to run as root.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where distributions keep them, beside the path. Debian has a directory for each version.
const PLACES: [&str; 2] = ["/usr/lib/postgresql", "/usr/pgsql"];
/// The user that Debian's package makes.
const USER: &str = "postgres";

/// Where the programs are.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    folder: Option<PathBuf>,
    /// Whether another user must run the server.
    as_other: bool,
}

impl Programs {
    pub(crate) fn find() -> io::Result<Self> {
        let versions = PLACES.iter().filter_map(|place| std::fs::read_dir(place).ok()).flatten().flatten();
        let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
        folders.retain(|folder| folder.join("initdb").exists());
        folders.sort();
        let folder = folders.pop();
        if folder.is_none() && Command::new("initdb").arg("--version").output().is_err() {
            return Err(io::Error::other("there is no PostgreSQL here; `cargo xtask setup` installs it"));
        }
        let as_other =
            std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
        Ok(Self { folder, as_other })
    }

    /// Whether another user must run the server.
    pub(crate) const fn as_other(&self) -> bool {
        self.as_other
    }

    /// Gives a file or directory to the user that runs the server.
    pub(crate) fn own(&self, path: &Path) -> io::Result<()> {
        if !self.as_other {
            return Ok(());
        }
        finished(Command::new("chown").arg(USER).arg(path))
    }

    /// Runs one of the server's programs to its end.
    pub(crate) fn run(&self, program: &str, arguments: &[&OsStr]) -> io::Result<()> {
        let path = self.path(program);
        let mut command = if self.as_other {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // The server must not run in a folder that its user may not read.
        finished(command.args(arguments).current_dir("/"))
    }

    fn path(&self, program: &str) -> PathBuf {
        self.folder.as_ref().map_or_else(|| program.into(), |folder| folder.join(program))
    }

    /// Another of the programs, such as `psql`, run as oneself.
    pub(crate) fn command(&self, program: &str) -> Command {
        Command::new(self.path(program))
    }
}

/// Runs a command to its end; what it said is in the error where it fails.
fn finished(command: &mut Command) -> io::Result<()> {
    // The server outlives `pg_ctl` and keeps what it inherits: its output goes nowhere, lest someone wait for its end.
    let said = tempfile::NamedTempFile::new()?;
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::from(said.reopen()?))
        .stderr(Stdio::from(said.reopen()?))
        .status()?;
    if status.success() {
        return Ok(());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let said = std::fs::read_to_string(said.path()).unwrap_or_default();
    Err(io::Error::other(format!("{program} ended with {status}: {}", said.trim())))
}

//! A PostgreSQL of one's own, for tests and measurements: made in a directory of its own, started on a spare port and
//! socket, ended with the value. It needs the server's programs, which `cargo xtask setup` installs.

mod database;
pub mod patroni;
mod port;
mod programs;

use std::ffi::OsStr;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub use database::{Database, client, psql};
pub use port::spare_port;
use programs::Programs;

/// The superuser of every cluster.
pub const USER: &str = "interdict";

/// How a cluster is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Whether what is committed survives a crash: false is faster.
    pub durable: bool,
    /// The superuser's password, asked of all who connect; `None` trusts them.
    pub password: Option<&'a str>,
    /// Settings as in `postgresql.conf`.
    pub settings: &'a [(&'a str, &'a str)],
    /// Files in the data directory, each with its text, that are there before the server starts: its certificate, say.
    pub files: &'a [(&'a str, &'a str)],
    /// Where the cluster's directory is made; `None` is the temporary directory. Whoever runs the server must be able to
    /// enter it.
    pub parent: Option<&'a Path>,
}

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    home: TempDir,
    /// A directory of its own: the path of a socket may have 107 bytes, and that of a parent is as long as it is.
    socket: TempDir,
    port: u16,
    password: Option<String>,
    settings: Vec<(String, String)>,
}

/// How a server is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its clients are cut off, and what it has is written.
    Fast,
    /// As if power had gone: it recovers when it starts again.
    Immediate,
}

impl Cluster {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// Where the programs are missing, or one of them fails; the message says what it said.
    pub fn start(options: Options<'_>) -> io::Result<Self> {
        let programs = Programs::find()?;
        let folder = |parent: &Path| {
            let folder = tempfile::Builder::new().prefix("interdict-postgres-").tempdir_in(parent)?;
            programs.own(folder.path()).map(|()| folder)
        };
        let temporary = std::env::temp_dir();
        let home = folder(options.parent.unwrap_or(&temporary))?;
        let socket = folder(&temporary)?;
        let data = home.path().join("data");
        let mut arguments: Vec<&OsStr> =
            ["--username", USER, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"].map(OsStr::new).to_vec();
        let password_file = home.path().join("password");
        if let Some(password) = options.password {
            std::fs::write(&password_file, password)?;
            programs.own(&password_file)?;
            arguments.extend(["--auth=scram-sha-256", "--pwfile"].map(OsStr::new));
            arguments.push(password_file.as_os_str());
        } else {
            arguments.push(OsStr::new("--auth=trust"));
        }
        arguments.extend([OsStr::new("--pgdata"), data.as_os_str()]);
        programs.run("initdb", &arguments)?;
        for (name, text) in options.files {
            let file = data.join(name);
            std::fs::write(&file, text)?;
            // The server takes no key that others may read.
            std::fs::set_permissions(&file, Permissions::from_mode(0o600))?;
            programs.own(&file)?;
        }
        let durable = if options.durable { "on" } else { "off" };
        let mut settings = vec![("fsync".to_owned(), durable.to_owned())];
        settings
            .extend(options.settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let password = options.password.map(str::to_owned);
        let mut cluster = Self { programs, home, socket, port: 0, password, settings };
        // Another program may take a spare port before the server does.
        let mut attempts = 0;
        loop {
            cluster.port = spare_port()?;
            match cluster.resume() {
                Err(_) if attempts < 3 => attempts += 1,
                outcome => return outcome.map(|()| cluster),
            }
        }
    }

    /// Starts the server again, on the same port.
    ///
    /// # Errors
    /// Where it does not start; the message has the end of its log.
    pub fn resume(&self) -> io::Result<()> {
        let mut settings = format!(
            "-c port={} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}'",
            self.port,
            self.socket().display()
        );
        for (name, value) in &self.settings {
            settings.push_str(&format!(" -c {name}='{value}'"));
        }
        let (log, data) = (self.log(), self.data());
        let arguments = [
            OsStr::new("start"),
            OsStr::new("--wait"),
            OsStr::new("--silent"),
            OsStr::new("--log"),
            log.as_os_str(),
            OsStr::new("--options"),
            OsStr::new(&settings),
            OsStr::new("--pgdata"),
            data.as_os_str(),
        ];
        self.programs.run("pg_ctl", &arguments).map_err(|error| {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            let end: Vec<_> = log.lines().rev().take(5).collect();
            io::Error::other(format!("{error}; its log ends: {}", end.join(" | ")))
        })
    }

    /// Changes a setting; it counts from the next [`Cluster::resume`] on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Ends the server.
    ///
    /// # Errors
    /// Where it does not end.
    pub fn stop(&self, ending: Ending) -> io::Result<()> {
        let mode = match ending {
            Ending::Fast => "fast",
            Ending::Immediate => "immediate",
        };
        let arguments = ["stop", "--wait", "--silent", "--mode", mode, "--pgdata"];
        let mut arguments: Vec<&OsStr> = arguments.map(OsStr::new).to_vec();
        let data = self.data();
        arguments.push(data.as_os_str());
        self.programs.run("pg_ctl", &arguments)
    }

    /// The address of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let password = self.password.as_ref().map(|it| format!(":{it}")).unwrap_or_default();
        format!("postgres://{USER}{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on loopback.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The directory of the server's socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.socket.path()
    }

    /// The server's log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// The server's data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A directory that the server may use, such as one of a tablespace.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn place(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::create_dir(path)?;
        self.programs.own(path)?;
        Ok(path.to_owned())
    }

    /// Another of PostgreSQL's programs, such as `pgbench`, run as oneself.
    #[must_use]
    pub fn program(&self, name: &str) -> Command {
        self.programs.command(name)
    }

    /// A database of its own.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn database(&self, name: &str) -> io::Result<Database> {
        Database::make(&self.url("postgres"), name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It fails where the server was ended before.
        let _ = self.stop(Ending::Immediate);
    }
}

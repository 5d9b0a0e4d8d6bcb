//! A database of a cluster, as long as someone holds it.

use std::io;
use std::process::Command;

use crate::programs::Programs;

/// A database; dropped with the value.
#[derive(Debug)]
pub struct Database {
    /// The address of a database that stays.
    other: String,
    name: String,
    url: String,
}

impl Database {
    /// Makes it, over a connection to `other`, the address of another database of the same server.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn make(other: &str, name: &str) -> io::Result<Self> {
        psql(other, &format!("CREATE DATABASE {name}"))?;
        let server = other.rsplit_once('/').map_or(other, |(server, _)| server);
        Ok(Self { other: other.to_owned(), name: name.to_owned(), url: format!("{server}/{name}") })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs SQL behind the store's back; what it printed, a line for each row.
    ///
    /// # Errors
    /// Where a statement fails.
    pub fn run(&self, sql: &str) -> io::Result<String> {
        psql(&self.url, sql)
    }
}

/// One of PostgreSQL's own programs for clients, such as `pg_dump`.
///
/// # Errors
/// Where there is no PostgreSQL here.
pub fn client(program: &str) -> io::Result<Command> {
    Programs::find().map(|programs| programs.command(program))
}

impl Drop for Database {
    fn drop(&mut self) {
        // It fails where the server is gone.
        let _ = psql(&self.other, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// Runs SQL at an address.
///
/// # Errors
/// Where a statement fails.
pub fn psql(url: &str, sql: &str) -> io::Result<String> {
    let mut command = Programs::find()?.command("psql");
    command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
    let output = command.args(["--command", sql, url]).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

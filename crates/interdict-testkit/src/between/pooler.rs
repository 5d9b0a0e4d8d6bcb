//! PgBouncer in transaction mode before a PostgreSQL: each transaction may get another connection of a small pool.

#![allow(clippy::expect_used, reason = "a harness: what goes wrong here fails the test that uses it")]

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;

use interdict_cluster::{Cluster, USER, psql};
use tempfile::TempDir;

use super::{command, listens, port};
use crate::process::Process;

const CONFIGURATION: &str = "[databases]
* = host=127.0.0.1 port=SERVER user=OWNER
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = PORT
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = SIZE
max_client_conn = 200
";

/// A running PgBouncer; ended when dropped.
#[derive(Debug)]
pub struct Pooler {
    _process: Process,
    _home: TempDir,
    port: u16,
}

impl Pooler {
    /// Starts it before `cluster`, with so many connections to each database.
    pub async fn start(cluster: &Cluster, connections: usize) -> Self {
        let home = tempfile::tempdir().expect("a directory for the pooler");
        let port = port();
        let configuration = CONFIGURATION
            .replace("SERVER", &cluster.port().to_string())
            .replace("OWNER", USER)
            .replace("PORT", &port.to_string())
            .replace("SIZE", &connections.to_string());
        let file = home.path().join("pgbouncer.ini");
        std::fs::write(&file, configuration).expect("a configuration that can be written");
        let mut pgbouncer = command("pgbouncer");
        pgbouncer.arg(&file);
        // It refuses to run as root, as the server does, so it runs as whom the server runs.
        let ours = std::fs::metadata(home.path()).expect("a directory for the pooler");
        let owner = std::fs::metadata(cluster.socket()).expect("the server's directory");
        if ours.uid() != owner.uid() {
            for path in [home.path(), &file] {
                chown(path, Some(owner.uid()), Some(owner.gid())).expect("a directory of the server's user");
            }
            pgbouncer.uid(owner.uid()).gid(owner.gid());
        }
        let process = Process::spawn(&mut pgbouncer);
        listens(port, &process).await;
        Self { _process: process, _home: home, port }
    }

    /// The address of a database, through it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// What a command of its console prints, a line for each row with fields between bars.
    #[must_use]
    pub fn console(&self, command: &str) -> String {
        psql(&self.url("pgbouncer"), command).expect("the pooler's console")
    }
}

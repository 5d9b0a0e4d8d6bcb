//! HAProxy before several nodes: connections as they come, to a node that says it is ready.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a harness: what goes wrong here fails the test that uses it"
)]

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use tempfile::TempDir;

use super::{ATTEMPTS, PAUSE, command, listens, port};
use crate::process::Process;

/// Checks are quick so that tests are; open connections stay where they are when a node is no longer ready.
const CONFIGURATION: &str = "global
  maxconn 4000
  nbthread 1
  stats socket SOCKET mode 600 level user
defaults
  mode tcp
  timeout connect 2s
  timeout client 60s
  timeout server 60s
frontend clients
  bind 127.0.0.1:PORT
  default_backend nodes
backend nodes
  balance leastconn
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 200ms fall 1 rise 1
";

/// A running HAProxy; ended when dropped.
#[derive(Debug)]
pub struct Balancer {
    process: Process,
    home: TempDir,
    port: u16,
}

impl Balancer {
    /// Starts it before the nodes on these ports.
    pub async fn start(nodes: &[u16]) -> Self {
        let home = tempfile::tempdir().expect("a directory for the balancer");
        let port = port();
        let socket = home.path().join("stats");
        let mut configuration = CONFIGURATION
            .replace("SOCKET", socket.to_str().expect("a path in UTF-8"))
            .replace("PORT", &port.to_string());
        for node in nodes {
            configuration.push_str(&format!("  server node-{node} 127.0.0.1:{node}\n"));
        }
        let file = home.path().join("haproxy.cfg");
        std::fs::write(&file, configuration).expect("a configuration that can be written");
        let process = Process::spawn(command("haproxy").arg("-db").arg("-f").arg(&file));
        listens(port, &process).await;
        Self { process, home, port }
    }

    /// Where clients connect.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until new connections go to these nodes and to no other.
    pub async fn until_to(&self, nodes: &[u16]) {
        let mut wanted: Vec<_> = nodes.iter().map(|node| format!("node-{node}")).collect();
        wanted.sort();
        let mut found = Vec::new();
        for _ in 0..ATTEMPTS {
            found = self.ready();
            found.sort();
            if found == wanted {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("new connections go to {found:?}, not to {wanted:?}; stderr:\n{}", self.process.stderr());
    }

    /// The nodes that are ready, as it sees them.
    fn ready(&self) -> Vec<String> {
        // Its socket gets its name a moment after its port listens.
        let Ok(mut stream) = UnixStream::connect(self.home.path().join("stats")) else { return Vec::new() };
        stream.write_all(b"show stat\n").expect("a question to the balancer");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the balancer's answer");
        // A line for each server, of which the second field is its name and the 18th its state.
        let lines = answer.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let up = lines.filter(|fields| fields.get(17).is_some_and(|state| state.starts_with("UP")));
        let names = up.filter_map(|fields| fields.get(1).map(|name| (*name).to_owned()));
        names.filter(|name| name.starts_with("node-")).collect()
    }
}

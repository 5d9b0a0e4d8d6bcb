//! What may stand between clients and nodes, or nodes and their database: HAProxy and PgBouncer as child processes.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a harness: what goes wrong here fails the test that uses it"
)]

mod balancer;
mod pooler;

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub use balancer::Balancer;
use interdict_cluster::spare_port;
pub use pooler::Pooler;

use crate::process::Process;

/// How long such a program may take to start.
const ATTEMPTS: usize = 400;
const PAUSE: Duration = Duration::from_millis(25);

/// A command of a program that Debian keeps out of an ordinary user's path.
fn command(name: &str) -> Command {
    let path = Path::new("/usr/sbin").join(name);
    if path.exists() { Command::new(path) } else { Command::new(name) }
}

/// Where it is to listen.
fn port() -> u16 {
    spare_port().expect("a free port")
}

/// Waits until something listens on `port`.
async fn listens(port: u16, process: &Process) {
    for _ in 0..ATTEMPTS {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("nothing listens on {port}; stderr:\n{}", process.stderr());
}

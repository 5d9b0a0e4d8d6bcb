//! What happens to servers while clients work: on SQLite they are killed; on PostgreSQL the database ends as if power had
//! gone, a node is killed, answers of commits are lost, a node stands still, and so on from the first.

use std::time::{Duration, Instant};

use interdict_cluster::Ending;
use interdict_testkit::fault_proxy::CommitFault;
use interdict_testkit::process::Signal;

use super::{Over, World};

/// From one failure to the next.
const PAUSE: Duration = Duration::from_millis(900);
/// How long a database is away.
const AWAY: Duration = Duration::from_millis(300);
/// How long a node stands still.
const STILL: Duration = Duration::from_millis(600);
/// Kinds on PostgreSQL. Each comes at least once, however slow the machine is.
const KINDS: usize = 4;
/// From one broken connection to the next.
const BROKEN: Duration = Duration::from_millis(100);

impl World {
    /// Lets the servers fail for so long, then tells clients that it is over; how often they failed. All is well then.
    pub(in super::super) async fn fail_for(self, duration: Duration, over: &Over) -> (Self, usize) {
        let (begun, mut failures, mut world) = (Instant::now(), 0, self);
        while failures < KINDS || begun.elapsed() + PAUSE < duration {
            tokio::time::sleep(PAUSE).await;
            world = world.fail(failures).await;
            failures += 1;
        }
        tokio::time::sleep(PAUSE).await;
        over.set();
        (world, failures)
    }

    /// One failure, and its end.
    async fn fail(self, number: usize) -> Self {
        if self.remote.is_none() {
            return self.kill(0).await;
        }
        let node = number / KINDS % self.nodes.len();
        match number % KINDS {
            0 => self.restart_database().await,
            1 => self.kill(node).await,
            2 => self.break_connections().await,
            _ => self.stand_still(node).await,
        }
    }

    /// Kills a server and starts it again.
    async fn kill(mut self, node: usize) -> Self {
        // Clients need the threads of the runtime.
        let killing = tokio::task::spawn_blocking(move || {
            let data_dir = self.data_dir(node);
            if let Some(server) = self.nodes[node].server.take() {
                server.kill();
            }
            self.nodes[node].start(&data_dir);
            self
        });
        killing.await.unwrap()
    }

    async fn restart_database(self) -> Self {
        let ended = tokio::task::spawn_blocking(move || {
            self.remote.as_ref().unwrap().cluster.stop(Ending::Immediate).unwrap();
            self
        });
        let world = ended.await.unwrap();
        tokio::time::sleep(AWAY).await;
        let started = tokio::task::spawn_blocking(move || {
            world.remote.as_ref().unwrap().cluster.resume().unwrap();
            world
        });
        started.await.unwrap()
    }

    /// Cuts connections of the second node: where a commit is sent, where its answer comes, and anywhere.
    async fn break_connections(self) -> Self {
        let proxy = &self.remote.as_ref().unwrap().proxy;
        for round in 0..3 {
            for fault in [CommitFault::CutAfter, CommitFault::CutBefore] {
                proxy.fail_commit(fault);
                tokio::time::sleep(BROKEN).await;
            }
            proxy.cut_after(20_000 + round * 3_731);
            tokio::time::sleep(BROKEN).await;
        }
        self
    }

    /// A node stops in whatever it does, and goes on later as if no time had passed.
    async fn stand_still(self, node: usize) -> Self {
        let process = self.nodes[node].server().process();
        process.signal(Signal::STOP);
        tokio::time::sleep(STILL).await;
        process.signal(Signal::CONT);
        self
    }

    /// How many connections of the second node were broken.
    pub(in super::super) fn broken_connections(&self) -> usize {
        self.remote.as_ref().map_or(0, |remote| remote.proxy.fired())
    }
}

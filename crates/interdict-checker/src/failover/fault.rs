//! What befalls a cluster.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use interdict_cluster::patroni::{MEMBERS, Part, Patroni, Signal};
use tokio::time::{Instant, sleep};

use super::nodes::Nodes;
use crate::log::Log;

/// How long Patroni is frozen: three times as long as a leader is waited for.
const FROZEN: Duration = Duration::from_secs(60);
/// How long etcd is away.
const AWAY: Duration = Duration::from_secs(30);
/// Writes that are to be lost in the control run.
const LOST: usize = 50;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The leader's Patroni and PostgreSQL are killed: its machine is gone.
    Machine,
    /// The leader's first process is killed.
    Postmaster,
    /// The leader's Patroni is frozen, and its PostgreSQL goes on: there are two that take connections for writing.
    FrozenPatroni,
    /// An operator hands the lead to a standby.
    Switchover,
    /// Nobody says who leads.
    Etcd,
    /// The standby that commits wait for is killed.
    Standby,
    /// A node of Interdict is killed and started again, the next one each time.
    Node,
    /// The leader's log reaches nobody for a while, and then the leader is killed. Only without synchronous standbys does
    /// it acknowledge writes meanwhile: the control that must lose some.
    CutOff,
}

impl Kind {
    /// Every kind that must lose nothing.
    pub const ALL: [Self; 7] = [
        Self::Postmaster,
        Self::Node,
        Self::Machine,
        Self::FrozenPatroni,
        Self::Switchover,
        Self::Etcd,
        Self::Standby,
    ];

    /// Lets it happen. What lasts is over at the end; what was killed stays dead.
    pub(super) async fn happen(
        self,
        cluster: &Patroni,
        leader: usize,
        nodes: &mut Nodes,
        log: &Log,
    ) -> Result<()> {
        let kill = |part| cluster.signal(part, Signal::KILL);
        match self {
            Self::Machine => anyhow::ensure!(
                kill(Part::Patroni(leader)) && kill(Part::Postmaster(leader)),
                "the leader was not there"
            ),
            Self::Postmaster => anyhow::ensure!(kill(Part::Postmaster(leader)), "the leader was not there"),
            Self::FrozenPatroni => {
                cluster.signal(Part::Patroni(leader), Signal::STOP);
                sleep(FROZEN).await;
                cluster.signal(Part::Patroni(leader), Signal::CONT);
            }
            Self::Switchover => cluster.switch_over()?,
            Self::Etcd => {
                cluster.signal(Part::Etcd, Signal::TERM);
                sleep(AWAY).await;
                cluster.revive()?;
            }
            Self::Standby => {
                let standby = cluster.synchronous_standby().context("commits wait for no standby")?;
                anyhow::ensure!(
                    kill(Part::Patroni(standby)) && kill(Part::Postmaster(standby)),
                    "the standby was not there"
                );
            }
            Self::Node => nodes.crash_next()?,
            Self::CutOff => {
                let standbys: Vec<_> = (0..MEMBERS).filter(|member| *member != leader).collect();
                for standby in &standbys {
                    // A receiver that has just ended is started anew.
                    let begun = Instant::now();
                    while !cluster.signal_receiver(*standby, Signal::STOP) {
                        anyhow::ensure!(begun.elapsed() < super::RESUMED, "a standby receives nothing");
                        sleep(super::PAUSE).await;
                    }
                }
                let before = log.acknowledged();
                while log.acknowledged() < before + LOST {
                    sleep(super::PAUSE).await;
                }
                kill(Part::Patroni(leader));
                kill(Part::Postmaster(leader));
                // What lies in their sockets is lost with them, as it is with a network that fails.
                for standby in standbys {
                    cluster.signal_receiver(standby, Signal::KILL);
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Machine => "kill -9 of the leader's Patroni and PostgreSQL",
            Self::Postmaster => "kill -9 of the leader's postmaster",
            Self::FrozenPatroni => "the leader's Patroni frozen for 60 s",
            Self::Switchover => "planned switchover",
            Self::Etcd => "etcd away for 30 s",
            Self::Node => "kill -9 of a node of Interdict",
            Self::Standby => "kill -9 of the synchronous standby",
            Self::CutOff => "the leader cut off from its standbys, then kill -9",
        })
    }
}

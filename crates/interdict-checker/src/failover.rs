//! The experiment: two nodes on a cluster, clients that write, faults one after the other, and then the judgement.

mod fault;
mod report;

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use interdict_cluster::patroni::Patroni;
use interdict_testkit::process::{Program, RunningServer};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::load::{Api, Writer};
use crate::log::Log;
use crate::readback;
use crate::verdict::judge;
pub use fault::Kind;
pub use report::{Report, Silence};

/// Each has clients at both nodes.
const TENANTS: usize = 4;
/// How long writes may be refused after a fault.
pub const RESUMED: Duration = Duration::from_secs(45);
/// How long a cluster may take to be whole again.
const WHOLE: Duration = Duration::from_secs(120);
/// Before it is asked again whether writes were acknowledged.
const PAUSE: Duration = Duration::from_millis(50);

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The server's program.
    pub binary: PathBuf,
    /// A directory for the cluster, the nodes and the log; what is wrong can be looked for there.
    pub home: PathBuf,
    /// Whether commits wait for a standby.
    pub synchronous: bool,
    /// What happens, in order.
    pub faults: Vec<Kind>,
    /// Length of the load before each fault, and after it.
    pub load: Duration,
    /// Clients; each writes all the time.
    pub clients: u32,
}

impl Experiment {
    /// Does it. Progress is told to `say`.
    ///
    /// # Errors
    /// Where the experiment itself cannot be made; what it finds is in the report.
    pub async fn run(&self, say: impl Fn(&str)) -> Result<Report> {
        say("starting three PostgreSQL under Patroni, and two nodes");
        let cluster = Patroni::start(&self.home.join("cluster"), self.synchronous)?;
        let program = Program::new(&self.binary).on(&cluster.url());
        let nodes = self.nodes(&program)?;
        let log = Arc::new(Log::create(&self.home.join("clients.jsonl"))?);
        let over = Arc::<AtomicBool>::default();
        let clients = self.clients(&nodes, &log, &over)?;
        let mut moments = Vec::new();
        for kind in &self.faults {
            sleep(self.load).await;
            let leader = cluster.await_leader(WHOLE)?;
            say(&format!("member {} leads, {} writes acknowledged; {kind}", leader + 1, log.acknowledged()));
            moments.push((*kind, log.now()));
            kind.happen(&cluster, leader, &log).await?;
            acknowledged_anew(&log).await?;
            cluster.revive()?;
            cluster.await_whole(WHOLE)?;
        }
        sleep(self.load).await;
        over.store(true, Ordering::Relaxed);
        let end = log.now();
        for client in clients {
            client.await??;
        }
        say("reading everything back");
        self.judged(&cluster, &nodes, &log, moments, end).await
    }

    /// Two nodes of one store, each with a directory of its own and the same key.
    fn nodes(&self, program: &Program) -> Result<Vec<RunningServer>> {
        let directories = ["node-a", "node-b"].map(|name| self.home.join(name));
        let [first, second] = &directories;
        let a = program.serve(first);
        DirBuilder::new().mode(0o700).create(second)?;
        std::fs::copy(first.join("issuer-key.json"), second.join("issuer-key.json"))?;
        std::fs::set_permissions(second.join("issuer-key.json"), Permissions::from_mode(0o600))?;
        Ok(vec![a, program.serve(second)])
    }

    fn clients(
        &self,
        nodes: &[RunningServer],
        log: &Arc<Log>,
        over: &Arc<AtomicBool>,
    ) -> Result<Vec<JoinHandle<Result<()>>>> {
        let mut tenants = Vec::new();
        for tenant in 0..TENANTS {
            tenants.push(api(nodes, tenant)?);
        }
        let mut clients = Vec::new();
        for (number, mut api) in (0..self.clients).zip(tenants.iter().cycle().cloned()) {
            let turn = usize::try_from(number)? / TENANTS;
            let node = nodes.iter().cycle().nth(turn).context("no node")?;
            api.url = node.url().to_owned();
            let writer = Writer { number, api, log: Arc::clone(log) };
            clients.push(tokio::spawn(writer.run(Arc::clone(over))));
        }
        Ok(clients)
    }

    async fn judged(
        &self,
        cluster: &Patroni,
        nodes: &[RunningServer],
        log: &Log,
        moments: Vec<(Kind, u64)>,
        end: u64,
    ) -> Result<Report> {
        let node = nodes.last().context("no node")?;
        let mut found = Vec::new();
        for tenant in 0..TENANTS {
            found.extend(readback::actions(&api(nodes, tenant)?).await?);
        }
        let journal = readback::journal(node, &self.home.join("journal.jsonl"))?;
        let verified = node.run(&["audit", "verify"]);
        let said = verified.status.success().then_some(verified.stdout).ok_or(verified.stderr);
        for (node, name) in nodes.iter().zip(["node-a.log", "node-b.log"]) {
            std::fs::write(self.home.join(name), node.process().stderr())?;
        }
        let timeline = cluster.sql(
            cluster.await_leader(WHOLE)?,
            "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int",
        )?;
        let lines = log.lines();
        Ok(Report::new(&lines, judge(&lines, &found, &journal), moments, end, said, timeline.trim()))
    }
}

/// The first node, as one of the tenants sees it.
fn api(nodes: &[RunningServer], tenant: usize) -> Result<Api> {
    let node = nodes.first().context("no node")?;
    let tenant = format!("0f000000-0000-4000-8000-{tenant:012}");
    let minted = node.run(&["token", "--tenant", &tenant, "--role", "SecurityActions.ReadWrite.All"]);
    anyhow::ensure!(minted.status.success(), "no token: {}", minted.stderr);
    Api::new(node.url(), minted.stdout.trim().to_owned())
}

/// Waits until writes that were sent from now on are acknowledged; more of them than were under way.
async fn acknowledged_anew(log: &Log) -> Result<()> {
    let before = log.acknowledged();
    let begun = Instant::now();
    while log.acknowledged() < before + 100 {
        if begun.elapsed() > RESUMED + RESUMED {
            bail!("after {:?} no write is acknowledged", begun.elapsed());
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// A directory for an experiment below `parent`, for whoever runs PostgreSQL to go through.
///
/// # Errors
/// Where it cannot be made.
pub fn directory(parent: &Path) -> Result<tempfile::TempDir> {
    let directory = tempfile::Builder::new().prefix("failover-").tempdir_in(parent)?;
    std::fs::set_permissions(directory.path(), Permissions::from_mode(0o755))?;
    Ok(directory)
}

//! The experiment: two nodes on a cluster, clients that write, programs that carry actions out, faults one after the other, and then the judgement.

mod fault;
mod nodes;
mod report;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use interdict_cluster::patroni::Patroni;
use interdict_testkit::process::Program;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::carried::{self, Crew, ROLES};
use crate::load::Writer;
use crate::log::Log;
use crate::readback;
use crate::verdict::judge;
pub use fault::Kind;
use nodes::Nodes;
pub use report::{Report, Silence};
use report::{longest, silences};

/// Each has clients at both nodes; in one more actions are carried out.
const TENANTS: usize = 4;
const WRITE: &str = "SecurityActions.ReadWrite.All";
/// How long writes may be refused after a fault.
pub const RESUMED: Duration = Duration::from_secs(45);
/// How long a cluster may take to be whole again.
const WHOLE: Duration = Duration::from_secs(120);
/// How long it may take at the end until all that was filed is carried out and undone: what was interrupted is tried again,
/// later each time.
const SETTLED: Duration = Duration::from_secs(120);
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
        let mut nodes = Nodes::start(&program, &self.home)?;
        let log = Arc::new(Log::create(&self.home.join("clients.jsonl"))?);
        let over = Arc::<AtomicBool>::default();
        let clients = self.clients(&nodes, &log, &over)?;
        let notes = Arc::new(Log::create(&self.home.join("carried.jsonl"))?);
        let crew = Crew::start(nodes.apis(TENANTS, &ROLES)?, Arc::clone(&notes)).await?;
        let (mut moments, mut kills) = (Vec::new(), Vec::new());
        for kind in &self.faults {
            sleep(self.load).await;
            let leader = cluster.await_leader(WHOLE)?;
            say(&format!("member {} leads, {} writes acknowledged; {kind}", leader + 1, log.acknowledged()));
            moments.push((*kind, log.now()));
            kills.push(notes.now());
            kind.happen(&cluster, leader, &mut nodes, &log).await?;
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
        say("waiting until every action has ended and nothing is in force");
        let state = crew.end(SETTLED).await?;
        let carried = carried::verdict::judge(&notes.lines(), &state, &kills);
        say("reading everything back");
        self.judged(&cluster, &nodes, &log, moments, end, carried).await
    }

    fn clients(
        &self,
        nodes: &Nodes,
        log: &Arc<Log>,
        over: &Arc<AtomicBool>,
    ) -> Result<Vec<JoinHandle<Result<()>>>> {
        let mut tenants = Vec::new();
        for tenant in 0..TENANTS {
            tenants.push(nodes.apis(tenant, &[WRITE])?);
        }
        let mut clients = Vec::new();
        for number in 0..self.clients {
            let (turn, tenant) = (number as usize / TENANTS, number as usize % TENANTS);
            let api = tenants.get(tenant).and_then(|apis| apis.iter().cycle().nth(turn));
            let api = api.context("no node")?.clone();
            let writer = Writer { number, api, log: Arc::clone(log) };
            clients.push(tokio::spawn(writer.run(Arc::clone(over))));
        }
        Ok(clients)
    }

    async fn judged(
        &self,
        cluster: &Patroni,
        nodes: &Nodes,
        log: &Log,
        moments: Vec<(Kind, u64)>,
        end: u64,
        carried: carried::verdict::Verdict,
    ) -> Result<Report> {
        let node = nodes.last()?;
        let mut found = Vec::new();
        for tenant in 0..TENANTS {
            found.extend(readback::actions(&nodes.api(tenant, &[WRITE])?).await?);
        }
        let journal = readback::journal(node, &self.home.join("journal.jsonl"))?;
        let verified = node.run(&["audit", "verify"]);
        let said = verified.status.success().then_some(verified.stdout).ok_or(verified.stderr);
        nodes.keep_logs()?;
        let timeline = cluster.sql(
            cluster.await_leader(WHOLE)?,
            "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int",
        )?;
        let lines = log.lines();
        let verdict = judge(&lines, &found, &journal);
        let silences = silences(&lines, moments, end);
        let (longest, timeline) = (longest(&lines), timeline.trim().to_owned());
        Ok(Report { verdict, carried, silences, longest, verified: said, timeline })
    }
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

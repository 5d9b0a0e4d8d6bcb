//! A PostgreSQL that fails over: three members under Patroni and one etcd, on spare ports of loopback, in a directory of
//! their own. The settings are the example of `deploy/patroni`, filled in. It needs Debian's packages, which
//! `cargo xtask cluster` installs.

mod files;
mod part;
mod rest;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use part::Part;
pub use rustix::process::Signal;

use crate::programs::Programs;
use crate::psql;
use files::Ports;

/// How many PostgreSQL there are.
pub const MEMBERS: usize = 3;
/// Between two looks at what nothing tells of.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a cluster may take until all of it is there: `initdb`, two copies, and some loops of Patroni.
const STARTING: Duration = Duration::from_secs(120);
/// How long an end that was asked for may take before it is forced.
const ENDING: Duration = Duration::from_secs(20);
/// The role and the database of Interdict's store.
const STORE: &str = "interdict";

/// A cluster; `MEMBERS` members, numbered from 0.
#[derive(Debug)]
pub struct Patroni {
    home: PathBuf,
    programs: Programs,
    ports: Ports,
    /// Whether commits wait for a standby.
    synchronous: bool,
    /// Whether it ends with the value.
    ours: bool,
}

impl Patroni {
    /// Makes a cluster in `home`, which must not be there yet, starts it, and waits until every member is there and the
    /// store's database is made. It ends with the value. Where `synchronous` is false commits wait for no standby.
    ///
    /// # Errors
    /// Where a program is missing, or the cluster is not there in time; its logs stay in `home`.
    pub fn start(home: &Path, synchronous: bool) -> io::Result<Self> {
        std::fs::create_dir_all(home)?;
        let home = home.canonicalize()?;
        if files::is_cluster(&home) {
            return Err(io::Error::other(format!("there is a cluster in `{}` already", home.display())));
        }
        let programs = Programs::find()?;
        programs.own(&home)?;
        let ports = files::write(&home, &programs, synchronous)?;
        let cluster = Self { home, programs, ports, synchronous, ours: true };
        for part in Part::all().filter(|part| !matches!(part, Part::Postmaster(_))) {
            cluster.launch(part)?;
        }
        cluster.await_whole(STARTING)?;
        let leader = cluster.await_leader(STARTING)?;
        let password = files::PASSWORD;
        cluster.sql(leader, &format!("CREATE ROLE {STORE} LOGIN PASSWORD '{password}'"))?;
        cluster.sql(leader, &format!("CREATE DATABASE {STORE} OWNER {STORE}"))?;
        Ok(cluster)
    }

    /// A cluster that was started by another program and runs in `home`. It stays when the value goes.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(home: &Path) -> io::Result<Self> {
        let none = |error| io::Error::other(format!("no cluster in `{}`: {error}", home.display()));
        let home = home.canonicalize().map_err(none)?;
        let (ports, synchronous) = files::read(&home).map_err(none)?;
        Ok(Self { home, programs: Programs::find()?, ports, synchronous, ours: false })
    }

    /// Lets it run on when the value goes.
    pub fn keep(mut self) {
        self.ours = false;
    }

    /// The directory that everything is in.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The store's address: all members, and whichever takes writes. The password is in it.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.ports.postgres.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let (hosts, password) = (hosts.join(","), files::PASSWORD);
        format!("postgres://{STORE}:{password}@{hosts}/{STORE}?target_session_attrs=read-write")
    }

    /// Runs SQL at one member, as the superuser; what it printed.
    ///
    /// # Errors
    /// Where the member does not answer or a statement fails.
    pub fn sql(&self, member: usize, sql: &str) -> io::Result<String> {
        let port = self.ports.postgres.get(member).copied().unwrap_or_default();
        let password = files::PASSWORD;
        psql(&format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres?connect_timeout=2"), sql)
    }

    /// Who leads now, as Patroni says; `None` while nobody does.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        (0..MEMBERS).find(|member| self.says(*member, "/leader"))
    }

    /// The standby that commits wait for, as Patroni says.
    #[must_use]
    pub fn synchronous_standby(&self) -> Option<usize> {
        (0..MEMBERS).find(|member| self.says(*member, "/sync"))
    }

    fn says(&self, member: usize, path: &str) -> bool {
        let port = self.ports.rest.get(member).copied().unwrap_or_default();
        rest::status(port, "GET", path, "").is_ok_and(|status| status == 200)
    }

    /// Waits until somebody leads.
    ///
    /// # Errors
    /// Where nobody does in time.
    pub fn await_leader(&self, patience: Duration) -> io::Result<usize> {
        until(patience, "nobody leads", || Ok(self.leader()))
    }

    /// Waits until a member leads and the others follow it; where commits wait for a standby, until one is chosen.
    ///
    /// # Errors
    /// Where that takes longer.
    pub fn await_whole(&self, patience: Duration) -> io::Result<()> {
        until(patience, "not every member is there", || Ok(self.is_whole().then_some(())))
    }

    fn is_whole(&self) -> bool {
        let Some(leader) = self.leader() else { return false };
        if self.synchronous && self.synchronous_standby().is_none() {
            return false;
        }
        // A copy that is still being made receives the log as well, under its own name.
        let following = "SELECT count(*) FROM pg_stat_replication \
             WHERE state = 'streaming' AND application_name <> 'pg_basebackup'";
        let chosen = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        let is = |sql, count: usize| self.sql(leader, sql).is_ok_and(|it| it.trim() == count.to_string());
        is(following, MEMBERS - 1) && is(chosen, usize::from(self.synchronous))
    }

    /// Hands the lead to a standby, as an operator does; returns once it is done.
    ///
    /// # Errors
    /// Where Patroni refuses.
    pub fn switch_over(&self) -> io::Result<()> {
        let leader = self.await_leader(ENDING)?;
        let port = self.ports.rest.get(leader).copied().unwrap_or_default();
        let body = format!("{{\"leader\":\"{}\"}}", files::member_name(leader));
        match rest::status(port, "POST", "/switchover", &body)? {
            200 => Ok(()),
            other => Err(io::Error::other(format!("Patroni answered the switchover with {other}"))),
        }
    }

    /// Starts every part that does not run; members start their PostgreSQL themselves.
    ///
    /// # Errors
    /// Where one cannot be started.
    pub fn revive(&self) -> io::Result<()> {
        let gone = Part::all().filter(|part| !matches!(part, Part::Postmaster(_)));
        gone.filter(|part| self.pid(*part).is_none()).try_for_each(|part| self.launch(part))
    }

    /// Ends everything that runs in the directory. Nothing else is touched: a process is ended where its command line
    /// names the directory.
    ///
    /// # Errors
    /// Where a part does not end.
    pub fn end(&self) -> io::Result<()> {
        for part in Part::all() {
            // A frozen one would not hear of its end.
            self.signal(part, Signal::CONT);
            let asked = if matches!(part, Part::Postmaster(_)) { Signal::INT } else { Signal::TERM };
            self.signal(part, asked);
            let gone = || Ok(self.pid(part).is_none().then_some(()));
            if until(ENDING, "", gone).is_err() {
                self.signal(part, Signal::KILL);
                until(ENDING, &format!("{part:?} does not end"), gone)?;
            }
        }
        Ok(())
    }
}

impl Drop for Patroni {
    fn drop(&mut self) {
        if self.ours {
            // It fails where something outlives a kill: nothing else can be done then.
            let _ = self.end();
        }
    }
}

/// Looks until there is something to see. Nothing tells of a change in these programs, so it is looked for.
fn until<T>(patience: Duration, otherwise: &str, look: impl Fn() -> io::Result<Option<T>>) -> io::Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look()? {
            return Ok(seen);
        }
        if begun.elapsed() > patience {
            return Err(io::Error::other(format!("after {patience:?} {otherwise}")));
        }
        std::thread::park_timeout(PAUSE);
    }
}

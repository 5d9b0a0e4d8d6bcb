//! The processes of a cluster: started with a file that holds their id, known by it and by their command line.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{MEMBERS, Patroni, files};

/// A process of a cluster; members are numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The Patroni of a member.
    Patroni(usize),
    /// The first process of a member's PostgreSQL; Patroni starts it.
    Postmaster(usize),
    /// Where Patroni agrees on who leads.
    Etcd,
}

impl Part {
    /// All of them, in an order in which they can be ended.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let patroni = (0..MEMBERS).map(Self::Patroni);
        patroni.chain((0..MEMBERS).map(Self::Postmaster)).chain([Self::Etcd])
    }
}

impl Patroni {
    /// The process, where it runs.
    #[must_use]
    pub fn pid(&self, part: Part) -> Option<u32> {
        let file = match part {
            Part::Etcd => self.home.join("etcd.pid"),
            Part::Patroni(member) => self.home.join(format!("{}.pid", files::member_name(member))),
            Part::Postmaster(member) => files::data_of(&self.home, member).join("postmaster.pid"),
        };
        let pid = std::fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()?;
        self.is_ours(pid).then_some(pid)
    }

    /// Whether a process runs and its command line names our directory: its id may be another's by now.
    fn is_ours(&self, pid: u32) -> bool {
        // A process that has ended and that nobody has waited for has no command line any more.
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&*self.home.to_string_lossy())
    }

    /// Sends a signal to a part; whether it was there.
    pub fn signal(&self, part: Part, signal: Signal) -> bool {
        let pid = self.pid(part).and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
    }

    /// Sends a signal to the process of a standby that receives the leader's log; whether it was there.
    pub fn signal_receiver(&self, member: usize, signal: Signal) -> bool {
        let Some(postmaster) = self.pid(Part::Postmaster(member)) else { return false };
        let children = std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"));
        let receiver = children.unwrap_or_default().split_whitespace().find_map(|child| {
            let line = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("walreceiver").then(|| child.parse().ok()).flatten()
        });
        receiver.and_then(Pid::from_raw).is_some_and(|pid| kill_process(pid, signal).is_ok())
    }

    /// Starts etcd or the Patroni of a member, as the user that runs PostgreSQL.
    pub(super) fn launch(&self, part: Part) -> io::Result<()> {
        let (name, mut command) = match part {
            Part::Etcd => {
                let mut command = Command::new("etcd");
                command.arg("--config-file").arg(self.home.join("etcd.yml"));
                ("etcd".to_owned(), command)
            }
            Part::Patroni(member) | Part::Postmaster(member) => {
                let name = files::member_name(member);
                let mut command = Command::new("patroni");
                command.arg(self.home.join(format!("{name}.yml")));
                (name, command)
            }
        };
        let log: PathBuf = self.home.join(format!("{name}.log"));
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        if self.programs.as_other() {
            let owner = std::fs::metadata(&self.home)?;
            command.uid(owner.uid()).gid(owner.gid());
        }
        // A group of its own: a terminal's interrupt is not for it.
        command.process_group(0).current_dir(&self.home).env("HOME", &self.home).env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let missing = |error| io::Error::other(format!("cannot start `{name}`: {error}"));
        let mut child = command.spawn().map_err(missing)?;
        std::fs::write(self.home.join(format!("{name}.pid")), child.id().to_string())?;
        // Whoever ends it, somebody has to take notice.
        std::thread::spawn(move || child.wait());
        Ok(())
    }
}

//! Which program carries out which action.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Mutex;

use super::report::Mending;
use crate::config::Span;
use crate::failure::Failure;

/// For programs whose table says nothing, in seconds.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A `[[program]]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProgramTable {
    action: String,
    undo: Option<String>,
    add: Option<Vec<String>>,
    delete: Option<Vec<String>>,
    converge: Option<Vec<String>>,
    #[serde(alias = "timeLimit")]
    time_limit: Option<Span>,
}

/// Every table, checked.
#[derive(Debug)]
pub(super) struct Programs {
    tables: Vec<ProgramTable>,
    convergers: Vec<Converger>,
}

/// A program that is given the whole desired state. Runs of one follow each other, so that an earlier state never
/// overwrites a later one.
#[derive(Clone, Debug)]
pub(super) struct Converger {
    pub(super) command: Arc<[String]>,
    pub(super) time_limit: Duration,
    pub(super) turn: Arc<Mutex<()>>,
}

/// What to run for an action.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// The program and its arguments.
    pub(super) command: &'a [String],
    pub(super) time_limit: Duration,
    /// The action that makes the effect: this one, or the one that it undoes.
    pub(super) effect_of: &'a str,
    /// Whether the action lifts an effect.
    pub(super) is_undo: bool,
    /// Whether the program makes the machine as the desired state says, so that it may be run again.
    pub(super) converges: bool,
    /// The program that must not run meanwhile, this one or the one that converges its effects.
    pub(super) converger: Option<&'a Converger>,
}

impl Job<'_> {
    /// What mends the machine where the program is ended before its time.
    pub(super) const fn mending(&self) -> Mending {
        match (self.converges, self.converger) {
            (true, _) => Mending::Itself,
            (false, Some(_)) => Mending::Converger,
            (false, None) => Mending::Undo,
        }
    }
}

impl Programs {
    /// Checks the tables of a file.
    pub(super) fn new(tables: Vec<ProgramTable>) -> Result<Self, Failure> {
        if tables.is_empty() {
            return Err(Failure::usage("there is no `[[program]]`")
                .hint("docs/providers/agent.md shows the table of an action"));
        }
        let mut names: Vec<String> = Vec::new();
        let mut convergers: Vec<Converger> = Vec::new();
        for table in &tables {
            table.check().map_err(|what| Failure::usage(format!("program of `{}`: {what}", table.action)))?;
            for name in [Some(&table.action), table.undo.as_ref()].into_iter().flatten() {
                if names.contains(&name.to_lowercase()) {
                    return Err(Failure::usage(format!("two programs are for `{name}`")));
                }
                names.push(name.to_lowercase());
            }
            let Some(command) = &table.converge else { continue };
            match convergers.iter_mut().find(|it| *it.command == **command) {
                Some(known) => known.time_limit = known.time_limit.max(table.limit()),
                None => convergers.push(Converger {
                    command: command.as_slice().into(),
                    time_limit: table.limit(),
                    turn: Arc::default(),
                }),
            }
        }
        Ok(Self { tables, convergers })
    }

    /// What to run for an action of that name, in whatever case.
    pub(super) fn job(&self, name: &str) -> Option<Job<'_>> {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        self.tables.iter().find_map(|table| {
            let is_undo = table.undo.as_deref().is_some_and(same);
            if !is_undo && !same(&table.action) {
                return None;
            }
            let own = if is_undo { &table.delete } else { &table.add };
            let is_converger =
                |it: &&Converger| table.converge.as_deref().is_some_and(|own| *own == *it.command);
            Some(Job {
                command: own.as_deref().or(table.converge.as_deref())?,
                time_limit: table.limit(),
                effect_of: &table.action,
                is_undo,
                converges: own.is_none(),
                converger: self.convergers.iter().find(is_converger),
            })
        })
    }

    /// The programs that are given the whole desired state, each once.
    pub(super) fn convergers(&self) -> &[Converger] {
        &self.convergers
    }
}

impl ProgramTable {
    fn limit(&self) -> Duration {
        self.time_limit.map_or(TIME_LIMIT, |span| Duration::from_secs(span.seconds().into()))
    }

    fn check(&self) -> Result<(), String> {
        if self.action.is_empty() {
            return Err("`action` is empty".to_owned());
        }
        if self.add.is_none() && self.converge.is_none() {
            return Err("it needs `add` or `converge`".to_owned());
        }
        if self.undo.is_some() && self.delete.is_none() && self.converge.is_none() {
            return Err("`undo` needs `delete` or `converge`".to_owned());
        }
        if self.delete.is_some() && self.undo.is_none() {
            return Err("`delete` needs `undo`, the name of the action that it is for".to_owned());
        }
        if self.limit().is_zero() {
            return Err("`time_limit` must be a second at least".to_owned());
        }
        for (key, command) in [("add", &self.add), ("delete", &self.delete), ("converge", &self.converge)] {
            let Some(command) = command else { continue };
            // No search along a path: what runs is what the file says.
            if !command.first().is_some_and(|program| Path::new(program).is_absolute()) {
                return Err(format!("`{key}` must begin with the absolute path of a program"));
            }
            if command.iter().any(|word| word.contains('\0')) {
                return Err(format!("`{key}` has a NUL character"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn programs(text: &str) -> Result<Programs, Failure> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            program: Vec<ProgramTable>,
        }
        let file: File = toml::from_str(text).unwrap();
        Programs::new(file.program)
    }

    const FIREWALL: &str = "
        [[program]]
        action = 'BlockIp'
        undo = 'UnblockIp'
        converge = ['/fw', 'apply']
        [[program]]
        action = 'AllowIp'
        converge = ['/fw', 'apply']
        timeLimit = '2m'
        [[program]]
        action = 'IsolateHost'
        undo = 'ReleaseHost'
        add = ['/isolate']
        delete = ['/isolate', '--off']
        time_limit = '5s'";

    #[test]
    fn an_action_has_its_program_and_so_has_its_undo() {
        let programs = programs(FIREWALL).unwrap();
        let undo = programs.job("releasehost").unwrap();
        assert_eq!(undo.command, ["/isolate", "--off"]);
        assert_eq!((undo.effect_of, undo.is_undo, undo.converges), ("IsolateHost", true, false));
        assert_eq!(undo.time_limit, Duration::from_secs(5));
        assert!(undo.converger.is_none());
        let block = programs.job("BlockIp").unwrap();
        assert_eq!(
            (block.command, block.is_undo, block.converges),
            (&["/fw", "apply"].map(str::to_owned)[..], false, true)
        );
        let unblock = programs.job("UnblockIp").unwrap();
        assert_eq!((unblock.command, unblock.is_undo, unblock.effect_of), (block.command, true, "BlockIp"));
        assert!(programs.job("KillProcess").is_none());
    }

    #[test]
    fn one_command_that_converges_several_actions_runs_once_and_one_at_a_time() {
        let programs = programs(FIREWALL).unwrap();
        assert_eq!(programs.convergers().len(), 1);
        let turn = |action| Arc::clone(&programs.job(action).unwrap().converger.unwrap().turn);
        assert!(Arc::ptr_eq(&turn("BlockIp"), &turn("AllowIp")));
        assert_eq!(programs.convergers().first().unwrap().time_limit, Duration::from_secs(120));
    }

    #[test]
    fn a_table_that_cannot_work_is_refused_with_its_action() {
        for (table, expected) in [
            ("", "there is no `[[program]]`"),
            ("[[program]]\naction = 'A'", "program of `A`: it needs `add` or `converge`"),
            ("[[program]]\naction = 'A'\nadd = ['/a']\nundo = 'B'", "`undo` needs `delete` or `converge`"),
            ("[[program]]\naction = 'A'\nadd = ['/a']\ndelete = ['/a']", "`delete` needs `undo`"),
            ("[[program]]\naction = 'A'\nadd = []", "`add` must begin with the absolute path"),
            ("[[program]]\naction = 'A'\nconverge = ['nft']", "`converge` must begin with the absolute path"),
            ("[[program]]\naction = 'A'\nadd = ['/a']\ntime_limit = '0s'", "a second at least"),
            (
                "[[program]]\naction = 'A'\nadd = ['/a']\n[[program]]\naction = 'B'\nundo = 'a'\nconverge = ['/b']",
                "two programs are for `a`",
            ),
        ] {
            let fault = programs(table).unwrap_err().to_string();
            assert!(fault.contains(expected), "{table}: {fault}");
        }
    }
}

//! What is common to both engines: a server over a filled store, loaded in rounds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use interdict_store::StoreOptions;
use tokio::time::sleep;

use crate::Arguments;
use crate::figures::Measured;
use crate::load::Load;
use crate::seed::{self, Kind, Seeded};
use crate::server::Child;
use crate::tenants::{self, Lines, TENANTS};

/// How long an idle server may take to empty its log.
const SETTLING: Duration = Duration::from_secs(20);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long GETs, and what they are measured beside, run before they are measured, seconds: the system may have let go of
/// a store's pages while another was measured.
pub(crate) const WARMING: u32 = 8;
/// The same on the larger store, until nine tenths of its pages have been touched.
pub(crate) const WARMING_LARGE: u32 = 16;
/// Connections of the load generator.
pub(crate) const CONNECTIONS: u32 = 32;

/// One engine's store and the files around it.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The program under measurement.
    pub(crate) interdict: PathBuf,
    /// Everything of this stage.
    pub(crate) folder: PathBuf,
    /// How to open the store.
    options: StoreOptions,
    /// The variable `INTERDICT_DATABASE`, where it is not the data directory's own.
    url: Option<String>,
    tokens: PathBuf,
    /// Which actions to ask for.
    pub(crate) lines: Lines,
    /// What the store holds.
    pub(crate) seeded: Seeded,
    /// Threads of the load generator.
    threads: u32,
    seconds: u32,
}

impl Stage {
    /// Makes a store with `rows` actions, and tokens for its tenants.
    pub(crate) async fn set(
        arguments: &Arguments,
        rows: u32,
        kind: Kind,
        folder: &Path,
        options: StoreOptions,
        url: Option<String>,
    ) -> Result<Self> {
        let interdict = std::env::current_exe()?.with_file_name("interdict");
        fs::create_dir_all(folder)?;
        // Nobody waits for a balancer here.
        fs::write(folder.join("interdict.toml"), "[limits]\nnotice = '0s'\n")?;
        let mut stage = Self {
            interdict,
            folder: folder.to_owned(),
            options,
            url,
            tokens: folder.join("tokens"),
            lines: Lines::write(folder, &[], 1)?,
            seeded: Seeded::default(),
            threads: arguments.threads,
            seconds: arguments.seconds,
        };
        // The first start makes the store and the keys.
        stage.start("data")?.stop()?;
        let mut tokens = String::new();
        for number in 1..=TENANTS {
            tokens.push_str(&stage.token(number)?);
        }
        fs::write(&stage.tokens, tokens)?;
        println!("filling in {rows} actions …");
        seed::fill(&stage.options, rows, kind, &mut stage.seeded).await?;
        stage.lines = Lines::write(folder, &stage.seeded.actions, rows.div_ceil(arguments.rows))?;
        Ok(stage)
    }

    /// Starts a node with a data directory of that name.
    pub(crate) fn start(&self, data: &str) -> Result<Child> {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"], data);
        if let Some(url) = &self.url {
            command.env("INTERDICT_DATABASE", url);
        }
        Child::start(&mut command, &self.folder.join(format!("{data}.log")))
    }

    fn command(&self, arguments: &[&str], data: &str) -> Command {
        let mut command = Command::new(&self.interdict);
        command.args(arguments).arg("--config").arg(self.folder.join("interdict.toml"));
        command.arg("--data-dir").arg(self.folder.join(data));
        // The caller's own database is nothing to measure on.
        command.env_remove("INTERDICT_DATABASE");
        command
    }

    /// A token of the tenant of that number.
    pub(crate) fn token(&self, number: u32) -> Result<String> {
        let tenant = tenants::guid(number);
        let wanted =
            ["token", "--tenant", &tenant, "--role", "SecurityActions.ReadWrite.All", "--expires", "12h"];
        let output = self.command(&wanted, "data").output()?;
        if !output.status.success() {
            bail!("`interdict token` ended with {}", output.status);
        }
        String::from_utf8(output.stdout).context("a token that is no text")
    }

    /// A load on every tenant's actions.
    pub(crate) fn load(&self) -> Load {
        self.load_on(&self.lines.all)
    }

    /// A load on those actions.
    pub(crate) fn load_on(&self, lines: &Path) -> Load {
        Load {
            tokens: self.tokens.clone(),
            lines: lines.to_owned(),
            connections: CONNECTIONS,
            threads: self.threads,
            seconds: self.seconds,
            query: String::new(),
        }
    }

    /// Measures once each request that leaves the store as large as it is, each at once on the larger store as well.
    pub(crate) async fn requests(
        &self,
        node: &Child,
        large: Option<&Large>,
        measured: &mut Measured,
    ) -> Result<()> {
        let stages = [(self, node, "")].into_iter().chain(large.map(|it| (&it.stage, &it.node, LARGE)));
        for (script, name) in [("get", "GET"), ("list", "list of 50"), ("patch", "PATCH")] {
            for (stage, node, suffix) in stages.clone() {
                let lines = if script == "patch" { &stage.lines.changed } else { &stage.lines.all };
                let load = stage.load_on(lines);
                if script == "get" {
                    let seconds = if suffix == LARGE { WARMING_LARGE } else { WARMING };
                    Load { seconds, ..load.clone() }.run(script, node)?;
                }
                measured.add(&format!("{name}{suffix}"), load.run(script, node)?);
                stage.settle().await?;
            }
        }
        Ok(())
    }

    /// Measures filing, which makes the store larger.
    pub(crate) async fn filing(&self, node: &Child, suffix: &str, measured: &mut Measured) -> Result<()> {
        measured.add(&format!("POST{suffix}"), self.load().run("post", node)?);
        self.settle().await
    }

    /// Waits until what was written is in its place, so that nobody else's measurement pays for it. PostgreSQL makes no
    /// checkpoint while it is measured.
    pub(crate) async fn settle(&self) -> Result<()> {
        let log = self.folder.join("data/interdict.db-wal");
        let begun = Instant::now();
        while fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            if begun.elapsed() > SETTLING {
                bail!("the write-ahead log of the store was not emptied");
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}

/// A store of ten times the rows, measured in turns with the other.
#[derive(Debug)]
pub(crate) struct Large {
    stage: Stage,
    node: Child,
}

const LARGE: &str = ", ten times the rows";

impl Large {
    /// Starts a server over it.
    pub(crate) fn start(stage: Stage) -> Result<Self> {
        let node = stage.start("data")?;
        Ok(Self { stage, node })
    }

    /// As [`Stage::filing`].
    pub(crate) async fn filing(&self, measured: &mut Measured) -> Result<()> {
        self.stage.filing(&self.node, LARGE, measured).await
    }

    /// Ends the server.
    pub(crate) fn stop(self) -> Result<()> {
        self.node.stop()
    }
}

//! PostgreSQL, beside `pgbench` on a table like ours; and two nodes beside one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use interdict_cluster::{Cluster, Database, Options};
use interdict_store::{Address, PostgresOptions};

use crate::Arguments;
use crate::figures::Measured;
use crate::lists;
use crate::load;
use crate::peers::Cap;
use crate::pgbench::{Bare, indexed};
use crate::report::{Aim, Report};
use crate::seed::Kind;
use crate::server::Child;
use crate::sqlite::{conditions, growth, ours};
use crate::stage::{self, CONNECTIONS, Large, Stage};

/// As a server of this size would be set; and no checkpoint in the middle of a measurement, nor a log that grows by
/// files that must be made first.
const SETTINGS: [(&str, &str); 5] = [
    ("shared_buffers", "1GB"),
    ("max_connections", "400"),
    ("max_wal_size", "16GB"),
    ("min_wal_size", "4GB"),
    ("checkpoint_timeout", "1h"),
];
/// What one tenant's PATCHes are measured beside.
const BESIDE_ONE: &str = "pgbench: update, 32 clients, beside one tenant";
/// Connections where many clients come at once.
const MANY: u32 = 256;

/// Measures the engine.
pub(crate) async fn measure(arguments: &Arguments, folder: &Path) -> Result<Vec<Report>> {
    let options = Options { durable: true, settings: &SETTINGS, parent: Some(folder), ..Options::default() };
    let cluster = Cluster::start(options)?;
    let mut reports = Vec::new();
    let varied_database = cluster.database("varied")?;
    if !arguments.no_lists {
        let folder = folder.join("postgres-varied");
        let varied = set(arguments, arguments.rows, Kind::Varied, &varied_database, folder).await?;
        varied_database.run("VACUUM (ANALYZE)")?;
        reports.push(lists::report("PostgreSQL", &varied, arguments)?);
    }
    if arguments.lists {
        return Ok(reports);
    }
    let database = cluster.database("small")?;
    let stage = set(arguments, arguments.rows, Kind::Alike, &database, folder.join("postgres")).await?;
    let large_database = cluster.database("large")?;
    let large = match arguments.large() {
        Some(rows) => {
            let large =
                set(arguments, rows, Kind::Alike, &large_database, folder.join("postgres-large")).await?;
            Some(Large::start(large)?)
        }
        None => None,
    };
    let document = &stage.seeded.document;
    let bare = Bare::new(&cluster, database.url(), arguments.rows, document)?;
    for database in [&database, &large_database] {
        database.run("VACUUM (ANALYZE)")?;
    }
    database.run("CHECKPOINT")?;
    let mut measured = Measured::default();
    let node = stage.start("data")?;
    let pgbench = |script: &str, clients, measured: &mut Measured| {
        let figures = bare.run(script, clients, arguments.seconds)?;
        measured.add(&format!("pgbench: {script}, {clients} clients"), figures);
        Ok::<_, anyhow::Error>(())
    };
    for round in 1..=arguments.rounds {
        println!("PostgreSQL, round {round} of {} …", arguments.rounds);
        bare.run("select", CONNECTIONS, stage::WARMING)?;
        for script in ["select", "list", "update", &indexed("update")] {
            pgbench(script, CONNECTIONS, &mut measured)?;
        }
        stage.requests(&node, large.as_ref(), &mut measured).await?;
    }
    // Afterwards, since the larger store does not have these changes.
    for round in 1..=arguments.rounds {
        println!("PostgreSQL, one tenant and many clients, round {round} of {} …", arguments.rounds);
        measured.add("PATCH, one tenant", stage.load_on(&stage.lines.hot).run("patch", &node)?);
        let figures = bare.run("update", CONNECTIONS, arguments.seconds)?;
        measured.add(BESIDE_ONE, figures);
        pgbench("update", MANY, &mut measured)?;
        let many = load::Load { connections: MANY, ..stage.load() };
        measured.add("PATCH, 256 connections", many.run("patch", &node)?);
    }
    nodes(&stage, &node, arguments, &mut measured)?;
    let mut aims = Vec::new();
    let peer = cluster.database("cap")?;
    if !arguments.no_peers {
        let port = cluster.port().to_string();
        let variables = [
            ("PGHOST", "127.0.0.1"),
            ("PGPORT", &*port),
            ("PGUSER", interdict_cluster::USER),
            ("PGPASSWORD", "-"),
            ("PGDATABASE", "cap"),
        ];
        aims = Cap::beside(&stage, &node, "postgres", &variables, arguments, &mut measured).await?;
    }
    for round in 1..=arguments.rounds {
        println!("PostgreSQL, filing, round {round} of {} …", arguments.rounds);
        stage.filing(&node, "", &mut measured).await?;
        for script in ["insert", &indexed("insert")] {
            pgbench(script, CONNECTIONS, &mut measured)?;
        }
        if let Some(large) = &large {
            large.filing(&mut measured).await?;
        }
    }
    node.stop()?;
    // A database that is dropped forces a checkpoint: this one is kept until nothing is measured any more.
    drop(peer);
    let mut report = Report {
        engine: "PostgreSQL".to_owned(),
        conditions: conditions(arguments, document),
        measured,
        aims,
    };
    if let Some(large) = large {
        large.stop()?;
        report.aims.splice(0..0, growth(&report.measured)?);
    }
    report.aims.splice(0..0, aims_of_all(&report.measured)?);
    reports.insert(0, report);
    Ok(reports)
}

async fn set(
    arguments: &Arguments,
    rows: u32,
    kind: Kind,
    database: &Database,
    folder: PathBuf,
) -> Result<Stage> {
    let address: Address = database.url().parse().map_err(|why: String| anyhow!(why))?;
    let options = PostgresOptions::new(address).into();
    Stage::set(arguments, rows, kind, &folder, options, Some(database.url().to_owned())).await
}

fn aims_of_all(measured: &Measured) -> Result<Vec<Aim>> {
    let many = measured.rates("PATCH, 256 connections", "pgbench: update, 256 clients")?;
    let one = measured.rates("PATCH, one tenant", BESIDE_ONE)?;
    let apart = measured.rates("PATCH, two nodes, tenants apart", "PATCH, one node")?;
    let any = measured.rates("PATCH, two nodes, any tenant", "PATCH, one node")?;
    let share = |what: &str, ours: &str, script: &str, wanted| {
        let found = measured.rates(ours, &format!("pgbench: {script}, {CONNECTIONS} clients"))?;
        Ok::<_, anyhow::Error>(Aim::share(what, found, wanted))
    };
    Ok(vec![
        share("GET beside pgbench", "GET", "select", 0.5)?,
        share("PATCH beside pgbench", "PATCH", "update", 0.8)?,
        share("PATCH beside pgbench with our indexes", "PATCH", "update with our indexes", 0.8)?,
        Aim::better("PATCH at 256 beside pgbench", many),
        Aim::share("PATCH of one tenant beside pgbench", one, 0.6),
        share("POST beside pgbench", "POST", "insert", 0.6)?,
        share("POST beside pgbench with our indexes", "POST", "insert with our indexes", 0.6)?,
        share("list of 50 beside pgbench", "list of 50", "list", 0.5)?,
        Aim::share("two nodes, each with its tenants", apart, 0.95),
        Aim::share("two nodes, any tenant", any, 0.75),
        Aim::below("memory of its own under load, each node", measured.memory(ours), 80.0, " MB"),
    ])
}

/// Half the connections each: both to one node, to two nodes that have half the tenants each, to two that have all.
fn nodes(stage: &Stage, node: &Child, arguments: &Arguments, measured: &mut Measured) -> Result<()> {
    let other = stage.folder.join("other");
    fs::create_dir_all(&other)?;
    let key = "issuer-key.json";
    fs::copy(stage.folder.join("data").join(key), other.join(key)).context("no key to share")?;
    let second = stage.start("other")?;
    let half = |lines| load::Load { connections: CONNECTIONS / 2, ..stage.load_on(lines) };
    let (all, low, high) = (half(&stage.lines.all), half(&stage.lines.low), half(&stage.lines.high));
    for round in 1..=arguments.rounds {
        println!("two nodes, round {round} of {} …", arguments.rounds);
        measured.add("PATCH, one node", load::run("patch", &[(&low, node), (&high, node)])?);
        measured
            .add("PATCH, two nodes, tenants apart", load::run("patch", &[(&low, node), (&high, &second)])?);
        measured.add("PATCH, two nodes, any tenant", load::run("patch", &[(&all, node), (&all, &second)])?);
    }
    second.stop()
}

//! PostgreSQL, beside `pgbench` on a table like ours; and two nodes beside one.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use interdict_cluster::{Cluster, Options};
use interdict_store::{Address, PostgresOptions};

use crate::Arguments;
use crate::figures::Measured;
use crate::load;
use crate::peers::Cap;
use crate::pgbench::Bare;
use crate::report::{Aim, Report};
use crate::server::Child;
use crate::sqlite::{conditions, grow, growth, ours};
use crate::stage::{CONNECTIONS, Stage};

/// As a server of this size would be set.
const SETTINGS: [(&str, &str); 3] =
    [("shared_buffers", "1GB"), ("max_connections", "400"), ("max_wal_size", "8GB")];
/// Connections where many clients come at once.
const MANY: u32 = 256;

/// Measures the engine.
pub(crate) async fn measure(arguments: &Arguments, folder: &Path) -> Result<Report> {
    let options = Options { durable: true, settings: &SETTINGS, parent: Some(folder), ..Options::default() };
    let cluster = Cluster::start(options)?;
    let database = cluster.database("interdict")?;
    let address: Address = database.url().parse().map_err(|why: String| anyhow!(why))?;
    let options = PostgresOptions::new(address).into();
    let mut stage =
        Stage::set(arguments, &folder.join("postgres"), options, Some(database.url().to_owned())).await?;
    let bytes = stage.seeded.document_bytes;
    let bare = Bare::new(&cluster, database.url(), arguments.rows, bytes)?;
    database.run("VACUUM (ANALYZE)")?;
    let mut measured = Measured::default();
    let node = stage.start("data")?;
    for round in 1..=arguments.rounds {
        println!("PostgreSQL, round {round} of {} …", arguments.rounds);
        stage.requests(&node, "", &mut measured)?;
        measured.add("PATCH, one tenant", stage.load_on(&stage.lines.hot).run("patch", &node)?);
        let many = load::Load { connections: MANY, ..stage.load() };
        measured.add("PATCH, 256 connections", many.run("patch", &node)?);
        for (script, clients) in [
            ("select", CONNECTIONS),
            ("update", CONNECTIONS),
            ("update", MANY),
            ("insert", CONNECTIONS),
            ("list", CONNECTIONS),
        ] {
            measured.add(
                &format!("pgbench: {script}, {clients} clients"),
                bare.run(script, clients, arguments.seconds)?,
            );
        }
    }
    let mut aims = vec![
        Aim::share("GET beside pgbench", measured.rates("GET", "pgbench: select, 32 clients")?, 0.5),
        Aim::share("PATCH beside pgbench", measured.rates("PATCH", "pgbench: update, 32 clients")?, 0.8),
        Aim::better(
            "PATCH at 256 beside pgbench",
            measured.rates("PATCH, 256 connections", "pgbench: update, 256 clients")?,
        ),
        Aim::share(
            "PATCH of one tenant beside pgbench",
            measured.rates("PATCH, one tenant", "pgbench: update, 32 clients")?,
            0.6,
        ),
        Aim::share("POST beside pgbench", measured.rates("POST", "pgbench: insert, 32 clients")?, 0.6),
        Aim::share(
            "list of 50 beside pgbench",
            measured.rates("list of 50", "pgbench: list, 32 clients")?,
            0.5,
        ),
    ];
    nodes(&stage, &node, arguments, &mut measured)?;
    aims.push(Aim::share(
        "two nodes, each with its tenants",
        measured.rates("PATCH, two nodes, tenants apart", "PATCH, one node")?,
        0.95,
    ));
    aims.push(Aim::share(
        "two nodes, any tenant",
        measured.rates("PATCH, two nodes, any tenant", "PATCH, one node")?,
        0.75,
    ));
    if !arguments.no_peers {
        let peer = cluster.database("cap")?;
        let port = cluster.port().to_string();
        let variables = [
            ("PGHOST", "127.0.0.1"),
            ("PGPORT", &*port),
            ("PGUSER", interdict_cluster::USER),
            ("PGPASSWORD", "-"),
            ("PGDATABASE", "cap"),
        ];
        aims.extend(Cap::beside(&stage, &node, "postgres", &variables, arguments, &mut measured)?);
        drop(peer);
    }
    node.stop()?;
    if !arguments.no_growth {
        stage.fill(arguments.rows * 10).await?;
        database.run("VACUUM (ANALYZE)")?;
        let node = stage.start("data")?;
        grow(&stage, &node, arguments, &mut measured)?;
        aims.extend(growth(&measured)?);
        node.stop()?;
    }
    aims.push(Aim::below("memory of its own under load, each node", measured.memory(ours), 80.0, " MB"));
    let conditions = conditions(arguments, bytes);
    Ok(Report { engine: "PostgreSQL", conditions, measured, aims })
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

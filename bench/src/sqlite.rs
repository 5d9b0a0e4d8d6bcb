//! SQLite, beside a bare HTTP server and a bare database loop.

use std::process::Command;

use anyhow::Result;
use interdict_store::SqliteOptions;

use crate::Arguments;
use crate::bare_sql::Rows;
use crate::figures::{Figures, Measured, median};
use crate::peers::Cap;
use crate::report::{Aim, Report};
use crate::server::Child;
use crate::stage::Stage;

/// Starts that are timed.
const STARTS: usize = 5;

/// Measures the engine.
pub(crate) async fn measure(arguments: &Arguments, folder: &std::path::Path) -> Result<Report> {
    let options = SqliteOptions::new(folder.join("data/interdict.db"), 1).into();
    let mut stage = Stage::set(arguments, folder, options, None).await?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let node = stage.start("data")?;
        starts.push(node.ready_after.as_secs_f64() * 1000.0);
        node.stop()?;
    }
    let bytes = stage.seeded.document_bytes;
    let mut measured = Measured::default();
    let node = stage.start("data")?;
    let mut bare = Command::new(std::env::current_exe()?);
    bare.arg("bare-server").arg(folder.join("tokens")).arg(bytes.to_string());
    let bare = Child::start(&mut bare, &folder.join("bare.log"))?;
    let mut rows = Rows::new(&folder.join("bare.db"), arguments.rows, bytes)?;
    for round in 1..=arguments.rounds {
        println!("SQLite, round {round} of {} …", arguments.rounds);
        measured.add("bare server: GET", stage.load().run("get", &bare)?);
        stage.requests(&node, "", &mut measured)?;
        measured.add("bare loop: UPDATE, 32 a commit", Figures::of_rate(rows.update(32, arguments.seconds)?));
        measured.add("bare loop: INSERT, 32 a commit", Figures::of_rate(rows.insert(32, arguments.seconds)?));
    }
    bare.stop()?;
    let mut aims = vec![
        Aim::share("GET: rate beside the bare server", measured.rates("GET", "bare server: GET")?, 0.65),
        Aim::within(
            "GET: CPU beside the bare server",
            measured.median("GET")?.cpu_micros / measured.median("bare server: GET")?.cpu_micros,
            2.0,
        ),
        Aim::share(
            "PATCH: rate beside the bare loop",
            measured.rates("PATCH", "bare loop: UPDATE, 32 a commit")?,
            0.65,
        ),
        Aim::below("PATCH: p99", measured.median("PATCH")?.p99, 15.0, " ms"),
        Aim::share(
            "POST: rate beside the bare loop",
            measured.rates("POST", "bare loop: INSERT, 32 a commit")?,
            0.60,
        ),
        Aim::at_most("list of 50: CPU", measured.median("list of 50")?.cpu_micros, 40.0, " µs"),
        Aim::below("start to ready", median(starts), 100.0, " ms"),
    ];
    if !arguments.no_peers {
        aims.extend(Cap::beside(&stage, &node, "sqlite", &[], arguments, &mut measured)?);
    }
    node.stop()?;
    if !arguments.no_growth {
        stage.fill(arguments.rows * 10).await?;
        let node = stage.start("data")?;
        grow(&stage, &node, arguments, &mut measured)?;
        aims.extend(growth(&measured)?);
        node.stop()?;
    }
    aims.push(Aim::below("memory of its own under load", measured.memory(ours), 80.0, " MB"));
    let conditions = conditions(arguments, bytes);
    Ok(Report { engine: "SQLite", conditions, measured, aims })
}

/// Measures the requests again, with ten times the rows.
pub(crate) fn grow(
    stage: &Stage,
    node: &Child,
    arguments: &Arguments,
    measured: &mut Measured,
) -> Result<()> {
    for round in 1..=arguments.rounds {
        println!("ten times the rows, round {round} of {} …", arguments.rounds);
        stage.requests(node, ", ten times the rows", measured)?;
    }
    Ok(())
}

/// How much slower the requests became.
pub(crate) fn growth(measured: &Measured) -> Result<Vec<Aim>> {
    let slower = |what: &str| measured.rates(what, &format!("{what}, ten times the rows"));
    ["GET", "PATCH", "list of 50"]
        .into_iter()
        .map(|what| Ok(Aim::within(&format!("{what}: slower with ten times the rows"), slower(what)?, 1.2)))
        .collect()
}

/// Whether this is a figure of our own server.
pub(crate) fn ours(what: &str) -> bool {
    !["bare", "pgbench", "CAP"].iter().any(|other| what.starts_with(other))
}

/// Under what conditions a run is made.
pub(crate) fn conditions(arguments: &Arguments, bytes: usize) -> String {
    format!(
        "{} actions of {bytes} bytes in {} tenants; {} connections; medians of {} rounds of {} s; wrk with {} threads.",
        arguments.rows,
        crate::tenants::TENANTS,
        crate::stage::CONNECTIONS,
        arguments.rounds,
        arguments.seconds,
        arguments.threads
    )
}

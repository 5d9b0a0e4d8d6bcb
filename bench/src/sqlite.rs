//! SQLite, beside a bare HTTP server and a bare database loop.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use interdict_store::SqliteOptions;

use crate::Arguments;
use crate::bare_sql::{Indexes, Rows};
use crate::figures::{Figures, Measured, median};
use crate::lists;
use crate::load::Load;
use crate::peers::Cap;
use crate::report::{Aim, Report};
use crate::seed::Kind;
use crate::server::Child;
use crate::stage::{self, Large, Stage};

/// Starts that are timed.
const STARTS: usize = 5;

/// Measures the engine.
pub(crate) async fn measure(arguments: &Arguments, folder: &Path) -> Result<Vec<Report>> {
    let set = async |rows, kind, folder: PathBuf| {
        let options = SqliteOptions::new(folder.join("data/interdict.db"), 1).into();
        Stage::set(arguments, rows, kind, &folder, options, None).await
    };
    let mut reports = Vec::new();
    if !arguments.no_lists {
        let varied = set(arguments.rows, Kind::Varied, folder.join("varied")).await?;
        reports.push(lists::report("SQLite", &varied, arguments)?);
    }
    if arguments.lists {
        return Ok(reports);
    }
    let stage = set(arguments.rows, Kind::Alike, folder.join("small")).await?;
    let starts = starts(&stage)?;
    let mut measured = Measured::default();
    let node = stage.start("data")?;
    let large = match arguments.large() {
        Some(rows) => Some(Large::start(set(rows, Kind::Alike, folder.join("large")).await?)?),
        None => None,
    };
    let document = &stage.seeded.document;
    let mut bare = Command::new(std::env::current_exe()?);
    bare.arg("bare-server").arg(folder.join("small/tokens")).arg(document.len().to_string());
    let bare = Child::start(&mut bare, &folder.join("bare.log"))?;
    let bare_rows = |name, indexes| Rows::new(&folder.join(name), arguments.rows, document, indexes);
    let mut rows = bare_rows("bare.db", Indexes::Few)?;
    let mut indexed = bare_rows("indexed.db", Indexes::Ours)?;
    for round in 1..=arguments.rounds {
        println!("SQLite, round {round} of {} …", arguments.rounds);
        Load { seconds: stage::WARMING, ..stage.load() }.run("get", &bare)?;
        measured.add("bare server: GET", stage.load().run("get", &bare)?);
        stage.requests(&node, large.as_ref(), &mut measured).await?;
        measured.add("bare loop: UPDATE, 32 a commit", Figures::of_rate(rows.update(32, arguments.seconds)?));
        let update = Figures::of_rate(indexed.update(32, arguments.seconds)?);
        measured.add("bare loop with our indexes: UPDATE", update);
    }
    bare.stop()?;
    let mut aims = Vec::new();
    if !arguments.no_peers {
        aims = Cap::beside(&stage, &node, "sqlite", &[], arguments, &mut measured).await?;
    }
    for round in 1..=arguments.rounds {
        println!("SQLite, filing, round {round} of {} …", arguments.rounds);
        stage.filing(&node, "", &mut measured).await?;
        measured.add("bare loop: INSERT, 32 a commit", Figures::of_rate(rows.insert(32, arguments.seconds)?));
        let insert = Figures::of_rate(indexed.insert(32, arguments.seconds)?);
        measured.add("bare loop with our indexes: INSERT", insert);
        if let Some(large) = &large {
            large.filing(&mut measured).await?;
        }
    }
    node.stop()?;
    let mut report =
        Report { engine: "SQLite".to_owned(), conditions: conditions(arguments, document), measured, aims };
    if let Some(large) = large {
        large.stop()?;
        report.aims.splice(0..0, growth(&report.measured)?);
    }
    report.aims.splice(0..0, aims_of_one(&report.measured, starts)?);
    reports.insert(0, report);
    Ok(reports)
}

/// The median time from the start of the process to its ready line, milliseconds.
fn starts(stage: &Stage) -> Result<f64> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let node = stage.start("data")?;
        starts.push(node.ready_after.as_secs_f64() * 1000.0);
        node.stop()?;
    }
    Ok(median(starts))
}

fn aims_of_one(measured: &Measured, starts: f64) -> Result<Vec<Aim>> {
    let cpu = measured.times("GET", "bare server: GET", |figures| figures.cpu_micros)?;
    let update = measured.rates("PATCH", "bare loop: UPDATE, 32 a commit")?;
    let insert = measured.rates("POST", "bare loop: INSERT, 32 a commit")?;
    let indexed_update = measured.rates("PATCH", "bare loop with our indexes: UPDATE")?;
    let indexed_insert = measured.rates("POST", "bare loop with our indexes: INSERT")?;
    Ok(vec![
        Aim::share("GET: rate beside the bare server", measured.rates("GET", "bare server: GET")?, 0.65),
        Aim::within("GET: CPU beside the bare server", cpu, 2.0),
        Aim::share("PATCH: rate beside the bare loop", update, 0.65),
        Aim::share("PATCH: rate beside the bare loop with our indexes", indexed_update, 0.65),
        Aim::below("PATCH: p99", measured.median("PATCH")?.p99, 15.0, " ms"),
        Aim::share("POST: rate beside the bare loop", insert, 0.60),
        Aim::share("POST: rate beside the bare loop with our indexes", indexed_insert, 0.60),
        Aim::at_most("list of 50: CPU", measured.median("list of 50")?.cpu_micros, 40.0, " µs"),
        Aim::below("start to ready", starts, 100.0, " ms"),
        Aim::below("memory of its own under load", measured.memory(ours), 80.0, " MB"),
    ])
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
pub(crate) fn conditions(arguments: &Arguments, document: &str) -> String {
    format!(
        "{} actions of {} bytes in {} tenants; {} connections; medians of {} rounds of {} s; wrk with {} threads; GETs and what \
         they are beside for {} s before they are measured, on the larger store for {} s.",
        arguments.rows,
        document.len(),
        crate::tenants::TENANTS,
        crate::stage::CONNECTIONS,
        arguments.rounds,
        arguments.seconds,
        arguments.threads,
        stage::WARMING,
        stage::WARMING_LARGE
    )
}

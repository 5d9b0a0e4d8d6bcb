//! `cargo xtask test`: one build; every test on SQLite, then those that are about a store on PostgreSQL; then the bugs that
//! checkers must find, in a build of their own.

use anyhow::{Context as _, Result};
use interdict_cluster::{Cluster, Options};

use crate::process::{cargo, run as execute};
use crate::{setup, soak};

/// What a run on PostgreSQL tells the tests; `interdict_testkit::store` reads it.
const ENGINE: (&str, &str) = ("INTERDICT_TEST_ENGINE", "postgres");
const POSTGRES: &str = "INTERDICT_TEST_POSTGRES";

/// Installs what is missing, builds once, runs every test.
pub(crate) fn run(runner: &[String]) -> Result<()> {
    setup::run()?;
    // Tests make databases of their own in it, and nothing in them is kept.
    let settings = [("max_connections", "400"), ("shared_buffers", "64MB"), ("full_page_writes", "off")];
    let cluster = Cluster::start(Options { settings: &settings, ..Options::default() });
    let cluster = cluster.context("no PostgreSQL for the tests")?;
    // The binary itself is under test; the runner would build it only for the crate that owns it.
    let tests = || {
        let mut tests = cargo();
        tests.args(["nextest", "run", "--workspace"]).env(POSTGRES, cluster.url("postgres"));
        tests
    };
    execute(tests().args(runner))?;
    // Which these are is in `.config/nextest.toml`; a filter may leave none of them.
    let mut on_postgres = tests();
    on_postgres.args(["--profile", "postgres", "--no-tests=pass"]).env(ENGINE.0, ENGINE.1);
    execute(on_postgres.args(runner))?;
    if runner.is_empty() { soak::seeded() } else { Ok(()) }
}

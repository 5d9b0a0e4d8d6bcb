//! What PostgreSQL does without us: `pgbench` on a table like the store's, one statement a transaction.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use interdict_cluster::{Cluster, psql};

use crate::figures::Figures;

/// A table like the store's, filled, and the scripts that use it.
#[derive(Debug)]
pub(crate) struct Bare<'a> {
    cluster: &'a Cluster,
    url: String,
    scripts: tempfile::TempDir,
    rows: u32,
    document: String,
}

const SCRIPTS: [(&str, &str); 4] = [
    ("select", "\\set k random(1, :rows)\nSELECT version, doc FROM bare WHERE k = :k;\n"),
    (
        "update",
        "\\set k random(1, :rows)\n\\set r random(1, 2000000000)\nUPDATE bare SET version = version + 1, status = 1, \
         last_action = :r, doc = (:r)::text || :doc::text WHERE k = :k;\n",
    ),
    (
        "insert",
        "\\set t random(0, 19)\nINSERT INTO bare VALUES (nextval('bare_key'), :t, lastval(), 1, 0, 1, :doc);\n",
    ),
    (
        "list",
        "\\set t random(0, 19)\nSELECT created, k, version, doc FROM bare WHERE tenant = :t \
         ORDER BY created DESC, k LIMIT 51;\n",
    ),
];

impl<'a> Bare<'a> {
    /// Makes the table in the database at `url`, with `rows` rows of that document.
    pub(crate) fn new(cluster: &'a Cluster, url: &str, rows: u32, document: &str) -> Result<Self> {
        for statement in [
            "CREATE TABLE bare (k bigint PRIMARY KEY, tenant bigint NOT NULL, created bigint NOT NULL, \
             version bigint NOT NULL, status bigint NOT NULL, last_action bigint NOT NULL, doc text NOT NULL) \
             WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02)",
            "CREATE INDEX bare_by_created ON bare (tenant, created DESC, k)",
            &format!("CREATE SEQUENCE bare_key START {}", u64::from(rows) + 1),
            &format!(
                "INSERT INTO bare SELECT g, g % 20, g, 1, 0, g, $doc${document}$doc$ FROM generate_series(1, {rows}) g"
            ),
        ] {
            psql(url, statement)?;
        }
        let scripts = tempfile::tempdir()?;
        for (name, text) in SCRIPTS {
            std::fs::write(scripts.path().join(name), text)?;
        }
        Ok(Self { cluster, url: url.to_owned(), scripts, rows, document: document.to_owned() })
    }

    /// Runs the script of that name; how many transactions a second.
    pub(crate) fn run(&self, script: &str, clients: u32, seconds: u32) -> Result<Figures> {
        let path: PathBuf = self.scripts.path().join(script);
        let mut command = self.cluster.program("pgbench");
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
        command.args([format!("--define=rows={}", self.rows), format!("--define=doc={}", self.document)]);
        // Connecting counts as running time, and takes longer than it should where there are many.
        let seconds = seconds + clients / 100;
        command.args([format!("--client={clients}"), format!("--time={seconds}")]);
        let output =
            command.arg("--file").arg(path).arg(&self.url).output().context("cannot start `pgbench`")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let figure = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        };
        match (figure("tps ="), figure("number of failed transactions:")) {
            (Some(rate), Some(0.0)) if output.status.success() && rate > 0.0 => Ok(Figures::of_rate(rate)),
            _ => bail!(
                "`pgbench` on {} rows gave no rate: {text}{}",
                self.rows,
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }
}

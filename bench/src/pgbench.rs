//! What PostgreSQL does without us: `pgbench` on a table like the store's, one statement a transaction.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use interdict_cluster::{Cluster, psql};

use crate::figures::Figures;

/// Tables like the store's, filled, and the scripts that use them.
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

/// Those for which it matters how many indexes there are.
const CHANGES: [&str; 2] = ["update", "insert"];

const TABLE: &str = "CREATE TABLE bare (k bigint PRIMARY KEY, tenant bigint NOT NULL, created bigint NOT NULL, \
     version bigint NOT NULL, status bigint NOT NULL, last_action bigint NOT NULL, doc text NOT NULL) \
     WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02)";

const FEW_INDEXES: &str = "CREATE INDEX bare_by_created ON bare (tenant, created DESC, k)";

/// What lists by status, name, provider and last change need as well, as the store has it.
const OUR_INDEXES: [&str; 5] = [
    "ALTER TABLE bare ADD name text NOT NULL DEFAULT 'BlockIp', ADD provider text DEFAULT 'Windows Defender ATP', \
     ADD change_period bigint NOT NULL DEFAULT 0",
    "CREATE INDEX bare_by_status ON bare (tenant, status, created DESC, k)",
    "CREATE INDEX bare_by_name ON bare (tenant, name COLLATE \"C\", created DESC, k)",
    "CREATE INDEX bare_by_provider ON bare (tenant, provider COLLATE \"C\", created DESC, k)",
    "CREATE INDEX bare_by_change ON bare (tenant, change_period)",
];

/// The name of the same script for the table that has the store's indexes.
pub(crate) fn indexed(script: &str) -> String {
    format!("{script} with our indexes")
}

/// The same text for the table that has the store's indexes. There an update changes, once a row, what the first PATCH of
/// an action changes of what lists are found by.
fn of_indexed(text: &str) -> String {
    text.replace("bare", "indexed").replace("status = 1", "status = 1, change_period = 1")
}

impl<'a> Bare<'a> {
    /// Makes the tables in the database at `url`, with `rows` rows of that document each.
    pub(crate) fn new(cluster: &'a Cluster, url: &str, rows: u32, document: &str) -> Result<Self> {
        let filled = format!(
            "INSERT INTO bare SELECT g, g % 20, g, 1, 0, g, $doc${document}$doc$ FROM generate_series(1, {rows}) g"
        );
        let sequence = format!("CREATE SEQUENCE bare_key START {}", u64::from(rows) + 1);
        let table = [TABLE, FEW_INDEXES, &sequence, &filled];
        for statement in table {
            psql(url, statement)?;
        }
        for statement in table.iter().chain(&OUR_INDEXES) {
            psql(url, &of_indexed(statement))?;
        }
        let scripts = tempfile::tempdir()?;
        for (name, text) in SCRIPTS {
            std::fs::write(scripts.path().join(name), text)?;
            if CHANGES.contains(&name) {
                std::fs::write(scripts.path().join(indexed(name)), of_indexed(text))?;
            }
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

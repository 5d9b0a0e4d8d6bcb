//! `cargo xtask schema-diff`: makes both engines' schemas from nothing, by their migrations, and compares what came of
//! it: tables, columns, types, nullability, unique keys, indexes. What may differ is below.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use interdict_cluster::{Cluster, Options};

use crate::process::{command, root};
use crate::setup;

const MIGRATIONS: &str = "crates/interdict-store/migrations";

/// Prints a line for each fact about the schema of an SQLite database in memory. `rid` is SQLite's own name of a row,
/// which PostgreSQL's tables do not have.
const SQLITE: &str = r#"
import sqlite3, sys
db = sqlite3.connect(":memory:")
# The program's own; no row is there to call it for.
db.create_function("odata_key", 1, lambda text: None)
for path in sys.argv[1:]:
    db.executescript(open(path).read())
kinds = {"INTEGER": "integer", "TEXT": "text", "BLOB": "bytes"}
for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
    key = []
    for _, name, kind, required, _, place in db.execute(f"PRAGMA table_info({table})"):
        if name == "rid":
            continue
        print(f"column {table}.{name} {kinds.get(kind, kind)} {'required' if required or place else 'optional'}")
        if place:
            key.append((place, name))
    if key:
        print(f"unique {table} ({', '.join(name for _, name in sorted(key))})")
    for _, index, unique, origin, _ in db.execute(f"PRAGMA index_list({table})").fetchall():
        columns = db.execute(f"PRAGMA index_xinfo({index})").fetchall()
        names = ", ".join(name + (" desc" if down else "") for _, _, name, down, _, own in columns if own)
        if origin == "c":
            print(f"index {index} on {table} ({names})")
        elif origin == "u":
            print(f"unique {table} ({names})")
"#;

/// The same of a PostgreSQL database. Texts must be compared byte for byte.
const POSTGRES: &str = "
    SELECT 'column ' || table_name || '.' || column_name || ' ' || CASE
            WHEN data_type = 'bigint' THEN 'integer'
            WHEN data_type = 'text' AND collation_name = 'C' THEN 'text'
            WHEN data_type IN ('bytea', 'uuid') THEN 'bytes'
            ELSE data_type || ' collated ' || coalesce(collation_name, 'by default') END
        || CASE is_nullable WHEN 'NO' THEN ' required' ELSE ' optional' END
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT CASE WHEN x.indisunique THEN 'unique ' || t.relname ELSE 'index ' || i.relname || ' on ' || t.relname END
        || ' (' || string_agg(a.attname || CASE WHEN x.indoption[k.place - 1] & 1 = 1 THEN ' desc' ELSE '' END,
            ', ' ORDER BY k.place) || ')'
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
        CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (column_number, place)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.column_number
    GROUP BY x.indexrelid, x.indisunique, x.indoption, t.relname, i.relname";

/// Compares; a difference is an error.
pub(crate) fn run() -> Result<()> {
    setup::postgres()?;
    let files = |engine: &str| -> Result<Vec<_>> {
        let folder = root().join(MIGRATIONS).join(engine);
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
        let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        files.sort();
        Ok(files)
    };
    let (sqlite, postgres) = (files("sqlite")?, files("postgres")?);
    let names = |files: &[std::path::PathBuf]| -> Vec<_> {
        files.iter().filter_map(|path| path.file_name()).map(ToOwned::to_owned).collect()
    };
    if names(&sqlite) != names(&postgres) {
        bail!("the engines' migrations are not twins: {:?} and {:?}", names(&sqlite), names(&postgres));
    }
    let here = of_sqlite(&sqlite)?;
    let there = of_postgres(&postgres)?;
    let differences: Vec<_> = here.symmetric_difference(&there).collect();
    for fact in &differences {
        let place = if here.contains(*fact) { "SQLite alone" } else { "PostgreSQL alone" };
        println!("{place}: {fact}");
    }
    if !differences.is_empty() {
        bail!("{} differences between the engines' schemas", differences.len());
    }
    println!("schema-diff: {} migrations, {} facts, no difference", sqlite.len(), here.len());
    Ok(())
}

fn of_sqlite(files: &[std::path::PathBuf]) -> Result<BTreeSet<String>> {
    let output = command("python3").args(["-c", SQLITE]).args(files).output()?;
    if !output.status.success() {
        bail!("SQLite: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

fn of_postgres(files: &[std::path::PathBuf]) -> Result<BTreeSet<String>> {
    let cluster = Cluster::start(Options::default())?;
    let database = cluster.database("schema")?;
    for path in files {
        let text = read(path)?;
        database.run(&text).with_context(|| format!("`{}`", path.display()))?;
    }
    let facts = database.run(POSTGRES)?;
    Ok(facts.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

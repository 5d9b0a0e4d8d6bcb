//! `cargo xtask gate`: counts the instructions of a GET, a PATCH and a list page, and holds them to what is recorded in
//! `bench/instructions.toml`. Instructions repeat from run to run, where times on shared cores do not.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, command, root, run as execute};
use crate::setup;

const RECORD: &str = "bench/instructions.toml";
const REQUESTS: [&str; 3] = ["get", "patch", "list"];
/// Two runs differ by so many requests; what they have in common cancels out.
const FEW: u32 = 100;
const MANY: u32 = 600;
/// How much more than recorded is too much.
const TOLERANCE: f64 = 0.05;

/// Counts and compares; with `update` records what it counted.
pub(crate) fn run(update: bool) -> Result<()> {
    setup::valgrind()?;
    execute(cargo().args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "interdict-bench",
        "--bin",
        "instructions",
    ]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let program = target.join("release/instructions");
    let path = root().join(RECORD);
    let recorded: toml::Table = match fs::read_to_string(&path) {
        Ok(text) => text.parse().with_context(|| format!("cannot read `{RECORD}`"))?,
        Err(_) if update => toml::Table::new(),
        Err(error) => bail!("cannot read `{RECORD}`: {error}; `cargo xtask gate --update` makes it"),
    };
    let (mut text, mut failed) = (HEADING.to_owned(), 0);
    for request in REQUESTS {
        let counted =
            (count(&program, request, MANY)? - count(&program, request, FEW)?) / f64::from(MANY - FEW);
        text.push_str(&format!("{request} = {counted:.0}\n"));
        let Some(before) = recorded.get(request).and_then(toml::Value::as_integer) else {
            println!("{request}: {counted:.0} instructions");
            failed += u32::from(!update);
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "a share, shown with one digit")]
        let change = counted / before as f64 - 1.0;
        let verdict = if change > TOLERANCE {
            failed += 1;
            "too many"
        } else if change < -TOLERANCE {
            "fewer: record it with `cargo xtask gate --update`"
        } else {
            "as recorded"
        };
        println!("{request}: {counted:.0} instructions, {:+.1} % of {before}: {verdict}", change * 100.0);
    }
    if update {
        return fs::write(&path, text).with_context(|| format!("cannot write `{RECORD}`"));
    }
    if failed > 0 {
        bail!("{failed} of {} requests take more instructions than `{RECORD}` allows", REQUESTS.len());
    }
    Ok(())
}

const HEADING: &str = "# Instructions of one request, through the router on SQLite, counted by `cargo xtask gate`.\n\
     # More than 5 % above fails it; `cargo xtask gate --update` records anew, for a change that is worth it.\n";

/// Instructions of so many requests.
fn count(program: &Path, request: &str, times: u32) -> Result<f64> {
    let out = tempfile::NamedTempFile::new()?;
    let mut valgrind = command("valgrind");
    valgrind.args(["--tool=callgrind", "--zero-before=*begin_counting*"]);
    valgrind.arg(format!("--callgrind-out-file={}", out.path().display())).arg(program);
    let output = valgrind.args([request, &times.to_string()]).output().context("cannot start `valgrind`")?;
    let profile = fs::read_to_string(out.path())?;
    let counted = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    match counted {
        Some(counted) if output.status.success() => {
            counted.trim().parse().with_context(|| format!("`{counted}` is no count"))
        }
        _ => bail!("`valgrind` gave no count: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

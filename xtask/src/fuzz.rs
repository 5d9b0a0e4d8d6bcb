//! `cargo xtask fuzz`: libFuzzer on every reader of hostile text, two at a time. Beside the seeds, which are made anew, it
//! goes on with what earlier runs on this machine found worth keeping.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, command, root, run as execute};

/// The compiler's part of libFuzzer: counters of what is covered, and what is compared with what. All of it is there in
/// a stable compiler.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";
/// As long as an address may be.
const LONGEST: u32 = 32 * 1024;
/// Targets that run at once.
const AT_ONCE: usize = 2;
/// Lines of what libFuzzer said that are shown where it found something.
const LAST_LINES: usize = 30;

/// Builds the program, and runs each target for so long; those named, or all of them.
pub(crate) fn run(seconds: u32, named: &[String]) -> Result<()> {
    let triple = triple()?;
    let mut build = cargo();
    build.args(["build", "--package", "interdict-fuzz", "--features", "libfuzzer", "--profile", "fuzz"]);
    // With a target named, build scripts and macros are built without the flags.
    execute(build.args(["--target", &triple]).env("RUSTFLAGS", FLAGS))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let program = target.join(triple).join("fuzz/interdict-fuzz");
    let folder = target.join("fuzz");
    let seeds = folder.join("seeds");
    execute(command(&program).env("INTERDICT_FUZZ_SEEDS", &seeds))?;
    let targets = targets(&seeds, named)?;
    let waiting = Mutex::new(targets.into_iter());
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(target) = next(&waiting) {
                    let outcome = fuzz(&program, &folder, &target, seconds);
                    if let (Err(error), Ok(mut found)) = (outcome, found.lock()) {
                        found.push(error);
                    }
                }
            });
        }
    });
    let found = found.into_inner().unwrap_or_default();
    for error in &found {
        println!("{error:#}");
    }
    if found.is_empty() { Ok(()) } else { bail!("{} targets found something", found.len()) }
}

fn next(waiting: &Mutex<impl Iterator<Item = String>>) -> Option<String> {
    waiting.lock().ok()?.next()
}

/// The machine that the compiler builds for.
fn triple() -> Result<String> {
    let output = command("rustc").arg("-vV").output().context("cannot start `rustc`")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

/// The targets there are; a folder of seeds has the name of each.
fn targets(seeds: &Path, named: &[String]) -> Result<Vec<String>> {
    let entries = fs::read_dir(seeds).with_context(|| format!("cannot read `{}`", seeds.display()))?;
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            all.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    all.sort();
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        bail!("`{unknown}` is no target; there are {}", all.join(", "));
    }
    Ok(if named.is_empty() { all } else { named.to_vec() })
}

/// Runs one target, and says what it covered.
fn fuzz(program: &Path, folder: &Path, target: &str, seconds: u32) -> Result<()> {
    let corpus = folder.join("corpus").join(target);
    let artifacts = folder.join("found");
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    }
    let mut fuzzer = Command::new(program);
    fuzzer.env("INTERDICT_FUZZ_TARGET", target).stdin(Stdio::null()).current_dir(root());
    fuzzer.args([format!("-max_total_time={seconds}"), format!("-max_len={LONGEST}")]);
    fuzzer.args(["-timeout=10", "-rss_limit_mb=1024", "-len_control=20", "-print_final_stats=1"]);
    let seeds = folder.join("seeds").join(target);
    fuzzer.arg(format!("-dict={}.words", seeds.display()));
    fuzzer.arg(format!("-artifact_prefix={}/{target}-", artifacts.display()));
    let output = fuzzer.arg(&corpus).arg(seeds).output();
    let output = output.with_context(|| format!("cannot start `{}`", program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let skipped = said.lines().count().saturating_sub(LAST_LINES);
        let last: Vec<&str> = said.lines().skip(skipped).collect();
        bail!("{target}: {}\n{}", output.status, last.join("\n"));
    }
    println!("{}", summary(target, &said));
    Ok(())
}

/// The figures of libFuzzer's last lines: `#N DONE cov: A ft: B corp: C/… `, and its statistics.
fn summary(target: &str, said: &str) -> String {
    let done = said.lines().rfind(|line| line.contains(" cov: ")).unwrap_or_default();
    let after = |label: &str| {
        let word = done.split(label).nth(1).and_then(|rest| rest.split_whitespace().next());
        word.unwrap_or("?").to_owned()
    };
    let statistic = |name: &str| {
        let line = said.lines().find(|line| line.contains(name));
        line.and_then(|line| line.split_whitespace().last()).unwrap_or("?").to_owned()
    };
    format!(
        "fuzz {target}: {} inputs, {} places covered, {} inputs kept, nothing found",
        statistic("number_of_executed_units"),
        after(" cov: "),
        after(" corp: ").split('/').next().unwrap_or("?"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_covered_is_read_from_the_last_lines() {
        let said = "INFO: seed\n#2\tINITED cov: 3 ft: 4 corp: 1/9b exec/s: 0 rss: 40Mb\n\
                    #500\tDONE   cov: 812 ft: 2001 corp: 77/12Kb lim: 9 exec/s: 25 rss: 41Mb\n\
                    stat::number_of_executed_units: 500\n";
        let expected = "fuzz path: 500 inputs, 812 places covered, 77 inputs kept, nothing found";
        assert_eq!(summary("path", said), expected);
    }
}

//! The program that libFuzzer drives: the target is named by a variable, since the arguments are libFuzzer's.
#![no_main]

use std::path::Path;
use std::process;
use std::sync::OnceLock;

use interdict_fuzz::{Target, cost, seeds};

/// Names the target.
const TARGET: &str = "INTERDICT_FUZZ_TARGET";
/// A folder: what each target begins with is written there, and nothing is run.
const SEEDS: &str = "INTERDICT_FUZZ_SEEDS";

static CHOSEN: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(init: choose(), |data: &[u8]| {
    if let Some(target) = CHOSEN.get() {
        cost::watched(|| target.run(data));
    }
});

fn choose() {
    if let Some(folder) = std::env::var_os(SEEDS) {
        let written = seeds::write(Path::new(&folder));
        end(written.map_err(|error| format!("{error:#}")));
    }
    let name = std::env::var(TARGET).unwrap_or_default();
    match Target::named(&name) {
        Some(target) => drop(CHOSEN.set(target)),
        None => end(Err(format!("`{name}` is no target: name one in {TARGET}"))),
    }
}

#[expect(clippy::print_stderr, reason = "nobody else says why the program ends")]
fn end(outcome: Result<(), String>) -> ! {
    if let Err(error) = &outcome {
        eprintln!("error: {error}");
    }
    process::exit(i32::from(outcome.is_err()))
}

//! `interdict provider check`: numbered cases that hold a server to what providers are promised. Each has a provider of
//! its own, files actions with it, acts as the provider, and cleans up.

mod cases;
mod outcome;
mod stage;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use futures_util::StreamExt;
use serde::Serialize;

use self::cases::CASES;
use self::outcome::Wrong;
use self::stage::Stage;
use crate::client::{Client, token_in};
use crate::commands::output::{self, row};
use crate::commands::server::{Common, notice};
use crate::failure::Failure;
use crate::system;

/// Cases at once: most of the time they wait.
const AT_ONCE: usize = 8;

/// The flags of `provider check`.
#[derive(Args, Debug)]
pub(crate) struct CheckFlags {
    /// Only the case of that number; repeats
    #[arg(long = "case", value_name = "NUMBER")]
    cases: Vec<usize>,
    /// File with a person's token, who agrees to actions: SecurityActions.Approve.All and SecurityActions.Read.All
    #[arg(long, value_name = "FILE")]
    approver_token_file: Option<PathBuf>,
}

/// What came of one case.
#[derive(Clone, Debug, Serialize)]
struct Verdict {
    number: usize,
    name: &'static str,
    passed: bool,
    detail: String,
    /// Whether it could be tried; where it could not, `detail` says what it needs.
    run: bool,
}

/// Runs the cases, and says of each whether it held.
pub(crate) fn run(common: &Common, flags: &CheckFlags) -> Result<(), Failure> {
    let unknown = flags.cases.iter().find(|number| !(1..=CASES.len()).contains(number));
    if let Some(number) = unknown {
        return Err(Failure::usage(format!("there is no case {number}, only 1 to {}", CASES.len())));
    }
    let person = flags.approver_token_file.as_deref().map(token_in).transpose()?;
    common.run(async |client, output| {
        let person = person.map(|token| client.with_token(token));
        let verdicts = check(&client, person.as_ref(), &flags.cases).await?;
        output::show(output, &verdicts, |verdicts| {
            let heading = row(["NO", "", "CASE", ""]);
            let of = |verdict: &Verdict| {
                let mark = match (verdict.run, verdict.passed) {
                    (false, _) => "-",
                    (true, true) => "✓",
                    (true, false) => "✗",
                };
                row([&verdict.number.to_string(), mark, verdict.name, &verdict.detail])
            };
            std::iter::once(heading).chain(verdicts.iter().map(of)).collect()
        })?;
        let failed = verdicts.iter().filter(|verdict| verdict.run && !verdict.passed).count();
        let left_out = verdicts.iter().filter(|verdict| !verdict.run).count();
        if failed > 0 {
            return Err(Failure::failed(format!("{failed} of {} cases did not hold", verdicts.len())));
        }
        match (verdicts.len(), left_out) {
            (all, 0) => notice(format_args!("all {all} cases held")),
            (all, left_out) => {
                let run = all.saturating_sub(left_out);
                notice(format_args!("{run} of {all} cases held; not run: {left_out}"));
            }
        }
        Ok(())
    })
}

async fn check(client: &Client, person: Option<&Client>, numbers: &[usize]) -> Result<Vec<Verdict>, Failure> {
    // A vendor that nobody else has.
    let vendor = format!("interdict-check-{:08x}", system::seed() >> 32);
    // Whoever may not file, lease or register cannot try anything.
    let stage = Stage::open(client, None, &vendor, "permissions").await?;
    let filed = stage.carry_out_one().await;
    filed.and(stage.close().await).map_err(Wrong::into_failure)?;
    let wanted = (1..).zip(CASES).filter(|(number, _)| numbers.is_empty() || numbers.contains(number));
    let verdicts = futures_util::stream::iter(wanted).map(async |(number, case)| {
        let begun = Instant::now();
        let held = match Stage::open(client, person, &vendor, &format!("case {number}")).await {
            Ok(stage) => {
                let held = (case.run)(&stage).await;
                let closed = stage.close().await;
                held.and(closed)
            }
            Err(failure) => Err(failure.into()),
        };
        let detail = match &held {
            Ok(()) => format!("{:.1} s", begun.elapsed().as_secs_f64()),
            Err(wrong) => wrong.to_string(),
        };
        let run = !matches!(held, Err(Wrong::Needs(_)));
        Verdict { number, name: case.name, passed: held.is_ok(), detail, run }
    });
    let mut verdicts: Vec<_> = verdicts.buffer_unordered(AT_ONCE).collect().await;
    verdicts.sort_by_key(|verdict| verdict.number);
    Ok(verdicts)
}

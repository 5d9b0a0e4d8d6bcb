//! `interdict provider check`: numbered cases that hold a server to what providers are promised. Each has a provider of
//! its own, files actions with it, acts as the provider, and cleans up.

mod cases;
mod outcome;
mod stage;

use std::time::Instant;

use clap::Args;
use futures_util::StreamExt;
use serde::Serialize;

use self::cases::CASES;
use self::outcome::Wrong;
use self::stage::Stage;
use crate::client::Client;
use crate::commands::output::{self, row};
use crate::commands::server::Common;
use crate::failure::Failure;
use crate::{system, terminal};

/// Cases at once: most of the time they wait.
const AT_ONCE: usize = 8;

/// The flags of `provider check`.
#[derive(Args, Debug)]
pub(crate) struct CheckFlags {
    /// Only the case of that number; repeats
    #[arg(long = "case", value_name = "NUMBER")]
    cases: Vec<usize>,
}

/// What came of one case.
#[derive(Clone, Debug, Serialize)]
struct Verdict {
    number: usize,
    name: &'static str,
    passed: bool,
    detail: String,
}

/// Runs the cases, and says of each whether it held.
pub(crate) fn run(common: &Common, flags: &CheckFlags) -> Result<(), Failure> {
    let unknown = flags.cases.iter().find(|number| !(1..=CASES.len()).contains(number));
    if let Some(number) = unknown {
        return Err(Failure::usage(format!("there is no case {number}, only 1 to {}", CASES.len())));
    }
    common.run(async |client, output| {
        let verdicts = check(&client, &flags.cases).await?;
        output::show(output, &verdicts, |verdicts| {
            let heading = row(["NO", "", "CASE", ""]);
            let of = |verdict: &Verdict| {
                let mark = if verdict.passed { "✓" } else { "✗" };
                row([&verdict.number.to_string(), mark, verdict.name, &verdict.detail])
            };
            std::iter::once(heading).chain(verdicts.iter().map(of)).collect()
        })?;
        let failed = verdicts.iter().filter(|verdict| !verdict.passed).count();
        if failed > 0 {
            return Err(Failure::failed(format!("{failed} of {} cases did not hold", verdicts.len())));
        }
        terminal::notice(format_args!("notice: all {} cases held", verdicts.len()));
        Ok(())
    })
}

async fn check(client: &Client, numbers: &[usize]) -> Result<Vec<Verdict>, Failure> {
    // A vendor that nobody else has.
    let vendor = format!("interdict-check-{:08x}", system::seed() >> 32);
    // Whoever may not file, lease or register cannot try anything.
    let stage = Stage::open(client, &vendor, "permissions").await?;
    let filed = stage.carry_out_one().await;
    filed.and(stage.close().await).map_err(Wrong::into_failure)?;
    let wanted = (1..).zip(CASES).filter(|(number, _)| numbers.is_empty() || numbers.contains(number));
    let verdicts = futures_util::stream::iter(wanted).map(async |(number, case)| {
        let begun = Instant::now();
        let held = match Stage::open(client, &vendor, &format!("case {number}")).await {
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
        Verdict { number, name: case.name, passed: held.is_ok(), detail }
    });
    let mut verdicts: Vec<_> = verdicts.buffer_unordered(AT_ONCE).collect().await;
    verdicts.sort_by_key(|verdict| verdict.number);
    Ok(verdicts)
}

//! One call to the disk fails: nothing panics, nothing that was acknowledged is lost, and the service either goes on
//! by itself or says that it does not.
//!
//! A fixed script is run once for each call that it makes, opening and stopping included, and that call fails. What a
//! failed sync should have made durable may be gone for good, and after each run the power goes too.
#![allow(clippy::print_stderr, reason = "figures of a long test")]

use interdict_app::{Error, Service};
use interdict_model::action::Status;
use interdict_model::version::Precondition;
use interdict_testkit::power_loss::{Fault, Fired, Kind};

use crate::losses::{Bench, becomes_unready};
use crate::support::{becoming, caller, filing};

/// Actions that the script files; every second one is then reported on.
const ACTIONS: usize = 12;
/// So few that the script has several checkpoints.
const CHECKPOINT_PAGES: u64 = 30;

/// Every second call fails in turn, for the sake of time: which calls these are differs from run to run, since the
/// checkpoint thread takes part, so that in the long run each is met.
const STRIDE: usize = 2;

/// What was hit, and what came of it.
#[derive(Default, Debug)]
struct Tally {
    runs: usize,
    writes: usize,
    log_syncs: usize,
    database_syncs: usize,
    others: usize,
    failed_openings: usize,
    failed_commands: usize,
    stops: usize,
}

impl Tally {
    fn count(&mut self, fired: &Fired) {
        let counter = match fired.kind {
            Kind::Write => &mut self.writes,
            Kind::Sync if fired.is_database_sync() => &mut self.database_syncs,
            Kind::Sync => &mut self.log_syncs,
            Kind::Create | Kind::Truncate | Kind::Delete => &mut self.others,
        };
        *counter += 1;
    }
}

/// Files and reports, one after the other; the errors.
async fn script(service: &Service, bench: &Bench) -> Vec<Error> {
    let mut errors = Vec::new();
    for number in 0..ACTIONS {
        let tenant = u128::from(number % 2 == 0);
        match service.create_action(&caller(tenant), filing(None), false).await {
            Ok(filed) if number % 2 == 0 => {
                bench.told(tenant, filed.clone());
                let body = becoming(Status::Running);
                match service.update_action(&caller(tenant), filed.id, body, Precondition::None, false).await
                {
                    Ok(updated) => bench.told(tenant, updated),
                    Err(error) => errors.push(error),
                }
            }
            Ok(filed) => bench.told(tenant, filed),
            Err(error) => errors.push(error),
        }
    }
    errors
}

/// Runs the script with call `call` failing; whether it made as many calls.
async fn run(call: u64, fault: Fault, tally: &mut Tally) -> bool {
    let bench = Bench::new(call, CHECKPOINT_PAGES);
    bench.disk.fail(call, fault);
    let service = match bench.start().await {
        Ok(service) => service,
        Err(error) => {
            assert!(bench.disk.fired().is_some(), "call {call}: the store does not open: {error}");
            tally.failed_openings += 1;
            let second = bench.start().await;
            second.unwrap_or_else(|error| panic!("call {call}, {fault:?}: no second opening: {error}"))
        }
    };
    let opened = bench.disk.calls();
    let errors = script(&service, &bench).await;
    let fired = bench.disk.fired();
    let within = fired.as_ref().filter(|_| call > opened);
    let unready = match within {
        Some(fired) if fired.is_database_sync() => becomes_unready(&service).await,
        _ => service.unready(),
    };
    let context = || format!("call {call}, {fault:?}, hit {fired:?}: unready {unready:?}, errors {errors:?}");
    if within.is_some_and(Fired::is_database_sync) {
        assert!(!unready.is_empty(), "a failed sync of the database was passed over; {}", context());
    }
    if unready.is_empty() {
        assert!(errors.len() <= usize::from(within.is_some()), "{}", context());
        assert!(
            fault == Fault::Io || errors.iter().all(|error| matches!(error, Error::NoSpace)),
            "{}",
            context()
        );
    } else {
        assert!(within.is_some_and(|fired| fired.kind == Kind::Sync), "{}", context());
        // A commit that was being synced meanwhile hears of it too, and cannot say what is left of it.
        let refused = errors.iter().filter(|error| matches!(error, Error::Unavailable(_))).count();
        let unknown = errors.iter().filter(|error| matches!(error, Error::OutcomeUnknown)).count();
        assert!(unknown <= 1 && refused + unknown == errors.len(), "{}", context());
    }
    tally.stops += usize::from(!unready.is_empty());
    tally.failed_commands += errors.len();
    service.stop().await;
    drop(service);
    tally.runs += 1;
    if let Some(fired) = bench.disk.fired() {
        tally.count(&fired);
    }
    let made = bench.disk.calls() >= call;
    bench.disk.settle().unwrap();
    assert_eq!(bench.examine().await, Ok(()), "{}", context());
    made
}

async fn sweep(fault: Fault) -> Tally {
    let mut tally = Tally::default();
    for call in (1..).step_by(STRIDE) {
        if !run(call, fault, &mut tally).await {
            break;
        }
    }
    eprintln!("{fault:?}: {tally:?}");
    tally
}

#[tokio::test]
async fn an_io_error_at_any_call_loses_nothing_and_is_survived_or_reported() {
    let tally = sweep(Fault::Io).await;
    assert!(tally.writes > 50 && tally.log_syncs > 3 && tally.others > 0, "{tally:?}");
    assert!(tally.failed_openings > 0 && tally.failed_commands > 50, "{tally:?}");
}

#[tokio::test]
async fn a_full_disk_at_any_write_loses_nothing_and_is_survived() {
    let tally = sweep(Fault::Full).await;
    assert!(tally.writes > 50 && tally.failed_commands > 50, "{tally:?}");
    assert_eq!(tally.stops, 0, "{tally:?}");
}

//! Actions that are carried out: clients that file them, programs that are handed them and report, what they write down,
//! and the judgement of it.

mod filer;
pub mod note;
mod program;
pub mod state;
pub mod verdict;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::api::{ACTIONS, Api, PAUSE};
use crate::log::{Event, Log};
use filer::Filer;
use note::Note;
use program::Program;

/// What their tokens must allow.
pub const ROLES: [&str; 4] = [
    "SecurityActions.ReadWrite.All",
    "SecurityActions.Execute.All",
    "SecurityProviders.ReadWrite.All",
    "AuditLog.Read.All",
];
/// Whose work it is.
const VENDOR: &str = "Interdict";
const PROVIDER: &str = "Carried out";
/// At each node: one files, so many carry out.
const PROGRAMS: usize = 3;

/// Clients at work: of one tenant, at every node of it.
#[derive(Debug)]
pub struct Crew {
    apis: Vec<Api>,
    provider: String,
    log: Arc<Log<Note>>,
    shared: Shared,
    filers: Vec<JoinHandle<Result<()>>>,
    programs: Vec<JoinHandle<Result<()>>>,
}

/// What all of them look at.
#[derive(Clone, Debug, Default)]
struct Shared {
    /// Nothing more is filed, and no program falls silent any more.
    filed: Arc<AtomicBool>,
    /// Nothing more is asked for.
    over: Arc<AtomicBool>,
    /// Actions that programs have.
    in_hand: Arc<AtomicUsize>,
}

impl Crew {
    /// Registers the provider and starts them. `apis` are the nodes.
    ///
    /// # Errors
    /// Where the provider cannot be registered.
    pub async fn start(apis: Vec<Api>, log: Arc<Log<Note>>) -> Result<Self> {
        let first = apis.first().context("no node")?;
        let registration =
            json!({"vendor": VENDOR, "provider": PROVIDER, "actions": ["BlockIp", "UnblockIp"]});
        let told = first.tell(Method::POST, "/api/v1/providers", Some(&registration)).await;
        anyhow::ensure!(told.event == Event::Ok, "no provider: {told:?}");
        let provider = told.id();
        let shared = Shared::default();
        let (mut filers, mut programs) = (Vec::new(), Vec::new());
        for (number, api) in (0..).zip(&apis) {
            let (log, api) = (Arc::clone(&log), api.clone());
            let filer = Filer { number, api, log, filed: Arc::clone(&shared.filed) };
            filers.push(tokio::spawn(filer.run()));
        }
        for (number, api) in (0..).zip(apis.iter().cycle().take(apis.len() * PROGRAMS)) {
            let path = format!("/api/v1/providers/{provider}/leases");
            let (log, api) = (Arc::clone(&log), api.clone());
            let program = Program { number, api, log, path, shared: shared.clone() };
            programs.push(tokio::spawn(program.run()));
        }
        Ok(Self { apis, provider, log, shared, filers, programs })
    }

    /// Nothing more is filed; waits until nothing is left to do, as long as `patience` says, and ends them. What there is
    /// then.
    ///
    /// # Errors
    /// Where it cannot be read, or a log cannot be written.
    pub async fn end(self, patience: Duration) -> Result<state::State> {
        self.shared.filed.store(true, Ordering::SeqCst);
        for filer in self.filers {
            filer.await??;
        }
        let api = self.apis.first().context("no node")?;
        let begun = Instant::now();
        let open = format!("{ACTIONS}/$count?$filter=status eq 'NotStarted' or status eq 'Running'");
        let effects = format!("/api/v1/providers/{}/effects", self.provider);
        // What is left when it is over is what the judge finds.
        while begun.elapsed() < patience {
            let is_busy = self.shared.in_hand.load(Ordering::SeqCst) > 0;
            let in_force = api.get(&effects).await?;
            let nothing = in_force.pointer("/value/0").is_none() && api.get(&open).await? == json!(0);
            if nothing && !is_busy {
                break;
            }
            sleep(PAUSE).await;
        }
        self.shared.over.store(true, Ordering::SeqCst);
        for program in self.programs {
            program.await??;
        }
        state::read(api, &self.provider).await
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &Arc<Log<Note>> {
        &self.log
    }
}

//! A protected target that was put: whatever is not begun and touches it is held back at once, what is running or in force
//! is told.

use std::sync::Arc;

use interdict_model::command::Operation;
use interdict_model::guard::{Met, ProtectedTarget};
use interdict_model::view::Answer;
use interdict_store::Store;

use crate::{Caller, Error, Service};

/// Actions of one command.
const OF_ONE: usize = 200;
/// Actions that are told of either kind.
const TOLD: usize = 200;

/// What became of the actions that touch a target when it was protected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guarded {
    /// How many were rejected.
    pub rejected: usize,
    /// How many await an approval that did not before.
    pub withheld: usize,
    /// What the entry comes too late for.
    pub met: Met,
}

impl Service {
    /// Has an entry that was just put hold for what was filed before it. It is put already, and is looked at again before
    /// each hand-out: what fails here is left to that.
    pub(crate) async fn hold_to(&self, caller: &Caller, entry: &ProtectedTarget) -> Guarded {
        let mut guarded = Guarded::default();
        if let Err(error) = self.guard(caller, entry, &mut guarded).await {
            tracing::warn!(%error, entry = %entry.id, "not all was looked at that a protected target may meet");
            guarded.met.more = true;
        }
        guarded
    }

    async fn guard(
        &self,
        caller: &Caller,
        entry: &ProtectedTarget,
        guarded: &mut Guarded,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let (scope, asked) = (caller.actor.scope, Arc::new(entry.clone()));
        let read = move |store: Store, patience| {
            let entry = Arc::clone(&asked);
            async move { store.standing(scope, patience, |it| entry.meets(it, now)).await }
        };
        let standing = self.read_in_time(read).await??;
        let mut waiting = Vec::new();
        for (id, execution) in standing {
            let told = match (execution.phase.is_final(), execution.may_be_done()) {
                (true, _) => &mut guarded.met.in_force,
                (false, true) => &mut guarded.met.running,
                (false, false) => {
                    waiting.push(id);
                    continue;
                }
            };
            if told.len() < TOLD {
                told.push(id);
            } else {
                guarded.met.more = true;
            }
        }
        let mut met = Some((entry.id, Box::new(guarded.met.clone()))).filter(|(_, met)| !met.is_empty());
        let mut parts = waiting.chunks(OF_ONE);
        loop {
            let ids = parts.next().unwrap_or_default().to_vec();
            if ids.is_empty() && met.is_none() {
                return Ok(());
            }
            match self.command(caller, Operation::Guard { ids, met: met.take() }).await? {
                Answer::Guarded { rejected, withheld } => {
                    guarded.rejected += rejected;
                    guarded.withheld += withheld;
                }
                _ => return Err(Error::Internal("a look at guard rails was answered otherwise".into())),
            }
        }
    }
}

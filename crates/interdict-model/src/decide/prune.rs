//! Pruning a journal: what was looked up is recorded first, and removed only then, a part at a time.

use super::{Rules, conflict};
use crate::journal::Kind;
use crate::pruning::Pruning;
use crate::view::{Answer, Change};
use crate::{Decision, FaultCode, Refusal};

impl Rules<'_> {
    /// Records a pruning, which goes no further than the journal is sealed.
    pub(super) fn prune(&self, pruning: &Pruning) -> Result<Decision, Refusal> {
        self.only_sealed(pruning.sequence)?;
        let tenant = self.actor.tenant();
        Ok(Decision {
            changes: vec![Change::PutPruning(tenant, *pruning)],
            entries: vec![self.draft(tenant.0, Kind::Pruned, pruning.change())],
            answer: Answer::Done,
        })
    }

    /// Removes entries and seals of before a pruning.
    pub(super) fn forget(&self, entries: &[i64], seals: &[i64]) -> Result<Decision, Refusal> {
        let last = entries.iter().chain(seals).max();
        self.only_sealed(last.copied().unwrap_or_default())?;
        let tenant = self.actor.tenant();
        let entries = entries.iter().map(|sequence| Change::ForgetEntry(tenant, *sequence));
        let seals = seals.iter().map(|sequence| Change::ForgetSeal(tenant, *sequence));
        Ok(Decision { changes: entries.chain(seals).collect(), entries: Vec::new(), answer: Answer::Done })
    }

    fn only_sealed(&self, sequence: i64) -> Result<(), Refusal> {
        let sealed = self.view.sealed(self.actor.tenant());
        if sequence <= sealed {
            return Ok(());
        }
        let message = format!("the journal is sealed up to entry {sealed}, and is not pruned beyond it");
        Err(conflict(FaultCode::InvalidValue, "sequence", message))
    }
}

//! Sealing a journal: the server's own doing, and no change of anything that the journal records.

use super::{Rules, conflict};
use crate::seal::Seal;
use crate::view::{Answer, Change};
use crate::{Decision, FaultCode, Refusal};

impl Rules<'_> {
    /// Keeps a seal of an entry that is there. The head was read before, so it may have grown meanwhile, but a store
    /// that was restored meanwhile has no such entry.
    pub(super) fn seal(&self, seal: &Seal) -> Result<Decision, Refusal> {
        if seal.sequence > self.view.head(self.actor.tenant()).sequence {
            return Err(conflict(FaultCode::InvalidValue, "sequence", "the journal does not go as far"));
        }
        Ok(Decision {
            changes: vec![Change::PutSeal(self.now, seal.clone())],
            entries: Vec::new(),
            answer: Answer::Done,
        })
    }
}

//! The emergency stop: many actions at once, by one decision.

use super::Rules;
use super::steps::Steps;
use crate::command::{BulkDecided, BulkVerb};
use crate::effect::EffectState;
use crate::journal::Kind;
use crate::view::Answer;
use crate::{ActionId, Decision};

impl Rules<'_> {
    /// Does it to those for which it can be done; others are passed over.
    pub(super) fn bulk(
        &self,
        verb: BulkVerb,
        ids: &[(ActionId, ActionId)],
        decided: Option<&BulkDecided>,
        comment: Option<&str>,
    ) -> Decision {
        let mut steps = Steps::new(self);
        if let Some(decided) = decided {
            // Texts and a number: cannot fail to serialise.
            let change = serde_json::to_string(decided).unwrap_or_default().into();
            steps.note(self.draft(self.actor.tenant().0, Kind::BulkDecided, change));
        }
        let mut done = 0;
        for (id, fresh) in ids {
            let changed = match verb {
                BulkVerb::Cancel => self.cancel_one(&mut steps, *id, comment, *fresh),
                BulkVerb::Undo => self.undo_one(&mut steps, *id, comment, *fresh),
            };
            done += usize::from(changed);
        }
        steps.answer(Answer::Bulk(done))
    }

    fn cancel_one(
        &self,
        steps: &mut Steps<'_, '_>,
        id: ActionId,
        comment: Option<&str>,
        fresh: ActionId,
    ) -> bool {
        let Some(record) = steps.record(id) else { return false };
        let asked = record.execution.as_ref().is_some_and(|execution| execution.cancel.is_some());
        if record.action.status.is_final() || record.cancelled || asked {
            return false;
        }
        match steps.take(id) {
            Some(moving) => self.cancel_routed(steps, moving, comment, fresh),
            None => self.cancel_recorded(steps, id, comment),
        }
        true
    }

    fn undo_one(
        &self,
        steps: &mut Steps<'_, '_>,
        id: ActionId,
        comment: Option<&str>,
        fresh: ActionId,
    ) -> bool {
        let held = |state: EffectState| matches!(state, EffectState::Active | EffectState::Unconfirmed);
        let moving = steps.take(id).filter(|moving| {
            let holding = moving.execution.effect.as_ref();
            moving.action.status.is_final() && holding.is_some_and(|holding| held(holding.state))
        });
        let Some(mut moving) = moving else { return false };
        moving.commented(comment);
        self.let_go(steps, moving, Kind::Released, fresh);
        true
    }
}

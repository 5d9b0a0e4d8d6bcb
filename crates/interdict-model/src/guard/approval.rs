//! Who must agree to what.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{GuardedKind, names, normalise_actions, normalise_value};
use crate::catalog::{Definition, Faults, Risk, Target};
use crate::{Fault, duration, limits};

/// Actions that need the consent of others before they start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApprovalRule {
    /// Its id; nil in what a client writes.
    #[serde(default)]
    pub id: Uuid,
    /// The actions, by name; `*` is every action.
    #[serde(default = "super::every_action")]
    pub actions: Vec<String>,
    /// Only those of this risk or a greater one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Only those that touch one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<RuleTarget>>,
    /// Only those that one of these users or apps files, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requesters: Option<Vec<String>>,
    /// How many people must agree.
    pub required: u32,
    /// The ids of those who may; everybody with the permission where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Vec<String>>,
    /// Seconds until nobody's answer is an answer.
    #[serde(with = "duration::iso")]
    pub ttl: i64,
}

/// A target that a rule names, as [`super::ProtectedTarget`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleTarget {
    /// What it is.
    pub kind: GuardedKind,
    /// Which one.
    pub value: String,
}

impl ApprovalRule {
    /// Puts targets and action names into their normal form.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn normalise(&mut self) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        normalise_actions(&mut self.actions, &mut faults);
        let targets = self.targets.as_deref_mut().unwrap_or_default();
        faults.count("targets", targets.len(), limits::GUARDED_TARGETS);
        for (at, target) in targets.iter_mut().enumerate() {
            normalise_value(target.kind, &mut target.value, &format!("targets[{at}]/"), &mut faults);
        }
        faults.ids("requesters", self.requesters.as_deref().unwrap_or_default());
        faults.approval("", self.required, self.approvers.as_deref().unwrap_or_default(), self.ttl);
        faults.into_result()
    }

    /// Whether an action needs this consent. `touched` is all that it is done to, `requesters` are the ids of its app and
    /// user. The rule is in its normal form.
    #[must_use]
    pub fn applies(
        &self,
        definition: &Definition,
        touched: &[Target],
        requesters: &[impl AsRef<str>],
    ) -> bool {
        let touches = |rule: &RuleTarget| touched.iter().any(|target| rule.kind.guards(&rule.value, target));
        let filed_by =
            |id: &String| requesters.iter().any(|requester| requester.as_ref().eq_ignore_ascii_case(id));
        names(&self.actions, &definition.name)
            && self.risk.is_none_or(|risk| definition.risk >= risk)
            && self.targets.as_ref().is_none_or(|targets| targets.iter().any(touches))
            && self.requesters.as_ref().is_none_or(|ids| ids.iter().any(filed_by))
    }
}

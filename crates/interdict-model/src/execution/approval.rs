//! Approval: others must agree before an action is begun. Rows, not paused processes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;
use crate::actor::User;

/// One reason why others must agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The rule or the protected target; none where the catalog or the range of the target asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Uuid>,
    /// How many people must agree.
    pub required: u32,
    /// The ids of those who may; everybody with the permission where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// How long there is to agree, in seconds.
    pub ttl: i64,
}

/// What one person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The person's id, `oid` or `sub`.
    pub user_id: String,
    /// The person's name, only shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When.
    pub date_time: Timestamp,
    /// Whether they agreed.
    pub approved: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// The approval of one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Every one must be met.
    pub needs: Vec<Need>,
    /// What is agreed to: a hash of what is to be done. Whoever agrees names it.
    pub hash: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// What was said so far.
    #[serde(default)]
    pub decisions: Vec<Verdict>,
}

impl Approval {
    /// How many people must agree, by the strictest need.
    #[must_use]
    pub fn required(&self) -> u32 {
        self.needs.iter().map(|need| need.required).max().unwrap_or_default()
    }

    /// Whether a person may say anything: they are none of those who asked for it, and some need admits them.
    #[must_use]
    pub fn admits(&self, user: &User, requesters: &[String]) -> bool {
        // A name keeps nobody's right, but may take it: see [`super::Execution::requesters`].
        let ids = [Some(&user.id), user.name.as_ref()];
        let asked = |id: &String| ids.iter().flatten().any(|it| it.eq_ignore_ascii_case(id));
        // Where it is not known who asked, it could be anybody.
        !requesters.is_empty()
            && !requesters.iter().any(asked)
            && self.needs.iter().any(|need| need.admits(&user.id))
    }

    /// Whether it covers a protected target's entry.
    #[must_use]
    pub fn covers(&self, entry: Uuid) -> bool {
        self.needs.iter().any(|need| need.rule == Some(entry))
    }

    /// Whether every need is met.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.needs.iter().all(|need| {
            let agreed = self.decisions.iter().filter(|it| it.approved && need.admits(&it.user_id)).count();
            u32::try_from(agreed).is_ok_and(|agreed| agreed >= need.required)
        })
    }
}

impl Need {
    fn admits(&self, user: &str) -> bool {
        self.approvers.is_empty() || self.approvers.iter().any(|id| id.eq_ignore_ascii_case(user))
    }
}

/// An approval as callers see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownApproval<'a> {
    required: u32,
    hash: &'a str,
    expires_at: Timestamp,
    decisions: &'a [Verdict],
}

impl<'a> ShownApproval<'a> {
    pub(super) fn of(approval: &'a Approval) -> Self {
        Self {
            required: approval.required(),
            hash: &approval.hash,
            expires_at: approval.expires_at,
            decisions: &approval.decisions,
        }
    }
}

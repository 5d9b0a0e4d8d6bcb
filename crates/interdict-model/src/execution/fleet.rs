//! Fleets: a provider of many programs, each of which carries the action out. Every member has its own lease, attempts and
//! result; what becomes of the action follows from all of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Lease, is_zero};
use crate::Timestamp;
use crate::action::ResultInfo;
use crate::raw_json::RawJson;

/// Where one member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MemberState {
    /// It has not been given the action yet, or is to get it once more.
    Waiting,
    /// It was given the action, and has not been heard of since.
    Delivered,
    /// It is at it.
    Executing,
    /// It reported success.
    Succeeded,
    /// It reported failure.
    Failed,
    /// It stopped because it was asked to.
    Cancelled,
    /// It fell silent, or was not done in time.
    Silent,
}

impl MemberState {
    /// Whether nothing more is expected of the member.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::Silent)
    }

    /// Whether the member has it.
    #[must_use]
    pub const fn is_in_flight(self) -> bool {
        matches!(self, Self::Delivered | Self::Executing)
    }
}

/// One member's part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Where it stands.
    pub state: MemberState,
    /// How often it was given the action.
    pub attempt: u32,
    /// How often it began with it: only these attempts count.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tries: u32,
    /// Whether its last attempt failed in a way that nobody knows what it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
    /// Its newest lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// It is not given it again before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Of an undo: it is no longer waited for after that, whether it is to ask for its part or to be done with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_info: Option<ResultInfo>,
    /// What it gave as result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<RawJson>,
}

impl Member {
    /// A member that has not been given the action yet.
    #[must_use]
    pub const fn waiting(until: Option<Timestamp>) -> Self {
        let state = MemberState::Waiting;
        Self {
            state,
            attempt: 0,
            tries: 0,
            uncertain: false,
            lease: None,
            retry_at: None,
            until,
            error_info: None,
            result: None,
        }
    }

    /// Whether it may be given the action now.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self.state, MemberState::Waiting) && self.retry_at.is_none()
    }

    /// When something is to happen to its part of its own accord. One that is to stop has once more as long as its lease.
    fn timer(&self, cancelling: bool) -> Option<Timestamp> {
        let lease = self.lease.as_ref().filter(|_| self.state.is_in_flight());
        let ends = lease.map(|lease| if cancelling { lease.grace_end() } else { lease.expires });
        let ends = ends.or_else(|| self.retry_at.filter(|_| self.state == MemberState::Waiting));
        let until = self.until.filter(|_| !cancelling && !self.state.is_final() && self.retry_at.is_none());
        ends.into_iter().chain(until).min()
    }
}

/// Everybody's part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    /// The members that were live when the action was first handed out, by the names that they give themselves.
    pub members: BTreeMap<String, Member>,
    /// Members that were registered then, and silent. They converge by what is in force once they return.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<String>,
}

impl Fleet {
    /// Whether some member may be given the action now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.members.values().any(Member::is_ready)
    }

    /// Whether some member is at it.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.members.values().any(|member| member.state.is_in_flight())
    }

    /// Whether members that may be given the action now have reason to ask: the first of them were given it and have not
    /// begun yet, or one of them is to be given it once more.
    #[must_use]
    pub fn is_news(&self) -> bool {
        let mut given = self.members.values().filter(|member| member.attempt > 0);
        let again = || self.members.values().any(|it| it.is_ready() && it.attempt > 0);
        self.is_ready() && (given.all(|member| member.state == MemberState::Delivered) || again())
    }

    /// The names of the members that may be given the action now, each between two line ends.
    #[must_use]
    pub fn awaits(&self) -> String {
        let ready = self.members.iter().filter(|(_, member)| member.is_ready());
        ready.fold(String::from("\n"), |names, (name, _)| names + name + "\n")
    }

    /// When something is to happen to a part of its own accord.
    #[must_use]
    pub fn timer(&self, cancelling: bool) -> Option<Timestamp> {
        self.members.values().filter_map(|member| member.timer(cancelling)).min()
    }

    /// Until when the members' leases hold, for [`Fleet::renew`]: their names, and ticks.
    #[must_use]
    pub fn renewals(&self) -> String {
        let leases =
            self.members.iter().filter_map(|(name, it)| Some((name, it.lease.as_ref()?.expires.ticks())));
        // Texts and numbers: cannot fail to serialise.
        serde_json::to_string(&leases.collect::<BTreeMap<_, _>>()).unwrap_or_default()
    }

    /// Has the members' leases hold until when [`Fleet::renewals`] said.
    ///
    /// # Errors
    /// Where it did not say it.
    pub fn renew(&mut self, renewals: &str) -> Result<(), serde_json::Error> {
        let mut renewals: BTreeMap<String, i64> = serde_json::from_str(renewals)?;
        for (name, member) in &mut self.members {
            if let (Some(ticks), Some(lease)) = (renewals.remove(name), &mut member.lease) {
                lease.expires = Timestamp::from_ticks(ticks);
            }
        }
        Ok(())
    }

    /// The name of the member that was given the action under that fence.
    #[must_use]
    pub fn by_fence(&self, fence: i64) -> Option<String> {
        let has = |member: &Member| member.lease.as_ref().is_some_and(|lease| lease.fence == fence);
        self.members.iter().find(|(_, member)| has(member)).map(|(name, _)| name.clone())
    }

    /// Whether nothing more is expected of anybody.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.members.values().all(|member| member.state.is_final())
    }

    /// Whether some member is in that state.
    #[must_use]
    pub fn has(&self, state: MemberState) -> bool {
        self.members.values().any(|member| member.state == state)
    }
}

/// A member as callers see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownMember<'a> {
    instance_id: &'a str,
    state: MemberState,
    attempt: u32,
    error_info: Option<&'a ResultInfo>,
    result: Option<&'a RawJson>,
}

impl<'a> ShownMember<'a> {
    pub(super) fn all(fleet: &'a Fleet) -> Vec<Self> {
        let of = |(name, member): (&'a String, &'a Member)| Self {
            instance_id: name,
            state: member.state,
            attempt: member.attempt,
            error_info: member.error_info.as_ref(),
            result: member.result.as_ref(),
        };
        fleet.members.iter().map(of).collect()
    }
}

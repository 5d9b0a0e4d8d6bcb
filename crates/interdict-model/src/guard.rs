//! Guard rails: targets that no action may touch, ranges that are too wide, and who must agree.

mod approval;
mod blast_radius;
mod well_known;

pub use approval::ApprovalRule;
pub use blast_radius::{BlastRadius, SHORTEST_V4, SHORTEST_V6, blast_radius};
pub use well_known::{own, well_known};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use uuid::Uuid;

use crate::catalog::{self, Faults, ParameterType, Target, TargetKind};
use crate::{ActionId, Execution, Fault, FaultCode, Timestamp, limits};

/// What stands for every action.
pub const EVERY_ACTION: &str = "*";
/// A target that no action may touch, or only after approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProtectedTarget {
    /// Its id; nil in what a client writes.
    #[serde(default)]
    pub id: Uuid,
    /// What it is.
    pub kind: GuardedKind,
    /// Which one.
    pub value: String,
    /// The actions that may not touch it, by name; `*` is every action.
    #[serde(default = "every_action")]
    pub actions: Vec<String>,
    /// What becomes of such an action.
    #[serde(default)]
    pub mode: GuardMode,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Who to ask about it.
    #[serde(default)]
    pub owner: String,
    /// When the entry ends to count.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient")]
    pub until: Option<Timestamp>,
}

/// What a guarded target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GuardedKind {
    /// A range of addresses.
    Ip,
    /// A domain and all below it.
    Domain,
    /// An address in the web and all that it begins.
    Url,
    /// A file, by hash.
    File,
    /// A device.
    Device,
    /// A user or a mailbox.
    User,
}

/// What becomes of an action that touches a protected target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GuardMode {
    /// It is refused.
    #[default]
    Deny,
    /// It waits until somebody else agrees.
    NeedsApproval,
}

impl ProtectedTarget {
    /// Puts value and action names into their normal form. The names of tenants' own definitions are for whoever knows
    /// these.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn normalise(&mut self) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        normalise_value(self.kind, &mut self.value, "", &mut faults);
        normalise_actions(&mut self.actions, &mut faults);
        faults.length("reason", &self.reason, limits::ACTION_REASON);
        faults.length("owner", &self.owner, limits::SHORT_TEXT);
        faults.into_result()
    }

    /// Whether an action may not touch the target because of this entry. The entry is in its normal form, and the name
    /// the action's own, no alias.
    #[must_use]
    pub fn matches(&self, action: &str, target: &Target, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
            && names(&self.actions, action)
            && self.kind.guards(&self.value, target)
    }

    /// Whether an action touches the target, and was not approved for this entry. What lifts an effect always may.
    #[must_use]
    pub fn meets(&self, execution: &Execution, now: Timestamp) -> bool {
        let covered = execution.approval.as_ref().is_some_and(|approval| approval.covers(self.id));
        let work = &execution.work;
        execution.undo_of.is_none()
            && !(covered && self.mode == GuardMode::NeedsApproval)
            && work.touched.iter().any(|target| self.matches(&work.name, target, now))
    }
}

/// What an entry meets that comes too late for it: nothing of this is undone because of the entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Met {
    /// Actions that a provider is at, or may have done.
    pub running: Vec<ActionId>,
    /// Finished actions whose effect is, or may be, in force.
    pub in_force: Vec<ActionId>,
    /// Whether there are more than are named.
    pub more: bool,
}

impl Met {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.running.is_empty() && self.in_force.is_empty() && !self.more
    }
}

impl GuardedKind {
    const fn target_kind(self) -> TargetKind {
        match self {
            Self::Ip => TargetKind::Ip,
            Self::Domain => TargetKind::Domain,
            Self::Url => TargetKind::Url,
            Self::File => TargetKind::File,
            Self::Device => TargetKind::Device,
            Self::User => TargetKind::User,
        }
    }

    /// The types that its values may have, the usual one first.
    const fn types(self) -> &'static [ParameterType] {
        match self {
            Self::Ip => &[ParameterType::Cidr],
            Self::Domain => &[ParameterType::Fqdn],
            Self::Url => &[ParameterType::Url],
            Self::File => &[ParameterType::FileHash],
            Self::Device => &[ParameterType::DeviceId],
            Self::User => &[ParameterType::UserPrincipalName, ParameterType::UserId],
        }
    }

    /// Whether what is done to the target is done to some of what is guarded.
    fn guards(self, value: &str, target: &Target) -> bool {
        let may = match self {
            Self::Ip | Self::Domain | Self::Url => {
                matches!(target.kind, TargetKind::Ip | TargetKind::Domain | TargetKind::Url)
            }
            _ => self.target_kind() == target.kind,
        };
        may && Target::new(self.target_kind(), value).touches(target)
    }
}

/// Whether the entry names the action.
fn names(actions: &[String], action: &str) -> bool {
    actions.iter().any(|name| name == EVERY_ACTION || name.eq_ignore_ascii_case(action))
}

fn normalise_value(kind: GuardedKind, value: &mut String, within: &str, faults: &mut Faults) {
    let target = format!("{within}value");
    faults.length(&target, value, limits::GUARDED_VALUE);
    // A whole top-level domain can be guarded, though no action can be filed for it.
    let single = (kind == GuardedKind::Domain).then(|| catalog::domain(value.trim())).flatten();
    match single.or_else(|| kind.types().iter().find_map(|form| form.normalise(value))) {
        Some(normal) => *value = Target::new(kind.target_kind(), &normal).text,
        None => {
            let forms: Vec<_> = kind.types().iter().map(|form| form.forms()).collect();
            faults.invalid(target.clone(), format!("`{target}` must be {}", forms.join(", or ")));
        }
    }
}

/// Aliases of what is built in become its names.
fn normalise_actions(actions: &mut [String], faults: &mut Faults) {
    faults.count("actions", actions.len(), limits::GUARDED_ACTIONS);
    if actions.is_empty() {
        faults.add(FaultCode::Required, "actions", "`actions` names no action: `*` stands for every one");
    }
    for (at, action) in actions.iter_mut().enumerate() {
        if action != EVERY_ACTION {
            faults.name(format!("actions[{at}]"), action, limits::NAME);
        }
        if let Some(definition) = catalog::find(action) {
            action.clone_from(&definition.name);
        }
    }
}

fn every_action() -> Vec<String> {
    vec![EVERY_ACTION.to_owned()]
}

/// An instant as bodies may write it.
fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let date = Timestamp::parse_lenient(&text);
    date.map(|date| Some(date.instant))
        .ok_or_else(|| D::Error::custom("not an instant such as `2030-01-01T00:00:00Z`"))
}

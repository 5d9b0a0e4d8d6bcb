//! The entity: `microsoft.graph.securityAction` and its complex types.

use std::fmt;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{ActionId, Timestamp};

/// One `securityAction`.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityAction {
    /// The key.
    pub id: ActionId,
    /// Why the action was filed.
    pub action_reason: Option<String>,
    /// The app that filed it.
    pub app_id: Option<String>,
    /// The tenant as shown; isolation never depends on it.
    pub azure_tenant_id: Option<String>,
    /// The filer's own context, at most 256 characters.
    pub client_context: Option<String>,
    /// When the action became final.
    pub completed: Option<Timestamp>,
    /// When it was filed.
    pub created: Timestamp,
    /// What went wrong, or any result the provider gave.
    pub error_info: Option<ResultInfo>,
    /// When it last changed.
    pub last_action: Timestamp,
    /// The action's name, such as `BlockIp`.
    pub name: String,
    /// Its arguments.
    pub parameters: Vec<KeyValuePair>,
    /// The history of status changes, oldest first.
    pub states: Vec<StateEntry>,
    /// Where it stands.
    pub status: Status,
    /// The user who filed it, by name.
    pub user: Option<String>,
    /// Which provider it is for.
    pub vendor_information: VendorInformation,
    /// Undeclared members (the type is open), in the order they came.
    pub open: Vec<OpenMember>,
}

/// `microsoft.graph.operationStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Filed, not begun.
    NotStarted,
    /// Handed out or reported as running.
    Running,
    /// Done; final.
    Completed,
    /// Not done; final.
    Failed,
}

impl Status {
    /// Every member, in the order of its number.
    pub const ALL: [Self; 4] = [Self::NotStarted, Self::Running, Self::Completed, Self::Failed];

    /// The member's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "NotStarted",
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
        }
    }

    /// The member's number, 0 to 3.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The member of that number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }

    /// The member of that name in any case, or of that number in digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.name().eq_ignore_ascii_case(text))
            .or_else(|| (text.len() == 1).then(|| text.parse().ok().and_then(Self::from_number)).flatten())
    }

    /// Whether the status never changes again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }

    /// Whether an action may go from here to `next`; staying is no change and always allowed.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        self == next || (!self.is_final() && next > self)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `microsoft.graph.keyValuePair`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValuePair {
    /// The parameter's name. Required on create; an update may leave it out, as the original page's example does.
    pub name: Option<String>,
    /// Its value.
    pub value: Option<String>,
}

impl KeyValuePair {
    /// What a value is looked up by: the first 8 bytes of its SHA-256.
    #[must_use]
    pub fn key_of(value: &str) -> i64 {
        let hash = digest::digest(&digest::SHA256, value.as_bytes());
        hash.as_ref().first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
    }
}

/// The period of last changes that an instant, in ticks of 100 ns since 1970, is in. Each has 2^32 ticks, about seven
/// minutes; the first after 1970 is 0. An action that goes on within one stays where it is in the index of last changes.
#[must_use]
pub const fn change_period(ticks: i64) -> i64 {
    ticks >> 32
}

impl SecurityAction {
    /// The period in which it changed last.
    #[must_use]
    pub const fn change_period(&self) -> i64 {
        change_period(self.last_action.ticks())
    }

    /// What the values of its parameters are looked up by.
    pub fn parameter_keys(&self) -> impl Iterator<Item = i64> {
        self.parameters.iter().filter_map(|parameter| parameter.value.as_deref()).map(KeyValuePair::key_of)
    }
}

/// `microsoft.graph.resultInfo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultInfo {
    /// The provider's code, or one of [`crate::result_code`].
    pub code: i32,
    /// What happened, in words.
    pub message: Option<String>,
    /// A finer code.
    pub subcode: i32,
}

/// `microsoft.graph.securityActionState`: one status change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateEntry {
    /// The app that made the change.
    pub app_id: Option<String>,
    /// The status it made.
    pub status: Option<Status>,
    /// When.
    #[serde(rename = "updatedDateTime")]
    pub updated: Option<Timestamp>,
    /// The user who made it, by name.
    pub user: Option<String>,
}

/// `microsoft.graph.securityVendorInformation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VendorInformation {
    /// The product.
    pub provider: Option<String>,
    /// Its version.
    pub provider_version: Option<String>,
    /// A part of the product.
    pub sub_provider: Option<String>,
    /// The maker.
    pub vendor: Option<String>,
}

/// An undeclared member: its value is kept as the client wrote it.
#[derive(Clone, Debug)]
pub struct OpenMember {
    /// The member's name.
    pub name: String,
    /// Its value, JSON text; never `null`.
    pub value: Box<RawValue>,
}

impl PartialEq for OpenMember {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value.get() == other.value.get()
    }
}

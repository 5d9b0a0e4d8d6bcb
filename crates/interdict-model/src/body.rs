//! What a client asks to write: the members of a POST or PATCH body, decoded but not yet judged.
//!
//! Absent, null and a value are three different things. The floor that reads HTTP makes this value;
//! [`crate::validate`] judges it alone and [`crate::decide()`] against what is stored.

use serde_json::value::RawValue;

use crate::TenantId;
use crate::action::{KeyValuePair, Status, VendorInformation};
use crate::request::Request;
use crate::time::WrittenDate;
use crate::view::Probe;

/// One member of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not in the body.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// A value.
    Value(T),
}

impl<T> Field<T> {
    /// The value, where there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Whether the member is not in the body.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// `None` for absent, `Some(None)` for null.
    pub fn given(&self) -> Option<Option<&T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}

/// A `securityAction` as a client wrote it. `status: null`, `status: "null"` and `errorInfo: {}` are decoded as
/// absent, since SDKs write them for values they never had.
#[derive(Clone, Debug, Default)]
pub struct ActionBody {
    /// `id`
    pub id: Field<String>,
    /// `actionReason`
    pub action_reason: Field<String>,
    /// `appId`
    pub app_id: Field<String>,
    /// `azureTenantId`
    pub azure_tenant_id: Field<String>,
    /// `clientContext`
    pub client_context: Field<String>,
    /// `completedDateTime`
    pub completed: Field<WrittenDate>,
    /// `createdDateTime`
    pub created: Field<WrittenDate>,
    /// `errorInfo`
    pub error_info: Field<ResultInfoBody>,
    /// `lastActionDateTime`
    pub last_action: Field<WrittenDate>,
    /// `name`
    pub name: Field<String>,
    /// `parameters`
    pub parameters: Field<Vec<KeyValuePair>>,
    /// `states`
    pub states: Field<Vec<StateBody>>,
    /// `status`
    pub status: Field<Status>,
    /// `user`
    pub user: Field<String>,
    /// `vendorInformation`
    pub vendor_information: Field<VendorBody>,
    /// `@interdict.request`: what is asked for beside the action.
    pub request: Option<Box<Request>>,
    /// Undeclared members; `None` is `null` and removes the member.
    pub open: Vec<(String, Option<Box<RawValue>>)>,
}

/// `errorInfo` as written; members not given keep their value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultInfoBody {
    /// `code`
    pub code: Field<i32>,
    /// `message`
    pub message: Field<String>,
    /// `subcode`
    pub subcode: Field<i32>,
}

/// `vendorInformation` as written; members not given keep their value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorBody {
    /// `provider`
    pub provider: Field<String>,
    /// `providerVersion`
    pub provider_version: Field<String>,
    /// `subProvider`
    pub sub_provider: Field<String>,
    /// `vendor`
    pub vendor: Field<String>,
}

/// One entry of `states` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateBody {
    /// `appId`
    pub app_id: Option<String>,
    /// `status`
    pub status: Option<Status>,
    /// `updatedDateTime`
    pub updated: Option<WrittenDate>,
    /// `user`
    pub user: Option<String>,
}

impl ActionBody {
    /// What decides which effect the action would have.
    #[must_use]
    pub fn probe(&self, tenant: TenantId) -> Probe {
        let mut vendor =
            VendorInformation { provider: None, provider_version: None, sub_provider: None, vendor: None };
        if let Some(given) = self.vendor_information.value() {
            given.merge_into(&mut vendor);
        }
        Probe {
            tenant,
            name: self.name.value().cloned().unwrap_or_default(),
            parameters: self.parameters.value().cloned().unwrap_or_default(),
            vendor,
        }
    }
}

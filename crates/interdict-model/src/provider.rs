//! Providers: registered executors of actions, addressed by `vendorInformation`.

use serde::{Deserialize, Serialize};

use crate::action::VendorInformation;
use crate::{AppId, Fault, FaultCode, ProviderId, Timestamp, limits};

/// How many actions a provider may hold at once where its registration does not say.
pub const MAX_CONCURRENT: u32 = 100;
/// The most that a registration may say.
pub const MAX_CONCURRENT_LIMIT: u32 = 10_000;
/// How long a lease holds where neither its request nor the registration says, in seconds.
pub const LEASE_SECONDS: u32 = 60;
/// The longest lease, in seconds.
pub const LEASE_SECONDS_MAX: u32 = 3_600;

/// Whoever asked for work within so many times the provider's lease is live.
const LIVE_LEASES: i64 = 3;
/// And within so many seconds, however short its lease.
pub const LIVE_SECONDS: i64 = 30;

/// How work reaches a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Delivery {
    /// It asks for leases.
    #[default]
    Pull,
}

/// Which members of a provider carry an action out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// One of them.
    #[default]
    Any,
    /// Each of them.
    All,
}

/// A registered executor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// The key.
    pub id: ProviderId,
    /// The maker, as actions name it.
    pub vendor: String,
    /// The product.
    pub provider: String,
    /// A part of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_provider: Option<String>,
    /// How work reaches it.
    #[serde(default)]
    pub delivery: Delivery,
    /// The names of the definitions that it carries out.
    pub actions: Vec<String>,
    /// Which members do so.
    #[serde(default)]
    pub scope: Scope,
    /// How many actions it may hold at once.
    pub max_concurrent: u32,
    /// How long a lease holds where its request does not say, in seconds.
    pub lease_seconds: u32,
    /// Whether anything is handed out to it.
    pub enabled: bool,
    /// Whether an operator paused it: nothing but undo work is handed out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// The credential that it is bound to: no other app may lease from it or report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AppId>,
}

impl Provider {
    /// Whether it is the one that `vendor` names: names are compared without regard to ASCII case, and one without
    /// `subProvider` stands for every part that has no provider of its own.
    #[must_use]
    pub fn answers_to(&self, vendor: &VendorInformation) -> Option<Precision> {
        let same = |ours: &str, theirs: &Option<String>| {
            theirs.as_deref().is_some_and(|theirs| ours.eq_ignore_ascii_case(theirs))
        };
        if !same(&self.vendor, &vendor.vendor) || !same(&self.provider, &vendor.provider) {
            return None;
        }
        let theirs = vendor.sub_provider.as_deref().filter(|part| !part.is_empty());
        match (self.sub_provider.as_deref(), theirs) {
            (None, _) => Some(Precision::Product),
            (Some(ours), Some(theirs)) if ours.eq_ignore_ascii_case(theirs) => Some(Precision::Part),
            (Some(_), _) => None,
        }
    }

    /// Whether both claim the same `vendorInformation`.
    #[must_use]
    pub fn rivals(&self, other: &Self) -> bool {
        let part = |provider: &Self| provider.sub_provider.as_deref().map(str::to_ascii_lowercase);
        self.vendor.eq_ignore_ascii_case(&other.vendor)
            && self.provider.eq_ignore_ascii_case(&other.provider)
            && part(self) == part(other)
    }

    /// Whether it carries out the definition of that name.
    #[must_use]
    pub fn offers(&self, definition: &str) -> bool {
        self.actions.iter().any(|name| name.eq_ignore_ascii_case(definition))
    }

    /// Whether a program that asked for work then is still counted on.
    #[must_use]
    pub fn is_live(&self, asked: Timestamp, now: Timestamp) -> bool {
        let window = (i64::from(self.lease_seconds) * LIVE_LEASES).max(LIVE_SECONDS);
        asked.plus_seconds(window) >= now
    }

    /// How it is named in messages: `vendor/provider[/subProvider]`.
    #[must_use]
    pub fn address(&self) -> String {
        let part = self.sub_provider.as_deref().map_or_else(String::new, |part| format!("/{part}"));
        format!("{}/{}{part}", self.vendor, self.provider)
    }

    /// What is wrong with a registration by itself.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut text = |value: &str, target: &str| {
            if value.trim().is_empty() {
                faults.push(Fault::new(FaultCode::Required, target, format!("`{target}` must not be empty")));
            } else if value.chars().count() > limits::SHORT_TEXT {
                let message = format!("longer than {} characters", limits::SHORT_TEXT);
                faults.push(Fault::new(FaultCode::TooLong, target, message));
            }
        };
        text(&self.vendor, "vendor");
        text(&self.provider, "provider");
        if let Some(part) = &self.sub_provider {
            text(part, "subProvider");
        }
        if self.actions.is_empty() {
            let message = "`actions` must name what the provider carries out, such as `[\"BlockIp\"]`";
            faults.push(Fault::new(FaultCode::Required, "actions", message));
        }
        let mut number = |value: u32, most: u32, target: &str| {
            if !(1..=most).contains(&value) {
                let message = format!("`{target}` must lie between 1 and {most}");
                faults.push(Fault::new(FaultCode::InvalidValue, target, message));
            }
        };
        number(self.max_concurrent, MAX_CONCURRENT_LIMIT, "maxConcurrent");
        number(self.lease_seconds, LEASE_SECONDS_MAX, "leaseSeconds");
        faults
    }
}

/// A change of a registration; what is not given stays as it is. Whether it is paused is not part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderChange {
    /// The maker.
    pub vendor: Option<String>,
    /// The product.
    pub provider: Option<String>,
    /// The part of the product, or that it stands for all.
    pub sub_provider: Option<Option<String>>,
    /// How work reaches it.
    pub delivery: Option<Delivery>,
    /// What it carries out.
    pub actions: Option<Vec<String>>,
    /// Which members do so.
    pub scope: Option<Scope>,
    /// How many actions it may hold at once.
    pub max_concurrent: Option<u32>,
    /// How long a lease holds, in seconds.
    pub lease_seconds: Option<u32>,
    /// Whether anything is handed out to it.
    pub enabled: Option<bool>,
    /// The credential that it is bound to, or that it is bound to none.
    pub app_id: Option<Option<AppId>>,
}

impl ProviderChange {
    /// Changes a registration.
    pub fn write_to(self, provider: &mut Provider) {
        fn set<T>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        set(&mut provider.vendor, self.vendor);
        set(&mut provider.provider, self.provider);
        set(&mut provider.sub_provider, self.sub_provider);
        set(&mut provider.delivery, self.delivery);
        set(&mut provider.actions, self.actions);
        set(&mut provider.scope, self.scope);
        set(&mut provider.max_concurrent, self.max_concurrent);
        set(&mut provider.lease_seconds, self.lease_seconds);
        set(&mut provider.enabled, self.enabled);
        set(&mut provider.app_id, self.app_id);
    }
}

/// How closely a provider matches; the closest one is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// Vendor and product.
    Product,
    /// The part, too.
    Part,
}

//! The catalog: which actions there are, and what each takes and promises.
//!
//! A [`Definition`] checks the parameters of an action as it is filed and puts them into one normal form, so that the
//! same target is the same text. Those that are built in are in `catalog/builtin.toml`; tenants add their own.

mod address;
mod builtin;
mod check;
mod faults;
mod forms;
mod name;
mod parameter_type;
mod secret;
mod target;
mod undo;
mod validate;

pub use address::IpRange;
pub use builtin::{builtin, find};
pub use check::Checked;
pub(crate) use faults::Faults;
pub(crate) use name::domain;
pub use parameter_type::ParameterType;
pub(crate) use secret::is_called;
pub use secret::{MASK, hide, reveal};
pub use target::{Target, TargetKind};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::duration;

/// What an action of one name is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Definition {
    /// Its name, such as `BlockIp`; names match without regard to ASCII case.
    pub name: String,
    /// Other names of it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Counts changes of the definition.
    #[serde(default = "first_version")]
    pub version: u32,
    /// A few words for people.
    #[serde(default)]
    pub title: String,
    /// A sentence for people.
    #[serde(default)]
    pub description: String,
    /// What it takes.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Groups of parameters of which at least one must be given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Vec<String>>,
    /// The parameter whose value is what the action is done to. Where it is not given, the first given parameter of its
    /// group in `any_of` stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The action that takes its effect back. What has one can be temporary, joined and undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// Whether doing it twice is as doing it once, so that it may be tried again where nobody knows how it ended.
    #[serde(default)]
    pub repeat_safe: bool,
    /// Until when it can be cancelled.
    #[serde(default)]
    pub cancel: Cancel,
    /// What it may cost if it was a mistake.
    #[serde(default)]
    pub risk: Risk,
    /// Whether others must agree before it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Seconds from filing until it must have started.
    #[serde(default = "start_by", with = "duration::iso")]
    pub start_by: i64,
    /// Seconds from its start until it must have ended.
    #[serde(default = "run_for", with = "duration::iso")]
    pub run_for: i64,
    /// Seconds within which whoever does it must be heard of, where that is sooner than its provider's leases say.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "duration::iso_or_none")]
    pub heartbeat: Option<i64>,
    /// What becomes of another filing of the same.
    #[serde(default)]
    pub duplicates: Duplicates,
    /// How it is said in OpenC2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openc2: Option<serde_json::Value>,
}

/// One parameter of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameter {
    /// Its name; names match without regard to ASCII case.
    pub name: String,
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
    /// Whether it may be given several times.
    #[serde(default)]
    pub list: bool,
    /// Whether its value is kept from those who only read.
    #[serde(default)]
    pub secret: bool,
    /// Whether its value is part of what the effect is, such as the direction of a block.
    #[serde(default)]
    pub alters: bool,
    /// The words that a text may be; any text where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The least that an integer may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// The most that an integer may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    /// What is meant where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// A sentence for people.
    #[serde(default)]
    pub description: String,
}

/// How the effect of an action is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Undo {
    /// The name of the action that does it.
    pub action: String,
    /// From the name of a parameter of that action to the name of the parameter here whose values it gets.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// Until when an action can be cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cancel {
    /// Never.
    None,
    /// Until its provider has begun.
    #[default]
    BeforeStart,
    /// Whenever: the provider looks for it while it works.
    Cooperative,
}

/// What an action may cost if it was a mistake; the later, the more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Risk {
    /// Little: nobody's work is disturbed.
    Low,
    /// Somebody's work is disturbed, and can go on once it is undone.
    #[default]
    Medium,
    /// Many people's work is disturbed, or work in progress is lost.
    High,
    /// It cannot be taken back.
    Irreversible,
}

/// Who must agree before an action starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approval {
    /// How many people.
    pub required: u32,
    /// Seconds until nobody's answer is an answer.
    #[serde(with = "duration::iso")]
    pub ttl: i64,
    /// The ids of those who may; empty: everybody with the permission.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
}

/// What becomes of another filing of what is in force or in work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Duplicates {
    /// It becomes a further holder of the same effect.
    Join,
    /// It waits until the one before it has ended.
    #[default]
    Queue,
    /// It is refused.
    Reject,
}

impl Definition {
    /// Whether this is its name or one of its aliases.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }

    /// The parameter of that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }

    /// Whether guard rails look at that parameter: it is the target, or alters what is done to it.
    #[must_use]
    pub fn touches(&self, name: &str) -> bool {
        let alters = self.parameter(name).is_some_and(|parameter| parameter.alters);
        alters || self.target_names().any(|target| target.eq_ignore_ascii_case(name))
    }

    /// The target's parameter, then those that stand for it where it is not given.
    pub(crate) fn target_names(&self) -> impl Iterator<Item = &str> {
        let target = self.target.as_deref();
        let is_target = move |name: &str| target.is_some_and(|target| target.eq_ignore_ascii_case(name));
        let group = self.any_of.iter().find(|group| group.iter().any(|name| is_target(name)));
        let others = group.into_iter().flatten().map(String::as_str).filter(move |name| !is_target(name));
        target.into_iter().chain(others)
    }
}

const fn first_version() -> u32 {
    1
}

const fn start_by() -> i64 {
    24 * 3600
}

const fn run_for() -> i64 {
    15 * 60
}

//! What is in the store in the end: actions, what is in force, and what was handed out by the journal.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use crate::api::{Api, text};

/// An action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Its `clientContext`; empty where the server filed it.
    pub key: String,
    /// Graph's status.
    pub status: String,
    /// Where it stands.
    pub phase: String,
    /// Whether it undoes another one.
    pub lifts: bool,
}

/// What is, or may be, in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Where.
    pub target: String,
    /// The ids of who holds it.
    pub holders: Vec<String>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Every action of the tenant.
    pub actions: Vec<Found>,
    /// The provider's effects that have not ended.
    pub effects: Vec<InForce>,
    /// What the journal says was handed out: action and fence.
    pub handed_out: BTreeSet<(String, i64)>,
}

/// Reads it.
pub(super) async fn read(api: &Api, provider: &str) -> Result<State> {
    let listed = api.list("/api/v1/actions?$top=500").await?;
    let actions = listed.iter().map(|action| Found {
        id: text(action, "/id"),
        key: text(action, "/clientContext"),
        status: text(action, "/status"),
        phase: text(action, "/@interdict.execution/phase"),
        lifts: !text(action, "/@interdict.execution/undoOf").is_empty(),
    });
    let effects = api.list(&format!("/api/v1/providers/{provider}/effects")).await?;
    let effects = effects.iter().map(|effect| {
        let holders = effect.get("holders").and_then(Value::as_array).into_iter().flatten();
        let holders = holders.filter_map(Value::as_str).map(str::to_owned).collect();
        InForce { target: text(effect, "/target"), holders }
    });
    let mut state = State { actions: actions.collect(), effects: effects.collect(), ..State::default() };
    let mut after = 0;
    loop {
        let page = api.get(&format!("/api/v1/audit?top=1000&after={after}")).await?;
        let entries = page.get("value").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let Some(last) = entries.last() else { return Ok(state) };
        after = last.get("sequence").and_then(Value::as_i64).unwrap_or(i64::MAX);
        for entry in entries.iter().filter(|entry| text(entry, "/kind") == "handedOut") {
            let fence = entry.pointer("/changes/execution/lease/fence").and_then(Value::as_i64);
            state.handed_out.extend(fence.map(|fence| (text(entry, "/subject"), fence)));
        }
    }
}

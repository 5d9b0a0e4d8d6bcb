//! What the server says to a provider: leases, directives and effects (`docs/providers/pull.md`).

use serde::Deserialize;
use serde_json::{Map, Value};

/// The annotation with what Graph's record has no place for.
const EXECUTION: &str = "@interdict.execution";

/// `{"value": […]}`.
#[derive(Debug, Deserialize)]
pub(super) struct Listed<T> {
    pub(super) value: Vec<T>,
}

/// A registered provider, as far as its agent asks.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Provider {
    pub(super) id: String,
    #[serde(default)]
    pub(super) provider: String,
    #[serde(default)]
    pub(super) actions: Vec<String>,
}

/// An action that was handed out to us.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lease {
    pub(super) lease_id: String,
    pub(super) fence: u64,
    pub(super) action: Value,
    /// The handle of the effect that an undo action lifts.
    #[serde(default)]
    pub(super) undo: Option<Value>,
}

impl Lease {
    /// The action's name as the catalog spells it; as it was filed, where the server has not said.
    pub(super) fn name(&self) -> &str {
        let name = self.execution("name").and_then(Value::as_str);
        name.unwrap_or_else(|| self.member("name"))
    }

    /// The action's id.
    pub(super) fn action_id(&self) -> &str {
        self.member("id")
    }

    fn member(&self, name: &str) -> &str {
        self.action.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn execution(&self, name: &str) -> Option<&Value> {
        self.action.get(EXECUTION)?.get(name)
    }

    /// The key of the effect that the action has or lifts.
    pub(super) fn effect_key(&self) -> Option<&str> {
        self.execution("effectKey")?.as_str()
    }

    /// Whether the server filed it because an effect is to end; else somebody filed it by hand.
    pub(super) fn is_due(&self) -> bool {
        self.execution("undoOf").is_some_and(|undone| !undone.is_null())
    }

    /// The parameters as the catalog spells them; as they were filed, where the server has not said.
    pub(super) fn parameters(&self) -> Map<String, Value> {
        by_name(self.execution("parameters").or_else(|| self.action.get("parameters")))
    }
}

/// `[{"name", "value"}]` as an object. A name that repeats has an array of its values.
pub(super) fn by_name(pairs: Option<&Value>) -> Map<String, Value> {
    let mut named = Map::new();
    for pair in pairs.and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = pair.get("name").and_then(Value::as_str) else { continue };
        let value = pair.get("value").cloned().unwrap_or_default();
        match named.get_mut(name) {
            None => drop(named.insert(name.to_owned(), value)),
            Some(Value::Array(several)) => several.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    named
}

/// What the provider shall do on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) enum Directive {
    /// Go on.
    Continue,
    /// Somebody asked to cancel the action.
    Cancel,
}

/// The answer to a renewal.
#[derive(Debug, Deserialize)]
pub(super) struct Renewed {
    pub(super) directive: Directive,
}

/// Effects: all of them, or those that changed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EffectsPage {
    pub(super) value: Vec<Value>,
    pub(super) cursor: String,
    /// Whether the cursor leads to more at once.
    #[serde(default)]
    pub(super) has_more: bool,
    /// Whether the server was restored from a backup, and does not know what was put in force after it.
    #[serde(default)]
    pub(super) restored: bool,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use serde_json::json;

    use super::*;

    fn lease(action: &Value) -> Lease {
        serde_json::from_value(json!({"leaseId": "l", "fence": 17, "attempt": 1, "action": action})).unwrap()
    }

    #[test]
    fn the_catalogs_spelling_goes_before_the_filed_one() {
        let filed = json!({"name": "BlockIp", "parameters": [{"name": "ip", "value": "::FFFF"}]});
        assert_eq!(Value::from(lease(&filed).parameters()), json!({"ip": "::FFFF"}));
        let mut known = filed;
        known["name"] = "ip_block".into();
        known["@interdict.execution"] =
            json!({"name": "BlockIp", "parameters": [{"name": "IP", "value": "::ffff"}]});
        assert_eq!(Value::from(lease(&known).parameters()), json!({"IP": "::ffff"}));
        assert_eq!(lease(&known).name(), "BlockIp");
    }

    #[test]
    fn a_name_that_repeats_has_all_of_its_values() {
        let pairs = json!([{"name": "a", "value": "1"}, {"name": "a", "value": "2"}, {"name": "b"}, {"name": "a", "value": "3"}]);
        assert_eq!(Value::from(by_name(Some(&pairs))), json!({"a": ["1", "2", "3"], "b": null}));
    }
}

//! What should be in force at this provider, as the server last said. Pure but for [`Desired::is_due`]'s clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::programs::Job;
use super::wire::{EffectsPage, Lease};

/// Everything is asked for anew after this long, so that no lost change lasts.
const WHOLE_AGAIN: Duration = Duration::from_secs(600);
/// The states of an effect that should be in force.
const DESIRED: [&str; 3] = ["pending", "active", "unconfirmed"];

/// The desired state.
#[derive(Debug, Default)]
pub(super) struct Desired {
    /// By their keys: an effect that ended and began anew has another id.
    effects: BTreeMap<String, Value>,
    cursor: Option<String>,
    whole_at: Option<Instant>,
    /// Whether the server was restored from a backup, and only adds.
    restored: bool,
    /// Whether more may be in force than anybody knows: the server was restored before we first asked.
    partial: bool,
}

impl Desired {
    /// Where changes go on; `None` where everything is to be asked for.
    pub(super) fn cursor(&self) -> Option<&str> {
        if self.is_due() { None } else { self.cursor.as_deref() }
    }

    fn is_due(&self) -> bool {
        self.whole_at.is_none_or(|at| at.elapsed() > WHOLE_AGAIN)
    }

    /// Whether the server has ever said what is desired.
    pub(super) fn is_known(&self) -> bool {
        self.whole_at.is_some()
    }

    /// Whether there may be more that should be in force.
    pub(super) fn is_partial(&self) -> bool {
        self.partial
    }

    /// We lifted an effect: a server that only adds does not say so.
    pub(super) fn lifted(&mut self, key: &str) {
        if self.restored {
            self.effects.remove(key);
        }
    }

    /// Takes an answer: everything, or what changed since the cursor. Of a server that was restored everything is not all:
    /// what is known stays.
    pub(super) fn absorb(&mut self, page: EffectsPage, is_whole: bool) {
        self.restored = page.restored;
        if is_whole && page.restored {
            self.partial |= !self.is_known();
        } else if is_whole {
            self.effects.clear();
            self.partial = false;
        }
        if is_whole {
            self.whole_at = Some(Instant::now());
        }
        for effect in page.value {
            let key = text(&effect, "key").to_owned();
            if DESIRED.contains(&text(&effect, "state")) {
                self.effects.insert(key, effect);
            } else {
                self.effects.remove(&key);
            }
        }
        self.cursor = Some(page.cursor);
    }

    /// The cursor leads nowhere any more: everything next time.
    pub(super) fn begin_anew(&mut self) {
        self.cursor = None;
    }

    /// What should be in force.
    pub(super) fn effects(&self) -> Vec<Value> {
        self.effects.values().cloned().collect()
    }

    /// What should be in force once the lease's action is done.
    pub(super) fn effects_after(&self, lease: &Lease, job: &Job<'_>) -> Vec<Value> {
        let mut effects = self.effects();
        let Some(key) = lease.effect_key() else { return effects };
        let is_own = |effect: &Value| text(effect, "key") == key;
        if job.is_undo {
            effects.retain(|effect| !is_own(effect));
        } else if !effects.iter().any(is_own) {
            let parameters = lease.parameters().into_iter();
            let pairs: Vec<_> =
                parameters.map(|(name, value)| json!({"name": name, "value": value})).collect();
            effects.push(json!({
                "id": lease.action_id(),
                "key": key,
                "action": job.effect_of,
                "parameters": pairs,
                "state": "pending",
                "until": null,
                "holders": [lease.action_id()],
            }));
        }
        effects
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn effect(id: &str, key: &str, state: &str) -> Value {
        json!({"id": id, "key": key, "action": "BlockIp", "state": state, "holders": [id]})
    }

    fn page(value: &[Value], cursor: &str) -> EffectsPage {
        EffectsPage { value: value.to_vec(), cursor: cursor.to_owned(), has_more: false, restored: false }
    }

    fn ids(effects: &[Value]) -> Vec<&str> {
        effects.iter().map(|effect| text(effect, "id")).collect()
    }

    fn known() -> Desired {
        let mut desired = Desired::default();
        let effects = [
            effect("1", "a|in", "active"),
            effect("2", "a|out", "unconfirmed"),
            effect("3", "b", "pending"),
            effect("4", "c", "ending"),
        ];
        desired.absorb(page(&effects, "one"), true);
        desired
    }

    fn lease(name: &str, key: &str) -> Lease {
        let pairs = json!([{"name": "IP", "value": "10.0.0.9"}]);
        let execution = json!({"name": name, "parameters": pairs, "effectKey": key});
        let action = json!({"id": "x", "name": name, "@interdict.execution": execution});
        serde_json::from_value(json!({"leaseId": "l", "fence": 1, "action": action})).unwrap()
    }

    fn job(is_undo: bool) -> Job<'static> {
        Job {
            command: &[],
            time_limit: Duration::ZERO,
            effect_of: "BlockIp",
            is_undo,
            converges: true,
            converger: None,
        }
    }

    #[test]
    fn changes_are_laid_over_what_was_known() {
        let mut desired = known();
        assert_eq!((ids(&desired.effects()), desired.cursor()), (vec!["1", "2", "3"], Some("one")));
        let changes = [effect("1", "a|in", "ended"), effect("5", "d", "active")];
        desired.absorb(page(&changes, "two"), false);
        assert_eq!((ids(&desired.effects()), desired.cursor()), (vec!["2", "3", "5"], Some("two")));
        desired.absorb(page(&[effect("6", "d", "pending")], "three"), false);
        assert_eq!(ids(&desired.effects()), ["2", "3", "6"], "the fifth ended and began anew");
        desired.begin_anew();
        assert_eq!(desired.cursor(), None);
        desired.absorb(page(&[], "four"), true);
        assert!(desired.effects().is_empty() && desired.is_known());
    }

    #[test]
    fn a_restored_server_takes_nothing_away() {
        let restored = |value: &[Value]| EffectsPage { restored: true, ..page(value, "r") };
        let mut desired = known();
        desired.absorb(restored(&[effect("9", "e", "active")]), true);
        assert_eq!((ids(&desired.effects()), desired.is_partial()), (vec!["1", "2", "3", "9"], false));
        desired.lifted("b");
        assert_eq!(ids(&desired.effects()), ["1", "2", "9"], "it was we who lifted it");
        desired.absorb(page(&[effect("9", "e", "active")], "confirmed"), true);
        assert_eq!(ids(&desired.effects()), ["9"]);

        let mut fresh = Desired::default();
        fresh.absorb(restored(&[effect("9", "e", "active")]), true);
        assert!(fresh.is_partial(), "it does not know what it did before");
        fresh.absorb(restored(&[]), true);
        assert!(fresh.is_partial());
        fresh.absorb(page(&[], "confirmed"), true);
        assert!(!fresh.is_partial() && fresh.effects().is_empty());
    }

    #[test]
    fn the_effect_at_hand_is_among_them_once() {
        let effects = known().effects_after(&lease("BlockIp", "d"), &job(false));
        assert_eq!(ids(&effects), ["1", "2", "3", "x"]);
        assert_eq!(effects[3]["parameters"], json!([{"name": "IP", "value": "10.0.0.9"}]));
        let effects = known().effects_after(&lease("BlockIp", "b"), &job(false));
        assert_eq!(ids(&effects), ["1", "2", "3"]);
    }

    #[test]
    fn an_undo_leaves_the_others() {
        let undone = |key: &str| ids(&known().effects_after(&lease("UnblockIp", key), &job(true))).join(" ");
        assert_eq!(undone("a|in"), "2 3");
        assert_eq!(undone("gone"), "1 2 3");
    }
}

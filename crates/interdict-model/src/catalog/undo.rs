//! How an effect is taken back.

use super::{Definition, TargetKind, check};
use crate::action::KeyValuePair;
use crate::{Fault, FaultCode};

impl Definition {
    /// The parameters of the action that takes back what was done with these, which are in their normal form; none
    /// where nothing does.
    #[must_use]
    pub fn undo_parameters(&self, parameters: &[KeyValuePair]) -> Vec<KeyValuePair> {
        let Some(undo) = &self.undo else { return Vec::new() };
        let mut pairs = Vec::new();
        for (name, from) in &undo.parameters {
            pairs.extend(
                check::values(from, parameters)
                    .map(|value| KeyValuePair { name: Some(name.clone()), value: Some(value.to_owned()) }),
            );
        }
        pairs
    }

    /// Whether the undo of this definition fits the one that it names: every parameter that it fills is there and takes
    /// what is given, and all that is needed is filled.
    #[must_use]
    pub fn check_undo(&self, undoing: &Self) -> Vec<Fault> {
        let Some(undo) = &self.undo else { return Vec::new() };
        let mut faults = Vec::new();
        let mut fault = |target: String, message: String| {
            faults.push(Fault::new(FaultCode::InvalidValue, target, message));
        };
        for (name, from) in &undo.parameters {
            let (Some(there), Some(here)) = (undoing.parameter(name), self.parameter(from)) else {
                let message = format!("`{}` has no parameter `{name}`", undoing.name);
                fault(format!("undo/parameters/{name}"), message);
                continue;
            };
            if !there.kind.takes(here.kind) || (here.list && !there.list) || there.values != here.values {
                let message = format!("`{name}` of `{}` does not take what `{from}` may be", undoing.name);
                fault(format!("undo/parameters/{name}"), message);
            }
            if undoing.touches(name) && there.kind.target_kind() != TargetKind::Other && !self.touches(from) {
                let message = format!(
                    "guard rails look at `{name}` of `{}`, and not at `{from}`: it must be a target, or alter the effect",
                    undoing.name
                );
                fault(format!("undo/parameters/{name}"), message);
            }
            if here.secret && !there.secret {
                let message = format!("`{from}` is secret, so `{name}` of `{}` must be so too", undoing.name);
                fault(format!("undo/parameters/{name}"), message);
            }
        }
        let filled = |name: &str| undo.parameters.iter().find(|(there, _)| there.eq_ignore_ascii_case(name));
        for needed in undoing.parameters.iter().filter(|parameter| parameter.required) {
            let source = filled(&needed.name).and_then(|(_, from)| self.parameter(from));
            if !source.is_some_and(|source| source.required) {
                let message =
                    format!("`{}` needs `{}`, which is not always filled", undoing.name, needed.name);
                fault("undo/parameters".to_owned(), message);
            }
        }
        for group in &undoing.any_of {
            let sources: Vec<_> = group.iter().filter_map(|name| Some(filled(name)?.1.as_str())).collect();
            let always = |names: &[String]| {
                names.iter().all(|name| sources.iter().any(|source| source.eq_ignore_ascii_case(name)))
            };
            let required = sources
                .iter()
                .any(|source| self.parameter(source).is_some_and(|parameter| parameter.required));
            if !required && !self.any_of.iter().any(|group| always(group)) {
                let message = format!(
                    "`{}` needs one of {}, which are not always filled",
                    undoing.name,
                    group.join(", ")
                );
                fault("undo/parameters".to_owned(), message);
            }
        }
        faults
    }
}

//! Whether an action's parameters are what its definition takes, and their normal form.

use interdict_odata::suggest;

use super::{Definition, Parameter, ParameterType, Target, TargetKind};
use crate::action::KeyValuePair;
use crate::{Fault, FaultCode, duration};

/// Parameters that were found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The parameters in the order they were given, names as the definition spells them, values in their normal form.
    pub parameters: Vec<KeyValuePair>,
    /// What the action is done to; there is one wherever the definition says so.
    pub target: Option<Target>,
    /// All that guard rails must look at: the target, what stands beside it in its group, and what alters the effect,
    /// as far as these are things.
    pub touched: Vec<Target>,
    /// What tells the effect from others at the same provider; only what can be undone has one.
    pub effect: Option<String>,
    /// Seconds, where a parameter `duration` was given.
    pub duration: Option<i64>,
}

impl Definition {
    /// Checks parameters and puts them into their normal form.
    ///
    /// # Errors
    /// Every fault, at `parameters[i]/name`, `parameters[i]/value` or `parameters`. No message repeats a value.
    pub fn check(&self, parameters: &[KeyValuePair]) -> Result<Checked, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut normal = Vec::new();
        for (at, pair) in parameters.iter().enumerate() {
            let given = pair.name.as_deref().unwrap_or_default();
            let Some(parameter) = self.parameter(given) else {
                faults.push(self.unknown(at, given));
                continue;
            };
            let name = parameter.name.as_str();
            if seen.contains(&name) && !parameter.list {
                let message = format!("`{name}` takes one value and is given twice: file an action for each");
                faults.push(Fault::new(FaultCode::InvalidValue, format!("parameters[{at}]/name"), message));
                continue;
            }
            seen.push(name);
            match parameter.normalise(pair.value.as_deref()) {
                Ok(value) => {
                    normal.push(KeyValuePair { name: Some(name.to_owned()), value: Some(value) });
                }
                Err((code, message)) => {
                    faults.push(Fault::new(code, format!("parameters[{at}]/value"), message));
                }
            }
        }
        self.missing(&seen, &mut faults);
        if faults.is_empty() { Ok(self.checked(normal)) } else { Err(faults) }
    }

    fn unknown(&self, at: usize, given: &str) -> Fault {
        let names = || self.parameters.iter().map(|parameter| parameter.name.as_str());
        let hint = suggest::hint(given, names());
        let known: Vec<_> = names().map(|name| format!("`{name}`")).collect();
        let takes =
            if known.is_empty() { "no parameters".to_owned() } else { format!("takes {}", known.join(", ")) };
        let end = if hint.is_empty() { "." } else { &hint };
        let message = format!("`{}` has no parameter `{given}`{end} It {takes}", self.name);
        Fault::new(FaultCode::UnknownProperty, format!("parameters[{at}]/name"), message)
    }

    fn missing(&self, seen: &[&str], faults: &mut Vec<Fault>) {
        let given = |name: &str| seen.iter().any(|seen| seen.eq_ignore_ascii_case(name));
        for parameter in self.parameters.iter().filter(|parameter| parameter.required) {
            if !given(&parameter.name) {
                let message = format!(
                    "`{}` needs the parameter `{}`: {}",
                    self.name,
                    parameter.name,
                    parameter.forms()
                );
                faults.push(Fault::new(FaultCode::Required, "parameters", message));
            }
        }
        for group in self.any_of.iter().filter(|group| !group.iter().any(|name| given(name))) {
            let names: Vec<_> = group.iter().map(|name| format!("`{name}`")).collect();
            let message =
                format!("`{}` needs at least one of the parameters {}", self.name, names.join(", "));
            faults.push(Fault::new(FaultCode::Required, "parameters", message));
        }
    }

    /// What follows from parameters in their normal form.
    fn checked(&self, parameters: Vec<KeyValuePair>) -> Checked {
        let things: Vec<_> = self.target_names().flat_map(|name| self.things(name, &parameters)).collect();
        let target = things.first().cloned();
        let altering = self.parameters.iter().filter(|parameter| parameter.alters);
        let altering = altering.flat_map(|parameter| self.things(&parameter.name, &parameters));
        let mut touched = Vec::new();
        for thing in things.into_iter().chain(altering) {
            if thing.kind != TargetKind::Other && !touched.contains(&thing) {
                touched.push(thing);
            }
        }
        let effect = target.as_ref().zip(self.undo.as_ref());
        let effect = effect.map(|(target, undo)| self.effect_key(&undo.action, target, &parameters));
        let duration = self
            .parameter("duration")
            .filter(|parameter| parameter.kind == ParameterType::Duration)
            .and_then(|parameter| values(&parameter.name, &parameters).next())
            .and_then(duration::parse);
        Checked { target, touched, effect, duration, parameters }
    }

    /// The things that the values of a parameter name.
    fn things<'a>(
        &'a self,
        name: &'a str,
        parameters: &'a [KeyValuePair],
    ) -> impl Iterator<Item = Target> + use<'a> {
        let parameter = self.parameter(name);
        parameter.into_iter().flat_map(|parameter| {
            values(&parameter.name, parameters).map(|value| Target::new(parameter.kind.target_kind(), value))
        })
    }

    /// What lifts it, target, then what alters the effect in the order of the parameters' names. What is not given counts
    /// as its default. Definitions that are undone by one action have one effect, since its undo is that of both.
    fn effect_key(&self, undo: &str, target: &Target, parameters: &[KeyValuePair]) -> String {
        let mut altering = Vec::new();
        for parameter in self.parameters.iter().filter(|parameter| parameter.alters) {
            let mut given: Vec<_> = values(&parameter.name, parameters).collect();
            if given.is_empty() {
                given.extend(parameter.default.as_deref());
            }
            altering.extend(given.into_iter().map(|value| {
                let thing = Target::new(parameter.kind.target_kind(), value);
                format!("{}={}", parameter.name, escaped(&thing.text))
            }));
        }
        altering.sort_unstable();
        altering.dedup();
        let mut key = format!("{}|{}", undo.to_ascii_lowercase(), escaped(&target.text));
        for part in altering {
            key.push('|');
            key.push_str(&part);
        }
        key
    }
}

impl Parameter {
    /// What a value looks like.
    fn forms(&self) -> String {
        if !self.values.is_empty() {
            let words: Vec<_> = self.values.iter().map(|word| format!("`{word}`")).collect();
            return format!("one of {}", words.join(", "));
        }
        match (self.minimum, self.maximum) {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            (Some(least), None) => format!("a whole number of at least {least}"),
            (None, Some(most)) => format!("a whole number of at most {most}"),
            (None, None) => self.kind.forms().to_owned(),
        }
    }

    /// The normal form of a value.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn normalise(&self, value: Option<&str>) -> Result<String, (FaultCode, String)> {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            let message = format!("`{}` needs a value: {}", self.name, self.forms());
            return Err((FaultCode::Required, message));
        };
        let in_range = |text: &str| {
            self.kind != ParameterType::Integer
                || text.parse().is_ok_and(|number: i64| {
                    self.minimum.is_none_or(|least| least <= number)
                        && self.maximum.is_none_or(|most| number <= most)
                })
        };
        let normal = if self.values.is_empty() {
            self.kind.normalise(value).filter(|text| in_range(text))
        } else {
            self.values.iter().find(|word| word.eq_ignore_ascii_case(value.trim())).cloned()
        };
        normal.ok_or_else(|| {
            (FaultCode::InvalidValue, format!("the value of `{}` must be {}", self.name, self.forms()))
        })
    }
}

/// The values of one parameter.
pub(super) fn values<'a>(
    name: &'a str,
    parameters: &'a [KeyValuePair],
) -> impl Iterator<Item = &'a str> + use<'a> {
    parameters
        .iter()
        .filter(move |pair| pair.name.as_deref().is_some_and(|given| given.eq_ignore_ascii_case(name)))
        .filter_map(|pair| pair.value.as_deref())
}

/// A text within a key, whose parts are divided by bars.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|")
}

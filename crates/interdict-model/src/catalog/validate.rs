//! Whether a definition that a tenant wrote holds together.

use std::collections::HashSet;

use super::{Definition, Duplicates, Faults, Parameter, ParameterType, Undo};
use crate::{Fault, FaultCode, limits};

impl Definition {
    /// Everything that is wrong with it. Whether its name is free and its undo exists is for whoever knows the other
    /// definitions, see [`Definition::check_undo`].
    #[must_use]
    pub fn validate(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.names(self);
        faults.length("title", &self.title, limits::TITLE);
        faults.length("description", &self.description, limits::DESCRIPTION);
        faults.parameters(self);
        faults.groups(self);
        faults.target(self);
        if let Some(undo) = &self.undo {
            faults.undo(self, undo);
        } else if self.duplicates == Duplicates::Join {
            faults.invalid("duplicates", "only what has an `undo` can be joined: take `queue` or `reject`");
        }
        for (member, seconds, longest) in [
            ("startBy", self.start_by, limits::DEADLINE_SECONDS),
            ("runFor", self.run_for, limits::DEADLINE_SECONDS),
        ] {
            faults.deadline(member, seconds, longest);
        }
        if let Some(seconds) = self.heartbeat {
            faults.deadline("heartbeat", seconds, limits::HEARTBEAT_SECONDS);
        }
        if let Some(approval) = &self.approval {
            faults.approval("approval/", approval.required, &approval.approvers, approval.ttl);
        }
        if self.openc2.as_ref().is_some_and(|openc2| openc2.to_string().len() > limits::OPENC2) {
            faults.add(
                FaultCode::TooLong,
                "openc2",
                format!("`openc2` is longer than {} bytes", limits::OPENC2),
            );
        }
        faults.0
    }
}

impl Faults {
    fn names(&mut self, definition: &Definition) {
        self.name("name", &definition.name, limits::NAME);
        self.count("aliases", definition.aliases.len(), limits::ALIASES);
        let mut taken = HashSet::from([definition.name.to_ascii_lowercase()]);
        for (at, alias) in definition.aliases.iter().enumerate() {
            self.name(format!("aliases[{at}]"), alias, limits::NAME);
            if !taken.insert(alias.to_ascii_lowercase()) {
                self.invalid(format!("aliases[{at}]"), format!("`{alias}` is there twice"));
            }
        }
    }

    fn parameters(&mut self, definition: &Definition) {
        self.count("parameters", definition.parameters.len(), limits::PARAMETERS);
        let mut taken = HashSet::new();
        for (at, parameter) in definition.parameters.iter().enumerate() {
            let place = format!("parameters[{at}]");
            self.name(format!("{place}/name"), &parameter.name, limits::PARAMETER_NAME);
            if !taken.insert(parameter.name.to_ascii_lowercase()) {
                self.invalid(format!("{place}/name"), format!("`{}` is there twice", parameter.name));
            }
            self.length(format!("{place}/description"), &parameter.description, limits::DESCRIPTION);
            self.values(&place, parameter);
            if parameter.secret && parameter.alters {
                self.invalid(
                    format!("{place}/secret"),
                    "what alters an effect is shown with it, and cannot be secret",
                );
            }
            if parameter.secret
                && (parameter.default.is_some() || parameter.name.eq_ignore_ascii_case("duration"))
            {
                let message = "a default and a `duration` are shown, and cannot be secret";
                self.invalid(format!("{place}/secret"), message);
            }
        }
    }

    fn values(&mut self, place: &str, parameter: &Parameter) {
        if !parameter.values.is_empty() && parameter.kind != ParameterType::Text {
            self.invalid(format!("{place}/values"), "`values` are for the type `text` alone");
        }
        self.count(&format!("{place}/values"), parameter.values.len(), limits::WORDS);
        let mut taken = HashSet::new();
        for (at, word) in parameter.values.iter().enumerate() {
            let target = format!("{place}/values[{at}]");
            self.length(&target, word, limits::PARAMETER_NAME);
            if word.trim() != word || word.is_empty() || !taken.insert(word.to_ascii_lowercase()) {
                self.invalid(target, "a word must not be empty, begin or end with blanks, or be there twice");
            }
        }
        let bounded = parameter.minimum.is_some() || parameter.maximum.is_some();
        if bounded && parameter.kind != ParameterType::Integer {
            self.invalid(
                format!("{place}/minimum"),
                "`minimum` and `maximum` are for the type `integer` alone",
            );
        }
        if let (Some(least), Some(most)) = (parameter.minimum, parameter.maximum)
            && least > most
        {
            self.invalid(format!("{place}/minimum"), "`minimum` is more than `maximum`");
        }
        if let Some(default) = &parameter.default
            && parameter.normalise(Some(default)).as_ref() != Ok(default)
        {
            self.invalid(
                format!("{place}/default"),
                "`default` must be a value of the parameter, in its normal form",
            );
        }
    }

    fn groups(&mut self, definition: &Definition) {
        self.count("anyOf", definition.any_of.len(), limits::GROUPS);
        for (at, group) in definition.any_of.iter().enumerate() {
            self.count(&format!("anyOf[{at}]"), group.len(), limits::PARAMETERS);
            if group.is_empty() {
                self.invalid(format!("anyOf[{at}]"), "a group must name a parameter");
            }
            for (index, name) in group.iter().enumerate() {
                self.known(definition, format!("anyOf[{at}][{index}]"), name);
            }
        }
    }

    fn known<'a>(&mut self, definition: &'a Definition, target: String, name: &str) -> Option<&'a Parameter> {
        let found = definition.parameter(name);
        if found.is_none() {
            let names = definition.parameters.iter().map(|parameter| parameter.name.as_str());
            let hint = interdict_odata::suggest::hint(name, names);
            self.invalid(target, format!("the definition has no parameter `{name}`{hint}"));
        }
        found
    }

    fn target(&mut self, definition: &Definition) {
        let Some(target) = &definition.target else { return };
        let Some(parameter) = self.known(definition, "target".to_owned(), target) else { return };
        let names: Vec<_> = definition.target_names().collect();
        if !parameter.required && names.len() < 2 {
            self.invalid("target", "the target must be required, or one of a group in `anyOf`");
        }
        for parameter in names.into_iter().filter_map(|name| definition.parameter(name)) {
            if parameter.list || parameter.secret {
                let message = format!("`{}` is a target: it can be no list and no secret", parameter.name);
                self.invalid("target", message);
            }
        }
    }

    fn undo(&mut self, definition: &Definition, undo: &Undo) {
        self.name("undo/action", &undo.action, limits::NAME);
        if definition.is_called(&undo.action) {
            self.invalid("undo/action", "an action does not take back itself");
        }
        if definition.target.is_none() {
            self.invalid("target", "what has an `undo` has a `target`");
        }
        self.count("undo/parameters", undo.parameters.len(), limits::PARAMETERS);
        for (name, from) in &undo.parameters {
            self.name(format!("undo/parameters/{name}"), name, limits::PARAMETER_NAME);
            self.known(definition, format!("undo/parameters/{name}"), from);
        }
        // What the undo is not told it cannot spare: it would take back the effects beside this one too.
        let told = |name: &str| undo.parameters.values().any(|from| from.eq_ignore_ascii_case(name));
        for parameter in definition.parameters.iter().filter(|parameter| parameter.alters) {
            if !told(&parameter.name) {
                let message = format!("`{}` alters the effect, so the undo must be given it", parameter.name);
                self.invalid("undo/parameters", message);
            }
        }
        for name in definition.target_names().filter(|name| !told(name)) {
            self.invalid("undo/parameters", format!("`{name}` is the target, so the undo must be given it"));
        }
    }
}

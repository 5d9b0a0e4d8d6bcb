//! A tenant's own definitions beside those that are built in, and what guard rails see by them.

use super::Settings;
use crate::catalog::{self, Definition, Risk, TargetKind};
use crate::{Fault, FaultCode, Refusal};

impl Settings {
    /// The definition of that name or alias: the tenant's own before the one that is built in, by whichever of its names.
    #[must_use]
    pub fn definition(&self, name: &str) -> Option<&Definition> {
        let own = |name: &str| self.definitions.get(&name.to_ascii_lowercase());
        own(name).or_else(|| self.definitions.values().find(|it| it.is_called(name))).or_else(|| {
            let built_in = catalog::find(name)?;
            Some(own(&built_in.name).unwrap_or(built_in))
        })
    }

    /// Whether no other definition is called as this one is. Only one that is built in, and has its very name, gives way.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] at the name that is taken.
    pub(super) fn names_are_free(&self, definition: &Definition) -> Result<(), Refusal> {
        let others = || {
            let all = self.definitions.values().chain(catalog::builtin());
            all.filter(|other| !other.name.eq_ignore_ascii_case(&definition.name))
        };
        let aliases = definition.aliases.iter().enumerate();
        let aliases = aliases.map(|(at, alias)| (format!("aliases[{at}]"), alias));
        for (target, name) in std::iter::once(("name".to_owned(), &definition.name)).chain(aliases) {
            if let Some(other) = others().find(|other| other.is_called(name)) {
                let message = format!("`{name}` is a name of `{}` already", other.name);
                return Err(Refusal::Conflict(Fault::new(FaultCode::AlreadyExists, target, message)));
            }
        }
        Ok(())
    }

    /// Why only whoever keeps the guard rails may put a definition: it changes what they look at. `None` where it does
    /// not.
    #[must_use]
    pub fn changes_guard_rails(&self, after: &Definition) -> Option<&'static str> {
        let undoing = after.undo.as_ref().and_then(|undo| self.definition(&undo.action));
        if undoing.is_some_and(|undoing| undoing.risk > after.risk || undoing.approval.is_some()) {
            // It would be done without anybody's leave.
            return Some("undo");
        }
        let Some(before) = self.definition(&after.name) else {
            let is_plain = after.risk == Risk::default() && after.approval.is_none();
            return (!is_plain).then_some("risk");
        };
        if after.risk != before.risk {
            return Some("risk");
        }
        if after.approval != before.approval {
            return Some("approval");
        }
        after.hides(before)
    }

    /// The same for removing the tenant's own definition of that name: it may give way to one that is built in, or to one
    /// that somebody writes anew.
    #[must_use]
    pub fn loosens_guard_rails(&self, name: &str) -> Option<&'static str> {
        let before = self.definitions.get(name)?;
        let after = catalog::find(name).filter(|built_in| built_in.name.eq_ignore_ascii_case(name));
        if before.risk > after.map_or_else(Risk::default, |after| after.risk) {
            return Some("risk");
        }
        if before.approval.is_some() && after.is_none_or(|after| after.approval != before.approval) {
            return Some("approval");
        }
        after?.hides(before)
    }
}

impl Definition {
    /// The member by which guard rails would see less of an action than they do by another definition of it.
    fn hides(&self, before: &Self) -> Option<&'static str> {
        let kind = |of: &Self, name: &str| of.parameter(name).map(|it| it.kind.target_kind());
        let targets = |of: &Self| -> Vec<_> { of.target_names().filter_map(|it| kind(of, it)).collect() };
        let seen = |name: &str| before.touches(name) && kind(before, name) != Some(TargetKind::Other);
        let mut things = before.parameters.iter().filter(|parameter| seen(&parameter.name));
        let keeps = |name: &str| self.touches(name) && kind(self, name) == kind(before, name);
        if !things.all(|thing| keeps(&thing.name)) {
            return Some("parameters");
        }
        let (theirs, ours) = (targets(before), targets(self));
        let is_done_to =
            !theirs.is_empty() && (ours.is_empty() || ours.iter().any(|it| !theirs.contains(it)));
        if is_done_to {
            return Some("target");
        }
        // Wide ranges are asked about where there is something to undo, and nobody is asked about what undoes it.
        let undoes = |of: &Self| of.undo.as_ref().map(|undo| undo.action.to_ascii_lowercase());
        (before.undo.is_some() && undoes(before) != undoes(self)).then_some("undo")
    }
}

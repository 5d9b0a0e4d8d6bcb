//! What is to be done: the parameters checked, and their secret values apart from them.

use super::Rules;
use crate::action::{KeyValuePair, SecurityAction};
use crate::catalog::{self, Definition, Duplicates, MASK};
use crate::execution::{UndoWork, Work};
use crate::settings::Settings;
use crate::{Fault, FaultCode, Refusal};

impl Rules<'_> {
    /// Takes the secret values out of an action, by the catalog and by what was secret in it before.
    pub(super) fn hide(&self, action: &mut SecurityAction, kept: &[KeyValuePair]) -> Vec<KeyValuePair> {
        let definition = self.view.settings(self.actor.tenant()).definition(&action.name);
        catalog::hide(&mut action.parameters, |name| is_secret(definition, kept, name))
    }
}

/// Whether a parameter is secret, by the catalog or because it was so before.
fn is_secret(definition: Option<&Definition>, kept: &[KeyValuePair], name: &str) -> bool {
    definition.is_some_and(|it| it.is_secret(name)) || kept.iter().any(|it| catalog::is_called(it, name))
}

/// What is to be done, the parameters checked.
pub(super) fn worked_out(
    settings: &Settings,
    definition: &Definition,
    action: &SecurityAction,
    kept: &[KeyValuePair],
) -> Result<Work, Refusal> {
    let is_secret = |name: &str| is_secret(Some(definition), kept, name);
    unmasked(&action.parameters, is_secret)?;
    let mut checked = definition.check(&action.parameters).map_err(Refusal::Invalid)?;
    let undo = definition.undo.as_ref().map(|undo| {
        let mut parameters = definition.undo_parameters(&checked.parameters);
        let of = |name: &str| undo.parameters.get(name).is_some_and(|from| is_secret(from));
        let secrets = catalog::hide(&mut parameters, of);
        UndoWork { name: undo.action.clone(), parameters, secrets }
    });
    let lifted = settings.lifted_by(definition, &checked.parameters);
    let secrets = catalog::hide(&mut checked.parameters, is_secret);
    Ok(Work {
        name: definition.name.clone(),
        target: checked.target,
        lifts: checked.effect.is_none() && lifted.is_some(),
        effect: checked.effect.or(lifted),
        undo,
        repeat_safe: definition.repeat_safe,
        heartbeat: definition.heartbeat,
        duration: checked.duration,
        joins: definition.duplicates == Duplicates::Join,
        rejects: definition.duplicates == Duplicates::Reject,
        touched: checked.touched,
        parameters: checked.parameters,
        secrets,
    })
}

/// Refuses what was read back and is not the value.
fn unmasked(parameters: &[KeyValuePair], is_secret: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    let masked = |pair: &KeyValuePair| {
        pair.value.as_deref() == Some(MASK) && pair.name.as_deref().is_some_and(&is_secret)
    };
    let fault = |(at, _)| {
        let message = format!("`{MASK}` is what is shown in the place of a secret value: give the value");
        Fault::new(FaultCode::InvalidValue, format!("parameters[{at}]/value"), message)
    };
    let faults: Vec<_> = parameters.iter().enumerate().filter(|(_, pair)| masked(pair)).map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

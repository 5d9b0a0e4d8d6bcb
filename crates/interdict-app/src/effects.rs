//! What is in force: looking at it, ending it, having it last.

use interdict_model::catalog::Target;
use interdict_model::command::{Lasting, Operation};
use interdict_model::effect::Effect;
use interdict_model::{ActionId, Fault, FaultCode, ProviderId, Refusal};

use crate::{Caller, Error, Service, Written};

/// Effects on one target that an answer names.
const ON_MOST: usize = 10_000;
/// Effects of one page.
const PAGE: u32 = 1_000;

/// Effects of a provider, as far as one answer holds them.
#[derive(Clone, Debug)]
pub struct EffectsPage {
    /// The effects.
    pub effects: Vec<Effect>,
    /// The journal sequence up to which they are told.
    pub reached: i64,
    /// Whether there are more.
    pub more: bool,
    /// Whether the store was restored, and nobody has said since that it is right: then nothing is told of what has ended
    /// or is to end, and what is not told of may be in force all the same.
    pub unsure: bool,
}

impl Service {
    /// The effects of a provider that changed after an entry: with 0, all that are or may be in force.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn effects(
        &self,
        caller: &Caller,
        provider: ProviderId,
        after: i64,
    ) -> Result<EffectsPage, Error> {
        caller.may_see_providers()?;
        let scope = caller.actor.scope;
        let settings = self.store.settings(scope).await?;
        if !settings.providers.contains_key(&provider) {
            return Err(Refusal::NotFound(provider.to_string()).into());
        }
        let mut effects = self.store.effects(scope, provider, after, PAGE).await?;
        let more = effects.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        let reached = effects.last().map_or(after, |effect| effect.sequence);
        let unsure = settings.tenant.is_unsure(self.store.restored());
        if unsure {
            effects.retain(|effect| effect.state.is_wanted());
        }
        Ok(EffectsPage { effects, reached, more, unsure })
    }

    /// What is or may be in force on a target, over all providers.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn effects_on(&self, caller: &Caller, target: &str) -> Result<Vec<Effect>, Error> {
        caller.may_read_actions()?;
        let readings = Target::readings(target);
        if readings.is_empty() {
            let message = "it must be an address or a range, a domain, a URL, a hash, a device or a user";
            let fault = Fault::new(FaultCode::InvalidValue, "target", message);
            return Err(Refusal::Invalid(vec![fault]).into());
        }
        let is_on = |effect: &Effect| {
            let on = effect.target.as_ref();
            on.is_some_and(|on| readings.iter().any(|target| on.touches(target)))
        };
        let mut effects = self.store.effects_in_force(caller.actor.scope, ON_MOST + 1, is_on).await?;
        if effects.len() > ON_MOST {
            let message = format!("more than {ON_MOST} effects are on it: ask for less of it at a time");
            let fault = Fault::new(FaultCode::TooLong, "target", message);
            return Err(Refusal::Invalid(vec![fault]).into());
        }
        effects.sort_by_key(|effect| effect.sequence);
        Ok(effects)
    }

    /// Has an action let go of its effect.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn undo_action(
        &self,
        caller: &Caller,
        id: ActionId,
        comment: Option<String>,
    ) -> Result<Written, Error> {
        caller.may_write_actions()?;
        let fresh = self.ids.action();
        self.written(caller, Operation::Undo { id, comment, fresh }).await
    }

    /// Has the effect of an action last longer or shorter.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn extend_action(
        &self,
        caller: &Caller,
        id: ActionId,
        until: Lasting,
    ) -> Result<Written, Error> {
        caller.may_write_actions()?;
        self.written(caller, Operation::Extend { id, until }).await
    }
}

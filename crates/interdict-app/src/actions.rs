//! The use cases of actions. Each: authorise, validate, commit or read.

use std::sync::Arc;

use interdict_model::body::ActionBody;
use interdict_model::command::Operation;
use interdict_model::validate;
use interdict_model::version::Precondition;
use interdict_model::view::Answer;
use interdict_model::{ActionId, Actor, Refusal, Version};
use interdict_store::StoredAction;
use interdict_store::faults::Fault;

use crate::{Caller, Error, Service};

/// An action after a write.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its key.
    pub id: ActionId,
    /// Its version.
    pub version: Version,
    /// It, rendered.
    pub document: Arc<str>,
    /// Whether this repeats an earlier filing.
    pub replayed: bool,
}

impl Service {
    /// Files an action.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_action(
        &self,
        caller: &Caller,
        body: ActionBody,
        strict: bool,
    ) -> Result<Written, Error> {
        caller.may_write_actions()?;
        validate::create(&body, caller.actor.writes_provenance()).map_err(Refusal::Invalid)?;
        let operation = Operation::Create { id: self.ids.action(), body: Box::new(body), strict };
        self.write(caller, operation).await
    }

    /// One action.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get_action(&self, caller: &Caller, id: ActionId) -> Result<StoredAction, Error> {
        caller.may_read_actions()?;
        let found = self.store.action(caller.actor.scope, id).await?;
        Ok(found.ok_or_else(|| Refusal::NotFound(id.to_string()))?)
    }

    /// Changes members of an action.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn update_action(
        &self,
        caller: &Caller,
        id: ActionId,
        body: ActionBody,
        precondition: Precondition,
        strict: bool,
    ) -> Result<Written, Error> {
        caller.may_write_actions()?;
        validate::update(&body).map_err(Refusal::Invalid)?;
        let precondition = if Fault::AnyVersion.is_armed() { Precondition::None } else { precondition };
        self.write(caller, Operation::Update { id, body: Box::new(body), precondition, strict }).await
    }

    /// Cancels an action.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn cancel_action(
        &self,
        caller: &Caller,
        id: ActionId,
        precondition: Precondition,
    ) -> Result<(), Error> {
        self.change(caller, Operation::Cancel { id, precondition }).await.map(drop)
    }

    /// Removes a final action.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete_action(
        &self,
        caller: &Caller,
        id: ActionId,
        precondition: Precondition,
    ) -> Result<(), Error> {
        self.change(caller, Operation::Delete { id, precondition }).await.map(drop)
    }

    async fn write(&self, caller: &Caller, operation: Operation) -> Result<Written, Error> {
        match self.change(caller, operation).await? {
            Answer::Action { id, version, document, replayed } => {
                Ok(Written { id, version, document, replayed })
            }
            Answer::App(_) | Answer::Done => {
                Err(Error::Internal("a write was answered without its action".into()))
            }
        }
    }

    async fn change(&self, caller: &Caller, operation: Operation) -> Result<Answer, Error> {
        caller.may_write_actions()?;
        self.commit(Actor::clone(&caller.actor), caller.request, operation).await
    }
}

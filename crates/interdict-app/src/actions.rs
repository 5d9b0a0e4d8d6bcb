//! The use cases of actions. Each: authorise, validate, commit or read.

use std::sync::Arc;

use interdict_model::body::ActionBody;
use interdict_model::command::Operation;
use interdict_model::validate;
use interdict_model::version::Precondition;
use interdict_model::view::{Answer, Record};
use interdict_model::{ActionId, Actor, Execution, Refusal, Version};
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
    /// How it is carried out, where it is.
    pub execution: Option<Arc<Execution>>,
    /// Whether this repeats an earlier filing.
    pub replayed: bool,
}

/// What came of a filing.
#[derive(Debug)]
pub enum Filed {
    /// The action.
    Action(Written),
    /// What would have been filed.
    Plan(Box<Record>),
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
        match self.file_action(caller, body, strict, None).await? {
            Filed::Action(written) => Ok(written),
            Filed::Plan(_) => Err(Error::Internal("a filing was answered with a plan".into())),
        }
    }

    /// Files an action, once where it comes with an idempotency key (and the digest of its body), or says what filing it
    /// would do.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn file_action(
        &self,
        caller: &Caller,
        body: ActionBody,
        strict: bool,
        idempotency: Option<(String, [u8; 32])>,
    ) -> Result<Filed, Error> {
        caller.may_write_actions()?;
        validate::create(&body, caller.actor.writes_provenance()).map_err(Refusal::Invalid)?;
        let operation =
            Operation::Create { id: self.ids.action(), body: Box::new(body), strict, idempotency };
        match self.command(caller, operation).await? {
            Answer::Plan(record) => Ok(Filed::Plan(record)),
            answer => written(answer).map(Filed::Action),
        }
    }

    /// Agrees to an action that awaits approval, or not: by what a person saw of it, its hash.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn judge_action(
        &self,
        caller: &Caller,
        id: ActionId,
        hash: String,
        approved: bool,
        comment: Option<String>,
    ) -> Result<Written, Error> {
        caller.may_approve()?;
        self.written(caller, Operation::Judge { id, hash, approved, comment }).await
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

    /// One action, and how it is carried out.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get_execution(&self, caller: &Caller, id: ActionId) -> Result<Written, Error> {
        caller.may_read_actions()?;
        let found = self.store.record(caller.actor.scope, id).await?;
        let (record, _) = found.ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        Ok(Written {
            id,
            version: Version { epoch: self.store.epoch(), sequence: record.sequence },
            document: record.document,
            execution: record.execution,
            replayed: false,
        })
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
        comment: Option<String>,
    ) -> Result<(), Error> {
        let fresh = self.ids.action();
        self.change(caller, Operation::Cancel { id, precondition, comment, fresh }).await.map(drop)
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
        caller.may_write_actions()?;
        self.written(caller, operation).await
    }

    /// Has an operation of a caller committed that is answered with an action.
    pub(crate) async fn written(&self, caller: &Caller, operation: Operation) -> Result<Written, Error> {
        written(self.command(caller, operation).await?)
    }

    async fn change(&self, caller: &Caller, operation: Operation) -> Result<Answer, Error> {
        caller.may_write_actions()?;
        self.command(caller, operation).await
    }

    /// Has an operation of a caller decided and committed.
    pub(crate) async fn command(&self, caller: &Caller, operation: Operation) -> Result<Answer, Error> {
        self.commit(Actor::clone(&caller.actor), caller.request, operation).await
    }
}

fn written(answer: Answer) -> Result<Written, Error> {
    match answer {
        Answer::Action { id, version, document, execution, replayed } => {
            Ok(Written { id, version, document, execution, replayed })
        }
        _ => Err(Error::Internal("a write was answered without its action".into())),
    }
}

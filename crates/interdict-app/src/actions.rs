//! The use cases of actions. Each: authorise, validate, commit or read.

use std::sync::Arc;

use interdict_model::body::ActionBody;
use interdict_model::version::Precondition;
use interdict_model::{ActionId, Version};
use interdict_odata::BoundQuery;
use interdict_store::StoredAction;

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

/// One page of a list.
#[derive(Clone, Debug)]
pub struct ListedPage {
    /// The rows.
    pub actions: Vec<StoredAction>,
    /// The skip token of the next page, where there is one.
    pub next: Option<String>,
    /// How many the filter selects, where `$count=true`.
    pub count: Option<u64>,
}

#[expect(unused_variables, reason = "skeleton")]
impl Service {
    /// Files an action.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_action(&self, caller: &Caller, body: ActionBody, strict: bool) -> Result<Written, Error> {
        todo!()
    }

    /// One action.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn get_action(&self, caller: &Caller, id: ActionId) -> Result<StoredAction, Error> {
        todo!()
    }

    /// One page of actions.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_actions(&self, caller: &Caller, query: &BoundQuery) -> Result<ListedPage, Error> {
        todo!()
    }

    /// How many actions the filter selects.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn count_actions(&self, caller: &Caller, query: &BoundQuery) -> Result<u64, Error> {
        todo!()
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
        todo!()
    }

    /// Cancels an action.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn cancel_action(&self, caller: &Caller, id: ActionId, precondition: Precondition) -> Result<(), Error> {
        todo!()
    }

    /// Removes a final action.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete_action(&self, caller: &Caller, id: ActionId, precondition: Precondition) -> Result<(), Error> {
        todo!()
    }
}

//! The use cases of actions. Each: authorise, validate, commit or read.

use std::sync::Arc;

use interdict_model::body::ActionBody;
use interdict_model::command::Operation;
use interdict_model::validate;
use interdict_model::version::Precondition;
use interdict_model::view::Answer;
use interdict_model::{ActionId, Actor, Refusal, Version};
use interdict_odata::query::OrderKey;
use interdict_odata::{BoundQuery, QueryError, QueryErrorCode};
use interdict_store::faults::Fault;
use interdict_store::{ListRequest, Store, StoredAction, unsupported};

use crate::{Caller, Error, Service};

/// Rows of a page where the request names no number.
const PAGE: u32 = 100;

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

    /// One page of actions.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_actions(&self, caller: &Caller, query: &BoundQuery) -> Result<ListedPage, Error> {
        caller.may_read_actions()?;
        evaluable(query)?;
        let scope = caller.actor.scope;
        let descending = newest_first(&query.order_by)?;
        let selection = self.pages.selection(scope.tenant(), query.filter.as_ref(), descending);
        let after = query.skip_token.as_deref().map(|token| selection.after(token)).transpose()?;
        let (limit, counted) = (query.top.unwrap_or(PAGE), query.count);
        let filter = query.filter.clone().map(Arc::new);
        let (page, count) = self
            .read(move |store, patience| {
                let filter = filter.clone();
                async move {
                    let filter = filter.as_deref();
                    let request = ListRequest { filter, descending, after, limit, patience };
                    let page = store.list(scope, &request).await?;
                    let count =
                        if counted { Some(store.count(scope, filter, patience).await?) } else { None };
                    Ok((page, count))
                }
            })
            .await?;
        let next = page.next.map(|(created, id)| selection.token(created, id));
        Ok(ListedPage { actions: page.actions, next, count })
    }

    /// How many actions the filter selects.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn count_actions(&self, caller: &Caller, query: &BoundQuery) -> Result<u64, Error> {
        caller.may_read_actions()?;
        evaluable(query)?;
        let (scope, filter) = (caller.actor.scope, query.filter.clone().map(Arc::new));
        let count = move |store: Store, patience| {
            let filter = filter.clone();
            async move { store.count(scope, filter.as_deref(), patience).await }
        };
        self.read(count).await
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

/// Refuses what the store does not evaluate.
fn evaluable(query: &BoundQuery) -> Result<(), Error> {
    let faults = unsupported(query);
    if faults.is_empty() { Ok(()) } else { Err(Error::Query(faults)) }
}

/// The direction of a list.
fn newest_first(order_by: &[OrderKey]) -> Result<bool, Error> {
    match order_by {
        [] => Ok(true),
        [key] if key.expr.property().is_some_and(|path| path.to_string() == "createdDateTime") => {
            Ok(key.descending)
        }
        _ => Err(query_error(
            "$orderby",
            QueryErrorCode::Unsupported,
            "lists are ordered by `createdDateTime` alone, `asc` or `desc`",
        )),
    }
}

pub(crate) fn query_error(option: &str, code: QueryErrorCode, message: &str) -> Error {
    Error::Query(vec![QueryError {
        option: option.to_owned(),
        code,
        position: None,
        message: message.to_owned(),
    }])
}

//! The use cases of lists: pages and counts.

use std::collections::HashMap;
use std::sync::Arc;

use interdict_model::edm::SECURITY_ACTION;
use interdict_model::{ActionId, Execution, Timestamp};
use interdict_odata::query::{Expr, ExprKind, OrderKey, Path, Place as PropertyPlace, Root, Type};
use interdict_odata::{BoundQuery, QueryError, QueryErrorCode};
use interdict_store::{ListRequest, Selected, Store, StoredAction, unsupported};

use crate::page::Continued;
use crate::{Caller, Error, Service};

/// Rows of a page where the request names no number.
pub(crate) const PAGE: u32 = 100;

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
    /// One page of actions.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_actions(&self, caller: &Caller, query: &BoundQuery) -> Result<ListedPage, Error> {
        caller.may_read_actions()?;
        evaluable(query)?;
        let scope = caller.actor.scope;
        let mut query = query.clone();
        if query.order_by.is_empty() {
            query.order_by = newest_first();
        }
        let selection = self.pages.selection(scope.tenant(), &query);
        let continued = query.skip_token.as_deref().map(|token| selection.after(token)).transpose()?;
        let asked = Arc::new((query, continued));
        let clock = self.clock.now();
        let now = asked.1.as_ref().map_or(clock, |continued| continued.now);
        let (page, count) = self
            .read(move |store, patience| {
                let asked = Arc::clone(&asked);
                async move {
                    let (query, continued) = &*asked;
                    let selected = selected(query, now);
                    let request = ListRequest {
                        selected,
                        order_by: &query.order_by,
                        after: continued.as_ref().map(|continued| &continued.place),
                        // What is left out is left out before the first page.
                        skip: if continued.is_some() { 0 } else { query.skip.unwrap_or(0) },
                        limit: query.top.unwrap_or(PAGE),
                        patience,
                    };
                    let page = store.list(scope, &request).await?;
                    let counted = query.count.then(|| store.count(scope, selected, patience));
                    let count = match counted {
                        Some(counted) => Some(counted.await?),
                        None => None,
                    };
                    Ok((page, count))
                }
            })
            .await?;
        let next = page.next.map(|place| selection.token(&Continued { place, now }));
        Ok(ListedPage { actions: page.actions, next, count })
    }

    /// One page of actions, and how each is carried out.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_executions(
        &self,
        caller: &Caller,
        query: &BoundQuery,
    ) -> Result<(ListedPage, HashMap<ActionId, Execution>), Error> {
        let page = self.list_actions(caller, query).await?;
        let ids: Vec<_> = page.actions.iter().map(|action| action.id).collect();
        let executions = self.store.executions(caller.actor.scope, &ids).await?;
        Ok((page, executions))
    }

    /// How many actions the filter selects.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn count_actions(&self, caller: &Caller, query: &BoundQuery) -> Result<u64, Error> {
        caller.may_read_actions()?;
        evaluable(query)?;
        let (scope, now, query) = (caller.actor.scope, self.clock.now(), Arc::new(query.clone()));
        let count = move |store: Store, patience| {
            let query = Arc::clone(&query);
            async move { store.count(scope, selected(&query, now), patience).await }
        };
        self.read(count).await
    }
}

pub(crate) fn selected(query: &BoundQuery, now: Timestamp) -> Selected<'_> {
    Selected { filter: query.filter.as_ref(), search: query.search.as_ref(), now: now.ticks() }
}

/// The order of a list that names none.
pub(crate) fn newest_first() -> Vec<OrderKey> {
    let created = SECURITY_ACTION.property("createdDateTime");
    let key = created.map(|property| {
        let place = PropertyPlace { root: Root::Row, path: Path(vec![property]) };
        let (kind, ty) = (ExprKind::Value(place), Type::DateTimeOffset);
        OrderKey { expr: Expr { kind, ty, nullable: property.nullable, at: 0 }, descending: true }
    });
    key.into_iter().collect()
}

/// Refuses what lists have no use for, and what the store does not evaluate.
fn evaluable(query: &BoundQuery) -> Result<(), Error> {
    if query.delta_token.is_some() {
        let message = "`$deltatoken` means nothing here: ask `securityActions/delta` for changes";
        return Err(query_error("$deltatoken", QueryErrorCode::Unsupported, message));
    }
    evaluated(query)
}

/// Refuses what the store does not evaluate.
pub(crate) fn evaluated(query: &BoundQuery) -> Result<(), Error> {
    unsupported(query).map_or(Ok(()), |fault| Err(Error::Query(vec![fault])))
}

pub(crate) fn query_error(option: &str, code: QueryErrorCode, message: &str) -> Error {
    Error::Query(vec![QueryError {
        option: option.to_owned(),
        code,
        position: None,
        message: message.to_owned(),
    }])
}

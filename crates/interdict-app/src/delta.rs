//! The use case of whoever keeps a copy: all actions that there are, then what became of them since.
//!
//! The position from which changes are told is taken before the first page of what is there is read. An action that
//! changes meanwhile may be told of twice, and never not at all.

use std::sync::Arc;

use interdict_odata::{BoundQuery, QueryError, QueryErrorCode};
use interdict_store::{
    Change, ChangesPage, ChangesRequest, ListPage, ListRequest, Patience, Store, StoreError,
};

use crate::lists::{self, PAGE};
use crate::page::{Continued, Going, Since};
use crate::{Caller, Error, Service};

/// The delta token that stands for the end of what there is.
const LATEST: &str = "latest";

/// One page of a copy, or of what became of it.
#[derive(Clone, Debug)]
pub struct DeltaPage {
    /// The rows.
    pub changes: Vec<Change>,
    /// Whether these are changes of what an earlier round told; else all that is there is being told.
    pub is_round: bool,
    /// How it goes on.
    pub onward: Onward,
}

/// How a page goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Onward {
    /// The skip token of the next page.
    Next(String),
    /// The delta token of the next round.
    Delta(String),
}

impl Service {
    /// One page of actions, or of changes to them since a delta token. It takes `$filter`, `$select`, `$top` and tokens.
    ///
    /// # Errors
    /// [`Error::Resync`] where the token's state is gone; see [`Error`] for others.
    pub async fn delta_actions(&self, caller: &Caller, query: &BoundQuery) -> Result<DeltaPage, Error> {
        caller.may_read_actions()?;
        taken(query)?;
        lists::evaluated(query)?;
        let selection = self.pages.changes(caller.actor.scope.tenant(), query);
        let first = || Since { sequence: 0, now: self.clock.now() };
        let onward = match (query.delta_token.as_deref(), query.skip_token.as_deref()) {
            (None, None) => return self.present(caller, query, None).await,
            (Some(latest), _) if latest.eq_ignore_ascii_case(LATEST) => {
                let sequence = self.position(caller).await?;
                let since = Since { sequence, ..first() };
                let onward = Onward::Delta(selection.since_token(since));
                return Ok(DeltaPage { changes: Vec::new(), is_round: true, onward });
            }
            (Some(token), _) => (selection.since(token)?, None),
            (None, Some(token)) => match selection.going(token)? {
                Going::Present(since, continued) => {
                    return self.present(caller, query, Some((since, continued))).await;
                }
                Going::Round { since, until } => (since, Some(until)),
            },
        };
        self.round(caller, query, onward).await
    }

    /// A page of a round from there on.
    async fn round(
        &self,
        caller: &Caller,
        query: &BoundQuery,
        (since, until): (Since, Option<i64>),
    ) -> Result<DeltaPage, Error> {
        let (scope, asked) = (caller.actor.scope, Arc::new(query.clone()));
        let Since { sequence: after, now } = since;
        let read = move |store: Store, patience| {
            let query = Arc::clone(&asked);
            async move {
                let filter = query.filter.as_ref();
                let limit = query.top.unwrap_or(PAGE);
                let now = now.ticks();
                let request = ChangesRequest { after, until, filter, now, limit, patience };
                store.changes_page(scope, &request).await
            }
        };
        let page = self.read_in_time(read).await??;
        let ChangesPage { changes, reached, until } = page.ok_or_else(|| resync(query))?;
        let selection = self.pages.changes(scope.tenant(), query);
        let since = Since { sequence: reached, now };
        // A page without rows ends its round, wherever it got to: some clients go on behind no empty page.
        let onward = if reached < until && !changes.is_empty() {
            Onward::Next(selection.going_token(&Going::Round { since, until }))
        } else {
            Onward::Delta(selection.since_token(since))
        };
        Ok(DeltaPage { changes, is_round: true, onward })
    }

    /// A page of all that is there: the first, or the one that goes on behind a position and a place.
    async fn present(
        &self,
        caller: &Caller,
        query: &BoundQuery,
        continued: Option<(i64, Continued)>,
    ) -> Result<DeltaPage, Error> {
        let scope = caller.actor.scope;
        let mut asked = query.clone();
        asked.order_by = lists::newest_first();
        let clock = self.clock.now();
        let now = continued.as_ref().map_or(clock, |(_, continued)| continued.now);
        let asked = Arc::new((asked, continued));
        let read = move |store: Store, patience| {
            let asked = Arc::clone(&asked);
            async move {
                patient(patience)?;
                let (query, continued) = &*asked;
                let since = match continued {
                    Some((since, _)) => *since,
                    None => store.position(scope, patience).await?,
                };
                let request = ListRequest {
                    selected: lists::selected(query, now),
                    order_by: &query.order_by,
                    after: continued.as_ref().map(|(_, continued)| &continued.place),
                    skip: 0,
                    limit: query.top.unwrap_or(PAGE),
                    patience,
                };
                let page = store.list(scope, &request).await?;
                Ok(store.remembers(scope, since, patience).await?.then_some((since, page)))
            }
        };
        let (since, page) = self.read(read).await?.ok_or_else(|| resync(query))?;
        let ListPage { actions, next } = page;
        let selection = self.pages.changes(scope.tenant(), query);
        let onward = match next {
            Some(place) => {
                Onward::Next(selection.going_token(&Going::Present(since, Continued { place, now })))
            }
            None => Onward::Delta(selection.since_token(Since { sequence: since, now })),
        };
        let changes = actions.into_iter().map(Change::Present).collect();
        Ok(DeltaPage { changes, is_round: false, onward })
    }

    async fn position(&self, caller: &Caller) -> Result<i64, Error> {
        let scope = caller.actor.scope;
        let read = move |store: Store, patience| async move { store.position(scope, patience).await };
        Ok(self.read_in_time(read).await??)
    }
}

/// Refuses brief readers: what they see may be a moment older than the position that another one took.
fn patient(patience: Patience) -> Result<(), StoreError> {
    match patience {
        Patience::Brief => Err(StoreError::Deadline),
        Patience::Until(_) => Ok(()),
    }
}

fn resync(query: &BoundQuery) -> Error {
    Error::Resync(if query.skip_token.is_some() { "$skiptoken" } else { "$deltatoken" })
}

/// Refuses options that changes have no use for.
fn taken(query: &BoundQuery) -> Result<(), Error> {
    let unused = [
        (!query.order_by.is_empty(), "$orderby"),
        (query.search.is_some(), "$search"),
        (query.skip.is_some(), "$skip"),
        (query.count, "$count"),
        (query.skip_token.is_some() && query.delta_token.is_some(), "$skiptoken"),
    ];
    let fault = |option: &str| QueryError {
        option: option.to_owned(),
        code: QueryErrorCode::Unsupported,
        position: None,
        message: format!(
            "`{option}` means nothing here: changes are asked for with `$filter`, `$select`, `$top` and one token"
        ),
    };
    let faults: Vec<_> = unused.iter().filter(|(given, _)| *given).map(|(_, option)| fault(option)).collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Query(faults)) }
}

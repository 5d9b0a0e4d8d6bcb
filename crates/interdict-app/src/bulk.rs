//! The emergency stop: cancel or undo every action that a filter selects.

use interdict_model::command::{BulkDecided, BulkVerb, Operation};
use interdict_model::view::Answer;
use interdict_model::{ActionId, Fault, FaultCode, Refusal};
use interdict_odata::BoundQuery;

use crate::{Caller, Error, Service};

/// Actions that one decision is about at the most.
pub const BULK_MOST: usize = 10_000;
/// Actions of one command.
const OF_ONE: usize = 200;
/// Actions of one page of the list that selects them.
const PAGE: u32 = 1_000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct BulkRequest {
    /// What is to be done.
    pub verb: BulkVerb,
    /// The filter as it was written.
    pub filter: String,
    /// And as it is understood.
    pub query: BoundQuery,
    /// Why.
    pub comment: Option<String>,
    /// Whether only to say which actions it would be about.
    pub preview: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkOutcome {
    /// The actions that the filter selects.
    pub selected: Vec<ActionId>,
    /// How many of them were changed.
    pub changed: usize,
}

impl Service {
    /// Cancels or undoes what the filter selects, as far as that can be done to each.
    ///
    /// # Errors
    /// See [`Error`]. Where one part fails the parts before it are done, and asking again does the rest.
    pub async fn bulk(&self, caller: &Caller, request: BulkRequest) -> Result<BulkOutcome, Error> {
        caller.may_write_actions()?;
        let selected = self.selected(caller, request.query).await?;
        if request.preview {
            return Ok(BulkOutcome { selected, changed: 0 });
        }
        let (verb, filter, comment) = (request.verb, request.filter, request.comment);
        let mut decided =
            Some(BulkDecided { verb, filter, actions: selected.len(), comment: comment.clone() });
        let mut changed = 0;
        for part in selected.chunks(OF_ONE) {
            let ids = part.iter().map(|id| (*id, self.ids.action())).collect();
            let operation = Operation::Bulk { verb, ids, decided: decided.take(), comment: comment.clone() };
            match self.command(caller, operation).await? {
                Answer::Bulk(done) => changed += done,
                _ => return Err(Error::Internal("a bulk command was answered otherwise".into())),
            }
        }
        Ok(BulkOutcome { selected, changed })
    }

    async fn selected(&self, caller: &Caller, mut query: BoundQuery) -> Result<Vec<ActionId>, Error> {
        query.top = Some(PAGE);
        let mut selected = Vec::new();
        loop {
            let page = self.list_actions(caller, &query).await?;
            selected.extend(page.actions.iter().map(|action| action.id));
            if selected.len() > BULK_MOST {
                let message = format!("the filter selects more than {BULK_MOST} actions: narrow it");
                let fault = Fault::new(FaultCode::TooLong, "filter", message);
                return Err(Refusal::Invalid(vec![fault]).into());
            }
            match page.next {
                Some(token) => query.skip_token = Some(token),
                None => return Ok(selected),
            }
        }
    }
}

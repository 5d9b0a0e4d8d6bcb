//! `Warning`: what whoever files an action, or looks at it, should know.

use axum::response::Response;
use http::{HeaderValue, header};
use interdict_app::{Caller, Service, Silence};
use interdict_model::Execution;
use interdict_model::action::Status;
use interdict_model::effect::EffectState;
use interdict_model::execution::Phase;

const RECORDED: &str = "199 - \"recorded only: no provider is registered for this action\"";

/// What is to be said of an action that was filed: that it is only recorded, or that nobody asks for it.
pub(crate) async fn of_filing(
    service: &Service,
    caller: &Caller,
    execution: Option<&Execution>,
    response: Response,
) -> Response {
    match execution {
        None => with(response, RECORDED),
        Some(execution) if execution.phase.status() == Status::NotStarted => {
            of_silence(service, caller, execution, response).await
        }
        Some(_) => response,
    }
}

/// What is to be said of an action that was asked to let go: that nobody asks for the undo.
pub(crate) async fn of_undo(
    service: &Service,
    caller: &Caller,
    execution: Option<&Execution>,
    response: Response,
) -> Response {
    let ends = |it: &&Execution| it.effect.as_ref().is_some_and(|it| it.state == EffectState::Ending);
    match execution.filter(ends) {
        Some(execution) => of_silence(service, caller, execution, response).await,
        None => response,
    }
}

/// What is to be said of an action that is shown with how it was carried out: that not every member of its fleet did.
pub(crate) fn of_missed(execution: Option<&Execution>, response: Response) -> Response {
    let fleet = execution.filter(|it| it.phase == Phase::Succeeded).and_then(|it| it.fleet.as_ref());
    match fleet.map_or(0, |fleet| fleet.missed.len()) {
        0 => response,
        1 => with(response, "199 - \"missed: a member of the fleet was silent\""),
        members => with(response, &format!("199 - \"missed: {members} members of the fleet were silent\"")),
    }
}

async fn of_silence(
    service: &Service,
    caller: &Caller,
    execution: &Execution,
    response: Response,
) -> Response {
    let Some(Silence { provider, since }) = service.silence(caller, execution).await else { return response };
    let never = since.is_none();
    let since = since.map(|at| format!(" since {at}")).unwrap_or_default();
    let has = if never { "has never" } else { "has not" };
    with(response, &format!("199 - \"waiting: provider {provider} {has} asked for work{since}\""))
}

fn with(mut response: Response, text: &str) -> Response {
    if let Ok(value) = HeaderValue::try_from(text) {
        response.headers_mut().insert(header::WARNING, value);
    }
    response
}

//! Actions on the native face: as on Graph's, always with `@interdict.execution`.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use interdict_app::Written;
use interdict_model::command::Lasting;
use interdict_model::execution::Shown;
use interdict_model::version::Precondition;
use interdict_model::{ActionId, Execution, Fault, FaultCode, Timestamp, Version, duration, limits, request};
use serde::Deserialize;
use serde_json::value::RawValue;

use interdict_model::edm::CARRIED_OUT_ACTION;
use interdict_odata::bind::bind_query;

use super::{Exchange, body, reply};
use crate::graph::render::link;
use crate::{GraphError, GraphResult, warning};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommentBody {
    #[serde(default)]
    comment: Option<String>,
}

impl CommentBody {
    async fn read(exchange: &Exchange<'_>, body: Body) -> GraphResult<Option<String>> {
        let Self { comment } = body::read_optional(exchange, body).await?;
        check_comment(comment.as_deref())?;
        Ok(comment)
    }
}

pub(super) fn check_comment(comment: Option<&str>) -> GraphResult<()> {
    if comment.is_some_and(|text| text.chars().count() > limits::ACTION_REASON) {
        let message = format!("longer than {} characters", limits::ACTION_REASON);
        return Err(body::refused(Fault::new(FaultCode::TooLong, "comment", message)));
    }
    Ok(())
}

/// `GET /api/v1/actions`: as Graph's list, by query options, which know `phase`, `effectState` and `deadline` too.
pub(super) async fn list(exchange: &Exchange<'_>) -> GraphResult {
    let options = exchange.parts.uri.query();
    let query = bind_query(options.unwrap_or_default(), &CARRIED_OUT_ACTION).map_err(GraphError::of_query)?;
    if query.select.is_some() || query.format.is_some() {
        let message = "the native face shows whole actions, as JSON";
        return Err(GraphError::bad_request("unsupported", "$select", message));
    }
    let listed = exchange.state.service.list_executions(&exchange.caller, &query).await;
    let (page, executions) = listed.map_err(|error| exchange.refusal(error))?;
    let mut rows = Vec::with_capacity(page.actions.len());
    for action in &page.actions {
        let document = std::str::from_utf8(&action.document)
            .map_err(|error| GraphError::internal().because(error.to_string()))?;
        rows.push(shown(action.version, document, executions.get(&action.id))?);
    }
    let next = page.next.map(|token| link("/api/v1/actions", options, Some(("$skiptoken", &token))));
    reply::counted_list(exchange, rows, page.count, next)
}

pub(super) async fn get(exchange: &Exchange<'_>) -> GraphResult {
    let id = ActionId(exchange.guid()?);
    let found = exchange.state.service.get_execution(&exchange.caller, id).await;
    let action = found.map_err(|error| exchange.refusal(error))?;
    Ok(warning::of_missed(action.execution.as_deref(), reply(&action)?))
}

pub(super) async fn cancel(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let id = ActionId(exchange.guid()?);
    let comment = CommentBody::read(exchange, body).await?;
    let service = &exchange.state.service;
    let cancelled = service.cancel_action(&exchange.caller, id, Precondition::None, comment).await;
    cancelled.map_err(|error| exchange.refusal(error))?;
    get(exchange).await
}

pub(super) async fn undo(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let id = ActionId(exchange.guid()?);
    let comment = CommentBody::read(exchange, body).await?;
    let undone = exchange.state.service.undo_action(&exchange.caller, id, comment).await;
    let undone = undone.map_err(|error| exchange.refusal(error))?;
    let service = &exchange.state.service;
    Ok(warning::of_undo(service, &exchange.caller, undone.execution.as_deref(), reply(&undone)?).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerdictBody {
    hash: String,
    #[serde(default)]
    comment: Option<String>,
}

pub(super) async fn judge(exchange: &Exchange<'_>, body: Body, approved: bool) -> GraphResult {
    let id = ActionId(exchange.guid()?);
    let VerdictBody { hash, comment } = body::read(exchange, body).await?;
    check_comment(comment.as_deref())?;
    let service = &exchange.state.service;
    let judged = service.judge_action(&exchange.caller, id, hash, approved, comment).await;
    reply(&judged.map_err(|error| exchange.refusal(error))?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtendBody {
    #[serde(default)]
    duration: Option<String>,
    #[serde(default, deserialize_with = "body::given")]
    until: Option<Option<String>>,
}

pub(super) async fn extend(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let id = ActionId(exchange.guid()?);
    let given: ExtendBody = body::read(exchange, body).await?;
    let lasting = lasting(&given).map_err(body::refused)?;
    let extended = exchange.state.service.extend_action(&exchange.caller, id, lasting).await;
    reply(&extended.map_err(|error| exchange.refusal(error))?)
}

fn lasting(given: &ExtendBody) -> Result<Lasting, Fault> {
    let wrong = |target: &str, forms: &str| {
        Fault::new(FaultCode::InvalidValue, target, format!("`{target}` must be {forms}"))
    };
    match (&given.duration, &given.until) {
        (Some(text), None) => duration::parse(text)
            .filter(|seconds| *seconds <= request::LONGEST)
            .map(Lasting::For)
            .ok_or_else(|| wrong("duration", duration::FORMS)),
        (None, Some(None)) => Ok(Lasting::Forever),
        (None, Some(Some(text))) => {
            Timestamp::parse_lenient(text).map(|date| Lasting::Until(date.instant)).ok_or_else(|| {
                wrong("until", "a date and time such as `2026-01-31T12:00:00Z`, or null for ever")
            })
        }
        (None, None) | (Some(_), Some(_)) => {
            Err(Fault::new(FaultCode::Required, "duration", "say either `duration` or `until`"))
        }
    }
}

/// The action as it now is.
pub(super) fn reply(written: &Written) -> GraphResult {
    let shown = shown(written.version, &written.document, written.execution.as_deref())?;
    let mut response: Response = reply::json_text(StatusCode::OK, shown.get().to_owned());
    if let Ok(value) = HeaderValue::try_from(written.version.to_string()) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}

/// An action with its tag and its execution, as JSON.
pub(super) fn shown(
    version: Version,
    document: &str,
    execution: Option<&Execution>,
) -> GraphResult<Box<RawValue>> {
    let internal = |error: serde_json::Error| GraphError::internal().because(error.to_string());
    let tag = serde_json::to_string(&version.to_string()).map_err(internal)?;
    let execution = serde_json::to_string(&execution.map(Shown::of)).map_err(internal)?;
    let members = document.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    let text = format!("{{\"@odata.etag\":{tag},{members},\"@interdict.execution\":{execution}}}");
    RawValue::from_string(text).map_err(internal)
}

//! `POST …/securityActions`

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use interdict_app::Filed;
use interdict_model::view::Record;
use interdict_model::{Execution, Version, limits};

use super::body::{self, Purpose};
use super::render::{self, Form};
use super::{Exchange, reply};
use crate::extract::content;
use crate::extract::media::JsonForm;
use crate::extract::prefer::Return;
use crate::{GraphError, GraphResult, warning};

pub(super) async fn handle(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let json = exchange.accepted().json()?;
    let preferences = exchange.preferences();
    exchange.caller.may_write_actions().map_err(|error| exchange.refusal(error))?;
    let bytes = content::read_json(exchange.parts, body).await?;
    let provenance = exchange.caller.actor.writes_provenance();
    let purpose = Purpose { create: true, provenance, strict: preferences.strict };
    let decoded = body::decode(&bytes, purpose)?;
    let once = idempotency(&exchange.parts.headers, &bytes)?;
    let filed = exchange.state.service.file_action(&exchange.caller, decoded, preferences.strict, once).await;
    let written = match filed.map_err(|error| exchange.refusal(error))? {
        Filed::Action(written) => written,
        Filed::Plan(record) => return planned(exchange, json, &record).await,
    };
    let minimal = preferences.returns == Some(Return::Minimal);
    let response = if minimal {
        reply::empty(StatusCode::NO_CONTENT)
    } else {
        let form = Form::stored(json);
        let body = render::entity(&exchange.base, written.version, written.document.as_bytes(), form)?;
        let shown = written.execution.as_deref().filter(|_| preferences.execution);
        let body = render::with_execution(body, shown)?;
        reply::json(StatusCode::CREATED, body, json)
    };
    let address = format!("{}/security/securityActions/{}", exchange.base, written.id);
    let response = reply::with_location(reply::with_etag(response, written.version), &address, minimal);
    let response = warned(exchange, written.execution.as_deref(), response).await;
    let mut response = reply::with_applied(response, &preferences, true, None);
    if written.replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What filing it would do: the action as it would be, and how it would be carried out.
async fn planned(exchange: &Exchange<'_>, json: JsonForm, record: &Record) -> GraphResult {
    let version = Version { epoch: 0, sequence: 0 };
    let body = render::entity(&exchange.base, version, record.document.as_bytes(), Form::stored(json))?;
    let body = render::with_execution(body, record.execution.as_deref())?;
    let response = reply::json(StatusCode::OK, body, json);
    Ok(warned(exchange, record.execution.as_deref(), response).await)
}

async fn warned(exchange: &Exchange<'_>, execution: Option<&Execution>, response: Response) -> Response {
    warning::of_filing(&exchange.state.service, &exchange.caller, execution, response).await
}

/// `Idempotency-Key`, and the digest of the body that came with it.
fn idempotency(headers: &HeaderMap, body: &[u8]) -> GraphResult<Option<(String, [u8; 32])>> {
    let mut given = headers.get_all("idempotency-key").iter();
    let Some(value) = given.next() else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim().trim_matches('"');
    let length = key.chars().count();
    if given.next().is_some() || length == 0 || length > limits::IDEMPOTENCY_KEY {
        let message = "`Idempotency-Key` must be there once, with 1 to 255 visible characters";
        return Err(GraphError::bad_request("invalidValue", "Idempotency-Key", message));
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body).as_ref());
    Ok(Some((key.to_owned(), digest)))
}

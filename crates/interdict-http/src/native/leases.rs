//! What providers do: `POST /api/v1/providers/{id}/leases` and the reports on leases.

use axum::body::Body;
use interdict_app::LeaseRequest;
use interdict_model::action::ResultInfo;
use interdict_model::command::{Report, ReportKind};
use interdict_model::execution::LeaseId;
use interdict_model::raw_json::RawJson;
use interdict_model::view::Handed;
use interdict_model::{Fault, FaultCode, ProviderId, Timestamp, limits};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Exchange, actions, body, reply};
use crate::GraphResult;

/// Seconds of a delay that a provider may ask for.
const DELAY_MAX: i64 = 86_400;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LeaseBody {
    #[serde(default = "one")]
    max: u32,
    #[serde(default)]
    wait_seconds: u32,
    #[serde(default)]
    lease_seconds: Option<u32>,
    #[serde(default)]
    instance_id: Option<String>,
}

impl Default for LeaseBody {
    fn default() -> Self {
        Self { max: one(), wait_seconds: 0, lease_seconds: None, instance_id: None }
    }
}

const fn one() -> u32 {
    1
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownLease<'a> {
    lease_id: String,
    fence: i64,
    attempt: u32,
    expires_at: Timestamp,
    action: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<&'a RawJson>,
}

pub(super) async fn lease(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let given: LeaseBody = body::read_optional(exchange, body).await?;
    let request = LeaseRequest {
        provider: ProviderId(exchange.guid()?),
        max: given.max,
        wait_seconds: given.wait_seconds,
        lease_seconds: given.lease_seconds,
        instance: given.instance_id,
    };
    let leases = exchange.state.service.lease(&exchange.caller, &request).await;
    let leases = leases.map_err(|error| exchange.refusal(error))?;
    let shown = leases.iter().map(shown).collect::<GraphResult<Vec<_>>>()?;
    reply::list(exchange, shown, None)
}

fn shown(handed: &Handed) -> GraphResult<ShownLease<'_>> {
    let Handed { lease, attempt, expires, version, record, undo } = handed;
    let told = record.told();
    Ok(ShownLease {
        lease_id: lease.to_string(),
        fence: lease.fence,
        attempt: *attempt,
        expires_at: *expires,
        action: actions::shown(*version, &told.document, told.execution.as_deref())?,
        undo: undo.as_ref(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RenewBody {
    fence: i64,
    #[serde(default)]
    progress: Option<Box<RawValue>>,
    #[serde(default)]
    lease_seconds: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownRenewal {
    directive: &'static str,
    expires_at: Timestamp,
}

pub(super) async fn renew(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let given: RenewBody = body::read(exchange, body).await?;
    let most = interdict_model::provider::LEASE_SECONDS_MAX;
    if given.lease_seconds.is_some_and(|seconds| !(1..=most).contains(&seconds)) {
        let message = format!("`leaseSeconds` must lie between 1 and {most}");
        return Err(body::refused(Fault::new(FaultCode::InvalidValue, "leaseSeconds", message)));
    }
    let kind = ReportKind::Renew {
        seconds: given.lease_seconds.map(i64::from),
        progress: body::raw(given.progress, "progress")?,
    };
    let report = Report { fence: given.fence, kind };
    let renewed = exchange.state.service.renew(&exchange.caller, lease_id(exchange)?, report).await;
    let renewed = renewed.map_err(|error| exchange.refusal(error))?;
    let directive = if renewed.cancel { "cancel" } else { "continue" };
    reply::json(&ShownRenewal { directive, expires_at: renewed.expires })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CompleteBody {
    fence: i64,
    #[serde(default)]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    undo: Option<Box<RawValue>>,
}

pub(super) async fn complete(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let given: CompleteBody = body::read(exchange, body).await?;
    let kind = ReportKind::Complete {
        result: body::raw(given.result, "result")?,
        undo: body::raw(given.undo, "undo")?,
    };
    report(exchange, Report { fence: given.fence, kind }).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FailBody {
    fence: i64,
    #[serde(default)]
    error_info: ErrorInfo,
    #[serde(default)]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    retryable: bool,
    #[serde(default)]
    retry_after: Option<i64>,
    #[serde(default)]
    cancelled: bool,
    #[serde(default)]
    uncertain: bool,
}

#[derive(Default, Deserialize)]
struct ErrorInfo {
    #[serde(default)]
    code: i32,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    subcode: i32,
}

pub(super) async fn fail(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let given: FailBody = body::read(exchange, body).await?;
    let ErrorInfo { code, message, subcode } = given.error_info;
    if message.as_ref().is_some_and(|text| text.chars().count() > limits::ERROR_MESSAGE) {
        let message = format!("longer than {} characters", limits::ERROR_MESSAGE);
        return Err(body::refused(Fault::new(FaultCode::TooLong, "errorInfo/message", message)));
    }
    let kind = ReportKind::Fail {
        error_info: ResultInfo { code, message, subcode },
        result: body::raw(given.result, "result")?,
        retryable: given.retryable,
        retry_after: delay(given.retry_after, "retryAfter")?,
        cancelled: given.cancelled,
        uncertain: given.uncertain,
    };
    report(exchange, Report { fence: given.fence, kind }).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReleaseBody {
    fence: i64,
    #[serde(default)]
    delay_seconds: Option<i64>,
}

pub(super) async fn release(exchange: &Exchange<'_>, body: Body) -> GraphResult {
    let given: ReleaseBody = body::read(exchange, body).await?;
    let kind = ReportKind::Release { delay: delay(given.delay_seconds, "delaySeconds")? };
    report(exchange, Report { fence: given.fence, kind }).await
}

async fn report(exchange: &Exchange<'_>, report: Report) -> GraphResult {
    let written = exchange.state.service.report(&exchange.caller, lease_id(exchange)?, report).await;
    actions::reply(&written.map_err(|error| exchange.refusal(error))?)
}

fn delay(seconds: Option<i64>, target: &str) -> GraphResult<Option<i64>> {
    match seconds {
        Some(given) if !(0..=DELAY_MAX).contains(&given) => {
            let message = format!("`{target}` must lie between 0 and {DELAY_MAX}");
            Err(body::refused(Fault::new(FaultCode::InvalidValue, target, message)))
        }
        seconds => Ok(seconds),
    }
}

/// The lease that the address names. What is no lease of ours is one that was lost.
fn lease_id(exchange: &Exchange<'_>) -> GraphResult<LeaseId> {
    let key = exchange.key()?;
    LeaseId::parse(&key)
        .ok_or_else(|| crate::GraphError::not_found(&key.chars().take(100).collect::<String>()))
}

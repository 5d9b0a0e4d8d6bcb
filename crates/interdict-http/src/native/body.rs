//! Bodies of the native face: JSON into one of our types, every fault at its path.

use axum::body::Body;
use interdict_model::{Fault, FaultCode, shape};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::Exchange;
use crate::extract::content;
use crate::{ErrorKind, GraphError, GraphResult};

/// Bytes of a provider's result, handle or progress.
const RAW_MAX: usize = 16 * 1024;

/// The body of a request that has one.
///
/// # Errors
/// 400 that names the member at fault; 413 and 415 as on the Graph face.
pub(super) async fn read<T: DeserializeOwned>(exchange: &Exchange<'_>, body: Body) -> GraphResult<T> {
    let bytes = content::read_json(exchange.parts, body).await?;
    parse(&bytes)
}

/// The body of a request that may have none.
///
/// # Errors
/// As [`read`].
pub(super) async fn read_optional<T: DeserializeOwned + Default>(
    exchange: &Exchange<'_>,
    body: Body,
) -> GraphResult<T> {
    let bytes = content::read_optional_json(exchange.parts, body).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) { Ok(T::default()) } else { parse(&bytes) }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> GraphResult<T> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("the body is not UTF-8 from byte {} on", error.valid_up_to());
        refused(Fault::new(FaultCode::InvalidJson, "", message))
    })?;
    shape::read(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(refused)
}

/// 400 for one fault.
pub(super) fn refused(fault: Fault) -> Box<GraphError> {
    GraphError::of_faults(ErrorKind::BadRequest, vec![fault])
}

/// A member that may be null to clear what was there.
///
/// # Errors
/// Where the value is of another type.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// JSON that a provider sent along, unless it is too long or null.
///
/// # Errors
/// 400 where it is too long.
pub(super) fn raw(
    value: Option<Box<serde_json::value::RawValue>>,
    target: &str,
) -> GraphResult<Option<interdict_model::raw_json::RawJson>> {
    match value {
        Some(value) if value.get().len() > RAW_MAX => {
            let message = format!("longer than {RAW_MAX} bytes");
            Err(refused(Fault::new(FaultCode::TooLong, target, message)))
        }
        Some(value) if value.get() != "null" => Ok(Some(interdict_model::raw_json::RawJson(value))),
        _ => Ok(None),
    }
}

//! Each declared member, decoded by its type.

use interdict_model::action::{KeyValuePair, Status};
use interdict_model::body::{ActionBody, Field, ResultInfoBody, StateBody, VendorBody};
use interdict_model::time::WrittenDate;
use interdict_model::{Fault, FaultCode, Timestamp};

use super::{field, says_nothing};
use crate::json::Json;
use crate::{ErrorKind, GraphError, GraphResult};

/// Faults that one answer names.
pub(super) const FAULTS_MAX: usize = 20;

/// Characters of a target or message that an answer shows: a client may have named a member at any length.
const SHOWN_MAX: usize = 500;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, code: FaultCode, target: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(Fault::new(code, shortened(&target.into()), shortened(&message.into())));
        }
    }

    pub(super) fn mismatch(&mut self, target: &str, expected: &str, value: &Json) {
        self.add(
            FaultCode::TypeMismatch,
            target,
            format!("`{target}` must be {expected}, and is {}", value.kind()),
        );
    }

    pub(super) fn into_result<T>(self, value: T) -> GraphResult<T> {
        if self.0.is_empty() { Ok(value) } else { Err(GraphError::of_faults(ErrorKind::BadRequest, self.0)) }
    }
}

/// The text as far as an answer shows it.
pub(super) fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The declared members of a securityAction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Id,
    ActionReason,
    AppId,
    AzureTenantId,
    ClientContext,
    Completed,
    Created,
    ErrorInfo,
    LastAction,
    Name,
    Parameters,
    States,
    Status,
    User,
    VendorInformation,
}

impl Declared {
    const ALL: [Self; 15] = [
        Self::Id,
        Self::ActionReason,
        Self::AppId,
        Self::AzureTenantId,
        Self::ClientContext,
        Self::Completed,
        Self::Created,
        Self::ErrorInfo,
        Self::LastAction,
        Self::Name,
        Self::Parameters,
        Self::States,
        Self::Status,
        Self::User,
        Self::VendorInformation,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::ActionReason => "actionReason",
            Self::AppId => "appId",
            Self::AzureTenantId => "azureTenantId",
            Self::ClientContext => "clientContext",
            Self::Completed => "completedDateTime",
            Self::Created => "createdDateTime",
            Self::ErrorInfo => "errorInfo",
            Self::LastAction => "lastActionDateTime",
            Self::Name => "name",
            Self::Parameters => "parameters",
            Self::States => "states",
            Self::Status => "status",
            Self::User => "user",
            Self::VendorInformation => "vendorInformation",
        }
    }

    /// The member that this name with this value is.
    pub(super) fn of(name: &str, value: &Json) -> Option<Self> {
        Self::ALL.into_iter().find(|member| names(name, value, member.name()))
    }

    /// Puts the value into the body.
    pub(super) fn decode(self, value: &Json, body: &mut ActionBody, faults: &mut Faults) {
        let name = self.name();
        match self {
            Self::Id => body.id = text(value, name, faults),
            Self::ActionReason => body.action_reason = text(value, name, faults),
            Self::AppId => body.app_id = text(value, name, faults),
            Self::AzureTenantId => body.azure_tenant_id = text(value, name, faults),
            Self::ClientContext => body.client_context = text(value, name, faults),
            Self::Completed => body.completed = date(value, name, faults),
            Self::Created => body.created = date(value, name, faults),
            Self::ErrorInfo => body.error_info = result_info(value, faults),
            Self::LastAction => body.last_action = date(value, name, faults),
            Self::Name => body.name = text(value, name, faults),
            Self::Parameters => body.parameters = collection(value, name, faults, parameter),
            Self::States => body.states = collection(value, name, faults, state),
            Self::Status => body.status = status(value, name, faults),
            Self::User => body.user = text(value, name, faults),
            Self::VendorInformation => body.vendor_information = vendor(value, faults),
        }
    }
}

/// Whether `written` means the declared name: in any case, or as Python spells the name of a null.
fn names(written: &str, value: &Json, declared: &str) -> bool {
    written.eq_ignore_ascii_case(declared) || (*value == Json::Null && is_snake_case_of(written, declared))
}

fn is_snake_case_of(written: &str, declared: &str) -> bool {
    let mut written = written.chars();
    for character in declared.chars() {
        if character.is_ascii_uppercase() && written.next() != Some('_') {
            return false;
        }
        if written.next() != Some(character.to_ascii_lowercase()) {
            return false;
        }
    }
    written.next().is_none()
}

fn text(value: &Json, target: &str, faults: &mut Faults) -> Field<String> {
    field(value, |value| match value {
        Json::String(text) => Some(text.clone()),
        other => {
            faults.mismatch(target, "a string", other);
            None
        }
    })
}

fn date(value: &Json, target: &str, faults: &mut Faults) -> Field<WrittenDate> {
    field(value, |value| match value {
        Json::String(text) => {
            let date = Timestamp::parse_lenient(text);
            if date.is_none() {
                let message = format!(
                    "`{target}` must be a date and time such as `2026-01-31T12:00:00Z`, in the years 1 to 9999"
                );
                faults.add(FaultCode::InvalidValue, target, message);
            }
            date
        }
        other => {
            faults.mismatch(target, "a string with a date and time", other);
            None
        }
    })
}

/// A null status, by SDKs also the text `"null"`, is one that was never known.
fn status(value: &Json, target: &str, faults: &mut Faults) -> Field<Status> {
    let status = match value {
        Json::Null => return Field::Absent,
        Json::String(text) if text == "null" => return Field::Absent,
        Json::String(text) => Status::parse(text),
        Json::Integer(number) => Status::from_number(*number),
        other => {
            faults.mismatch(target, "a string", other);
            return Field::Absent;
        }
    };
    if status.is_none() {
        let message = format!("`{target}` must be one of `NotStarted`, `Running`, `Completed`, `Failed`");
        faults.add(FaultCode::InvalidValue, target, message);
    }
    status.map_or(Field::Absent, Field::Value)
}

fn number(value: &Json, target: &str, faults: &mut Faults) -> Field<i32> {
    field(value, |value| match value {
        Json::Integer(number) => {
            let number = i32::try_from(*number).ok();
            if number.is_none() {
                let message = format!("`{target}` must lie between {} and {}", i32::MIN, i32::MAX);
                faults.add(FaultCode::InvalidValue, target, message);
            }
            number
        }
        other => {
            faults.mismatch(target, "a whole number", other);
            None
        }
    })
}

fn result_info(value: &Json, faults: &mut Faults) -> Field<ResultInfoBody> {
    match value {
        Json::Null => Field::Null,
        Json::Object(members) if says_nothing(members) => Field::Absent,
        value => {
            let mut info = ResultInfoBody::default();
            complex(
                value,
                "errorInfo",
                faults,
                &["code", "message", "subcode"],
                |at, value, path, faults| match at {
                    0 => info.code = number(value, path, faults),
                    1 => info.message = text(value, path, faults),
                    _ => info.subcode = number(value, path, faults),
                },
            );
            Field::Value(info)
        }
    }
}

fn vendor(value: &Json, faults: &mut Faults) -> Field<VendorBody> {
    let names = ["provider", "providerVersion", "subProvider", "vendor"];
    field(value, |value| {
        let mut vendor = VendorBody::default();
        complex(value, "vendorInformation", faults, &names, |at, value, path, faults| {
            let slot = match at {
                0 => &mut vendor.provider,
                1 => &mut vendor.provider_version,
                2 => &mut vendor.sub_provider,
                _ => &mut vendor.vendor,
            };
            *slot = text(value, path, faults);
        });
        Some(vendor)
    })
}

fn parameter(value: &Json, target: &str, faults: &mut Faults) -> KeyValuePair {
    let mut pair = KeyValuePair { name: None, value: None };
    complex(value, target, faults, &["name", "value"], |at, value, path, faults| {
        let slot = if at == 0 { &mut pair.name } else { &mut pair.value };
        *slot = given(text(value, path, faults));
    });
    pair
}

fn state(value: &Json, target: &str, faults: &mut Faults) -> StateBody {
    let names = ["appId", "status", "updatedDateTime", "user"];
    let mut entry = StateBody::default();
    complex(value, target, faults, &names, |at, value, path, faults| match at {
        0 => entry.app_id = given(text(value, path, faults)),
        1 => entry.status = given(status(value, path, faults)),
        2 => entry.updated = given(date(value, path, faults)),
        _ => entry.user = given(text(value, path, faults)),
    });
    entry
}

fn given<T>(field: Field<T>) -> Option<T> {
    match field {
        Field::Value(value) => Some(value),
        Field::Absent | Field::Null => None,
    }
}

fn collection<T>(
    value: &Json,
    target: &str,
    faults: &mut Faults,
    mut item: impl FnMut(&Json, &str, &mut Faults) -> T,
) -> Field<Vec<T>> {
    field(value, |value| match value {
        Json::Array(items) => {
            let items = items.iter().enumerate();
            Some(items.map(|(at, value)| item(value, &format!("{target}[{at}]"), faults)).collect())
        }
        other => {
            faults.mismatch(target, "an array", other);
            None
        }
    })
}

/// Reads the members of a complex value; `put` gets the index of the name, the value and its path.
fn complex(
    value: &Json,
    target: &str,
    faults: &mut Faults,
    declared: &[&str],
    mut put: impl FnMut(usize, &Json, &str, &mut Faults),
) {
    let Json::Object(members) = value else {
        faults.mismatch(target, "an object", value);
        return;
    };
    let mut seen = Vec::new();
    for (written, value) in members.iter().filter(|(name, _)| !name.contains('@')) {
        let Some(at) = declared.iter().position(|name| names(written, value, name)) else {
            let shown = written.replace('\0', "\u{fffd}");
            let message = format!("`{target}` has no member `{shown}`; it has {}", declared.join(", "));
            faults.add(FaultCode::UnknownProperty, format!("{target}/{shown}"), message);
            continue;
        };
        let path = format!("{target}/{}", declared.get(at).copied().unwrap_or_default());
        if seen.contains(&at) {
            faults.add(FaultCode::InvalidJson, path, "the member is there twice");
            continue;
        }
        seen.push(at);
        put(at, value, &path, faults);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_python_spelling_of_a_null_is_the_declared_name() {
        assert!(names("completed_date_time", &Json::Null, "completedDateTime"));
        assert!(names("COMPLETEDDATETIME", &Json::Bool(true), "completedDateTime"));
        assert!(!names("completed_date_time", &Json::Bool(true), "completedDateTime"));
        assert!(!names("completed_datetime", &Json::Null, "completedDateTime"));
        assert!(!names("completed_date_time_", &Json::Null, "completedDateTime"));
    }
}

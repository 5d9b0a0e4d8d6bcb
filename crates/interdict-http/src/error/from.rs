//! What each error of the floors below becomes.

use http::{HeaderValue, header};
use interdict_app::Error;
use interdict_auth::AuthError;
use interdict_model::{Actor, Fault, Permission, Refusal};
use interdict_odata::QueryError;

use super::{Detail, ErrorKind, GraphError};

impl GraphError {
    /// The answer to `actor`, whose request ended in `error`.
    #[must_use]
    pub fn of_use_case(error: Error, actor: &Actor) -> Box<Self> {
        match error {
            Error::Denied(required) => Self::denied(required, actor),
            Error::Refused(refusal) => Self::of_refusal(refusal),
            Error::Query(errors) => Self::of_query(errors),
            Error::Resync(option) => Self::resync(option),
            Error::Busy => {
                Self::unavailable("The service is busy; nothing happened. Send the request again.", 1)
            }
            Error::Unavailable(reason) => {
                let message = "The store cannot be used now; nothing happened. Send the request again.";
                Self::unavailable(message, 5).because(reason)
            }
            Error::NoSpace => Self::new(
                ErrorKind::NoSpace,
                "The server's disk is full; nothing happened. Writes resume by themselves once there is space.",
            ),
            Error::OutcomeUnknown => Self::new(
                ErrorKind::OutcomeUnknown,
                "It is not known whether the change happened. Read the action before sending the request again.",
            ),
            Error::Internal(reason) => Self::internal().because(reason),
        }
    }

    /// A token that is not accepted. The challenge of a 401 is added where the authority is known.
    #[must_use]
    pub fn of_authentication(error: &AuthError) -> Box<Self> {
        match error {
            AuthError::Invalid(_) => Self::new(
                ErrorKind::Unauthenticated,
                "The access token is not valid: get a token from an issuer and for an audience that this server accepts.",
            ),
            AuthError::Lifetime => Self::new(
                ErrorKind::Unauthenticated,
                "The access token has expired or is not yet valid: get a new one, and check the clock.",
            ),
            AuthError::PersonalAccount => Self::new(
                ErrorKind::AccessDenied,
                "Personal Microsoft accounts are not supported: sign in with a work or school account.",
            ),
            AuthError::NoPermissions => Self::new(
                ErrorKind::AccessDenied,
                "Either scp or roles claim need to be present in the token.",
            ),
            AuthError::IssuerUnavailable => Self::unavailable(
                "The issuer's keys cannot be fetched now; nothing happened. Send the request again.",
                5,
            ),
        }
    }

    /// A refusal by the rules.
    #[must_use]
    pub fn of_refusal(refusal: Refusal) -> Box<Self> {
        match refusal {
            Refusal::NotFound(id) => Self::not_found(&id),
            Refusal::PreconditionFailed => Self::new(
                ErrorKind::PreconditionFailed,
                "The action has changed since the version named in `If-Match`: read it again and repeat the change.",
            ),
            Refusal::Invalid(faults) => Self::of_faults(ErrorKind::BadRequest, faults),
            Refusal::Conflict(fault) => Self::of_faults(ErrorKind::Conflict, vec![fault]),
            Refusal::KeyReused => {
                let message =
                    "This app has sent another body with the same `Idempotency-Key`: take a new key for it.";
                let mut error = Self::new(ErrorKind::KeyReused, message);
                let (code, target) = ("idempotencyKeyReused", "Idempotency-Key".to_owned());
                error.details.push(Detail { code, message: message.to_owned(), target, position: None });
                error
            }
            Refusal::Forbidden(fault) => Self::of_faults(ErrorKind::Forbidden, vec![fault]),
        }
    }

    /// A body that is wrong, or contradicts what is stored.
    #[must_use]
    pub fn of_faults(kind: ErrorKind, faults: Vec<Fault>) -> Box<Self> {
        let first = faults.first().map_or("the request is not valid", |fault| &fault.message);
        let mut error = Self::new(kind, first);
        error.details = faults
            .into_iter()
            .map(|fault| Detail {
                code: fault.code.name(),
                message: fault.message,
                target: fault.target,
                position: None,
            })
            .collect();
        error
    }

    /// Query options that are wrong.
    #[must_use]
    pub fn of_query(errors: Vec<QueryError>) -> Box<Self> {
        let first =
            errors.first().map_or_else(String::new, |error| format!("{}: {}", error.option, error.message));
        let mut answer = Self::new(ErrorKind::BadRequest, first);
        answer.details = errors
            .into_iter()
            .map(|error| Detail {
                code: error.code.name(),
                message: error.message,
                target: error.option,
                position: error.position,
            })
            .collect();
        answer
    }

    /// No action of that id, for this caller; "missing" and "not yours" look alike.
    #[must_use]
    pub fn not_found(id: &str) -> Box<Self> {
        Self::new(
            ErrorKind::NotFound,
            format!(
                "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
            ),
        )
    }

    /// What a token of changes goes on from is gone.
    fn resync(option: &str) -> Box<Self> {
        let message = "The changes since this token was made are not all known any more: the store was restored, its \
                       journal pruned, or the token's key revoked. Discard the copy, and read all anew from `Location`.";
        let mut error = Self::new(ErrorKind::Gone, message);
        let (code, target) = ("resyncRequired", option.to_owned());
        error.details.push(Detail { code, message: message.to_owned(), target, position: None });
        error
    }

    /// A caught panic, or another fault of ours. [`GraphError::because`] says for the log what happened.
    #[must_use]
    pub fn internal() -> Box<Self> {
        Self::new(
            ErrorKind::Internal,
            "The server failed. Tell its operator the request-id below; the log has the cause.",
        )
    }

    /// Nothing happened; the client may send the request again after `seconds` (1 to 179, since SDKs fall back to
    /// their own delays outside of it).
    #[must_use]
    pub fn unavailable(message: &str, seconds: u8) -> Box<Self> {
        Self::new(ErrorKind::Unavailable, message)
            .with_header(header::RETRY_AFTER, HeaderValue::from(u16::from(seconds.clamp(1, 179))))
    }

    fn denied(required: &[Permission], actor: &Actor) -> Box<Self> {
        let names = |permissions: &mut dyn Iterator<Item = Permission>, between: &str| {
            permissions.map(Permission::name).collect::<Vec<_>>().join(between)
        };
        let required = &mut required.iter().copied();
        let held = &mut Permission::ALL.into_iter().filter(|permission| actor.permissions.has(*permission));
        // An app has roles, a person's token scopes; Graph has words for each.
        let message = if actor.user.is_some() {
            format!(
                "Missing scope permissions on the request. API requires one of '{}'. Scopes on the request '{}'",
                names(required, ", "),
                names(held, ", ")
            )
        } else {
            format!(
                "Missing application roles. API required roles: {}, application roles: {}.",
                names(required, ","),
                names(held, ",")
            )
        };
        Self::new(ErrorKind::Forbidden, message)
    }
}

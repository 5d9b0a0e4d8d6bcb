//! The table of errors, and the page that explains it.

use interdict_app::Error;
use interdict_auth::AuthError;
use interdict_http::{ErrorKind, GraphError};
use interdict_model::{
    Actor, AppId, Fault, FaultCode, Permission, Permissions, Refusal, TenantId, TenantScope,
};
use interdict_odata::{QueryError, QueryErrorCode};
use uuid::Uuid;

const FAULTS: [FaultCode; 13] = [
    FaultCode::InvalidJson,
    FaultCode::UnknownProperty,
    FaultCode::TypeMismatch,
    FaultCode::InvalidValue,
    FaultCode::Required,
    FaultCode::TooLong,
    FaultCode::ReadOnly,
    FaultCode::InvalidTransition,
    FaultCode::Immutable,
    FaultCode::NotFinal,
    FaultCode::AlreadyFinal,
    FaultCode::ContextReused,
    FaultCode::AlreadyExists,
];

const QUERY_FAULTS: [QueryErrorCode; 5] = [
    QueryErrorCode::SyntaxError,
    QueryErrorCode::UnknownProperty,
    QueryErrorCode::TypeMismatch,
    QueryErrorCode::Unsupported,
    QueryErrorCode::LimitExceeded,
];

fn line(name: &str, error: &GraphError) -> String {
    let status = error.kind.status().as_u16();
    let details: Vec<_> = error.details.iter().map(|d| format!("{} at `{}`", d.code, d.target)).collect();
    let headers: Vec<_> = error.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    format!("{name}: {status} {} | {} | {details:?} {headers:?}", error.kind.code(), error.message)
}

#[test]
fn every_error_has_its_answer() {
    let actor = Actor {
        scope: TenantScope::system(TenantId(Uuid::from_u128(1))),
        app: Some(AppId("app".into())),
        user: None,
        permissions: Permissions::default().with(Permission::AuditRead),
    };
    let fault = |code| Fault::new(code, "parameters[1]/name", "what is wrong");
    let query = QueryErrorCode::SyntaxError;
    let query =
        QueryError { option: "$filter".into(), code: query, position: Some(3), message: "a caret".into() };
    let cases = [
        ("denied", Error::Denied(&[Permission::ActionsRead, Permission::ActionsReadWrite])),
        ("not found", Error::Refused(Refusal::NotFound("the-id".into()))),
        ("precondition", Error::Refused(Refusal::PreconditionFailed)),
        ("invalid", Error::Refused(Refusal::Invalid(vec![fault(FaultCode::Required)]))),
        ("conflict", Error::Refused(Refusal::Conflict(fault(FaultCode::Immutable)))),
        ("query", Error::Query(vec![query])),
        ("resync", Error::Resync("$deltatoken")),
        ("busy", Error::Busy),
        ("unavailable", Error::Unavailable("secret path".into())),
        ("no space", Error::NoSpace),
        ("outcome unknown", Error::OutcomeUnknown),
        ("internal", Error::Internal("secret cause".into())),
    ];
    let mut lines: Vec<_> =
        cases.into_iter().map(|(name, error)| line(name, &GraphError::of_use_case(error, &actor))).collect();
    for error in [
        AuthError::Invalid("secret cause"),
        AuthError::Lifetime,
        AuthError::PersonalAccount,
        AuthError::NoPermissions,
        AuthError::IssuerUnavailable,
    ] {
        lines.push(line(&format!("{error:?}"), &GraphError::of_authentication(&error)));
    }
    let table = lines.join("\n");
    assert!(!table.contains(" | secret"), "causes are for the log: {table}");
    insta::assert_snapshot!(table);
}

#[test]
fn the_page_of_errors_explains_every_code() {
    let page = include_str!("../../../../../docs/reference/errors.md");
    for kind in ErrorKind::ALL {
        let row = format!("| {} | `{}` |", kind.status().as_u16(), kind.code());
        assert!(page.contains(&row), "no row {row}");
    }
    for code in FAULTS.map(FaultCode::name).into_iter().chain(QUERY_FAULTS.map(QueryErrorCode::name)) {
        assert!(page.contains(&format!("| `{code}` |")), "no row for `{code}`");
    }
}

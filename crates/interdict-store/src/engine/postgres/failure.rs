//! What PostgreSQL's errors (SQLSTATE, its manual's appendix A) mean to a caller.

use std::error::Error as _;

use tokio_postgres::Error;

use super::Address;
use crate::StoreError;

/// What a failed statement means. It never means that something was written: see the lane for commits.
pub(super) fn failure(error: &Error) -> StoreError {
    let text = text(error);
    let Some(code) = error.code().map(|state| state.code()) else {
        return StoreError::Unavailable(text);
    };
    match code {
        // serialization_failure, deadlock_detected; and Cockroach's and Yugabyte's word for "begin again"
        "40001" | "40P01" | "CR000" => StoreError::Conflict(text),
        // disk_full
        "53100" => StoreError::NoSpace(text),
        // query_canceled, lock_not_available, idle_in_transaction_session_timeout, too_many_connections
        "57014" | "55P03" | "25P03" | "53300" => StoreError::Deadline,
        // duplicate_prepared_statement, invalid_sql_statement_name: another's statements are on the same connection
        "42P05" | "26000" => StoreError::Unfit(format!(
            "a pooler in transaction mode stands before the database; set `pooler = true`: {text}"
        )),
        // data_corrupted, index_corrupted
        "XX001" | "XX002" => StoreError::Corrupt(text),
        // read_only_sql_transaction, insufficient_privilege; the server goes, has crashed, is starting
        "25006" | "42501" | "57P01" | "57P02" | "57P03" | "57P05" => StoreError::Unavailable(text),
        _ => match code.get(..2) {
            // connection exceptions, insufficient resources, system errors
            Some("08" | "53" | "58") => StoreError::Unavailable(text),
            _ => StoreError::Corrupt(text),
        },
    }
}

/// Why there is no connection. What an operator must mend is told apart from what may pass.
pub(super) fn unconnected(error: &Error, address: &Address) -> StoreError {
    let what = format!("the database at {address}: {}", text(error));
    match error.code().map(|state| state.code()) {
        // invalid_authorization_specification, invalid_password, invalid_catalog_name
        Some("28000" | "28P01" | "3D000") => StoreError::Unfit(what),
        None if is_misconfigured(error) => StoreError::Unfit(what),
        _ => StoreError::Unavailable(what),
    }
}

/// Whether the two do not fit as they are set up: a certificate that is not trusted, no TLS where it is asked for, no
/// password where one is. The driver tells the last two by their words alone.
fn is_misconfigured(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let tls = inner.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        let tls = tls.and_then(|error| error.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
            || inner.to_string() == "server does not support TLS"
        {
            return true;
        }
        cause = inner.source();
    }
    error.to_string().starts_with("invalid configuration")
}

/// The server's message, or the causes of a failure of the connection. Neither holds a password.
fn text(error: &Error) -> String {
    if let Some(answer) = error.as_db_error() {
        return format!("{} ({})", answer.message(), answer.code().code());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}

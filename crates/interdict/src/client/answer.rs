//! What a server answered, and what a refusal is to whoever typed the command.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::failure::Failure;

/// Details of a refusal that are repeated.
const DETAILS: usize = 10;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body as JSON; null where it is empty, a string where it is something else.
    pub(crate) body: Value,
    pub(crate) elapsed: Duration,
}

impl Answer {
    /// A header's text, empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The text at a JSON pointer, empty where there is none.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        text(&self.body, pointer)
    }

    /// Whether the server did what was asked.
    pub(crate) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Each detail of a refusal, as `code target`.
    pub(crate) fn details(&self) -> Vec<String> {
        let details = self.body.pointer("/error/details").and_then(Value::as_array);
        let shown = |detail: &Value| format!("{} {}", text(detail, "/code"), text(detail, "/target"));
        details.into_iter().flatten().map(shown).collect()
    }

    /// The answer, unless it is a refusal.
    ///
    /// # Errors
    /// The refusal in one line: the server's message, then what else it found wrong.
    pub(crate) fn accepted(self) -> Result<Self, Failure> {
        if self.is_success() { Ok(self) } else { Err(self.refusal()) }
    }

    /// The failure of a command whose request was refused.
    pub(crate) fn refusal(&self) -> Failure {
        let message = self.text("/error/message");
        if message.is_empty() {
            let Self { method, path, status, .. } = self;
            let message = format!("{method} {path} was answered {status}");
            let failure = if *status < 500 { Failure::refused(message) } else { Failure::failed(message) };
            return failure.hint("is this an Interdict server? --url or INTERDICT_URL says where it is");
        }
        let details = self.body.pointer("/error/details").and_then(Value::as_array);
        let mut parts = vec![message.to_owned()];
        for detail in details.into_iter().flatten().take(DETAILS) {
            let (target, detail) = (text(detail, "/target"), text(detail, "/message"));
            let placed = format!("{target}: {detail}");
            if detail != message && placed != message {
                parts.push(placed);
            }
        }
        let message = format!("{} ({} {})", parts.join("; "), self.status, self.text("/error/code"));
        let passing = self.status == 429 || self.status >= 500;
        let failure = if passing { Failure::failed(message) } else { Failure::refused(message) };
        match self.status {
            401 => failure.hint("`interdict token` mints a token; INTERDICT_TOKEN or --token-file gives it"),
            403 if failure.message().contains("API required roles: SecurityActions.Approve.All") => failure.hint(
                "a person decides: `interdict token --user UPN --scope SecurityActions.Approve.All --scope \
                 SecurityActions.Read.All` mints a token",
            ),
            403 if self.text("/error/message").starts_with("Missing ") => {
                failure.hint("`interdict token --role ROLE` mints a token with a permission; --role repeats")
            }
            429 | 503 => failure.hint("nothing happened: try again"),
            _ => failure,
        }
    }
}

/// The text at a JSON pointer, empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(status: u16, body: Value) -> String {
        let headers = HeaderMap::new();
        let path = "/api/v1/providers".to_owned();
        Answer { method: Method::GET, path, status, headers, body, elapsed: Duration::ZERO }
            .refusal()
            .to_string()
    }

    #[test]
    fn a_refusal_is_one_line_with_every_detail_once() {
        let body = json!({"error": {"code": "BadRequest", "message": "the value is wrong", "details": [
            {"code": "invalidValue", "target": "parameters[0]/value", "message": "the value is wrong"},
            {"code": "unknownProperty", "target": "parameters[1]/name", "message": "no such\nparameter"},
        ]}});
        assert_eq!(
            refused(400, body),
            "error: the value is wrong; parameters[1]/name: no such parameter (400 BadRequest)\n"
        );
    }

    #[test]
    fn what_is_no_interdict_is_said_to_be_none() {
        let text = refused(502, Value::String("<html>".to_owned()));
        assert!(text.starts_with("error: GET /api/v1/providers was answered 502\nhint: "), "{text}");
    }
}

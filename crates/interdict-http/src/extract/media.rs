//! `Accept`, and the version of the protocol: which form of an answer the client reads.

use http::{HeaderMap, header};

use crate::{ErrorKind, GraphError, GraphResult};

/// How much metadata a JSON answer carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Metadata {
    /// As it is stored, with `@odata.type`: plain `application/json`, as the original page shows it.
    #[default]
    Stored,
    /// `odata.metadata=minimal` by name: without what is implied.
    Minimal,
    /// `odata.metadata=none`.
    None,
}

/// What a client reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    json: Option<Metadata>,
    text: bool,
}

impl Accepted {
    /// Reads `Accept`.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        let mut named = false;
        for value in headers.get_all(header::ACCEPT) {
            let text = value.to_str().unwrap_or("unreadable");
            for range in text.split(',').filter(|range| !range.trim().is_empty()) {
                named = true;
                accepted.add(range);
            }
        }
        // Nothing named is everything accepted (RFC 9110, 12.5.1).
        if named { accepted } else { Self { json: Some(Metadata::Stored), text: true } }
    }

    fn add(&mut self, range: &str) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut metadata = Metadata::Stored;
        for parameter in parts {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"').to_ascii_lowercase();
            match (&*key.trim().to_ascii_lowercase(), &*value) {
                ("q", value) if value.parse().is_ok_and(|q: f32| q <= 0.0) => return,
                ("odata.metadata" | "metadata", "minimal") => metadata = Metadata::Minimal,
                ("odata.metadata" | "metadata", "none") => metadata = Metadata::None,
                _ => {}
            }
        }
        match &*name {
            "application/json" => self.json = Some(self.json.unwrap_or(metadata)),
            "application/*" => self.json = Some(self.json.unwrap_or_default()),
            "*/*" => {
                self.json = Some(self.json.unwrap_or_default());
                self.text = true;
            }
            "text/plain" | "text/*" => self.text = true,
            _ => {}
        }
    }

    /// The form of a JSON answer.
    ///
    /// # Errors
    /// 406 where the client reads no JSON.
    pub(crate) fn json(self) -> GraphResult<Metadata> {
        self.json.ok_or_else(|| {
            GraphError::new(
                ErrorKind::NotAcceptable,
                "The answer is `application/json`, which `Accept` does not name: send `Accept: application/json`.",
            )
        })
    }

    /// Whether the client takes a plain number or value. One that asks for JSON takes it too, since SDKs do.
    ///
    /// # Errors
    /// 406 where it reads neither.
    pub(crate) fn text(self) -> GraphResult<()> {
        if self.text || self.json.is_some() {
            return Ok(());
        }
        Err(GraphError::new(
            ErrorKind::NotAcceptable,
            "The answer is `text/plain`, which `Accept` does not name: send `Accept: text/plain`.",
        ))
    }
}

/// Checks `OData-Version` and `OData-MaxVersion`.
///
/// # Errors
/// 400 for a version that is not spoken.
pub(crate) fn check_protocol(headers: &HeaderMap) -> GraphResult<()> {
    for name in ["odata-version", "odata-maxversion"] {
        for value in headers.get_all(name) {
            let version = value.to_str().unwrap_or_default();
            let version = version.split(';').next().unwrap_or_default().trim();
            if !matches!(version, "4.0" | "4.01") {
                return Err(GraphError::bad_request(
                    "unsupported",
                    name,
                    "the service speaks OData 4.0: send `4.0`, or leave the header out",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn check(accept: &[&'static str], json: Option<Metadata>, text: bool) {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT, value.parse().unwrap());
        }
        let accepted = Accepted::read(&headers);
        assert_eq!((accepted.json().ok(), accepted.text().is_ok()), (json, text), "{accept:?}");
    }

    #[test]
    fn every_range_that_sdks_send_is_understood() {
        let stored = Some(Metadata::Stored);
        check(&[], stored, true);
        check(&["*/*"], stored, true);
        check(&["application/json"], stored, true);
        check(&["Application/JSON; charset=utf-8"], stored, true);
        check(&["application/json;odata.metadata=full"], stored, true);
        check(
            &["application/json;odata.metadata=minimal;odata.streaming=true"],
            Some(Metadata::Minimal),
            true,
        );
        check(&["application/json; odata.metadata=\"none\""], Some(Metadata::None), true);
        check(&["application/json;metadata=none, */*;q=0.1"], Some(Metadata::None), true);
        check(&["text/html, application/xhtml+xml, */*;q=0.8"], stored, true);
        check(&["text/plain;q=0.9"], None, true);
        check(&["text/html"], None, false);
        check(&["application/json;q=0"], None, false);
        check(&["text/html", "application/json"], stored, true);
        check(&[""], stored, true);
    }
}

//! `Accept` and `$format`, and the version of the protocol: which form of an answer the client reads.

use http::{HeaderMap, HeaderName, header};

use crate::{ErrorKind, GraphError, GraphResult};

// Names are read when they are compiled, and not at each request.
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const ODATA_MAX_VERSION: HeaderName = HeaderName::from_static("odata-maxversion");

/// How much metadata a JSON answer carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Metadata {
    /// As it is stored, with `@odata.type`: plain `application/json`, as the original page shows it.
    #[default]
    Stored,
    /// `odata.metadata=minimal` by name: without what is implied.
    Minimal,
    /// `odata.metadata=full`: also what is implied, such as types and addresses.
    Full,
    /// `odata.metadata=none`.
    None,
}

/// The form of a JSON answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct JsonForm {
    pub(crate) metadata: Metadata,
    /// `IEEE754Compatible=true`: numbers of `Edm.Int64` and `Edm.Decimal` as strings, since a double does not hold them.
    pub(crate) long_numbers_as_strings: bool,
}

/// What a client reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    json: Option<JsonForm>,
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
        if named { accepted } else { Self { json: Some(JsonForm::default()), text: true } }
    }

    fn add(&mut self, range: &str) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut form = JsonForm::default();
        for parameter in parts {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"').to_ascii_lowercase();
            match (&*key.trim().to_ascii_lowercase(), &*value) {
                ("q", value) if value.parse().is_ok_and(|q: f32| q <= 0.0) => return,
                // What is not understood is let pass here: SDKs and browsers send much.
                (key, value) => drop(form.set(key, value)),
            }
        }
        match &*name {
            "application/json" => self.json = Some(self.json.unwrap_or(form)),
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
    pub(crate) fn json(self) -> GraphResult<JsonForm> {
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

impl JsonForm {
    /// Reads `$format`, which goes before `Accept` (OData 4.01 part 1, 11.2.11; part 2, 5.1.9).
    ///
    /// # Errors
    /// 406 for what is not sent here.
    pub(crate) fn of_option(format: &str) -> GraphResult<Self> {
        let mut form = Self::default();
        let mut parts = format.split(';').map(|part| part.trim().to_ascii_lowercase());
        let is_json = matches!(parts.next().as_deref(), Some("json" | "application/json"));
        let is_understood = parts.all(|parameter| {
            let (key, value) = parameter.split_once('=').unwrap_or((&*parameter, ""));
            form.set(key.trim(), value.trim().trim_matches('"'))
        });
        if is_json && is_understood {
            return Ok(form);
        }
        Err(GraphError::new(
            ErrorKind::NotAcceptable,
            "`$format` is `json` or `application/json`, with `odata.metadata=minimal`, `full` or `none` and \
             `IEEE754Compatible=true` or `false` where you like.",
        ))
    }

    /// Takes a parameter of the media type, in lower case; whether it is one of ours.
    fn set(&mut self, key: &str, value: &str) -> bool {
        match (key, value) {
            ("odata.metadata" | "metadata", "minimal") => self.metadata = Metadata::Minimal,
            ("odata.metadata" | "metadata", "full") => self.metadata = Metadata::Full,
            ("odata.metadata" | "metadata", "none") => self.metadata = Metadata::None,
            ("ieee754compatible", "true") => self.long_numbers_as_strings = true,
            ("ieee754compatible", "false") => self.long_numbers_as_strings = false,
            ("odata.streaming" | "streaming", "true" | "false") | ("charset", "utf-8") => {}
            _ => return false,
        }
        true
    }
}

/// Checks `OData-Version` and `OData-MaxVersion`.
///
/// # Errors
/// 400 for a version that is not spoken.
pub(crate) fn check_protocol(headers: &HeaderMap) -> GraphResult<()> {
    for name in [&ODATA_VERSION, &ODATA_MAX_VERSION] {
        for value in headers.get_all(name) {
            let version = value.to_str().unwrap_or_default();
            let version = version.split(';').next().unwrap_or_default().trim();
            if !matches!(version, "4.0" | "4.01") {
                return Err(GraphError::bad_request(
                    "unsupported",
                    name.as_str(),
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
        let json = json.map(|metadata| JsonForm { metadata, ..JsonForm::default() });
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
        check(&["application/json;odata.metadata=full"], Some(Metadata::Full), true);
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

    #[test]
    fn the_option_is_read_strictly() {
        let form = |metadata, long_numbers_as_strings| Some(JsonForm { metadata, long_numbers_as_strings });
        for (format, expected) in [
            ("json", form(Metadata::Stored, false)),
            ("JSON", form(Metadata::Stored, false)),
            ("application/json", form(Metadata::Stored, false)),
            ("application/json;odata.metadata=minimal", form(Metadata::Minimal, false)),
            ("application/json; metadata=\"none\" ; IEEE754Compatible=true", form(Metadata::None, true)),
            ("json;odata.metadata=full;odata.streaming=true;charset=UTF-8", form(Metadata::Full, false)),
            ("json;odata.metadata=most", None),
            ("json;IEEE754Compatible", None),
            ("json;", None),
            ("json;q=1", None),
            ("xml", None),
            ("atom", None),
            ("text/plain", None),
            ("*/*", None),
        ] {
            assert_eq!(JsonForm::of_option(format).ok(), expected, "{format}");
        }
    }
}

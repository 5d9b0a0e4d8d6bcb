//! An item's body: JSON as it stands, or a text that is its bytes in base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::HeaderValue;

/// The type of a body that names none, as Microsoft's JavaScript helper sends it.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Both alphabets are decoded, padded or not: Graph's pages name one, its helpers use the other.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The bytes of a body. A text that is no base64 is, for a text type, the body itself, and else JSON as it stands, so
/// that it is refused as the body that it is.
pub(super) fn read(written: &str, kind: &HeaderValue) -> Bytes {
    let as_written = || Bytes::copy_from_slice(written.as_bytes());
    let Ok(text) = serde_json::from_str::<String>(written) else { return as_written() };
    let decoded = STANDARD.decode(&text).or_else(|_| URL_SAFE.decode(&text));
    match decoded {
        Ok(bytes) => bytes.into(),
        Err(_) if kind.as_bytes().get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/")) => {
            text.into()
        }
        Err(_) => as_written(),
    }
}

/// Bytes as a text within JSON.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, kind: &'static str, expected: &[u8]) {
        assert_eq!(read(written, &HeaderValue::from_static(kind)), expected, "{written}");
    }

    #[test]
    fn a_body_is_json_or_base64_of_either_alphabet() {
        let json = "application/json";
        check(r#"{"a": 1.50}"#, json, br#"{"a": 1.50}"#);
        check(r#""eyJhIjoxfQ==""#, json, br#"{"a":1}"#);
        check(r#""eyJhIjoxfQ""#, json, br#"{"a":1}"#);
        check(r#""8J-Yug""#, json, "😺".as_bytes());
        check(r#""8J+Yug==""#, json, "😺".as_bytes());
        check(r#""no base64!""#, json, br#""no base64!""#);
        check(r#""$top=5&$filter=name eq 'a'""#, "text/plain", b"$top=5&$filter=name eq 'a'");
        check(r#""JHRvcD01""#, "text/plain", b"$top=5");
        check("[1]", "text/plain", b"[1]");
    }
}

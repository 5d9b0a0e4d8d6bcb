//! The form of a token request, and the credentials in it or in its `Authorization` header (RFC 6749, 2.3.1).

use axum::body::Body;
use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use secrecy::SecretString;

use super::refusal::Refusal;

/// Bytes of a form that are read.
const FORM_MAX: usize = 16 * 1024;

/// Who says to be who, in a request for client credentials.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: SecretString,
}

impl Credentials {
    /// Reads a token request; members that it does not need are ignored, as are those that Microsoft's libraries add.
    pub(super) async fn read(request: Request) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        check_type(&parts)?;
        let form = Form(form_pairs(&read_body(body).await?));
        if form.required("grant_type")? != "client_credentials" {
            return Err(Refusal::Grant);
        }
        let credentials = Self::of(&form, &parts.headers)?;
        if !form.required("scope")?.ends_with("/.default") {
            return Err(Refusal::Scope);
        }
        Ok(credentials)
    }

    fn of(form: &Form, headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(header) = headers.get(header::AUTHORIZATION) else {
            let id = form.required("client_id")?.to_owned();
            return Ok(Self { id, secret: form.required("client_secret")?.into() });
        };
        let basic = header.to_str().ok().and_then(basic);
        let (id, secret) =
            basic.ok_or(Refusal::Malformed("The `Authorization` header holds no Basic credentials."))?;
        let other = form.one("client_id")?.is_some_and(|named| named != id);
        if other || form.one("client_secret")?.is_some() {
            return Err(Refusal::Malformed(
                "The client is named in the form and in `Authorization`: use one.",
            ));
        }
        Ok(Self { id, secret: secret.into() })
    }
}

fn check_type(parts: &Parts) -> Result<(), Refusal> {
    let kind =
        parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let name = kind.split(';').next().unwrap_or_default().trim();
    if name.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(Refusal::Malformed("The request body must be of the type application/x-www-form-urlencoded."))
}

async fn read_body(body: Body) -> Result<Vec<u8>, Refusal> {
    match Limited::new(body, FORM_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge),
        Err(error) => {
            let timed_out = |error: &(dyn std::error::Error + 'static)| {
                error
                    .downcast_ref::<std::io::Error>()
                    .is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
            };
            let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&*error);
            while let Some(error) = cause {
                if timed_out(error) {
                    return Err(Refusal::TooSlow);
                }
                cause = error.source();
            }
            Err(Refusal::Malformed("The request body could not be read to its end."))
        }
    }
}

/// Id and secret of a `Basic` header; each is form-encoded inside.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, text) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decode = |text: &str| String::from_utf8(form_decoded(text.as_bytes())).ok();
    Some((decode(id)?, decode(secret)?))
}

/// The members of a form, in order.
struct Form(Vec<(Vec<u8>, Vec<u8>)>);

impl Form {
    /// The member of this name. One that is there twice is refused (RFC 6749, 3.2), an empty one counts as missing.
    fn one(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        let mut values = self.0.iter().filter(|(key, _)| key == name.as_bytes()).map(|(_, value)| value);
        let first = values.next();
        if values.next().is_some() {
            return Err(Refusal::Malformed("A parameter is in the request body more than once."));
        }
        let text = first.map(|value| std::str::from_utf8(value)).transpose();
        let text = text.map_err(|_| Refusal::Malformed("A parameter of the request body is not UTF-8."))?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        self.one(name)?.ok_or(Refusal::Missing(name))
    }
}

fn form_pairs(body: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    body.split(|byte| *byte == b'&')
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=').map(form_decoded);
            (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
        })
        .collect()
}

/// `application/x-www-form-urlencoded` text; a broken escape stays as it is, as browsers read it.
fn form_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        let escaped = || u8::try_from(digit(tail.first())? * 16 + digit(tail.get(1))?).ok();
        match byte {
            b'+' => out.push(b' '),
            b'%' => match escaped() {
                Some(value) => {
                    out.push(value);
                    rest = tail.get(2..).unwrap_or_default();
                }
                None => out.push(b'%'),
            },
            byte => out.push(*byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use secrecy::ExposeSecret;

    use super::*;

    fn read(body: &str, basic: Option<&str>) -> Result<(String, String), Refusal> {
        let mut request = Request::builder()
            .uri("/")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded;charset=UTF-8");
        if let Some(basic) = basic {
            request = request.header(header::AUTHORIZATION, format!("basic {}", STANDARD.encode(basic)));
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let credentials = runtime.block_on(Credentials::read(request))?;
        Ok((credentials.id, credentials.secret.expose_secret().to_owned()))
    }

    fn check(body: &str, basic: Option<&str>, expected: Result<(&str, &str), Refusal>) {
        let expected = expected.map(|(id, secret)| (id.to_owned(), secret.to_owned()));
        assert_eq!(read(body, basic), expected, "{body}");
    }

    const GRANT: &str = "grant_type=client_credentials&scope=api%3A%2F%2Finterdict%2F.default";

    #[test]
    fn credentials_come_in_the_form_or_in_the_header() {
        check(&format!("{GRANT}&client_id=a&client_secret=b%2B+c&client_info=1"), None, Ok(("a", "b+ c")));
        check(GRANT, Some("a:b%3Ac"), Ok(("a", "b:c")));
        check(&format!("client_id=a&{GRANT}"), Some("a:b"), Ok(("a", "b")));
    }

    #[test]
    fn a_request_that_lacks_something_learns_what() {
        use Refusal::{Grant, Malformed, Missing, Scope};
        let twice = Malformed("A parameter is in the request body more than once.");
        let both = Malformed("The client is named in the form and in `Authorization`: use one.");
        check("", None, Err(Missing("grant_type")));
        check("grant_type=password", None, Err(Grant));
        check(GRANT, None, Err(Missing("client_id")));
        check(&format!("{GRANT}&client_id=a"), None, Err(Missing("client_secret")));
        check(&format!("{GRANT}&client_id=a&client_secret="), None, Err(Missing("client_secret")));
        check(&format!("{GRANT}&client_id=a&client_id=a&client_secret=b"), None, Err(twice));
        check(&format!("{GRANT}&client_id=c"), Some("a:b"), Err(both.clone()));
        check(&format!("{GRANT}&client_secret=b"), Some("a:b"), Err(both));
        check("grant_type=client_credentials&client_id=a&client_secret=b", None, Err(Missing("scope")));
        check("grant_type=client_credentials&client_id=a&client_secret=b&scope=x", None, Err(Scope));
        check(&"x".repeat(FORM_MAX + 1), None, Err(Refusal::TooLarge));
    }
}

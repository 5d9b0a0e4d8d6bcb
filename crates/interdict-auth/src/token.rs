//! A token's outer form, read more strictly than the JWT library reads it: nothing here is believed yet.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Algorithm, AuthError, strict::StrictObject};

/// The longest token, in bytes.
const LONGEST: usize = 8 * 1024;

/// The longest `kid`, in bytes; a longer one is nobody's key.
const LONGEST_KID: usize = 256;

/// Header members that change what the signature covers or how the payload is read. We know none of them, and
/// `crit` means that whoever does not know must refuse. `nonce` marks tokens of Microsoft Graph itself, whose
/// signature nobody else can check.
const REFUSED_MEMBERS: [&str; 5] = ["crit", "b64", "zip", "enc", "nonce"];

/// A token whose form is as it should be. Its claims only tell who is to judge it: believed are those that
/// [`crate::jwk::KeySet::decode`] answers.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    pub(crate) kid: Option<String>,
    pub(crate) claims: StrictObject,
}

impl<'a> Token<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, AuthError> {
        if text.len() > LONGEST {
            return Err(AuthError::Invalid("longer than 8 KiB"));
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(AuthError::Invalid("not three parts"))?;
        let (header, claims) = signed.split_once('.').ok_or(AuthError::Invalid("not three parts"))?;
        if claims.contains('.') {
            return Err(AuthError::Invalid("not three parts"));
        }
        // The decoder refuses padding, the other alphabet, white space and non-zero spare bits, so that one token
        // has one spelling.
        let decode = |part: &str| {
            URL_SAFE_NO_PAD.decode(part).map_err(|_| AuthError::Invalid("not canonical base64url"))
        };
        let header = StrictObject::parse(&decode(header)?)
            .ok_or(AuthError::Invalid("the header is not an object of different members"))?;
        let kid = read_header(&header)?;
        let claims = StrictObject::parse(&decode(claims)?)
            .ok_or(AuthError::Invalid("the claims are not an object of different members"))?;
        decode(signature)?;
        Ok(Self { text, kid, claims })
    }
}

/// `jku`, `jwk`, `x5u`, `x5c` and `x5t` are not looked at: a bearer does not say where the keys are.
fn read_header(header: &StrictObject) -> Result<Option<String>, AuthError> {
    if REFUSED_MEMBERS.iter().any(|name| header.has(name)) {
        return Err(AuthError::Invalid("the header has a member that must not be there"));
    }
    let text = |name| header.text(name).map_err(|_| AuthError::Invalid("a header member is no text"));
    if let Some(typ) = text("typ")? {
        let typ = typ.to_ascii_lowercase();
        if !matches!(typ.as_str(), "jwt" | "at+jwt" | "application/at+jwt") {
            return Err(AuthError::Invalid("`typ` is not an access token's"));
        }
    }
    // Which one it is, the key decides. What no key can have must not cause a fetch of keys.
    if !text("alg")?.is_some_and(Algorithm::is_name) {
        return Err(AuthError::Invalid("`alg` is not accepted"));
    }
    let kid = text("kid")?;
    if kid.is_some_and(|kid| kid.len() > LONGEST_KID || kid.chars().any(char::is_control)) {
        return Err(AuthError::Invalid("`kid` is nobody's key"));
    }
    Ok(kid.map(str::to_owned))
}

//! Why a token is not accepted.

use jsonwebtoken::errors::ErrorKind;

/// Why a token is not accepted. The reason is for the log; the caller learns the kind alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The token is not valid: 401.
    #[error("the token is not valid: {0}")]
    Invalid(&'static str),
    /// The token's lifetime has passed, or has not begun: 401.
    #[error("the token is expired or not yet valid")]
    Lifetime,
    /// A personal Microsoft account: 403, as the original page says.
    #[error("personal Microsoft accounts are not supported")]
    PersonalAccount,
    /// Neither `scp` nor `roles` is there: 403.
    #[error("either the `scp` or the `roles` claim must be there")]
    NoPermissions,
    /// The issuer's keys cannot be had now: 503.
    #[error("the issuer's keys cannot be fetched now")]
    IssuerUnavailable,
}

/// What the JWT library finds wrong with a token.
impl From<&ErrorKind> for AuthError {
    fn from(kind: &ErrorKind) -> Self {
        Self::Invalid(match kind {
            ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => return Self::Lifetime,
            ErrorKind::InvalidIssuer => "`iss` is another issuer, or not that of `tid`",
            ErrorKind::InvalidAudience => "`aud` is another audience",
            ErrorKind::MissingRequiredClaim(_) => "`exp`, `iss` or `aud` is missing or not what it should be",
            ErrorKind::InvalidClaimFormat(_) => "a time is not a whole number",
            _ => "not a JWT",
        })
    }
}

//! Signature algorithms: the names a token may carry, and what checks them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RsaParameters,
    VerificationAlgorithm,
};
use serde::Deserialize;

/// Signature algorithms that a configuration may name. Never `none`, never HMAC: there is no value for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the names of RFC 7518 and RFC 8037")]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    ES256,
    ES384,
    EdDSA,
}

/// What a key of an algorithm is made of.
#[derive(Clone, Copy)]
pub(crate) enum Family {
    Rsa(&'static RsaParameters),
    /// The JWK's `kty` and `crv`, and how many bytes a coordinate has.
    Curve {
        kty: &'static str,
        crv: &'static str,
        coordinate: usize,
        check: &'static dyn VerificationAlgorithm,
    },
}

impl Algorithm {
    pub(crate) const ALL: [Self; 7] =
        [Self::RS256, Self::RS384, Self::RS512, Self::PS256, Self::ES256, Self::ES384, Self::EdDSA];

    /// The name in a token's header and in a JWK.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The algorithm of that name, byte for byte.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::RS256 => Family::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            Self::RS384 => Family::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            Self::RS512 => Family::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            Self::PS256 => Family::Rsa(&RSA_PSS_2048_8192_SHA256),
            Self::ES256 => {
                Family::Curve { kty: "EC", crv: "P-256", coordinate: 32, check: &ECDSA_P256_SHA256_FIXED }
            }
            Self::ES384 => {
                Family::Curve { kty: "EC", crv: "P-384", coordinate: 48, check: &ECDSA_P384_SHA384_FIXED }
            }
            Self::EdDSA => Family::Curve { kty: "OKP", crv: "Ed25519", coordinate: 32, check: &ED25519 },
        }
    }
}

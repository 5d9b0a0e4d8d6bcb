//! Public keys of issuers, RFC 7517: each is bound to the algorithms that its type, its curve, its `alg` and the
//! issuer's configuration allow, so that a token cannot choose how its own signature is checked.

use interdict_model::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{DecodingKey, DecodingKeyKind, Validation};
use serde::Deserialize;

use crate::{Algorithm, AuthError, strict::StrictObject};

/// The keys of one issuer.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<PublicKey>,
    /// When the set was fetched.
    pub(crate) fetched: Timestamp,
}

/// One key of an issuer, with the algorithms that it may be used for: at least one.
#[derive(Debug)]
pub(crate) struct PublicKey {
    jwk: Jwk,
    key: DecodingKey,
    algorithms: Vec<Algorithm>,
}

impl KeySet {
    pub(crate) const fn new(keys: Vec<PublicKey>, fetched: Timestamp) -> Self {
        Self { keys, fetched }
    }

    /// Reads a JWKS document; keys that we cannot use are left out.
    pub(crate) fn parse(
        document: &[u8],
        allowed: &[Algorithm],
        fetched: Timestamp,
    ) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<StrictObject>,
        }
        let document: Document =
            serde_json::from_slice(document).map_err(|_| "the answer is no JWKS document")?;
        let mut keys = Vec::new();
        for jwk in document.keys.into_iter().take(MOST_KEYS) {
            match PublicKey::read(jwk, allowed) {
                Ok(key) => keys.push(key),
                Err(reason) => tracing::debug!(reason, "a key of the issuer is left out"),
            }
        }
        if keys.is_empty() {
            Err("the JWKS document has no key that we can use")
        } else {
            Ok(Self::new(keys, fetched))
        }
    }

    /// Whether some key has this `kid`. A token without one names the only key of a set of one.
    pub(crate) fn has(&self, kid: Option<&str>) -> bool {
        self.named(kid).next().is_some()
    }

    /// Whether every key of `self` is in `other` too.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let same =
            |one: &Jwk, two: &Jwk| one.common.key_id == two.common.key_id && one.algorithm == two.algorithm;
        self.keys.iter().all(|key| other.keys.iter().any(|it| same(&it.jwk, &key.jwk)))
    }

    /// The claims of a token that a key of that `kid` has signed and that are as expected.
    pub(crate) fn decode(
        &self,
        token: &str,
        kid: Option<&str>,
        mut expected: Validation,
    ) -> Result<StrictObject, AuthError> {
        for key in self.named(kid) {
            for algorithm in &key.algorithms {
                // The key says which one it is; the library refuses a token that says another.
                expected.algorithms = vec![(*algorithm).into()];
                match jsonwebtoken::decode(token, &key.key, &expected) {
                    Ok(token) => return Ok(token.claims),
                    Err(error) => match error.kind() {
                        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidSignature => {}
                        kind => return Err(AuthError::from(kind)),
                    },
                }
            }
        }
        Err(AuthError::Invalid("the signature does not hold"))
    }

    fn named<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a PublicKey> {
        let only = self.keys.len() == 1;
        self.keys.iter().filter(move |key| match kid {
            Some(kid) => key.jwk.common.key_id.as_deref() == Some(kid),
            None => only,
        })
    }
}

/// No issuer has more keys at once; the rest of a longer set is not read.
const MOST_KEYS: usize = 100;

impl PublicKey {
    /// A key as its issuer publishes it.
    fn read(members: StrictObject, allowed: &[Algorithm]) -> Result<Self, &'static str> {
        if members.has("d") || members.has("k") {
            return Err("a private or symmetric key, published for everyone to sign with");
        }
        // The library would take a null for a member that is not there.
        if members.has_null() {
            return Err("a member is null");
        }
        Self::new(members.into_typed().map_err(|_| "a member is missing or not what it should be")?, allowed)
    }

    pub(crate) fn new(jwk: Jwk, allowed: &[Algorithm]) -> Result<Self, &'static str> {
        if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
            return Err("`use` is not `sig`");
        }
        let operations = jwk.common.key_operations.as_ref();
        if operations.is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
            return Err("`key_ops` has no `verify`");
        }
        let mut key = DecodingKey::from_jwk(&jwk).map_err(|_| "not a public key in canonical base64url")?;
        if let DecodingKeyKind::RsaModulusExponent { n, e } = key.kind() {
            key = rsa(n, e)?;
        }
        let named = |algorithm: &Algorithm| {
            let name = KeyAlgorithm::from(jsonwebtoken::Algorithm::from(*algorithm));
            jwk.common.key_algorithm.is_none_or(|alg| alg == name)
        };
        let fitting = fitting(&jwk.algorithm).iter().copied();
        let algorithms: Vec<_> = fitting.filter(|it| allowed.contains(it)).filter(named).collect();
        if algorithms.is_empty() {
            return Err("no accepted algorithm fits the key");
        }
        Ok(Self { jwk, key, algorithms })
    }
}

/// The algorithms for a key of this type, curve and length of coordinates (43 letters are 32 bytes, 64 are 48).
fn fitting(parameters: &AlgorithmParameters) -> &'static [Algorithm] {
    use Algorithm::{ES256, ES384, EdDSA, PS256, RS256, RS384, RS512};
    match parameters {
        AlgorithmParameters::RSA(_) => &[RS256, RS384, RS512, PS256],
        AlgorithmParameters::EllipticCurve(key) => match (&key.curve, key.x.len(), key.y.len()) {
            (EllipticCurve::P256, 43, 43) => &[ES256],
            (EllipticCurve::P384, 64, 64) => &[ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(key)
            if (&key.curve, key.x.len()) == (&EllipticCurve::Ed25519, 43) =>
        {
            &[EdDSA]
        }
        _ => &[],
    }
}

/// The crypto library refuses such keys too, but only at each signature: they are to be left out of the set. It also
/// refuses leading zeros, which some issuers write.
fn rsa(n: &[u8], e: &[u8]) -> Result<DecodingKey, &'static str> {
    let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if !(2048..=8192).contains(&bits) {
        return Err("an RSA key of less than 2048 or more than 8192 bits");
    }
    if e == [1] || e.last().is_none_or(|last| last % 2 == 0) {
        return Err("an RSA exponent that is 1 or even");
    }
    Ok(DecodingKey::from_rsa_raw_components(n, e))
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

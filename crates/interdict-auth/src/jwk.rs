//! Public keys of issuers, RFC 7517: each is bound to the algorithms that its type, its curve, its `alg` and the
//! issuer's configuration allow, so that a token cannot choose how its own signature is checked.

use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use interdict_model::Timestamp;
use serde::Deserialize;

use crate::{Algorithm, algorithm::Family, strict::StrictObject};

/// The keys of one issuer.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<PublicKey>,
    /// When the set was fetched.
    pub(crate) fetched: Timestamp,
}

/// One key of an issuer.
pub(crate) struct PublicKey {
    kid: Option<String>,
    /// What the key is made of, to see whether another set still has it.
    material: Vec<u8>,
    checks: Vec<(Algorithm, ParsedPublicKey)>,
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublicKey").field("kid", &self.kid).finish_non_exhaustive()
    }
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
        for jwk in document.keys.iter().take(MOST_KEYS) {
            match PublicKey::from_jwk(jwk, allowed) {
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
        self.keys
            .iter()
            .all(|key| other.keys.iter().any(|it| it.kid == key.kid && it.material == key.material))
    }

    /// Whether a key of that `kid` made the signature with that algorithm.
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> bool {
        self.named(kid)
            .flat_map(|key| &key.checks)
            .filter(|(of, _)| *of == algorithm)
            .any(|(_, key)| key.verify_sig(signed, signature).is_ok())
    }

    fn named<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a PublicKey> {
        let only = self.keys.len() == 1;
        self.keys.iter().filter(move |key| match kid {
            Some(kid) => key.kid.as_deref() == Some(kid),
            None => only,
        })
    }
}

/// No issuer has more keys at once; the rest of a longer set is not read.
const MOST_KEYS: usize = 100;

impl PublicKey {
    /// An RSA key from its modulus and exponent, big-endian.
    pub(crate) fn rsa(
        kid: Option<String>,
        n: &[u8],
        e: &[u8],
        algorithms: &[Algorithm],
    ) -> Result<Self, &'static str> {
        let n = without_leading_zeros(n);
        let e = without_leading_zeros(e);
        let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
        if !(2048..=8192).contains(&bits) {
            return Err("an RSA key of less than 2048 or more than 8192 bits");
        }
        if e == [1] || e.last().is_none_or(|last| last % 2 == 0) {
            return Err("an RSA exponent that is 1 or even");
        }
        let components = RsaPublicKeyComponents { n, e };
        let mut checks = Vec::new();
        for algorithm in algorithms {
            if let Family::Rsa(parameters) = algorithm.family() {
                let key = components.to_parsed_public_key(parameters).map_err(|_| "not an RSA key")?;
                checks.push((*algorithm, key));
            }
        }
        Self::usable(kid, [n, e].concat(), checks)
    }

    fn from_jwk(jwk: &StrictObject, allowed: &[Algorithm]) -> Result<Self, &'static str> {
        let text = |name| jwk.text(name).map_err(|_| "a member is no text");
        let bytes = |name| {
            let text = text(name)?.ok_or("a member is missing")?;
            URL_SAFE_NO_PAD.decode(text).map_err(|_| "not canonical base64url")
        };
        if jwk.has("d") || jwk.has("k") {
            return Err("a private or symmetric key, published for everyone to sign with");
        }
        if text("use")?.is_some_and(|purpose| purpose != "sig") {
            return Err("`use` is not `sig`");
        }
        if let Some(operations) = jwk.get("key_ops") {
            let operations = operations.as_array().ok_or("`key_ops` is no array")?;
            if !operations.iter().any(|operation| operation == "verify") {
                return Err("`key_ops` has no `verify`");
            }
        }
        let kty = text("kty")?.ok_or("`kty` is missing")?;
        let alg = text("alg")?;
        let allowed: Vec<Algorithm> =
            allowed.iter().copied().filter(|it| alg.is_none_or(|alg| alg == it.name())).collect();
        let kid = text("kid")?.map(str::to_owned);
        if kty == "RSA" {
            return Self::rsa(kid, &bytes("n")?, &bytes("e")?, &allowed);
        }
        let curve = text("crv")?.ok_or("`crv` is missing")?;
        let mut checks = Vec::new();
        let mut material = Vec::new();
        for algorithm in allowed {
            let Family::Curve { kty: of, crv, coordinate, check } = algorithm.family() else { continue };
            if (kty, curve) != (of, crv) {
                continue;
            }
            let x = bytes("x")?;
            let y = if kty == "EC" { bytes("y")? } else { Vec::new() };
            if x.len() != coordinate || !(y.is_empty() || y.len() == coordinate) {
                return Err("a coordinate of the wrong length");
            }
            // SEC 1 marks an uncompressed point with a 4; Ed25519 keys are their bare bytes.
            material = if kty == "EC" { [&[4], x.as_slice(), y.as_slice()].concat() } else { x };
            let key = ParsedPublicKey::new(check, &material).map_err(|_| "not a point of its curve")?;
            checks.push((algorithm, key));
        }
        Self::usable(kid, material, checks)
    }

    fn usable(
        kid: Option<String>,
        material: Vec<u8>,
        checks: Vec<(Algorithm, ParsedPublicKey)>,
    ) -> Result<Self, &'static str> {
        if checks.is_empty() {
            Err("no accepted algorithm fits the key")
        } else {
            Ok(Self { kid, material, checks })
        }
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

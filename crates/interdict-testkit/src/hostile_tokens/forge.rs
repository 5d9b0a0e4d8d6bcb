//! Makes tokens of any content with the built-in issuer's own key, read from its key file.

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaEncoding,
};
use aws_lc_rs::{encoding::AsDer, encoding::PublicKeyX509Der, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The built-in issuer's key and what its genuine tokens say.
#[derive(Debug)]
pub struct Forge {
    issuer: KeyPair,
    attacker: KeyPair,
    /// The `kid` of the issuer's key.
    pub kid: String,
    /// The tenant of genuine tokens.
    pub tenant: String,
    /// The base of `iss`.
    pub base: String,
    /// Seconds since 1970 at which genuine tokens hold.
    pub now: i64,
    /// An address that nobody may ask: where the attacker says that keys are.
    pub trap: String,
}

impl Forge {
    /// Reads the issuer's key file. `base` is the base of `iss`.
    #[must_use]
    pub fn open(key_file: &Path, base: &str, tenant: &str, now: i64, trap: &str) -> Self {
        let file: Value = serde_json::from_slice(&std::fs::read(key_file).unwrap()).unwrap();
        let entry = &file["keys"][0];
        let der = STANDARD.decode(entry["pkcs8"].as_str().unwrap()).unwrap();
        Self {
            issuer: KeyPair::from_pkcs8(&der).unwrap(),
            attacker: KeyPair::generate(KeySize::Rsa2048).unwrap(),
            kid: entry["kid"].as_str().unwrap().to_owned(),
            tenant: tenant.to_owned(),
            base: base.to_owned(),
            now,
            trap: trap.to_owned(),
        }
    }

    /// The header of a genuine token with these members changed; a null takes one away.
    #[must_use]
    pub fn header(&self, changes: &Value) -> String {
        changed(json!({ "typ": "JWT", "alg": "RS256", "kid": self.kid }), changes)
    }

    /// The claims of a genuine app-only token with these members changed; a null takes one away.
    #[must_use]
    pub fn claims(&self, changes: &Value) -> String {
        let genuine = json!({
            "aud": "api://interdict",
            "iss": format!("{}/{}/v2.0", self.base, self.tenant),
            "iat": self.now, "nbf": self.now, "exp": self.now + 3600,
            "azp": "11111111-2222-4333-8444-555555555555", "azpacr": "1", "idtyp": "app",
            "oid": "66666666-7777-4888-8999-aaaaaaaaaaaa",
            "sub": "66666666-7777-4888-8999-aaaaaaaaaaaa",
            "roles": ["SecurityActions.ReadWrite.All"],
            "tid": self.tenant, "uti": "x", "ver": "2.0",
        });
        changed(genuine, changes)
    }

    /// Header and claims with the issuer's signature in RS256.
    #[must_use]
    pub fn signed(&self, header: &str, claims: &str) -> String {
        self.signed_as(&signature::RSA_PKCS1_SHA256, header, claims)
    }

    /// The same in another RSA algorithm.
    #[must_use]
    pub fn signed_as(&self, encoding: &'static dyn RsaEncoding, header: &str, claims: &str) -> String {
        let message = message(header.as_bytes(), claims.as_bytes());
        let signature = rsa(&self.issuer, encoding, message.as_bytes());
        join(&message, &signature)
    }

    /// Parts that are base64url already, with the issuer's signature over them as they stand.
    #[must_use]
    pub fn signed_parts(&self, message: &str) -> String {
        join(message, &rsa(&self.issuer, &signature::RSA_PKCS1_SHA256, message.as_bytes()))
    }

    /// Header and claims with the attacker's RSA signature.
    #[must_use]
    pub fn by_attacker(&self, header: &str, claims: &str) -> String {
        let message = message(header.as_bytes(), claims.as_bytes());
        join(&message, &rsa(&self.attacker, &signature::RSA_PKCS1_SHA256, message.as_bytes()))
    }

    /// The attacker's key as a JWK.
    #[must_use]
    pub fn attacker_jwk(&self) -> Value {
        jwk(&self.attacker, "attacker")
    }

    /// Forms of the issuer's public key that a confused verifier might take for an HMAC secret.
    #[must_use]
    pub fn public_key_texts(&self) -> [(&'static str, Vec<u8>); 7] {
        let spki: PublicKeyX509Der<'_> = self.issuer.public_key().as_der().unwrap();
        let spki = spki.as_ref().to_vec();
        let lines: Vec<String> = STANDARD
            .encode(&spki)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"));
        let modulus = self.issuer.public_key().modulus().big_endian_without_leading_zero().to_vec();
        [
            ("HS256 with the public key in PEM", pem.clone().into_bytes()),
            ("HS256 with the public key in PEM and a newline", format!("{pem}\n").into_bytes()),
            ("HS256 with the public key in DER", spki),
            ("HS256 with the public key in PKCS#1", self.issuer.public_key().as_ref().to_vec()),
            ("HS256 with the public JWK", jwk(&self.issuer, &self.kid).to_string().into_bytes()),
            ("HS256 with the modulus", modulus),
            ("HS256 with an empty key", Vec::new()),
        ]
    }

    /// Header and claims with an HMAC.
    #[must_use]
    pub fn hmac(&self, algorithm: hmac::Algorithm, secret: &[u8], header: &str, claims: &str) -> String {
        let message = message(header.as_bytes(), claims.as_bytes());
        let tag = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
        join(&message, tag.as_ref())
    }

    /// Header and claims with a signature on P-256 by a key of the attacker.
    #[must_use]
    pub fn on_p256(&self, header: &str, claims: &str) -> String {
        let message = message(header.as_bytes(), claims.as_bytes());
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        join(&message, pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref())
    }

    /// Header and claims with an Ed25519 signature by a key of the attacker.
    #[must_use]
    pub fn on_ed25519(&self, header: &str, claims: &str) -> String {
        let message = message(header.as_bytes(), claims.as_bytes());
        join(&message, Ed25519KeyPair::generate().unwrap().sign(message.as_bytes()).as_ref())
    }
}

/// `base64url(header).base64url(claims)`.
#[must_use]
pub fn message(header: &[u8], claims: &[u8]) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// A message with a signature behind it.
#[must_use]
pub fn join(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn rsa(pair: &KeyPair, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

fn jwk(pair: &KeyPair, kid: &str) -> Value {
    let public = pair.public_key();
    json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
    })
}

fn changed(mut genuine: Value, changes: &Value) -> String {
    let members = genuine.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    genuine.to_string()
}

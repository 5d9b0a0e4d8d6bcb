//! The key file: the built-in issuer's private keys, readable by its owner alone.
//!
//! `{"keys": [{"kid", "created", "pkcs8"}]}`. The newest key signs, all of them verify, so a second key can be put
//! beside the first without refusing the tokens that are out.

use std::io;
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::{Engine, engine::general_purpose::STANDARD};
use interdict_model::Timestamp;
use interdict_model::key::{KeyKind, SharedKey};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm::RS256, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::fault;
use crate::{Algorithm, jwk::PublicKey, key_file::read_or_create};

/// A private key that signs tokens.
#[derive(Debug)]
pub(super) struct SigningKey {
    pub(super) created: Timestamp,
    key: EncodingKey,
    /// PKCS#8.
    der: Zeroizing<Vec<u8>>,
    /// The public half, as the JWKS document has it.
    pub(super) jwk: Jwk,
}

/// How many bytes PKCS#8 (RFC 5208) has before an RSA key of 2048 bits or more; the JWT library takes what follows.
const PKCS8_HEAD: usize = 26;

#[derive(Serialize, Deserialize)]
struct Document {
    keys: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    kid: String,
    created: Timestamp,
    /// PKCS#8, DER, base64.
    pkcs8: String,
}

/// Reads the file, or makes it with one new key.
pub(super) fn load_or_create(path: &Path) -> io::Result<Vec<SigningKey>> {
    let text = read_or_create(path, new_key)?;
    let document: Document = serde_json::from_slice(&text).map_err(|_| fault("the file is no issuer key"))?;
    document.keys.into_iter().map(SigningKey::read).collect()
}

/// The text of a file with one new key.
fn new_key(born: Timestamp) -> io::Result<Zeroizing<Vec<u8>>> {
    text_of([&SigningKey::make(born)?].into_iter())
}

/// Puts a file with these keys in place of the one that is there.
pub(super) fn replace<'a>(path: &Path, keys: impl Iterator<Item = &'a SigningKey>) -> io::Result<()> {
    crate::key_file::replace(path, &text_of(keys)?)
}

fn text_of<'a>(keys: impl Iterator<Item = &'a SigningKey>) -> io::Result<Zeroizing<Vec<u8>>> {
    let entries = keys.map(|key| Entry {
        kid: key.id().to_owned(),
        created: key.created,
        pkcs8: STANDARD.encode(&*key.der),
    });
    let mut document = Document { keys: entries.collect() };
    let text = Zeroizing::new(serde_json::to_vec_pretty(&document)?);
    document.keys.iter_mut().for_each(|entry| entry.pkcs8.zeroize());
    Ok(text)
}

impl SigningKey {
    fn read(entry: Entry) -> io::Result<Self> {
        let pkcs8 = Zeroizing::new(entry.pkcs8);
        let der = STANDARD.decode(pkcs8.as_bytes()).map(Zeroizing::new);
        let mut key =
            Self::of_der(&der.map_err(|_| fault("a key of the file is not base64"))?, entry.created)?;
        key.jwk.common.key_id = Some(entry.kid);
        Ok(key)
    }

    /// A new key.
    pub(super) fn make(created: Timestamp) -> io::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| fault("no key could be made"))?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| fault("the new key has no PKCS#8 form"))?;
        Self::of_der(der.as_ref(), created)
    }

    /// A key out of PKCS#8. The same key has the same `kid` wherever it is kept (RFC 7638).
    pub(super) fn of_der(der: &[u8], created: Timestamp) -> io::Result<Self> {
        let (key, mut jwk) = read_der(der)?;
        jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256).map_err(io::Error::other)?);
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { created, key, der: Zeroizing::new(der.to_vec()), jwk })
    }

    /// Its `kid`.
    pub(super) fn id(&self) -> &str {
        self.jwk.common.key_id.as_deref().unwrap_or_default()
    }

    /// PKCS#8.
    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    /// What the store keeps of a key that nodes have as a file.
    pub(super) fn shared(&self) -> io::Result<SharedKey> {
        Ok(SharedKey {
            kind: KeyKind::Issuer,
            id: self.id().to_owned(),
            created: self.created,
            public: serde_json::to_vec(&self.jwk)?,
            secret: Vec::new(),
            wrapped_by: None,
            revoked: None,
        })
    }

    /// A token with these claims.
    pub(super) fn sign(&self, claims: &impl Serialize) -> io::Result<String> {
        let header = Header { kid: Some(self.id().to_owned()), ..Header::new(RS256) };
        jsonwebtoken::encode(&header, claims, &self.key).map_err(io::Error::other)
    }

    /// The public half, as tokens are verified with it.
    pub(super) fn public_key(&self) -> io::Result<PublicKey> {
        PublicKey::new(self.jwk.clone(), &[Algorithm::RS256]).map_err(fault)
    }
}

/// A private key out of PKCS#8, and its public half.
fn read_der(pkcs8: &[u8]) -> io::Result<(EncodingKey, Jwk)> {
    let key = EncodingKey::from_rsa_der(pkcs8.get(PKCS8_HEAD..).unwrap_or_default());
    let jwk = Jwk::from_encoding_key(&key, RS256);
    let jwk = jwk.map_err(|_| fault("a key of the file is no RSA key in PKCS#8"))?;
    Ok((key, jwk))
}

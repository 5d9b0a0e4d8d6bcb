//! The key that seals journals: Ed25519 (RFC 8032), in a file of its owner's alone.

use std::io::{self, ErrorKind};
use std::path::Path;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use interdict_model::line::SealingKey;
use interdict_model::seal::Signer;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::client_secret::random;
use crate::key_file::read_or_create;

/// The key.
pub struct SealKey {
    pair: Ed25519KeyPair,
    id: String,
    seed: Zeroizing<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    /// The public key, base64: it may be given to anybody.
    public_key: String,
    /// The seed (RFC 8032, section 5.1.5), base64.
    seed: std::borrow::Cow<'a, str>,
}

impl SealKey {
    /// Loads the key file, making it where it is not there.
    ///
    /// # Errors
    /// Where the file cannot be read, made, or is no key.
    pub fn load_or_create(path: &Path) -> io::Result<Self> {
        let text = read_or_create(path, |_| Self::make()?.text())?;
        let document: Document<'_> = serde_json::from_slice(&text).map_err(|_| no_key())?;
        let seed = STANDARD.decode(document.seed.as_bytes()).map(Zeroizing::new).map_err(|_| no_key())?;
        Self::of_seed(&seed)
    }

    /// A new key.
    pub(crate) fn make() -> io::Result<Self> {
        Self::of_seed(&*Zeroizing::new(random::<32>()))
    }

    pub(crate) fn of_seed(seed: &[u8]) -> io::Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| no_key())?;
        let id = name(pair.public_key().as_ref());
        Ok(Self { pair, id, seed: Zeroizing::new(seed.to_vec()) })
    }

    /// The text of its file.
    pub(crate) fn text(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        let seed = Zeroizing::new(STANDARD.encode(&*self.seed));
        let document = Document {
            public_key: STANDARD.encode(self.public_key()),
            seed: std::borrow::Cow::Borrowed(&seed),
        };
        Ok(Zeroizing::new(serde_json::to_vec_pretty(&document)?))
    }

    /// The public key, 32 bytes.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The seed.
    pub(crate) fn seed(&self) -> &[u8] {
        &self.seed
    }

    /// What others need to verify its seals.
    #[must_use]
    pub fn public(&self) -> SealingKey {
        // Ed25519 public keys have 32 bytes.
        let public_key = self.public_key().try_into().unwrap_or([0; 32]);
        SealingKey { id: self.id.clone(), public_key, revoked: None }
    }
}

impl Signer for SealKey {
    /// The first 12 bytes of the public key's SHA-256, in base64url.
    fn key_id(&self) -> &str {
        &self.id
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        // Ed25519 signatures have 64 bytes.
        self.pair.sign(message).as_ref().try_into().unwrap_or([0; 64])
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Whether the key has the name that it goes by, and `signature` is that of `message` under it.
#[must_use]
pub fn verify_seal(key: &SealingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    name(&key.public_key) == key.id
        && UnparsedPublicKey::new(&ED25519, &key.public_key).verify(message, signature).is_ok()
}

/// The first 12 bytes of the public key's SHA-256, in base64url.
fn name(public: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, public);
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..12).unwrap_or_default())
}

fn no_key() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the file is no seal key")
}

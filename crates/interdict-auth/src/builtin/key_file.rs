//! The key file: the built-in issuer's private keys, readable by its owner alone.
//!
//! `{"keys": [{"kid", "created", "pkcs8"}]}`. The newest key signs, all of them verify, so a second key can be put
//! beside the first without refusing the tokens that are out.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::{digest, signature::KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use interdict_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::{Zeroize, Zeroizing};

use super::fault;
use crate::{Algorithm, client_secret::random, jwk::PublicKey};

/// A private key that signs tokens.
#[derive(Debug)]
pub(super) struct SigningKey {
    pub(super) kid: String,
    pub(super) created: Timestamp,
    pub(super) pair: KeyPair,
}

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
    match load(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(path)?;
            load(path)
        }
        result => result,
    }
}

fn load(path: &Path) -> io::Result<Vec<SigningKey>> {
    let text = Zeroizing::new(fs::read(path)?);
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "the issuer's key can be read by others: set its mode to 0600");
    }
    let document: Document = serde_json::from_slice(&text).map_err(|_| fault("the file is no issuer key"))?;
    document.keys.into_iter().map(SigningKey::read).collect()
}

/// Makes the file whole or not at all. Where another process makes it at the same time, one of the two keys stays
/// and both use it.
fn create(path: &Path) -> io::Result<()> {
    let unfinished = beside(path);
    let result = write_new(&unfinished).and_then(|()| match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // File systems without links: the last writer wins.
        Err(_) => fs::rename(&unfinished, path),
        Ok(()) => Ok(()),
    });
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => result.and(Err(error)),
        _ => result,
    }?;
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension(format!("{:x}.tmp", u64::from_le_bytes(random())))
}

fn write_new(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| fault("no key could be made"))?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| fault("the new key has no PKCS#8 form"))?;
    // The file's own birth, by the clock of the machine.
    let born = file.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let entry = Entry {
        kid: thumbprint(&pair),
        created: Timestamp::from_ticks(i64::try_from(born.as_nanos() / 100).unwrap_or(0)),
        pkcs8: STANDARD.encode(der.as_ref()),
    };
    let mut document = Document { keys: vec![entry] };
    let text = Zeroizing::new(serde_json::to_vec_pretty(&document)?);
    document.keys.iter_mut().for_each(|entry| entry.pkcs8.zeroize());
    file.write_all(&text)?;
    file.sync_all()
}

impl SigningKey {
    fn read(entry: Entry) -> io::Result<Self> {
        let pkcs8 = Zeroizing::new(entry.pkcs8);
        let der = STANDARD.decode(pkcs8.as_bytes()).map(Zeroizing::new);
        let der = der.map_err(|_| fault("a key of the file is not base64"))?;
        let pair =
            KeyPair::from_pkcs8(&der).map_err(|_| fault("a key of the file is no RSA key in PKCS#8"))?;
        Ok(Self { kid: entry.kid, created: entry.created, pair })
    }

    /// The public half, as the JWKS document has it.
    pub(super) fn jwk(&self) -> Value {
        let (n, e) = components(&self.pair);
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e })
    }

    /// The public half, as tokens are verified with it.
    pub(super) fn public_key(&self) -> io::Result<PublicKey> {
        let public = self.pair.public_key();
        let n = public.modulus().big_endian_without_leading_zero();
        let e = public.exponent().big_endian_without_leading_zero();
        PublicKey::rsa(Some(self.kid.clone()), n, e, &[Algorithm::RS256]).map_err(fault)
    }
}

/// Modulus and exponent, base64url.
fn components(pair: &KeyPair) -> (String, String) {
    let public = pair.public_key();
    let encode = |number: aws_lc_rs::io::Positive<'_>| {
        URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero())
    };
    (encode(public.modulus()), encode(public.exponent()))
}

/// RFC 7638: the same key has the same `kid` wherever it is kept.
fn thumbprint(pair: &KeyPair) -> String {
    let (n, e) = components(pair);
    let text = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

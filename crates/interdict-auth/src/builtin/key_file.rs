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
use base64::{Engine, engine::general_purpose::STANDARD};
use interdict_model::Timestamp;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm::RS256, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::fault;
use crate::{Algorithm, client_secret::random, jwk::PublicKey};

/// A private key that signs tokens.
#[derive(Debug)]
pub(super) struct SigningKey {
    pub(super) created: Timestamp,
    key: EncodingKey,
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
        // The same key has the same `kid` wherever it is kept (RFC 7638).
        kid: read_der(der.as_ref())?.1.thumbprint(ThumbprintHash::SHA256).map_err(io::Error::other)?,
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
        let (key, mut jwk) = read_der(&der.map_err(|_| fault("a key of the file is not base64"))?)?;
        jwk.common.key_id = Some(entry.kid);
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { created: entry.created, key, jwk })
    }

    /// A token with these claims.
    pub(super) fn sign(&self, claims: &impl Serialize) -> io::Result<String> {
        let header = Header { kid: self.jwk.common.key_id.clone(), ..Header::new(RS256) };
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

//! Keys encrypted to keys: AES-256-GCM, under a key that HKDF-SHA256 makes of the wrapping key's secret.
//! `docs/reference/keys.md` has the form.

use std::io;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

/// So that the derived key is good for nothing else.
const CONTEXT: &[u8] = b"interdict-key-wrap-1";

/// The secret of the key named `id`, encrypted to the secret `by`: nonce (12 bytes), ciphertext, tag (16).
pub(crate) fn wrap(secret: &[u8], by: &[u8], id: &str) -> io::Result<Vec<u8>> {
    let mut text = secret.to_vec();
    let nonce = key(by, id)?.seal_in_place_append_tag(Aad::from(id), &mut text).map_err(|_| unwrapped())?;
    let mut wrapped = nonce.as_ref().to_vec();
    wrapped.extend(text);
    Ok(wrapped)
}

/// The secret of the key named `id` out of what [`wrap`] made.
pub(crate) fn unwrap(wrapped: &[u8], by: &[u8], id: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let (nonce, text) = wrapped.split_at_checked(NONCE_LEN).ok_or_else(unwrapped)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unwrapped())?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = key(by, id)?.open_in_place(nonce, Aad::from(id), &mut text).map_err(|_| unwrapped())?.len();
    text.truncate(length);
    Ok(text)
}

fn key(by: &[u8], id: &str) -> io::Result<RandomizedNonceKey> {
    let secret = Salt::new(HKDF_SHA256, CONTEXT).extract(by);
    let mut bytes = Zeroizing::new([0; 32]);
    let info = [id.as_bytes()];
    let filled = secret.expand(&info, &AES_256_GCM).and_then(|made| made.fill(&mut *bytes));
    filled.and_then(|()| RandomizedNonceKey::new(&AES_256_GCM, &*bytes)).map_err(|_| unwrapped())
}

fn unwrapped() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a shared key does not open with the key that it names")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[test]
    fn a_key_opens_with_the_one_that_it_was_encrypted_to_alone() {
        let wrapped = wrap(b"the secret", b"one key", "id").unwrap();
        assert_eq!(*unwrap(&wrapped, b"one key", "id").unwrap(), b"the secret");
        assert!(!wrapped.windows(6).any(|part| part == b"secret"));
        unwrap(&wrapped, b"another key", "id").unwrap_err();
        unwrap(&wrapped, b"one key", "other").unwrap_err();
        unwrap(&wrapped[..20], b"one key", "id").unwrap_err();
        unwrap(&[], b"one key", "id").unwrap_err();
        let mut altered = wrapped.clone();
        altered[14] ^= 1;
        unwrap(&altered, b"one key", "id").unwrap_err();
        assert_ne!(wrap(b"the secret", b"one key", "id").unwrap(), wrapped);
    }
}

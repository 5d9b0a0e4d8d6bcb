//! Client secrets of the built-in issuer. They are 256 random bits, so a plain hash keeps them: there is nothing to
//! guess that a slow hash would have to guard.

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest, rand};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// A new client secret (256 random bits, base64url) and its stored hash (SHA-256, base64).
#[must_use]
pub fn new_client_secret() -> (SecretString, String) {
    let random: Zeroizing<[u8; 32]> = Zeroizing::new(random());
    let secret = URL_SAFE_NO_PAD.encode(random.as_slice());
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, secret.as_bytes()));
    (SecretString::from(secret), hash)
}

/// Whether `secret` is the one of `stored_hash`, in constant time.
#[must_use]
pub fn verify_client_secret(secret: &str, stored_hash: &str) -> bool {
    let given = digest::digest(&digest::SHA256, secret.as_bytes());
    STANDARD.decode(stored_hash).is_ok_and(|stored| verify_slices_are_equal(given.as_ref(), &stored).is_ok())
}

/// Random bytes from the crypto library.
#[expect(
    clippy::expect_used,
    reason = "without randomness aws-lc ends the process by itself; it never answers no"
)]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the crypto library has randomness");
    bytes
}

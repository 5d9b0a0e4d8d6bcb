//! The seal key's file.

use std::os::unix::fs::PermissionsExt as _;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use interdict_auth::{SealKey, verify_seal};
use interdict_model::line::SealingKey;
use interdict_model::seal::Signer as _;

#[test]
fn a_seal_key_is_made_once_for_its_owner_and_signs_the_same_ever_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal-key.json");
    let made = SealKey::load_or_create(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let loaded = SealKey::load_or_create(&path).unwrap();
    assert_eq!(loaded.key_id(), made.key_id());
    let signature = loaded.sign(b"a message");
    let public = UnparsedPublicKey::new(&ED25519, made.public_key());
    public.verify(b"a message", &signature).unwrap();
    public.verify(b"another message", &signature).unwrap_err();
    let shown = format!("{made:?}");
    let file = std::fs::read_to_string(&path).unwrap();
    let seed = serde_json::from_str::<serde_json::Value>(&file).unwrap()["seed"].as_str().unwrap().to_owned();
    assert!(!shown.contains(&seed));
}

#[test]
fn a_file_that_is_no_seal_key_is_an_error_and_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal-key.json");
    for text in ["", "{}", r#"{"publicKey":"","seed":"AAAA"}"#] {
        std::fs::write(&path, text).unwrap();
        SealKey::load_or_create(&path).unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_signature_holds_under_the_key_that_made_it_by_its_own_name_alone() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| SealKey::load_or_create(&folder.path().join(name)).unwrap();
    let (key, other) = (make("a.json"), make("b.json"));
    let signature = key.sign(b"a message");
    assert!(verify_seal(&key.public(), b"a message", &signature));
    assert!(!verify_seal(&key.public(), b"another message", &signature));
    assert!(!verify_seal(&other.public(), b"a message", &signature));
    // Somebody else's key under the name of one that is trusted.
    let posing = SealingKey { id: other.key_id().to_owned(), ..key.public() };
    assert!(!verify_seal(&posing, b"a message", &signature));
}

//! The seal key's file.

use std::os::unix::fs::PermissionsExt as _;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use interdict_auth::SealKey;
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

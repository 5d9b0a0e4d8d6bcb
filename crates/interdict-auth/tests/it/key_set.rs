//! Which keys of a JWKS document are used.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interdict_auth::{Algorithm, AuthError};
use serde_json::{Value, json};

use crate::support::{Key, NOW, Server, at, authenticator, claims, config};

/// Whether a token of `key` is accepted where its JWK is published with these changes, beside another key.
async fn accepted(key: &Key, algorithm: &str, changes: &Value) -> bool {
    let mut jwk = key.jwk("k");
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    let server = Server::with_keys(&[jwk, Key::ed().jwk("other")]).await;
    let mut config = config(&server.address);
    config.algorithms =
        vec![Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
    let token = key.token(algorithm, Some("k"), &claims(&json!({})));
    match authenticator(config).authenticate(&token, at(NOW)).await {
        Ok(_) => true,
        Err(AuthError::Invalid(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_key_is_used_for_what_it_is_meant_for() {
    let rsa = Key::rsa();
    let modulus = rsa.jwk("k")["n"].as_str().unwrap().to_owned();
    let bytes = URL_SAFE_NO_PAD.decode(&modulus).unwrap();
    let zero_first = URL_SAFE_NO_PAD.encode([&[0], bytes.as_slice()].concat());
    let half = URL_SAFE_NO_PAD.encode(&bytes[..128]);
    let almost = URL_SAFE_NO_PAD.encode(&bytes[..255]);
    for (changes, expected) in [
        (json!({}), true),
        (json!({ "use": "sig", "alg": "RS256", "key_ops": ["verify"] }), true),
        (json!({ "x5c": ["MIIB"], "x5t": "x", "issuer": "https://issuer.example" }), true),
        (json!({ "n": zero_first }), true),
        (json!({ "use": "enc" }), false),
        (json!({ "use": 1 }), false),
        (json!({ "use": null }), false),
        (json!({ "alg": null }), false),
        (json!({ "key_ops": ["encrypt"] }), false),
        (json!({ "key_ops": ["sign"] }), false),
        (json!({ "key_ops": "verify" }), false),
        (json!({ "alg": "PS256" }), false),
        (json!({ "alg": "RSA-OAEP" }), false),
        (json!({ "alg": "HS256" }), false),
        (json!({ "alg": "none" }), false),
        (json!({ "kty": "oct", "k": modulus }), false),
        (json!({ "kty": "EC" }), false),
        (json!({ "kty": "rsa" }), false),
        (json!({ "n": half }), false),
        (json!({ "n": almost }), false),
        (json!({ "n": format!("{modulus}==") }), false),
        (json!({ "n": "" }), false),
        (json!({ "e": "AQ" }), false),
        (json!({ "e": "Ag" }), false),
        (json!({ "e": "" }), false),
        (json!({ "d": "AQAB" }), false),
        (json!({ "kid": "K" }), false),
    ] {
        assert_eq!(accepted(&rsa, "RS256", &changes).await, expected, "{changes}");
    }
    assert!(accepted(&rsa, "PS256", &json!({ "alg": "PS256" })).await);
}

#[tokio::test]
async fn a_point_is_on_its_curve_and_of_its_length() {
    let p256 = Key::ec(Algorithm::ES256);
    let x = p256.jwk("k")["x"].clone();
    let short = URL_SAFE_NO_PAD.encode([1; 31]);
    for (changes, expected) in [
        (json!({}), true),
        (json!({ "alg": "ES256", "use": "sig" }), true),
        (json!({ "crv": "P-384" }), false),
        (json!({ "crv": "secp256k1" }), false),
        (json!({ "y": x }), false),
        (json!({ "y": short }), false),
        (json!({ "y": null }), false),
        (json!({ "alg": "ES384" }), false),
        (json!({ "kty": "OKP" }), false),
    ] {
        assert_eq!(accepted(&p256, "ES256", &changes).await, expected, "{changes}");
    }
    let ed = Key::ed();
    assert!(accepted(&ed, "EdDSA", &json!({})).await);
    assert!(!accepted(&ed, "EdDSA", &json!({ "crv": "X25519" })).await);
    assert!(!accepted(&ed, "EdDSA", &json!({ "x": short })).await);
}

#[tokio::test]
async fn a_missing_kid_is_for_sets_of_one_key() {
    let (first, second) = (Key::ed(), Key::ed());
    for (published, expected) in
        [(vec![first.jwk("a")], true), (vec![first.jwk("a"), second.jwk("b")], false)]
    {
        let server = Server::with_keys(&published).await;
        let mut config = config(&server.address);
        config.algorithms = vec![Algorithm::EdDSA];
        let authenticator = authenticator(config);
        let token = first.token("EdDSA", None, &claims(&json!({})));
        assert_eq!(authenticator.authenticate(&token, at(NOW)).await.is_ok(), expected);
        let again = authenticator.authenticate(&token, at(NOW + 120)).await;
        assert_eq!(again.is_ok(), expected);
        assert_eq!(server.requests(), 1, "a token without `kid` must not cause fetches");
    }
}

#[tokio::test]
async fn two_keys_of_one_kid_are_both_tried() {
    let (first, second) = (Key::ed(), Key::rsa());
    let server = Server::with_keys(&[first.jwk("k"), second.jwk("k")]).await;
    let mut config = config(&server.address);
    config.algorithms = vec![Algorithm::EdDSA, Algorithm::RS256];
    let authenticator = authenticator(config);
    for token in [
        first.token("EdDSA", Some("k"), &claims(&json!({}))),
        second.token("RS256", Some("k"), &claims(&json!({}))),
    ] {
        authenticator.authenticate(&token, at(NOW)).await.unwrap();
    }
}

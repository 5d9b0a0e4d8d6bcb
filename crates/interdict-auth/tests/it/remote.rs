//! Fetching: when, how often, and what becomes of it when the issuer does not answer as it should.

use std::sync::Arc;
use std::time::{Duration, Instant};

use interdict_auth::{Algorithm, AuthError, Authenticator, IssuerConfig};
use serde_json::{Value, json};

use crate::support::{Answer, ISSUER, Key, NOW, Server, TENANT, at, authenticator, claims, config};

fn ed_config(jwks_uri: &str) -> IssuerConfig {
    IssuerConfig { algorithms: vec![Algorithm::EdDSA], ..config(jwks_uri) }
}

fn token(key: &Key, kid: &str) -> String {
    key.token("EdDSA", Some(kid), &claims(&json!({})))
}

async fn holds(authenticator: &Authenticator, token: &str, seconds: i64) -> Result<(), AuthError> {
    authenticator.authenticate(token, at(seconds)).await.map(|_| ())
}

/// Waits until the server has been asked this often.
async fn asked(server: &Server, times: usize) {
    let end = Instant::now() + Duration::from_secs(5);
    while server.requests() < times {
        assert!(Instant::now() < end, "asked {} times, not {times}", server.requests());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_new_key_is_found_and_the_old_one_holds_until_it_is_taken_back() {
    let (old, new) = (Key::ed(), Key::ed());
    let server = Server::with_keys(&[old.jwk("old")]).await;
    let authenticator = authenticator(ed_config(&server.address));
    let (old_token, new_token) = (token(&old, "old"), token(&new, "new"));
    holds(&authenticator, &old_token, NOW).await.unwrap();
    assert!(holds(&authenticator, &new_token, NOW).await.is_err());

    server.keys(&[old.jwk("old"), new.jwk("new")]);
    assert!(holds(&authenticator, &new_token, NOW + 59).await.is_err(), "at most one fetch a minute");
    assert_eq!(server.requests(), 1);
    holds(&authenticator, &new_token, NOW + 60).await.unwrap();
    holds(&authenticator, &old_token, NOW + 60).await.unwrap();
    assert!(authenticator.cached(&old_token, at(NOW + 60)).is_some());

    server.keys(&[new.jwk("new")]);
    authenticator.reload_keys(at(NOW + 61)).await;
    assert_eq!(server.requests(), 3, "an operator's word is not held back");
    assert!(
        authenticator.cached(&old_token, at(NOW + 61)).is_none(),
        "the key of a remembered token is gone"
    );
    assert!(holds(&authenticator, &old_token, NOW + 61).await.is_err());
    holds(&authenticator, &new_token, NOW + 61).await.unwrap();
}

#[tokio::test]
async fn another_key_under_an_old_kid_replaces_it() {
    let (old, new) = (Key::ed(), Key::ed());
    let server = Server::with_keys(&[old.jwk("k")]).await;
    let authenticator = authenticator(ed_config(&server.address));
    holds(&authenticator, &token(&old, "k"), NOW).await.unwrap();
    server.keys(&[new.jwk("k")]);
    authenticator.reload_keys(at(NOW)).await;
    assert!(holds(&authenticator, &token(&old, "k"), NOW).await.is_err());
    holds(&authenticator, &token(&new, "k"), NOW).await.unwrap();
}

#[tokio::test]
async fn an_old_set_is_fetched_again_and_kept_for_a_day_while_the_issuer_is_down() {
    let key = Key::ed();
    let server = Server::with_keys(&[key.jwk("k")]).await;
    let authenticator = authenticator(ed_config(&server.address));
    let one = |at: i64| key.token("EdDSA", Some("k"), &claims(&json!({ "uti": at.to_string() })));
    holds(&authenticator, &one(0), NOW).await.unwrap();
    holds(&authenticator, &one(1), NOW + 3599).await.unwrap();
    assert_eq!(server.requests(), 1);

    server.answer(Answer::Status(500));
    holds(&authenticator, &one(2), NOW + 3600).await.unwrap();
    asked(&server, 2).await;
    // The fetch before may still be under way, and then there is none beside this request.
    let end = Instant::now() + Duration::from_secs(5);
    let mut number = 100;
    while server.requests() < 3 {
        assert!(Instant::now() < end, "an old set must be fetched again");
        number += 1;
        holds(&authenticator, &one(number), NOW + 86_399).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let unknown = holds(&authenticator, &token(&Key::ed(), "new"), NOW + 3700).await;
    assert_eq!(unknown, Err(AuthError::IssuerUnavailable), "nobody can say that the key is unknown");
    assert_eq!(holds(&authenticator, &one(4), NOW + 86_460).await, Err(AuthError::IssuerUnavailable));

    server.keys(&[key.jwk("k")]);
    holds(&authenticator, &one(5), NOW + 86_600).await.unwrap();
}

#[tokio::test]
async fn an_issuer_that_was_down_at_first_is_asked_again_soon() {
    let key = Key::ed();
    let server = Server::start(Answer::Status(503)).await;
    let authenticator = authenticator(ed_config(&server.address));
    let token = token(&key, "k");
    assert_eq!(holds(&authenticator, &token, NOW).await, Err(AuthError::IssuerUnavailable));
    server.keys(&[key.jwk("k")]);
    assert_eq!(holds(&authenticator, &token, NOW + 4).await, Err(AuthError::IssuerUnavailable));
    assert_eq!(server.requests(), 1);
    holds(&authenticator, &token, NOW + 5).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_unknown_keys_causes_one_fetch_a_minute() {
    let key = Key::ed();
    let document = json!({ "keys": [key.jwk("k")] });
    let server = Server::start(Answer::Late(Duration::from_millis(200), document)).await;
    let authenticator = Arc::new(authenticator(ed_config(&server.address)));
    let genuine = token(&key, "k");
    for (seconds, fetches) in [(NOW, 1), (NOW + 30, 1), (NOW + 60, 2)] {
        let mut storm = tokio::task::JoinSet::new();
        for number in 0..10_000 {
            let token = key.token("EdDSA", Some(&format!("k{number}")), &claims(&json!({})));
            let authenticator = Arc::clone(&authenticator);
            storm.spawn(async move { holds(&authenticator, &token, seconds).await });
        }
        holds(&authenticator, &genuine, seconds).await.unwrap();
        while let Some(result) = storm.join_next().await {
            assert!(matches!(result.unwrap(), Err(AuthError::Invalid(_))));
        }
        assert_eq!(server.requests(), fetches);
    }
}

#[tokio::test]
async fn a_bearer_who_hangs_up_does_not_stop_the_fetch() {
    let key = Key::ed();
    let document = json!({ "keys": [key.jwk("k")] });
    let server = Server::start(Answer::Late(Duration::from_millis(100), document)).await;
    let authenticator = authenticator(ed_config(&server.address));
    let token = token(&key, "k");
    let hasty = authenticator.authenticate(&token, at(NOW));
    assert!(tokio::time::timeout(Duration::from_millis(30), hasty).await.is_err());
    holds(&authenticator, &token, NOW).await.unwrap();
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off() {
    let server = Server::start(Answer::Endless).await;
    let authenticator = authenticator(ed_config(&server.address));
    let result = holds(&authenticator, &token(&Key::ed(), "k"), NOW).await;
    assert_eq!(result, Err(AuthError::IssuerUnavailable));
    // What the kernel's buffers hold beyond the limit was never read.
    assert!(server.sent() < 16 * 1024 * 1024, "{} bytes went out", server.sent());
}

#[tokio::test]
async fn a_key_set_over_512_kib_is_refused_however_it_is_framed() {
    let key = Key::ed();
    let server =
        Server::start(Answer::Json(json!({ "keys": [key.jwk("k")], "x": "x".repeat(512 * 1024) }))).await;
    let authenticator = authenticator(ed_config(&server.address));
    assert_eq!(holds(&authenticator, &token(&key, "k"), NOW).await, Err(AuthError::IssuerUnavailable));
}

#[tokio::test]
async fn a_slow_drip_ends_at_the_deadline() {
    let server = Server::start(Answer::Drip).await;
    let authenticator = authenticator(ed_config(&server.address));
    let start = Instant::now();
    let result = holds(&authenticator, &token(&Key::ed(), "k"), NOW).await;
    assert_eq!(result, Err(AuthError::IssuerUnavailable));
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let key = Key::ed();
    let elsewhere = Server::with_keys(&[key.jwk("k")]).await;
    let server = Server::start(Answer::Redirect(elsewhere.address.clone())).await;
    let authenticator = authenticator(ed_config(&server.address));
    assert_eq!(holds(&authenticator, &token(&key, "k"), NOW).await, Err(AuthError::IssuerUnavailable));
    assert_eq!(elsewhere.requests(), 0);
}

#[tokio::test]
async fn what_is_no_key_set_does_not_replace_one() {
    let key = Key::ed();
    let server = Server::with_keys(&[key.jwk("k")]).await;
    let authenticator = authenticator(ed_config(&server.address));
    holds(&authenticator, &token(&key, "k"), NOW).await.unwrap();
    for document in
        [json!({}), json!({ "keys": [] }), json!({ "keys": [{}] }), json!({ "keys": {} }), json!([])]
    {
        server.answer(Answer::Json(document.clone()));
        authenticator.reload_keys(at(NOW)).await;
        let fresh = key.token("EdDSA", Some("k"), &claims(&json!({ "uti": document.to_string() })));
        assert_eq!(holds(&authenticator, &fresh, NOW).await, Ok(()), "{document}");
    }
}

/// Whether a token is accepted where the discovery document says this.
async fn discovered(document: impl FnOnce(&str) -> Value) -> Result<(), AuthError> {
    let key = Key::ed();
    let keys = Server::with_keys(&[key.jwk("k")]).await;
    let discovery = Server::start(Answer::Json(document(&keys.address))).await;
    let mut config = ed_config("");
    config.jwks_uri = None;
    config.discovery = Some(discovery.address.clone());
    holds(&authenticator(config), &token(&key, "k"), NOW).await
}

#[tokio::test]
async fn a_discovery_document_is_the_issuers_own() {
    let own = ISSUER.replace("{tenantid}", TENANT);
    for issuer in [ISSUER, &own] {
        assert_eq!(
            discovered(|keys| json!({ "issuer": issuer, "jwks_uri": keys })).await,
            Ok(()),
            "{issuer}"
        );
    }
    for issuer in ["https://other.example/{tenantid}/v2.0", &format!("{own}/"), ""] {
        let result = discovered(|keys| json!({ "issuer": issuer, "jwks_uri": keys })).await;
        assert_eq!(result, Err(AuthError::IssuerUnavailable), "{issuer}");
    }
    for uri in ["http://issuer.example/keys", "file:///etc/passwd", "/keys", ""] {
        let result = discovered(|_| json!({ "issuer": own, "jwks_uri": uri })).await;
        assert_eq!(result, Err(AuthError::IssuerUnavailable), "{uri}");
    }
}

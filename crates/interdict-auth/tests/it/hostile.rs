use std::sync::Arc;

use crate::hostile_tokens::{Forge, genuine_tokens, hostile_tokens};
use crate::support::{Answer, NOW, Server, TENANT, at};
use interdict_auth::{AuthError, Authenticator, BuiltinIssuer};

const BASE: &str = "https://interdict.invalid";

struct Bench {
    authenticator: Authenticator,
    forge: Forge,
    trap: Server,
    _directory: tempfile::TempDir,
}

async fn bench() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("issuer-key.json");
    let issuer = Arc::new(BuiltinIssuer::load_or_create(&file, None).unwrap());
    let trap = Server::start(Answer::Status(200)).await;
    let forge = Forge::open(&file, BASE, TENANT, NOW, &trap.address);
    Bench { authenticator: Authenticator::new(Some(issuer), vec![], 60), forge, trap, _directory: directory }
}

#[tokio::test]
async fn genuine_tokens_are_accepted() {
    let bench = bench().await;
    for (name, token) in genuine_tokens(&bench.forge) {
        let actor = bench.authenticator.authenticate(&token, at(NOW)).await;
        assert_eq!(actor.unwrap().tenant().to_string(), TENANT, "{name}");
    }
}

#[tokio::test]
async fn every_hostile_token_is_refused_and_no_key_address_in_one_is_asked() {
    let bench = bench().await;
    let rows = hostile_tokens(&bench.forge);
    assert!(rows.len() >= 150, "only {} rows", rows.len());
    let mut accepted = Vec::new();
    for row in &rows {
        let status = match bench.authenticator.authenticate(&row.token, at(NOW)).await {
            Err(AuthError::Invalid(_) | AuthError::Lifetime) => 401,
            Err(AuthError::PersonalAccount | AuthError::NoPermissions) => 403,
            Err(AuthError::IssuerUnavailable) => 503,
            Ok(_) => 200,
        };
        if status != row.status {
            accepted.push(format!("{}: {status}, not {}", row.name, row.status));
        }
    }
    assert!(accepted.is_empty(), "{accepted:#?}");
    assert_eq!(bench.trap.requests(), 0, "a key address out of a header was asked");
    assert_eq!(bench.authenticator.cache_counts().0, 0);
}

#[tokio::test]
async fn names_of_hostile_tokens_differ() {
    let rows = hostile_tokens(&bench().await.forge);
    let names: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.name).collect();
    assert_eq!(names.len(), rows.len());
}

#[tokio::test]
async fn a_token_with_any_bit_flipped_is_refused() {
    let bench = bench().await;
    let (_, genuine) = genuine_tokens(&bench.forge).swap_remove(0);
    bench.authenticator.authenticate(&genuine, at(NOW)).await.unwrap();
    for position in 0..genuine.len() {
        for bit in 0..8 {
            let mut bytes = genuine.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            // What is not UTF-8 cannot get here.
            let Ok(token) = String::from_utf8(bytes) else { continue };
            let result = bench.authenticator.authenticate(&token, at(NOW)).await;
            assert!(result.is_err(), "bit {bit} of byte {position}");
        }
    }
}

#[tokio::test]
async fn without_the_built_in_issuer_its_tokens_are_refused() {
    let bench = bench().await;
    let production = Authenticator::new(None, vec![], 60);
    for (name, token) in genuine_tokens(&bench.forge) {
        let result = production.authenticate(&token, at(NOW)).await;
        assert!(matches!(result, Err(AuthError::Invalid(_))), "{name}");
    }
}

#[tokio::test]
async fn a_remembered_token_costs_no_signature_and_ends_with_its_lifetime() {
    let bench = bench().await;
    let (_, token) = genuine_tokens(&bench.forge).swap_remove(0);
    assert!(bench.authenticator.cached(&token, at(NOW)).is_none());
    let actor = bench.authenticator.authenticate(&token, at(NOW)).await.unwrap();
    assert!(Arc::ptr_eq(&actor, &bench.authenticator.cached(&token, at(NOW + 3659)).unwrap()));
    assert!(Arc::ptr_eq(&actor, &bench.authenticator.authenticate(&token, at(NOW)).await.unwrap()));
    assert_eq!(bench.authenticator.cache_counts(), (2, 1));

    assert!(bench.authenticator.cached(&token, at(NOW + 3660)).is_none());
    assert!(bench.authenticator.cached(&token, at(NOW - 61)).is_none());
    let late = bench.authenticator.authenticate(&token, at(NOW + 3660)).await;
    assert_eq!(late.unwrap_err(), AuthError::Lifetime);
}

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interdict_auth::{Algorithm, AuthError, Authenticator};
use interdict_model::Permission;
use serde_json::{Value, json};

use crate::support::{
    Answer, ISSUER, Key, NOW, OTHER_TENANT, Server, TENANT, at, authenticator, claims, config, message,
};

const EVERY: [Algorithm; 7] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

fn keys() -> [(&'static str, Key, &'static [&'static str]); 4] {
    [
        ("rsa", Key::rsa(), &["RS256", "RS384", "RS512", "PS256"]),
        ("p256", Key::ec(Algorithm::ES256), &["ES256"]),
        ("p384", Key::ec(Algorithm::ES384), &["ES384"]),
        ("ed", Key::ed(), &["EdDSA"]),
    ]
}

#[tokio::test]
async fn every_configured_algorithm_is_accepted_with_a_key_of_its_family_only() {
    let keys = keys();
    let published: Vec<Value> = keys.iter().map(|(kid, key, _)| key.jwk(kid)).collect();
    let server = Server::with_keys(&published).await;
    let mut config = config(&server.address);
    config.algorithms = EVERY.to_vec();
    let authenticator = authenticator(config);
    for (kid, key, algorithms) in &keys {
        for algorithm in EVERY.map(Algorithm::name) {
            let token = key.token(algorithm, Some(kid), &claims(&json!({})));
            let result = authenticator.authenticate(&token, at(NOW)).await;
            assert_eq!(result.is_ok(), algorithms.contains(&algorithm), "{kid} {algorithm}");
        }
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_algorithm_that_is_not_configured_is_refused() {
    let keys = keys();
    let published: Vec<Value> = keys.iter().map(|(kid, key, _)| key.jwk(kid)).collect();
    let server = Server::with_keys(&published).await;
    for configured in EVERY {
        let mut config = config(&server.address);
        config.algorithms = vec![configured];
        let authenticator = authenticator(config);
        for (kid, key, algorithms) in &keys {
            for algorithm in *algorithms {
                let token = key.token(algorithm, Some(kid), &claims(&json!({})));
                let result = authenticator.authenticate(&token, at(NOW)).await;
                assert_eq!(result.is_ok(), *algorithm == configured.name(), "{kid} {algorithm}");
            }
        }
    }
}

#[tokio::test]
async fn signatures_on_curves_have_one_form() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let point = &pair.public_key().as_ref()[1..];
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "kid": "k",
        "x": encode(&point[..32]), "y": encode(&point[32..]) });
    let server = Server::with_keys(&[jwk]).await;
    let mut config = config(&server.address);
    config.algorithms = vec![Algorithm::ES256];
    let authenticator = authenticator(config);
    let message = message(&json!({ "alg": "ES256", "kid": "k" }), &claims(&json!({})));
    let der = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    for signature in [der.as_ref(), &[0; 64], &[], &[0; 63], &[1; 64]] {
        let token = format!("{message}.{}", encode(signature));
        let result = authenticator.authenticate(&token, at(NOW)).await;
        assert!(matches!(result, Err(AuthError::Invalid(_))), "{} bytes", signature.len());
    }
}

/// One key, one server, an issuer with these changes: whether a token with these claims is accepted.
async fn judge(
    change: impl FnOnce(&mut interdict_auth::IssuerConfig),
    changes: Value,
) -> Result<(), AuthError> {
    let key = Key::ed();
    let server = Server::with_keys(&[key.jwk("k")]).await;
    let mut config = config(&server.address);
    config.algorithms = vec![Algorithm::EdDSA];
    change(&mut config);
    let token = key.token("EdDSA", Some("k"), &claims(&changes));
    authenticator(config).authenticate(&token, at(NOW)).await.map(|_| ())
}

#[tokio::test]
async fn an_issuer_asserts_its_own_tenants_only() {
    let other = || json!({ "tid": OTHER_TENANT, "iss": ISSUER.replace("{tenantid}", OTHER_TENANT) });
    let refused = |result| assert!(matches!(result, Err(AuthError::Invalid(_))), "{result:?}");
    judge(|_| {}, json!({})).await.unwrap();
    refused(judge(|_| {}, other()).await);
    refused(judge(|_| {}, json!({ "tid": OTHER_TENANT })).await);
    refused(judge(|_| {}, json!({ "iss": ISSUER.replace("{tenantid}", OTHER_TENANT) })).await);
    let any = |config: &mut interdict_auth::IssuerConfig| {
        config.tenants.clear();
        config.any_tenant = true;
    };
    judge(any, other()).await.unwrap();
    refused(judge(any, json!({ "tid": null })).await);
}

#[tokio::test]
async fn a_missing_tid_is_accepted_where_the_tenant_is_configured() {
    let fixed = |config: &mut interdict_auth::IssuerConfig| {
        config.issuer = "https://issuer.example/realm".to_owned();
        config.tenants.clear();
        config.tenant = Some(TENANT.parse().unwrap());
    };
    let iss = "https://issuer.example/realm";
    judge(fixed, json!({ "iss": iss, "tid": null })).await.unwrap();
    judge(fixed, json!({ "iss": iss })).await.unwrap();
    let other = judge(fixed, json!({ "iss": iss, "tid": OTHER_TENANT })).await;
    assert!(matches!(other, Err(AuthError::Invalid(_))));
}

#[tokio::test]
async fn a_personal_account_is_refused_whatever_tenants_are_configured() {
    const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let personal = json!({ "tid": PERSONAL, "iss": ISSUER.replace("{tenantid}", PERSONAL) });
    assert_eq!(judge(|_| {}, personal).await, Err(AuthError::PersonalAccount));
}

#[tokio::test]
async fn claims_have_the_names_that_are_configured() {
    let key = Key::ed();
    let server = Server::with_keys(&[key.jwk("k")]).await;
    let mut config = config(&server.address);
    config.algorithms = vec![Algorithm::EdDSA];
    config.claims.scopes = "scope".to_owned();
    config.claims.app = vec!["client_id".to_owned()];
    config.claims.user = vec!["email".to_owned()];
    config.claims.subject = vec!["sub".to_owned()];
    let changes = json!({ "azp": null, "client_id": "portal", "sub": "u-1", "email": "ann@contoso.com",
        "scope": "SecurityActions.Approve.All openid" });
    let token = key.token("EdDSA", Some("k"), &claims(&changes));
    let actor = authenticator(config).authenticate(&token, at(NOW)).await.unwrap();
    assert_eq!(actor.app.as_ref().unwrap().0.as_ref(), "portal");
    assert_eq!(actor.user.as_ref().unwrap().id.as_ref(), "u-1");
    assert_eq!(actor.user_name(), Some("ann@contoso.com"));
    assert!(actor.permissions.has(Permission::ActionsApprove));
    assert!(!actor.permissions.has(Permission::ActionsRead), "`roles` must not be merged in");
}

#[tokio::test]
async fn of_two_entries_for_one_issuer_the_one_with_the_tenant_judges() {
    let key = Key::ed();
    let server = Server::with_keys(&[key.jwk("k")]).await;
    let entry = |tenant: &str, audience: &str| {
        let mut config = config(&server.address);
        config.algorithms = vec![Algorithm::EdDSA];
        config.tenants = vec![tenant.parse().unwrap()];
        config.audiences = vec![audience.to_owned()];
        config
    };
    let both = Authenticator::new(None, vec![entry(TENANT, "one"), entry(OTHER_TENANT, "two")], 60);
    let token = |tenant: &str, audience: &str| {
        let iss = ISSUER.replace("{tenantid}", tenant);
        key.token("EdDSA", Some("k"), &claims(&json!({ "tid": tenant, "iss": iss, "aud": audience })))
    };
    for (tenant, audience, accepted) in [
        (TENANT, "one", true),
        (OTHER_TENANT, "two", true),
        (TENANT, "two", false),
        (OTHER_TENANT, "one", false),
    ] {
        let result = both.authenticate(&token(tenant, audience), at(NOW)).await;
        assert_eq!(result.is_ok(), accepted, "{tenant} {audience}");
    }
}

#[tokio::test]
async fn an_issuer_that_is_not_valid_is_left_out() {
    let key = Key::ed();
    let server = Server::start(Answer::Json(json!({ "keys": [key.jwk("k")] }))).await;
    let mut config = config(&server.address);
    config.algorithms.clear();
    let token = key.token("EdDSA", Some("k"), &claims(&json!({})));
    let result = authenticator(config).authenticate(&token, at(NOW)).await;
    assert!(matches!(result, Err(AuthError::Invalid(_))));
    assert_eq!(server.requests(), 0);
}

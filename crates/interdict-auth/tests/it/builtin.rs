use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use interdict_auth::{
    AuthError, Authenticator, BuiltinIssuer, TokenRequest, new_client_secret, verify_client_secret,
};
use interdict_model::key::SharedKey;
use interdict_model::{Actor, AppId, Permission, TenantId};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::support::{Answer, NOW, Server, TENANT, at, config};

fn request() -> TokenRequest {
    TokenRequest {
        tenant: TenantId::parse(TENANT).unwrap(),
        app: AppId("11111111-2222-4333-8444-555555555555".into()),
        roles: vec![],
        scopes: vec![],
        user: None,
        expires_in: 3600,
    }
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn actor_of(request: &TokenRequest) -> Result<Arc<Actor>, AuthError> {
    let directory = tempfile::tempdir().unwrap();
    let issuer = BuiltinIssuer::load_or_create(&directory.path().join("key"), None).unwrap();
    let token = issuer.mint(request, at(NOW)).unwrap();
    let authenticator = Authenticator::new(Some(Arc::new(issuer)), vec![], 60);
    authenticator.authenticate(token.expose_secret(), at(NOW)).await
}

#[test]
fn the_key_file_is_the_owners_alone_and_stays_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("issuer-key.json");
    let first = BuiltinIssuer::load_or_create(&file, None).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let second = BuiltinIssuer::load_or_create(&file, None).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    assert_eq!(first.jwks(), second.jwks());
    let names: Vec<_> = directory.path().read_dir().unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["issuer-key.json"], "nothing unfinished is left");
}

#[test]
fn whoever_makes_the_key_at_the_same_time_gets_the_same_one() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("issuer-key.json");
    let start = std::sync::Barrier::new(4);
    let sets: Vec<_> = std::thread::scope(|scope| {
        let open = || {
            start.wait();
            BuiltinIssuer::load_or_create(&file, None).unwrap().jwks()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(sets.iter().all(|set| *set == sets[0]));
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
}

#[test]
fn a_file_that_is_no_key_is_an_error_and_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("issuer-key.json");
    for text in [
        "",
        "{}",
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kid":"k","created":"2026-01-01T00:00:00.0000000Z","pkcs8":"AAAA"}]}"#,
    ] {
        std::fs::write(&file, text).unwrap();
        assert!(BuiltinIssuer::load_or_create(&file, None).is_err(), "{text}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[tokio::test]
async fn application_roles_make_an_app() {
    let actor = actor_of(&TokenRequest {
        roles: texts(&["SecurityActions.ReadWrite.All", "SecurityActions.Approve.All", "Unknown"]),
        ..request()
    })
    .await
    .unwrap();
    assert_eq!(actor.app.as_ref().unwrap().0.as_ref(), "11111111-2222-4333-8444-555555555555");
    assert_eq!(actor.user, None);
    assert!(actor.permissions.has(Permission::ActionsReadWrite));
    assert!(!actor.permissions.has(Permission::ActionsApprove), "an app must not approve");
}

#[tokio::test]
async fn scopes_make_a_user_and_roles_beside_them_grant_nothing() {
    let request = TokenRequest {
        roles: texts(&["SecurityActions.Provenance.All"]),
        scopes: texts(&["SecurityActions.Read.All", "SecurityActions.Approve.All"]),
        user: Some("Ann@contoso.com".to_owned()),
        ..request()
    };
    let ann = actor_of(&request).await.unwrap();
    assert_eq!(ann.user_name(), Some("Ann@contoso.com"));
    assert!(ann.permissions.has(Permission::ActionsRead) && ann.permissions.has(Permission::ActionsApprove));
    assert!(!ann.permissions.has(Permission::ActionsProvenance), "roles and scopes must not be merged");

    let lower = TokenRequest { user: Some("ann@contoso.com".to_owned()), ..request.clone() };
    assert_eq!(actor_of(&lower).await.unwrap().user.as_ref().unwrap().id, ann.user.as_ref().unwrap().id);
    let bob = TokenRequest { user: Some("bob@contoso.com".to_owned()), ..request };
    assert_ne!(actor_of(&bob).await.unwrap().user.as_ref().unwrap().id, ann.user.as_ref().unwrap().id);
}

#[tokio::test]
async fn a_token_of_a_personal_account_or_without_permissions_is_refused() {
    let personal = TenantId::parse("9188040d-6c67-4c5b-b112-36a304b66dad").unwrap();
    let roles = texts(&["SecurityActions.Read.All"]);
    let refused = actor_of(&TokenRequest { tenant: personal, roles, ..request() }).await;
    assert_eq!(refused.unwrap_err(), AuthError::PersonalAccount);
    assert_eq!(actor_of(&request()).await.unwrap_err(), AuthError::NoPermissions);
}

#[test]
fn scopes_without_a_user_are_not_minted() {
    let directory = tempfile::tempdir().unwrap();
    let issuer = BuiltinIssuer::load_or_create(&directory.path().join("key"), None).unwrap();
    let asked = TokenRequest { scopes: texts(&["SecurityActions.Read.All"]), ..request() };
    assert!(issuer.mint(&asked, at(NOW)).is_err());
}

#[tokio::test]
async fn tokens_hold_under_the_public_url_and_without_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    let asked = TokenRequest { roles: texts(&["SecurityActions.Read.All"]), ..request() };
    let open = |url| BuiltinIssuer::load_or_create(&file, url).unwrap();
    let here = open(Some("https://interdict.example/")).mint(&asked, at(NOW)).unwrap();
    let offline = open(None).mint(&asked, at(NOW)).unwrap();
    let elsewhere = open(Some("https://other.example")).mint(&asked, at(NOW)).unwrap();

    let issuer = Arc::new(open(Some("https://interdict.example")));
    let authenticator = Authenticator::new(Some(issuer), vec![], 60);
    let holds = async |token: &secrecy::SecretString| {
        authenticator.authenticate(token.expose_secret(), at(NOW)).await.is_ok()
    };
    assert!(holds(&here).await);
    assert!(holds(&offline).await);
    assert!(!holds(&elsewhere).await);
}

/// Another server can use the built-in issuer as an external one: its JWKS document is whole.
#[tokio::test]
async fn the_published_keys_verify_the_tokens() {
    let directory = tempfile::tempdir().unwrap();
    let issuer = BuiltinIssuer::load_or_create(&directory.path().join("key"), None).unwrap();
    let server = Server::start(Answer::Json(issuer.jwks())).await;
    let asked = TokenRequest { roles: texts(&["SecurityActions.Read.All"]), ..request() };
    let token = issuer.mint(&asked, at(NOW)).unwrap();
    let mut config = config(&server.address);
    config.issuer = "https://interdict.invalid/{tenantid}/v2.0".to_owned();
    let authenticator = Authenticator::new(None, vec![config], 60);
    authenticator.authenticate(token.expose_secret(), at(NOW)).await.unwrap();
}

#[test]
fn the_discovery_document_names_the_host_that_was_asked() {
    let directory = tempfile::tempdir().unwrap();
    let issuer = BuiltinIssuer::load_or_create(&directory.path().join("key"), None).unwrap();
    let document = issuer.discovery("contoso", "https://localhost:8443");
    assert_eq!(document["issuer"], "https://localhost:8443/contoso/v2.0");
    assert_eq!(document["token_endpoint"], "https://localhost:8443/contoso/oauth2/v2.0/token");
    assert_eq!(document["jwks_uri"], "https://localhost:8443/contoso/discovery/v2.0/keys");
    assert_eq!(document["authorization_endpoint"], "https://localhost:8443/contoso/oauth2/v2.0/authorize");
    assert_eq!(document["id_token_signing_alg_values_supported"], json!(["RS256"]));
}

#[test]
fn nothing_private_is_published_or_printed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    let issuer = BuiltinIssuer::load_or_create(&file, None).unwrap();
    let members: Vec<_> = issuer.jwks()["keys"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    let stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let secret = stored["keys"][0]["pkcs8"].as_str().unwrap();
    assert!(!format!("{issuer:?}").contains(&secret[100..140]));
}

#[test]
fn a_client_secret_is_known_by_its_hash_alone() {
    let (secret, hash) = new_client_secret();
    let (other, other_hash) = new_client_secret();
    assert!(verify_client_secret(secret.expose_secret(), &hash));
    assert!(!verify_client_secret(other.expose_secret(), &hash));
    assert_ne!(hash, other_hash);
    assert_eq!(secret.expose_secret().len(), 43);
    for wrong in ["", "x", &secret.expose_secret()[1..], &hash] {
        assert!(!verify_client_secret(wrong, &hash), "{wrong}");
    }
    for broken in ["", "!", "AAAA"] {
        assert!(!verify_client_secret(secret.expose_secret(), broken), "{broken}");
    }
}

#[test]
fn a_revoked_key_goes_though_the_file_cannot_be_written_or_another_key_does_not_open() {
    let directory = tempfile::tempdir().unwrap();
    let issuer = BuiltinIssuer::load_or_create(&directory.path().join("key"), None).unwrap();
    let first = issuer.keys().unwrap().remove(0);
    let next = issuer.next_key(at(NOW)).unwrap();
    let damaged = SharedKey { id: "damaged".to_owned(), ..next.clone() };
    drop(directory);

    assert!(issuer.adopt(&[first.clone(), damaged.clone(), next.clone()]).unwrap());
    assert_eq!(issuer.jwks()["keys"].as_array().unwrap().len(), 2);
    let revoked = SharedKey { revoked: Some(at(NOW)), ..first };
    assert!(issuer.adopt(&[revoked.clone(), damaged.clone(), next.clone()]).unwrap());
    assert_eq!(issuer.jwks()["keys"][0]["kid"], *next.id);
    assert_eq!(issuer.jwks()["keys"].as_array().unwrap().len(), 1);
    assert!(!issuer.adopt(&[revoked.clone(), damaged, next.clone()]).unwrap(), "nothing is new");

    // With no key left nothing is signed or accepted.
    let last = SharedKey { revoked: Some(at(NOW)), ..next };
    issuer.adopt(&[revoked, last]).unwrap_err();
    assert_eq!(issuer.jwks()["keys"], json!([]));
    issuer.mint(&request(), at(NOW)).unwrap_err();
}

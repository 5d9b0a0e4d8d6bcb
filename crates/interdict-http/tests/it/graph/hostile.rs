//! Tokens that must be refused, and how the refusal looks to an SDK.

use interdict_testkit::hostile_tokens::{genuine_tokens, hostile_tokens};

use super::{Api, COLLECTION};

/// Nobody listens there: what a header says about keys is not looked at.
const TRAP: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn genuine_tokens_read_the_list() {
    let api = Api::start().await;
    for (name, token) in genuine_tokens(&api.server.forge(TRAP)) {
        let answer = api.send("GET", COLLECTION, &[("authorization", &format!("Bearer {token}"))], "").await;
        // Roles that nobody knows are a genuine token all the same, only one that may do nothing.
        let expected = if name == "roles that nobody knows" { 403 } else { 200 };
        assert_eq!(answer.status, expected, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn every_hostile_token_is_refused_in_graphs_shape_and_told_nothing() {
    let api = Api::start().await;
    let rows = hostile_tokens(&api.server.forge(TRAP));
    let rows: Vec<_> = rows.into_iter().filter(|row| row.fits_a_header()).collect();
    assert!(rows.len() >= 120, "only {} rows", rows.len());
    for row in rows {
        let bearer = format!("Bearer {}", row.token);
        let answer = api.send("GET", COLLECTION, &[("authorization", &bearer)], "").await;
        assert_eq!(answer.status, row.status, "{}: {}", row.name, answer.text);
        let error = &answer.json()["error"];
        let code = if row.status == 401 { "InvalidAuthenticationToken" } else { "AccessDenied" };
        assert_eq!(error["code"], code, "{}", row.name);
        assert!(error["innerError"]["request-id"].is_string(), "{}", row.name);
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge.starts_with("Bearer "), row.status == 401, "{}", row.name);
        assert!(!challenge.contains("claims="), "{}", row.name);
        assert!(row.token.len() < 8 || !answer.text.contains(&row.token), "{}", row.name);
    }
}

#[tokio::test]
async fn the_wrong_scheme_or_an_empty_token_is_refused_and_bearer_is_read_in_any_case() {
    let api = Api::start().await;
    let token = api.writer.trim_start_matches("Bearer ").to_owned();
    for (value, status) in [
        (format!("bearer {token}"), 200),
        (format!("BEARER   {token}"), 200),
        (format!("Basic {token}"), 401),
        (token.clone(), 401),
        ("Bearer".to_owned(), 401),
        (format!("Bearer {token}, Bearer {token}"), 401),
        (format!("Bearer {}", "a".repeat(8 * 1024 + 1)), 401),
    ] {
        let answer = api.send("GET", COLLECTION, &[("authorization", &value)], "").await;
        assert_eq!(answer.status, status, "{} …: {}", value.get(..20).unwrap_or(&value), answer.text);
    }
    let in_query = format!("{COLLECTION}?access_token={token}");
    assert_eq!(api.send("GET", &in_query, &[("authorization", "")], "").await.status, 401);
}

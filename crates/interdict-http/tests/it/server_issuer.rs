//! The built-in issuer's endpoints, as Microsoft's credential libraries use them, and health and metrics.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interdict_auth::new_client_secret;
use interdict_model::AppId;
use interdict_model::app::AppCommand;
use interdict_testkit::in_process::{APP, Answer, TENANT, TestServer};
use secrecy::ExposeSecret as _;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const GRANT: &str = "grant_type=client_credentials&scope=api%3A%2F%2Finterdict%2F.default&client_info=1";

/// A server whose tenant has one app, and the app's secret.
async fn start() -> (TestServer, String) {
    let server = TestServer::start().await.unwrap();
    let (secret, secret_hash) = new_client_secret();
    let add = AppCommand::Add {
        app: AppId(APP.into()),
        name: "test".to_owned(),
        roles: vec!["SecurityActions.Read.All".to_owned()],
        secret_hash,
    };
    server.state.service.change_app(TENANT, add).await.unwrap();
    (server, secret.expose_secret().to_owned())
}

async fn ask(server: &TestServer, headers: &[(&str, &str)], form: &str) -> Answer {
    let address = format!("/{TENANT}/oauth2/v2.0/token?client-request-id=1");
    server.send("POST", &address, headers, form).await.unwrap()
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.text).expect(&answer.text)
}

#[tokio::test]
async fn client_credentials_become_a_token_that_the_api_accepts() {
    let (server, secret) = start().await;
    let form = format!("{GRANT}&client_id={}&client_secret={secret}", APP.to_uppercase());
    let answer = ask(&server, &[FORM], &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = json(&answer);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3_599);
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    let list = server
        .send("GET", "/v1.0/security/securityActions", &[("authorization", &bearer)], "")
        .await
        .unwrap();
    assert_eq!(list.status, 200, "{}", list.text);

    let basic = format!("Basic {}", STANDARD.encode(format!("{APP}:{secret}")));
    let answer = ask(&server, &[FORM, ("authorization", &basic)], GRANT).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_look_alike() {
    let (server, secret) = start().await;
    let other = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
    let unknown = ask(&server, &[FORM], &format!("{GRANT}&client_id={other}&client_secret={secret}")).await;
    let wrong = ask(&server, &[FORM], &format!("{GRANT}&client_id={APP}&client_secret=x{secret}")).await;
    for answer in [&unknown, &wrong] {
        assert_eq!(answer.status, 401, "{}", answer.text);
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Basic "));
        let body = json(answer);
        assert_eq!(body["error"], "invalid_client");
        assert_eq!(body["error_codes"], serde_json::json!([7_000_215]));
        assert!(body["error_description"].as_str().unwrap().starts_with("AADSTS7000215: "), "{body}");
        assert_eq!(body["trace_id"], answer.headers["request-id"].to_str().unwrap());
    }
    let text = |answer: &Answer| {
        let id = answer.headers["request-id"].to_str().unwrap().to_owned();
        answer.text.replace(&id, "")
    };
    assert_eq!(text(&unknown), text(&wrong));
}

#[tokio::test]
async fn another_tenants_app_is_unknown_and_a_tenant_is_a_guid() {
    let (server, secret) = start().await;
    let form = format!("{GRANT}&client_id={APP}&client_secret={secret}");
    for (tenant, status, error) in
        [("22222222-2222-4222-8222-222222222222", 401, "invalid_client"), ("common", 400, "invalid_tenant")]
    {
        let address = format!("/{tenant}/oauth2/v2.0/token");
        let answer = server.send("POST", &address, &[FORM], &form).await.unwrap();
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(json(&answer)["error"], error);
    }
    let json_body = ask(&server, &[], "{}").await;
    assert_eq!((json_body.status.as_u16(), &json(&json_body)["error"]), (400, &"invalid_request".into()));
    let large = ask(&server, &[FORM], &"x".repeat(17 * 1024)).await;
    assert_eq!(large.status, 413);
}

#[tokio::test]
async fn discovery_names_the_host_that_was_asked() {
    let (server, _) = start().await;
    let get = async |address: String| json(&server.send("GET", &address, &[], "").await.unwrap());
    let document = get(format!("/{TENANT}/v2.0/.well-known/openid-configuration")).await;
    let base = format!("http://interdict.test/{TENANT}");
    assert_eq!(document["token_endpoint"], format!("{base}/oauth2/v2.0/token"));
    assert_eq!(document["jwks_uri"], format!("{base}/discovery/v2.0/keys"));
    let keys = get(format!("/{TENANT}/discovery/v2.0/keys")).await;
    assert_eq!(keys["keys"][0]["kty"], "RSA");
    assert!(keys["keys"][0].get("d").is_none(), "the private key stays here");
}

#[tokio::test]
async fn health_and_metrics_need_no_token() {
    let (server, _) = start().await;
    let get = async |address: &str| server.send("GET", address, &[], "").await.unwrap();
    assert_eq!(get("/healthz").await.text, r#"{"status":"ok"}"#);
    let ready = get("/readyz").await;
    assert_eq!((ready.status.as_u16(), &*ready.text), (200, r#"{"status":"ready"}"#));
    assert_eq!(json(&get("/version").await)["name"], "interdict");
    let metrics = get("/metrics").await;
    assert_eq!(metrics.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    for line in [
        r#"interdict_http_requests_total{route="/readyz",method="GET",status="200"} 1"#,
        "interdict_commit_seconds_count 1",
        "# EOF",
    ] {
        assert!(metrics.text.contains(line), "{line}\n{}", metrics.text);
    }
}

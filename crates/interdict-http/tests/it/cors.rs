//! Whose pages may read answers.

use http::HeaderValue;
use interdict_http::observe::Origins;
use interdict_testkit::in_process::{Answer, TestServer};

const LIST: &str = "/beta/security/securityActions";
const ADMITTED: &str = "https://app.example";

async fn ask(server: &TestServer, method: &str, address: &str, origin: &str) -> Answer {
    server.send(method, address, &[("origin", origin)], "").await.unwrap()
}

#[tokio::test]
async fn any_page_may_read_what_depends_on_a_token_and_none_what_does_not() {
    let server = TestServer::start().await.unwrap();
    for (address, admitted) in [
        (LIST, "*"),
        ("/nothing", "*"),
        ("/beta/$metadata", "*"),
        ("/api/v1/audit", "*"),
        ("/healthz", ""),
        ("/readyz", ""),
        ("/version", ""),
        ("/metrics", ""),
    ] {
        let answer = ask(&server, "GET", address, ADMITTED).await;
        assert_eq!(answer.header("access-control-allow-origin"), admitted, "{address}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert_eq!(answer.header("vary"), "");
        assert_eq!(
            !admitted.is_empty(),
            answer.header("access-control-expose-headers").contains("request-id")
        );
        assert_eq!(ask(&server, "GET", address, "").await.header("access-control-allow-origin"), "");
    }
    let preflight = ask(&server, "OPTIONS", LIST, ADMITTED).await;
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert!(preflight.header("access-control-allow-headers").contains("authorization"));
}

#[tokio::test]
async fn only_pages_of_the_named_origins_may_read_answers() {
    let named = Origins::These(vec![HeaderValue::from_static(ADMITTED)]);
    let server = TestServer::start_for(named).await.unwrap();
    for (origin, admitted) in [
        (ADMITTED, ADMITTED),
        ("https://app.example.evil", ""),
        ("https://sub.app.example", ""),
        ("http://app.example", ""),
        ("null", ""),
        ("*", ""),
        ("", ""),
    ] {
        for method in ["GET", "OPTIONS"] {
            let answer = ask(&server, method, LIST, origin).await;
            assert_eq!(answer.header("access-control-allow-origin"), admitted, "{method} {origin}");
            assert_eq!(answer.header("vary"), "origin");
            let told = !answer.header("access-control-allow-headers").is_empty();
            assert_eq!(told, method == "OPTIONS" && !admitted.is_empty(), "{method} {origin}");
        }
    }
    assert_eq!(
        ask(&server, "OPTIONS", LIST, "https://other").await.header("allow"),
        "GET, POST, PATCH, DELETE, OPTIONS"
    );
}

#[tokio::test]
async fn no_page_may_read_answers_where_no_origin_is_named() {
    let server = TestServer::start_for(Origins::These(Vec::new())).await.unwrap();
    for method in ["GET", "OPTIONS"] {
        assert_eq!(ask(&server, method, LIST, ADMITTED).await.header("access-control-allow-origin"), "");
    }
}

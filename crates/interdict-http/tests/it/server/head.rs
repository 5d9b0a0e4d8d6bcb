//! Heads that are too large, ambiguous or broken, and what every answer carries.

use super::*;

async fn check(server: &Running, head: &str, expected: u16) {
    let answer = server.exchange(head.as_bytes()).await;
    let shown: String = head.chars().take(120).collect();
    assert_eq!(status(&answer), Some(expected), "{shown}\n{answer}");
}

#[tokio::test]
async fn heads_that_are_too_large_are_431() {
    let server = Running::start(short()).await;
    let head = |rest: &str| format!("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{rest}\r\n");
    let lines = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    check(&server, &head(&lines(98)), 200).await;
    check(&server, &head(&lines(99)), 431).await;
    check(&server, &head(&format!("X: {}\r\n", "y".repeat(60 * 1024))), 200).await;
    check(&server, &head(&format!("X: {}\r\n", "y".repeat(300 * 1024))), 431).await;

    let answer = server.exchange(head(&format!("X: {}\r\n", "y".repeat(70 * 1024))).as_bytes()).await;
    assert_eq!(status(&answer), Some(431), "{answer}");
    assert!(body(&answer).contains("RequestHeaderFieldsTooLarge"), "{answer}");
}

#[tokio::test]
async fn long_targets_reach_the_routes() {
    let server = Running::start(short()).await;
    let target = "x".repeat(40 * 1024);
    let head = format!("GET /{target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    check(&server, &head, 404).await;
}

#[tokio::test]
async fn ambiguous_heads_are_refused_in_graphs_shape() {
    let server = Running::start(short()).await;
    for lines in [
        "GET /hello HTTP/1.1\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
        "GET http://b/hello HTTP/1.1\r\nHost: a\r\n",
        "GET /hel%00lo HTTP/1.1\r\nHost: a\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n",
    ] {
        let answer = server.exchange(format!("{lines}Connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(status(&answer), Some(400), "{lines}\n{answer}");
        let json: serde_json::Value = serde_json::from_str(body(&answer)).expect(&answer);
        assert_eq!(json["error"]["code"], "BadRequest", "{json}");
        let id = json["error"]["innerError"]["request-id"].as_str().unwrap();
        assert!(answer.contains(&format!("\r\nrequest-id: {id}\r\n")), "{answer}");
    }
    check(&server, "GET http://A/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200).await;
    check(&server, "GET /hello HTTP/1.0\r\n\r\n", 200).await;
}

#[tokio::test]
async fn broken_framing_is_refused() {
    let server = Running::start(short()).await;
    for lines in [
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\nx",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx",
        "GET /hello HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n",
    ] {
        check(&server, lines, 400).await;
    }
}

#[tokio::test]
async fn a_request_hidden_behind_a_length_is_never_read() {
    let server = Running::start(short()).await;
    for lengths in
        ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"]
    {
        let head = format!(
            "POST /echo HTTP/1.1\r\nHost: a\r\n{lengths}\r\n\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
        );
        let answer = server.exchange(head.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn every_answer_carries_its_ids() {
    let server = Running::start(short()).await;
    let head = |lines: &str| format!("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n");
    let answer = server.exchange(head("").as_bytes()).await;
    let id = body(&answer).to_owned();
    for header in [
        format!("\r\nrequest-id: {id}\r\n"),
        format!("\r\nclient-request-id: {id}\r\n"),
        "\r\nx-ms-ags-diagnostic: {\"ServerInfo\"".to_owned(),
        "\r\ncache-control: no-cache\r\n".to_owned(),
        "\r\ndate: ".to_owned(),
    ] {
        assert!(answer.contains(&header), "{header}\n{answer}");
    }
    assert!(!answer.contains("strict-transport-security"), "{answer}");
    assert!(!answer.contains("access-control"), "{answer}");

    let answer = server.exchange(head("client-request-id: mine-1\r\nOrigin: http://b\r\n").as_bytes()).await;
    assert!(answer.contains("\r\nclient-request-id: mine-1\r\n"), "{answer}");
    assert!(answer.contains("\r\naccess-control-allow-origin: *\r\n"), "{answer}");
}

#[tokio::test]
async fn a_preflight_needs_no_token() {
    let server = Running::start(short()).await;
    let answer = server
        .exchange(
            b"OPTIONS /anything HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: PATCH\r\n\
              Connection: close\r\n\r\n",
        )
        .await;
    assert_eq!(status(&answer), Some(204), "{answer}");
    assert!(
        answer.contains("\r\naccess-control-allow-methods: GET, POST, PATCH, DELETE, OPTIONS\r\n"),
        "{answer}"
    );
    assert!(answer.contains("\r\naccess-control-allow-origin: *\r\n"), "{answer}");
}

#[tokio::test]
async fn a_panic_is_a_500_in_graphs_shape_and_hurts_nobody_else() {
    let server = Running::start(short()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut buffer = [0_u8; 2048];
    let read = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&buffer[..read]).into_owned();
    assert_eq!(status(&answer), Some(500), "{answer}");
    let json: serde_json::Value = serde_json::from_str(body(&answer)).expect(&answer);
    assert_eq!(json["error"]["code"], "InternalServerError");
    assert!(!answer.contains("broken"), "the cause stays in the log: {answer}");

    stream.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    assert_eq!(status(&read_to_end(&mut stream).await), Some(200));
    let text = server.metrics.text((0, 0));
    assert!(text.contains(r#"route="/hello",method="GET",status="200"} 1"#), "{text}");
    assert!(text.contains(r#"route="unmatched",method="GET",status="500"} 1"#), "{text}");
}

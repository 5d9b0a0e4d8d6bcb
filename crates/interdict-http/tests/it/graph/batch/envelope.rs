//! What refuses a whole batch, and what refuses one request of it.

use serde_json::{Value, json};

use super::super::refusal;
use super::{Api, after, get, item, post};

#[tokio::test]
async fn a_malformed_batch_is_refused_whole_and_nothing_of_it_happens() {
    let api = Api::start().await;
    let with = |member: &str, value: Value| {
        let mut item = post("1");
        item[member] = value;
        json!({"requests": [post("0"), item]})
    };
    let many: Vec<_> = (0..21).map(|at| post(&at.to_string())).collect();
    let wait = |item: Value, on: &str| after(item, &[on]);
    for (body, expected) in [
        (json!({}), r#"400 BadRequest ["required requests"]"#),
        (json!([]), r#"400 BadRequest ["typeMismatch "]"#),
        (json!({"requests": {}}), r#"400 BadRequest ["typeMismatch requests"]"#),
        (json!({"requests": []}), r#"400 BadRequest ["required requests"]"#),
        (json!({"requests": many}), r#"400 BadRequest ["tooLong requests"]"#),
        (json!({"requests": [post("0")], "more": 1}), r#"400 BadRequest ["unknownProperty more"]"#),
        (json!({"requests": [post("0"), 1]}), r#"400 BadRequest ["typeMismatch requests[1]"]"#),
        (with("id", json!(1)), r#"400 BadRequest ["typeMismatch requests[1]/id"]"#),
        (with("id", json!("")), r#"400 BadRequest ["required requests[1]/id"]"#),
        (with("id", json!("x".repeat(257))), r#"400 BadRequest ["tooLong requests[1]/id"]"#),
        (with("method", json!("")), r#"400 BadRequest ["required requests[1]/method"]"#),
        (with("url", json!(null)), r#"400 BadRequest ["typeMismatch requests[1]/url"]"#),
        (with("headers", json!([])), r#"400 BadRequest ["typeMismatch requests[1]/headers"]"#),
        (with("headers", json!({"a": 1})), r#"400 BadRequest ["typeMismatch requests[1]/headers/a"]"#),
        (with("dependsOn", json!("0")), r#"400 BadRequest ["typeMismatch requests[1]/dependsOn"]"#),
        (with("atomicityGroup", json!("g")), r#"400 BadRequest ["unsupported requests[1]/atomicityGroup"]"#),
        (with("if", json!("true")), r#"400 BadRequest ["unsupported requests[1]/if"]"#),
        (with("dependOn", json!(["0"])), r#"400 BadRequest ["unknownProperty requests[1]/dependOn"]"#),
        (with("dependsOn", json!(["2"])), r#"400 BadRequest ["invalidValue requests[1]/dependsOn"]"#),
        (with("dependsOn", json!(["1"])), r#"400 BadRequest ["invalidValue requests[1]/dependsOn"]"#),
        (
            json!({"requests": [post("0"), wait(post("1"), "2"), wait(post("2"), "1")]}),
            r#"400 BadRequest ["invalidValue requests[1]/dependsOn"]"#,
        ),
        (json!({"requests": [post("a"), post("A")]}), r#"400 BadRequest ["invalidValue requests[1]/id"]"#),
    ] {
        let answer = api.send("POST", "/beta/$batch", &[], &body.to_string()).await;
        assert_eq!(refusal(&answer), expected, "{} {body:.200}", answer.text);
    }
    for text in
        ["", "{", r#"{"requests":[],"REQUESTS":[]}"#, r#"{"requests":[{"dependsOn":[],"depends_on":[]}]}"#]
    {
        let answer = api.send("POST", "/beta/$batch", &[], text).await;
        let expected = if text.contains("depends") { "invalidJson requests[0]" } else { "invalidJson " };
        assert_eq!(refusal(&answer), format!("400 BadRequest [\"{expected}\"]"), "{text}");
    }
    let twice = api.batch_with(&[], &[post("x"), post("X")]).await;
    assert_eq!(twice.json()["error"]["message"], "Request Id X has to be unique in a batch.");
    assert_eq!(api.get("/beta/security/securityActions/$count").await.text, "0");
}

#[tokio::test]
async fn only_json_of_four_mebibytes_is_read() {
    let api = Api::start().await;
    let body = json!({"requests": [post("1")]}).to_string();
    for kind in ["multipart/mixed;boundary=batch_1", "text/plain", ""] {
        let answer = api.send("POST", "/beta/$batch", &[("content-type", kind)], &body).await;
        assert_eq!(refusal(&answer), "415 UnsupportedMediaType []", "{kind}");
    }
    let spaces = |most: usize| format!("{body}{}", " ".repeat(most - body.len()));
    assert_eq!(api.send("POST", "/beta/$batch", &[], &spaces(4 << 20)).await.status, 200);
    let answer = api.send("POST", "/beta/$batch", &[], &spaces((4 << 20) + 1)).await;
    assert_eq!(refusal(&answer), "413 RequestEntityTooLarge []");
    assert!(answer.text.contains("4 MiB"), "{}", answer.text);
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let answer = api.send(method, "/beta/$batch", &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST, OPTIONS"), "{method}");
    }
    assert_eq!(api.send("POST", "/beta/$batch", &[("accept", "text/plain")], &body).await.status, 406);
}

#[tokio::test]
async fn a_request_that_is_wrong_in_itself_leaves_the_others_alone() {
    let api = Api::start().await;
    let long = format!("/security/securityActions?$filter={}", "x".repeat(33 * 1024));
    let rows = [
        (get("nested", "/$batch"), 405),
        (item("nested too", "POST", "/v1.0/$batch", &json!({"body": {"requests": []}})), 400),
        (get("foreign", "https://graph.microsoft.com/v1.0/me"), 400),
        (item("method", "G E T", "/security/securityActions", &json!({})), 400),
        (item("trace", "TRACE", "/security/securityActions", &json!({})), 405),
        (item("options", "OPTIONS", "/security/securityActions", &json!({})), 405),
        (item("header", "GET", "/security/securityActions", &json!({"headers": {"a b": "c"}})), 400),
        (
            item(
                "version",
                "GET",
                "/security/securityActions",
                &json!({"headers": {"OData-Version": "3.0"}}),
            ),
            400,
        ),
        (
            item(
                "many",
                "GET",
                "/security/securityActions",
                &json!({"headers": {"x": "y".repeat(65 * 1024)}}),
            ),
            431,
        ),
        (get("long", &long), 414),
        (get("hidden", "/security/securityActions/%00"), 400),
        (get("native", "/api/v1/audit"), 404),
        (get("health", "/healthz"), 404),
        (post("right"), 201),
    ];
    let requests: Vec<_> = rows.iter().map(|(request, _)| request.clone()).collect();
    for (answer, (request, expected)) in api.batch(&requests).await.iter().zip(rows) {
        assert_eq!(answer["status"], expected, "{request:.100} {answer}");
        assert_eq!(expected >= 400, answer["body"]["error"]["message"].is_string(), "{answer}");
    }
    // More headers than any map of them holds.
    let headers: serde_json::Map<_, _> = (0..40_000).map(|at| (format!("h{at}"), json!(""))).collect();
    let many = item("1", "GET", "/security/securityActions", &json!({"headers": headers}));
    assert_eq!(api.batch(&[many]).await[0]["status"], 431);
    // One body may be as large as any other, and no larger.
    let body = json!({"name": "x".repeat(1 << 20)});
    let answers = api.batch(&[item("1", "POST", "/security/securityActions", &json!({"body": body}))]).await;
    assert_eq!(answers[0]["status"], 413);
}

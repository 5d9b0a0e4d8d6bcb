//! The table "What a body may change", and the traps that SDKs set.

use serde_json::{Value, json};

use super::{Api, BLOCK_IP, COLLECTION, refusal};

#[tokio::test]
async fn every_wrong_body_names_its_fault_and_writes_nothing() {
    let api = Api::start().await;
    let rows = [
        ("", r#"400 BadRequest ["invalidJson "]"#),
        ("{", r#"400 BadRequest ["invalidJson "]"#),
        ("[]", r#"400 BadRequest ["typeMismatch "]"#),
        ("\"x\"", r#"400 BadRequest ["typeMismatch "]"#),
        (r#"{"name":"a","name":"b"}"#, r#"400 BadRequest ["invalidJson "]"#),
        (r#"{"name":"a","NAME":"b"}"#, r#"400 BadRequest ["invalidJson "]"#),
        (r#"{"x":{"a":1,"a":2}}"#, r#"400 BadRequest ["invalidJson "]"#),
        (r#"{"name":"\ud800"}"#, r#"400 BadRequest ["invalidJson "]"#),
        (
            "{}",
            r#"400 BadRequest ["required name", "required parameters", "required vendorInformation/provider", "required vendorInformation/vendor"]"#,
        ),
        (
            r#"{"name":1,"parameters":[{"name":"a","value":1},null],"vendorInformation":{"foo":1,"vendor":[]},"status":"String"}"#,
            r#"400 BadRequest ["typeMismatch name", "typeMismatch parameters[0]/value", "typeMismatch parameters[1]", "unknownProperty vendorInformation/foo", "typeMismatch vendorInformation/vendor", "invalidValue status"]"#,
        ),
        (
            r#"{"name":"a\u0000","open":["\u0000"],"parameters":[],"vendorInformation":{"vendor":"v","provider":"p"}}"#,
            r#"400 BadRequest ["invalidValue name", "invalidValue open[0]"]"#,
        ),
        (
            r#"{"name":"a","status":"Running","parameters":[],"vendorInformation":{"vendor":"v","provider":"p"}}"#,
            r#"400 BadRequest ["invalidTransition status"]"#,
        ),
        (
            r#"{"name":"a","status":4,"parameters":[{"value":"x"}],"vendorInformation":{"vendor":"v","provider":"p"}}"#,
            r#"400 BadRequest ["invalidValue status"]"#,
        ),
        (
            r#"{"name":"a","parameters":[{"value":"x"}],"vendorInformation":{"vendor":"v","provider":"p"}}"#,
            r#"400 BadRequest ["required parameters[0]/name"]"#,
        ),
    ];
    for (body, expected) in rows {
        let answer = api.send("POST", COLLECTION, &[("content-type", "application/json")], body).await;
        assert_eq!(refusal(&answer), expected, "{body}");
    }
    let long = BLOCK_IP.replace("Test", &"x".repeat(4097));
    let answer = api.send("POST", COLLECTION, &[], &long).await;
    assert_eq!(refusal(&answer), r#"400 BadRequest ["tooLong actionReason"]"#);
    assert_eq!(api.get(&format!("{COLLECTION}/$count")).await.text, "0");
}

#[tokio::test]
async fn a_json_fault_says_where() {
    let api = Api::start().await;
    let answer = api.send("POST", COLLECTION, &[], "{\n  \"name\": truX\n}").await;
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("line 2 column"), "{}", answer.text);
}

#[tokio::test]
async fn media_types_codings_and_sizes_are_checked_before_reading() {
    let api = Api::start().await;
    let big = format!("{{\"x\":\"{}\"}}", "x".repeat(1024 * 1024));
    for (headers, body, status) in [
        (vec![("content-type", "text/json")], BLOCK_IP, 415),
        (vec![("content-type", "")], BLOCK_IP, 415),
        (vec![("content-type", "application/json;charset=utf-16")], BLOCK_IP, 415),
        (vec![("content-encoding", "gzip")], BLOCK_IP, 415),
        (vec![("content-length", "1048577")], "{}", 413),
        (vec![], &*big, 413),
        (vec![("accept", "text/html")], BLOCK_IP, 406),
        (vec![("odata-version", "3.0")], BLOCK_IP, 400),
        (vec![("odata-maxversion", "4.01")], BLOCK_IP, 201),
        (vec![("content-type", "Application/Json; odata.metadata=full; CHARSET=\"UTF-8\"")], BLOCK_IP, 201),
    ] {
        let answer = api.send("POST", COLLECTION, &headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?} {}", answer.text);
    }
    let marked = format!("\u{feff}{BLOCK_IP}");
    assert_eq!(api.send("POST", COLLECTION, &[], &marked).await.status, 201);
}

#[tokio::test]
async fn a_create_ignores_what_the_server_keeps() {
    let api = Api::start().await;
    let mut body: Value = serde_json::from_str(BLOCK_IP).unwrap();
    for (name, value) in [
        ("id", json!("eb659326-9326-eb65-2693-65eb269365eb")),
        ("createdDateTime", json!("yesterday")),
        ("lastActionDateTime", json!(1)),
        ("completedDateTime", json!("2017-01-01T00:00:00Z")),
        ("azureTenantId", json!("other")),
        ("appId", json!("x".repeat(9999))),
        ("states", json!([{"status": "String"}])),
        ("user", json!("me")),
        ("errorInfo", json!({"code": 1})),
        ("status", json!("notstarted")),
        ("@odata.type", json!("#microsoft.graph.securityAction")),
        ("name@odata.type", json!("#String")),
    ] {
        body[name] = value;
    }
    let answer = api.send("POST", COLLECTION, &[], &body.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let got = answer.json();
    assert_ne!(got["id"], body["id"]);
    assert_eq!(got["createdDateTime"], "2026-01-02T03:04:05.6789012Z");
    assert_eq!(got["azureTenantId"], "1a1a1111-1111-4111-8111-111111111111");
    for null in ["completedDateTime", "errorInfo", "user"] {
        assert_eq!(got[null], Value::Null, "{null}");
    }
    assert_eq!(got["states"], json!([]));

    let strict = [("prefer", "handling=strict")];
    body["createdDateTime"] = json!("2017-01-01T00:00:00Z");
    body.as_object_mut()
        .unwrap()
        .retain(|name, _| name == "createdDateTime" || BLOCK_IP.contains(&format!("\"{name}\":")));
    let answer = api.send("POST", COLLECTION, &strict, &body.to_string()).await;
    assert_eq!(refusal(&answer), r#"400 BadRequest ["readOnly createdDateTime"]"#);
}

#[tokio::test]
async fn a_whole_entity_sent_back_changes_nothing() {
    let api = Api::start().await;
    let id = api.file().await;
    let address = format!("{COLLECTION}/{id}");
    let before = api.get(&address).await;
    let python = before.json().to_string().replace(".6789012Z", ".678901+00:00");
    let javascript = before
        .json()
        .to_string()
        .replace(".6789012Z", ".678Z")
        .replace("\"errorInfo\":null", "\"errorInfo\":{}")
        .replace("\"status\":\"NotStarted\"", "\"status\":\"null\"");
    let snake = r#"{"completed_date_time":null,"error_info":null,"azure_tenant_id":null,"app_id":null,"vendorInformation":{"provider_version":null}}"#;
    for body in [&*before.text, &python, &javascript, snake, "{}"] {
        api.server.clock.advance(1);
        for strict in ["", "handling=strict"] {
            if body == snake && !strict.is_empty() {
                continue;
            }
            let answer = api.send("PATCH", &address, &[("prefer", strict)], body).await;
            assert_eq!(answer.status, 200, "{body} {}", answer.text);
            assert_eq!(answer.text, before.text, "{body}");
        }
    }
}

#[tokio::test]
async fn a_null_under_its_python_name_clears_the_member() {
    let api = Api::start().await;
    let id = api.file().await;
    let got = api.patch(&id, r#"{"action_reason":null,"Client_Context":1,"CLIENTCONTEXT":"c"}"#).await.json();
    assert_eq!(got["actionReason"], Value::Null);
    assert_eq!(got["clientContext"], "c");
    assert_eq!(got["Client_Context"], 1, "a value under another name is an undeclared member");
}

#[tokio::test]
async fn undeclared_members_keep_every_digit() {
    let api = Api::start().await;
    let id = api.file().await;
    let answer = api.patch(&id, r#"{"big":12345678901234567890.10,"deep":{"@x":[1e400]}}"#).await;
    assert_eq!(answer.status, 400, "beyond the range of any number: {}", answer.text);
    let answer = api.patch(&id, r#"{"big":12345678901234567890.10,"deep":{"x":[1,  {}]}}"#).await;
    assert!(
        answer.text.ends_with(r#","big":12345678901234567890.10,"deep":{"x":[1,  {}]}}"#),
        "{}",
        answer.text
    );
    let answer = api.patch(&id, r#"{"big":null}"#).await;
    assert!(answer.text.ends_with(r#"},"deep":{"x":[1,  {}]}}"#), "{}", answer.text);
}

#[tokio::test]
async fn a_final_status_stays() {
    let api = Api::start().await;
    let id = api.file().await;
    let running = api.patch(&id, r#"{"status":1,"completedDateTime":"2017-01-01"}"#).await.json();
    assert_eq!((&running["status"], &running["completedDateTime"]), (&json!("Running"), &Value::Null));
    assert_eq!(refusal(&api.patch(&id, r#"{"name":"Other"}"#).await), r#"409 Conflict ["immutable name"]"#);
    assert_eq!(api.patch(&id, r#"{"name":"BlockIp"}"#).await.status, 200);
    assert_eq!(
        refusal(&api.patch(&id, r#"{"status":"NotStarted"}"#).await),
        r#"409 Conflict ["invalidTransition status"]"#
    );
    let ahead = r#"{"status":"Completed","completedDateTime":"2026-01-02T03:10:00Z"}"#;
    assert_eq!(refusal(&api.patch(&id, ahead).await), r#"400 BadRequest ["invalidValue completedDateTime"]"#);
    let done = api.patch(&id, r#"{"status":"completed","completedDateTime":"2017-01-01"}"#).await.json();
    assert_eq!(done["completedDateTime"], "2017-01-01T00:00:00.0000000Z");
    assert_eq!(done["states"].as_array().unwrap().len(), 2);
    assert_eq!(
        refusal(&api.patch(&id, r#"{"status":"Failed"}"#).await),
        r#"409 Conflict ["invalidTransition status"]"#
    );
    assert_eq!(
        refusal(&api.patch(&id, r#"{"errorInfo":{"code":3}}"#).await),
        r#"409 Conflict ["alreadyFinal errorInfo"]"#
    );
    assert_eq!(
        refusal(&api.patch_as_migrator(&id, r#"{"status":"Running"}"#).await),
        r#"409 Conflict ["invalidTransition status"]"#
    );
}

/// Each of these took seconds or gigabytes where a body was read without a bound.
#[tokio::test]
async fn a_body_made_to_cost_is_refused_at_once() {
    let api = Api::start().await;
    let many = (0..100_000).map(|at| format!("\"{at:05}\":1")).collect::<Vec<_>>().join(",");
    let zeros = vec![r#""\u0000""#; 50_000].join(",");
    let long_name = "n".repeat(500_000);
    for (body, code) in [
        (format!("{{{many}}}"), "tooLong"),
        (format!("{{\"{long_name}\":[{zeros}]}}"), "invalidValue"),
        (format!("{{\"vendorInformation\":{{\"{long_name}\":1}}}}"), "unknownProperty"),
        (format!("{{\"{long_name}\":1,\"{long_name}\":1}}"), "invalidJson"),
    ] {
        let started = std::time::Instant::now();
        let answer = api.send("POST", COLLECTION, &[], &body).await;
        assert_eq!(answer.status, 400, "{code}");
        assert!(answer.details().iter().any(|detail| detail.starts_with(code)), "{code}: {}", answer.text);
        assert!(answer.text.len() < 64 * 1024, "{code}: an answer of {} bytes", answer.text.len());
        assert!(started.elapsed().as_secs() < 5, "{code}: took {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn who_may_not_write_is_told_so_before_the_body_is_read() {
    let api = Api::start().await;
    let reader = format!("Bearer {}", api.server.token(&[interdict_model::Permission::ActionsRead]).unwrap());
    let answer = api.send("POST", COLLECTION, &[("authorization", &reader)], "{ no JSON").await;
    assert_eq!(answer.status, 403, "{}", answer.text);
}

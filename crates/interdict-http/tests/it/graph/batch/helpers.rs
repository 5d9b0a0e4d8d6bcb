//! What the batch helpers of Microsoft's SDKs send, and what they can read.

use interdict_testkit::in_process::Answer;
use serde_json::{Value, json};

use super::super::BLOCK_IP;
use super::{Api, ITEMS, get, statuses};

async fn send(api: &Api, text: &str) -> Vec<Value> {
    let headers = [("accept", "*/*"), ("content-type", "application/json")];
    let answer: Answer = api.send("POST", "/beta/$batch", &headers, text).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["responses"].as_array().unwrap().clone()
}

#[tokio::test]
async fn pythons_form_is_read() {
    let api = Api::start().await;
    let id = api.file().await;
    let base = "http://interdict.test/beta/";
    let requests = json!({"requests": [
        {"id": "7f1d0f0e-5f1f-4c1c-9a52-0a2f3c6f5a11", "method": "PATCH", "depends_on": [],
         "url": format!("{base}{ITEMS}/{id}"), "headers": {"content-type": "application/json"},
         "body": {"status": "Running"}},
        {"id": "8f1d0f0e-5f1f-4c1c-9a52-0a2f3c6f5a11", "method": "GET",
         "depends_on": ["7f1d0f0e-5f1f-4c1c-9a52-0a2f3c6f5a11"],
         "url": format!("{ITEMS}?%24filter=status%20eq%20%27Running%27&%24top=1"), "headers": {}},
        {"id": "9f1d0f0e-5f1f-4c1c-9a52-0a2f3c6f5a11", "method": "POST", "depends_on": [],
         "url": format!("{base}/security/securityActions/{id}/cancelSecurityAction"), "headers": {"content-length": "7"}},
    ]});
    let mut requests = requests;
    requests["requests"][2]["depends_on"] = json!(["8f1d0f0e-5f1f-4c1c-9a52-0a2f3c6f5a11"]);
    let answers = send(&api, &requests.to_string()).await;
    assert_eq!(answers.iter().map(|answer| &answer["status"]).collect::<Vec<_>>(), [200, 200, 200]);
    assert_eq!(answers[1]["body"]["value"][0]["id"], id);
}

#[tokio::test]
async fn javascripts_form_is_read() {
    let api = Api::start().await;
    let base64 = "eyJuYW1lIjoiQmxvY2tJcCIsInBhcmFtZXRlcnMiOltdLCJ2ZW5kb3JJbmZvcm1hdGlvbiI6eyJwcm92aWRlciI6IlAiLCJ2ZW5kb3IiOiJWIn19";
    let requests = json!({"requests": [
        {"id": "1", "method": "POST", "url": ITEMS, "body": base64},
        {"id": "2", "method": "GET", "url": format!("{ITEMS}?%24filter=name eq 'BlockIp'"), "dependsOn": ["1"]},
    ]});
    let answers = send(&api, &requests.to_string()).await;
    assert_eq!(statuses(&answers), [("1", 201), ("2", 200)], "{answers:?}");
    assert_eq!(answers[1]["body"]["value"][0]["name"], "BlockIp");
}

#[tokio::test]
async fn every_body_is_base64_for_those_who_ask() {
    let api = Api::start().await;
    let id = api.file().await;
    let prefer = [("prefer", "interdict.batch-body=base64")];
    let requests = [
        get("1", &format!("{ITEMS}/{id}?$select=name")),
        get("2", "/nothing"),
        get("3", &format!("{ITEMS}/$count")),
    ];
    let answer = api.batch_with(&prefer, &requests).await;
    assert_eq!(answer.header("preference-applied"), "interdict.batch-body=base64");
    let answers = answer.json();
    for (at, start) in ["eyJAb2RhdGEuY29udGV4dCI6", "eyJlcnJvciI6", "MQ=="].into_iter().enumerate() {
        let body = answers["responses"][at]["body"].as_str().unwrap();
        assert!(body.starts_with(start), "{body}");
    }
}

#[tokio::test]
async fn a_text_that_is_no_base64_is_no_action() {
    let api = Api::start().await;
    for (body, code) in [
        (json!("no base64!"), "typeMismatch"),
        (json!(BLOCK_IP), "typeMismatch"),
        (json!([]), "typeMismatch"),
    ] {
        let answers = send(
            &api,
            &json!({"requests": [{"id": "1", "method": "POST", "url": ITEMS, "body": body}]}).to_string(),
        )
        .await;
        assert_eq!(answers[0]["status"], 400);
        assert_eq!(answers[0]["body"]["error"]["details"][0]["code"], code);
    }
}

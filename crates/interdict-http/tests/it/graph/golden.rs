//! The original page's PATCH example: its request as it stands, with real statuses, and what is answered.

use serde_json::{Value, json};

use super::{Api, refusal};

const LITERAL: &str = include_str!("../../golden/seed-patch.json");

fn with_real_statuses() -> String {
    let mut body: Value = serde_json::from_str(LITERAL).unwrap();
    body["status"] = json!("Completed");
    body["states"][0]["status"] = json!("Completed");
    body.to_string()
}

#[tokio::test]
async fn the_literal_example_is_refused_for_its_filler_status() {
    let api = Api::start().await;
    let id = api.file().await;
    assert_eq!(refusal(&api.patch(&id, LITERAL).await), r#"400 BadRequest ["invalidValue status"]"#);
    let migrator = api.patch_as_migrator(&id, LITERAL).await;
    assert_eq!(
        refusal(&migrator),
        r#"400 BadRequest ["invalidValue states[0]/status", "invalidValue status"]"#
    );
    assert_eq!(api.get(&format!("{}/{id}", super::COLLECTION)).await.json()["name"], "BlockIp");
}

#[tokio::test]
async fn with_real_statuses_a_migrator_gets_what_the_page_shows() {
    let api = Api::start().await;
    let id = api.file().await;
    let address = format!(r"/docs\api/Security/securityActions/{id}");
    let headers = [("authorization", api.migrator.as_str())];
    let answer = api.send("PATCH", &address, &headers, &with_real_statuses()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let expected = include_str!("../../golden/seed-provenance.json").replace("{id}", &id);
    assert_eq!(answer.json(), serde_json::from_str::<Value>(&expected).unwrap(), "{}", answer.text);
}

#[tokio::test]
async fn with_real_statuses_a_writer_touches_no_server_kept_member() {
    let api = Api::start().await;
    let id = api.file().await;
    let answer = api.patch(&id, &with_real_statuses()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let expected = include_str!("../../golden/seed-readwrite.json").replace("{id}", &id);
    assert_eq!(answer.json(), serde_json::from_str::<Value>(&expected).unwrap(), "{}", answer.text);
}

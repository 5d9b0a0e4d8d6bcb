//! `$metadata` and the service document: their forms, and who may read them.

use serde_json::json;

use super::{Api, refusal};

async fn open(api: &Api, address: &str, headers: &[(&str, &str)]) -> interdict_testkit::in_process::Answer {
    let headers = [&[("authorization", "")], headers].concat();
    api.send("GET", address, &headers, "").await
}

#[tokio::test]
async fn the_form_is_the_one_that_is_asked_for() {
    let api = Api::start().await;
    let xml = ("application/xml;charset=utf-8", "4.01");
    let json = ("application/json;charset=utf-8", "4.01");
    for (query, accept, expected) in [
        ("", "", xml),
        ("", "*/*", xml),
        ("", "application/xml", xml),
        ("", "application/json", json),
        ("", "application/json;q=0.5, application/xml;q=0.2", json),
        ("", "application/json;q=0.5, application/xml", xml),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", xml),
        ("?$format=json", "application/xml", json),
        ("?%24FORMAT=application/json;odata.metadata=full", "", json),
        ("?$format=application/xml&custom=1", "application/json", xml),
    ] {
        let answer = open(&api, &format!("/beta/$metadata{query}"), &[("accept", accept)]).await;
        assert_eq!(answer.status, 200, "{query} {accept} {}", answer.text);
        assert_eq!(
            (answer.header("content-type"), answer.header("odata-version")),
            expected,
            "{query} {accept}"
        );
    }
    for (query, accept, expected) in [
        ("", "text/plain", "406 notAcceptable []"),
        ("", "application/json;q=0", "406 notAcceptable []"),
        ("?$format=atom", "", "406 notAcceptable []"),
        ("?$format=json&$format=xml", "", r#"400 BadRequest ["syntaxError $format"]"#),
        ("?$filter=a", "", r#"400 BadRequest ["unsupported $filter"]"#),
    ] {
        let answer = open(&api, &format!("/beta/$metadata{query}"), &[("accept", accept)]).await;
        assert_eq!(refusal(&answer), expected, "{query} {accept}");
    }
}

#[tokio::test]
async fn a_client_of_odata_4_0_gets_a_description_of_that_version() {
    let api = Api::start().await;
    let old = [("odata-maxversion", "4.0")];
    let answer = open(&api, "/v1.0/$metadata", &old).await;
    assert!(answer.text.contains("<edmx:Edmx Version=\"4.0\""), "{}", answer.text);
    assert_eq!(answer.header("odata-version"), "4.0");
    let answer = open(&api, "/v1.0/$metadata?$format=json", &old).await;
    assert_eq!(refusal(&answer), "406 notAcceptable []");
    let answer = open(&api, "/v1.0/$metadata", &[("odata-maxversion", "3.0")]).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn the_context_of_every_answer_is_a_place_in_the_description() {
    let api = Api::start().await;
    let id = api.file().await;
    let description = open(&api, "/beta/$metadata?$format=json", &[]).await.json();
    let schema = &description["microsoft.graph"];
    assert_eq!(schema["GraphService"]["security"]["$Type"], "graph.security");
    for address in ["", &format!("/{id}"), &format!("/{id}/status"), "?$select=name,vendorInformation/vendor"]
    {
        let answer = api.get(&format!("{}{address}", super::COLLECTION)).await.json();
        let context = answer["@odata.context"].as_str().unwrap();
        let (place, fragment) = context.split_once('#').unwrap();
        assert_eq!(place, "http://interdict.test/beta/$metadata");
        assert!(fragment.starts_with("security/securityActions"), "{fragment}");
        assert_eq!(open(&api, "/beta/$metadata", &[]).await.status, 200);
    }
    // Every member that an action has is declared.
    let action = api.get(&format!("{}/{id}", super::COLLECTION)).await.json();
    for (name, _) in action.as_object().unwrap().iter().filter(|(name, _)| !name.contains('@')) {
        assert!(name == "id" || schema["securityAction"].get(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn the_service_document_names_what_there_is() {
    let api = Api::start().await;
    let value = json!([{"name": "security", "kind": "Singleton", "url": "security"}]);
    for (address, base) in
        [("/beta", "/beta"), ("/V1.0/", "/v1.0"), ("/", ""), ("/beta?$format=json", "/beta")]
    {
        let answer = open(&api, address, &[]).await;
        let context = format!("http://interdict.test{base}/$metadata");
        assert_eq!(answer.json(), json!({"@odata.context": context, "value": value}), "{address}");
    }
    let filtered = api.get("/beta/security?$filter=name%20eq%20'a'").await;
    assert_eq!(refusal(&filtered), r#"400 BadRequest ["unsupported $filter"]"#);
    // Each address in it leads on.
    let singleton = api.get("/beta/security").await.json();
    assert_eq!(singleton["@odata.context"], "http://interdict.test/beta/$metadata#security");
    let next = singleton["securityActions@odata.navigationLink"].as_str().unwrap();
    assert_eq!(api.get(next.strip_prefix("http://interdict.test").unwrap()).await.status, 200);
    let bare = open(&api, "/beta", &[("accept", "application/json;odata.metadata=none")]).await;
    assert_eq!(bare.json(), json!({ "value": value }));
    assert_eq!(refusal(&open(&api, "/beta", &[("accept", "application/xml")]).await), "406 notAcceptable []");
    for address in ["/beta", "/beta/$metadata"] {
        let answer = api.send("POST", address, &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD, OPTIONS"));
    }
}

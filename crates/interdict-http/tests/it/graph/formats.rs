//! `$format`, levels of metadata and long numbers.

use interdict_testkit::in_process::Answer;
use serde_json::Value;

use super::{Api, COLLECTION, refusal};

fn content_type(metadata: &str, long_numbers_as_strings: bool) -> String {
    format!(
        "application/json;odata.metadata={metadata};odata.streaming=true;\
         IEEE754Compatible={long_numbers_as_strings};charset=utf-8"
    )
}

async fn get(api: &Api, address: &str, accept: &str) -> Answer {
    api.send("GET", address, &[("accept", accept)], "").await
}

#[tokio::test]
async fn the_option_goes_before_accept_and_is_answered_by_the_content_type() {
    let api = Api::start().await;
    let id = api.file().await;
    let places =
        [COLLECTION.to_owned(), format!("{COLLECTION}/{id}"), format!("{COLLECTION}/{id}/vendorInformation")];
    for place in places {
        // A property's context says what its full metadata would.
        let full = if place.ends_with("vendorInformation") { "minimal" } else { "full" };
        for (format, accept, level, strings) in [
            ("json", "text/html", "minimal", false),
            ("json", "application/json;odata.metadata=none", "minimal", false),
            ("application/json;odata.metadata=none", "application/json", "none", false),
            (
                "application/json;odata.metadata=minimal",
                "application/json;odata.metadata=none",
                "minimal",
                false,
            ),
            ("application/json;odata.metadata=full", "", full, false),
            ("json;IEEE754Compatible=true", "", "minimal", true),
            ("application/json;metadata=none;ieee754compatible=true", "", "none", true),
        ] {
            let answer = get(&api, &format!("{place}?$format={format}"), accept).await;
            assert_eq!(answer.status, 200, "{place} {format}: {}", answer.text);
            assert_eq!(answer.header("content-type"), content_type(level, strings), "{place} {format}");
            assert_eq!(
                answer.text.contains("@odata.context"),
                level != "none",
                "{place} {format}: {}",
                answer.text
            );
            // What is asked for in either way is the same.
            let accept = format.replacen("json", "application/json", usize::from(format.starts_with("json")));
            let accepted = get(&api, &place, &accept).await;
            assert_eq!(
                (&accepted.text, accepted.header("content-type")),
                (&answer.text, answer.header("content-type"))
            );
        }
    }
}

#[tokio::test]
async fn other_formats_are_refused() {
    let api = Api::start().await;
    let id = api.file().await;
    let item = format!("{COLLECTION}/{id}");
    for (address, expected) in [
        (format!("{COLLECTION}?$format=xml"), "406 notAcceptable []"),
        (format!("{COLLECTION}?format=atom"), "406 notAcceptable []"),
        (format!("{item}?$format=text/plain"), "406 notAcceptable []"),
        (format!("{item}/status?$format=application/xml"), "406 notAcceptable []"),
        (format!("{COLLECTION}?$format=json;odata.metadata=most"), "406 notAcceptable []"),
        (format!("{COLLECTION}?$format="), r#"400 BadRequest ["syntaxError $format"]"#),
        (format!("{COLLECTION}?$format=json&format=json"), r#"400 BadRequest ["syntaxError $format"]"#),
        // Plain text has one form, and OData forbids to ask for others.
        (format!("{COLLECTION}/$count?$format=json"), r#"400 BadRequest ["unsupported $format"]"#),
        (format!("{item}/status/$value?$format=json"), r#"400 BadRequest ["unsupported $format"]"#),
        (format!("{item}/parameters/$count?$format=json"), r#"400 BadRequest ["unsupported $format"]"#),
    ] {
        assert_eq!(refusal(&get(&api, &address, "application/json").await), expected, "{address}");
    }
}

#[tokio::test]
async fn levels_of_metadata_on_lists_leave_out_and_add_what_they_should() {
    let api = Api::start().await;
    let (first, _) = (api.file().await, api.file().await);
    let list = async |level: &str| {
        let options = "$count=true&$top=1&$orderby=createdDateTime,id";
        get(&api, &format!("{COLLECTION}?{options}"), &format!("application/json;odata.metadata={level}"))
            .await
    };
    let names = |row: &Value| {
        row.as_object().unwrap().keys().filter(|name| name.contains('@')).cloned().collect::<Vec<_>>()
    };

    let none = list("none").await.json();
    assert_eq!(names(&none), ["@odata.count", "@odata.nextLink"]);
    assert!(!none["value"].to_string().contains("@odata"), "{none}");

    let minimal = list("minimal").await.json();
    assert_eq!(names(&minimal), ["@odata.context", "@odata.count", "@odata.nextLink"]);
    assert_eq!(names(&minimal["value"][0]), ["@odata.etag"]);
    assert!(!minimal["value"].to_string().contains("@odata.type"), "{minimal}");

    let full = list("full").await.json();
    let row = &full["value"][0];
    let place = format!("security/securityActions('{}')", row["id"].as_str().unwrap());
    assert_eq!(row["@odata.id"], format!("http://interdict.test/beta/{place}"));
    assert_eq!(row["@odata.editLink"], place);
    assert_eq!(row["@odata.type"], "#microsoft.graph.securityAction");
    assert_eq!(row["createdDateTime@odata.type"], "#DateTimeOffset");
    assert_eq!(row["status@odata.type"], "#microsoft.graph.operationStatus");
    assert_eq!(row["parameters@odata.type"], "#Collection(microsoft.graph.keyValuePair)");
    assert_eq!(row["parameters"][0]["@odata.type"], "#microsoft.graph.keyValuePair");
    for untyped in
        ["name@odata.type", "id@odata.type", "errorInfo@odata.type", "completedDateTime@odata.type"]
    {
        assert_eq!(row.get(untyped), None, "{untyped}: JSON shows it, or there is no value");
    }
    // The address is one.
    let address = row["@odata.id"].as_str().unwrap().strip_prefix("http://interdict.test").unwrap();
    assert_eq!(api.get(address).await.json()["id"], row["id"]);

    let error = r#"{"status":"Failed","errorInfo":{"code":5,"subcode":0,"message":"m"}}"#;
    assert_eq!(api.patch(&first, error).await.status, 200);
    let selected =
        format!("{COLLECTION}/{first}?$select=errorInfo/code,states&$format=json;odata.metadata=full");
    let failed = api.get(&selected).await.json();
    assert_eq!(failed["errorInfo"]["code@odata.type"], "#Int32");
    assert_eq!(failed["errorInfo"].get("subcode@odata.type"), None, "not selected");
    assert_eq!(failed["states"][0]["updatedDateTime@odata.type"], "#DateTimeOffset");
    assert!(failed["@odata.id"].as_str().is_some_and(|id| id.ends_with(&format!("('{first}')"))), "{failed}");
}

#[tokio::test]
async fn long_numbers_are_strings_where_the_client_says_so() {
    let api = Api::start().await;
    for _ in 0..3 {
        api.file().await;
    }
    let first = format!("{COLLECTION}?$count=true&$top=2&$format=json;IEEE754Compatible=true");
    let page = api.get(&first).await.json();
    assert_eq!(page["@odata.count"], "3");
    // The next page is in the same form.
    let next = page["@odata.nextLink"].as_str().unwrap().strip_prefix("http://interdict.test").unwrap();
    assert_eq!(api.get(next).await.json()["@odata.count"], "3");
    let plain =
        get(&api, &format!("{COLLECTION}?$count=true"), "application/json;IEEE754Compatible=false").await;
    assert_eq!(plain.json()["@odata.count"], 3);
    let number = api.get(&format!("{COLLECTION}/$count")).await;
    assert_eq!((&*number.text, number.header("content-type")), ("3", "text/plain"));
}

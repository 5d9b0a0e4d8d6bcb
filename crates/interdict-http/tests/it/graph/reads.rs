//! Reading: keys, metadata levels, selection, properties, counts, pages.

use super::{Api, COLLECTION, refusal};

#[tokio::test]
async fn every_form_of_an_address_reads_the_same_action() {
    let api = Api::start().await;
    let id = api.file().await;
    let etag = "W/\"5f-1\"";
    for address in [
        format!("/beta/security/securityActions/{id}"),
        format!("/beta//security/securityActions/{id}/"),
        format!("/V1.0/Security/SECURITYACTIONS('{id}')"),
        format!("/security/securityActions(id=%27{id}%27)"),
        format!(r"/docs\api/Security/securityActions/{}", id.to_uppercase()),
    ] {
        let answer = api.get(&address).await;
        assert_eq!(answer.status, 200, "{address} {}", answer.text);
        assert_eq!(answer.json()["id"], *id);
        assert_eq!(answer.header("etag"), etag);
        assert_eq!(answer.header("odata-version"), "4.0");
        assert_eq!(answer.json()["@odata.etag"], etag);
        assert!(answer.text.starts_with("{\"@odata.context\":\"http://interdict.test/"), "{}", answer.text);
    }
    let head = api.send("HEAD", &format!("{COLLECTION}/{id}"), &[], "").await;
    assert_eq!((head.status.as_u16(), head.header("etag")), (200, etag));
}

#[tokio::test]
async fn hostile_and_unknown_addresses_are_answered_in_graphs_shape() {
    let api = Api::start().await;
    let id = api.file().await;
    let long = format!("{COLLECTION}?$filter={}", "a".repeat(33 * 1024));
    for (method, address, status, code) in [
        ("GET", "/nothing", 404, "ResourceNotFound"),
        ("GET", "/beta/security/alerts", 404, "ResourceNotFound"),
        ("GET", "/beta/security/securityActions/1234567890", 404, "ResourceNotFound"),
        ("GET", "/beta/security/securityActions/a%2Fb", 404, "ResourceNotFound"),
        ("GET", "/beta/security/securityActions/..%2F..", 404, "ResourceNotFound"),
        ("GET", "/beta/security/securityActions('a'b')", 404, "ResourceNotFound"),
        ("GET", "/beta/security/securityActions/%00", 400, "BadRequest"),
        ("GET", &*long, 414, "UriTooLong"),
        ("PUT", COLLECTION, 405, "MethodNotAllowed"),
        ("POST", "/healthz", 405, "MethodNotAllowed"),
    ] {
        let answer = api.send(method, address, &[], "").await;
        let got = answer.json();
        assert_eq!(answer.status.as_u16(), status, "{address} {}", answer.text);
        assert_eq!(got["error"]["code"], code, "{address}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(got["error"]["innerError"]["request-id"], answer.header("request-id"));
        assert_eq!(got["error"]["innerError"]["date"], "2026-01-02T03:04:05");
        assert_eq!(status == 405, !answer.header("allow").is_empty(), "{address}");
    }
    let wrong = api.send("POST", &format!("{COLLECTION}/{id}"), &[], "{}").await;
    assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, "GET, HEAD, PATCH, DELETE, OPTIONS"));
}

#[tokio::test]
async fn metadata_levels_leave_out_what_they_should() {
    let api = Api::start().await;
    let id = api.file().await;
    let address = format!("{COLLECTION}/{id}");
    let get = async |accept| api.send("GET", &address, &[("accept", accept)], "").await;
    let stored = get("application/json").await.text;
    assert_eq!(stored.matches("@odata.type").count(), 3, "{stored}");
    let minimal = get("application/json;odata.metadata=minimal").await.text;
    assert!(!minimal.contains("@odata.type") && minimal.contains("@odata.context"), "{minimal}");
    let none = get("application/json;odata.metadata=none").await;
    assert!(!none.text.contains("@odata"), "{}", none.text);
    assert!(none.header("content-type").contains("odata.metadata=none"));
    assert_eq!(none.json()["parameters"][0]["value"], "1.2.3.4");
}

#[tokio::test]
async fn selected_members_alone_are_sent() {
    let api = Api::start().await;
    let id = api.file().await;
    let answer = api.get(&format!("{COLLECTION}/{id}?$select=id,vendorInformation/provider")).await;
    let expected = format!(
        r##"{{"@odata.context":"http://interdict.test/beta/$metadata#security/securityActions(id,vendorInformation/provider)/$entity","@odata.etag":"W/\"5f-1\"","@odata.type":"#microsoft.graph.securityAction","id":"{id}","vendorInformation":{{"@odata.type":"#microsoft.graph.securityVendorInformation","provider":"P"}}}}"##
    );
    assert_eq!(answer.text, expected);
    let answer = api.get(&format!("{COLLECTION}/{id}?$select=parameters/VALUE")).await;
    let parameters = &answer.json()["parameters"];
    assert!(parameters[0]["value"].is_string() && parameters[0].get("name").is_none(), "{}", answer.text);
    let list = api.get(&format!("{COLLECTION}?$select=status")).await;
    assert_eq!(list.json()["value"][0].as_object().unwrap().len(), 3, "{}", list.text);
    let none = [("accept", "application/json;odata.metadata=none")];
    let bare = api.send("GET", &format!("{COLLECTION}?$select=status"), &none, "").await;
    assert_eq!(bare.text, r#"{"value":[{"status":"NotStarted"}]}"#);
}

#[tokio::test]
async fn properties_are_read_alone() {
    let api = Api::start().await;
    let id = api.file().await;
    assert_eq!(api.patch(&id, r#"{"foo":{"a":1},"empty":{}}"#).await.status, 200);
    let context = format!("http://interdict.test/beta/$metadata#security/securityActions('{id}')");
    for (path, status, body) in [
        ("status", 200, format!(r#"{{"@odata.context":"{context}/status","value":"NotStarted"}}"#)),
        ("STATUS/$value", 200, "NotStarted".to_owned()),
        ("vendorinformation/PROVIDER/$value", 200, "P".to_owned()),
        (
            "vendorInformation/provider",
            200,
            format!(r#"{{"@odata.context":"{context}/vendorInformation/provider","value":"P"}}"#),
        ),
        ("foo", 200, format!(r#"{{"@odata.context":"{context}/foo","a":1}}"#)),
        ("empty", 200, format!(r#"{{"@odata.context":"{context}/empty"}}"#)),
        ("states", 200, format!(r#"{{"@odata.context":"{context}/states","value":[]}}"#)),
        ("errorInfo", 204, String::new()),
        ("errorInfo/code", 204, String::new()),
        ("user/$value", 204, String::new()),
    ] {
        let answer = api.get(&format!("{COLLECTION}/{id}/{path}")).await;
        assert_eq!((answer.status.as_u16(), &answer.text), (status, &body), "{path}");
    }
    for (path, status) in
        [("nothing", 404), ("errorInfo/nothing", 404), ("states/$value", 400), ("@odata.type", 404)]
    {
        assert_eq!(api.get(&format!("{COLLECTION}/{id}/{path}")).await.status.as_u16(), status, "{path}");
    }
    let text =
        api.send("GET", &format!("{COLLECTION}/{id}/name/$value"), &[("accept", "text/plain")], "").await;
    assert_eq!((text.header("content-type"), &*text.text), ("text/plain;charset=utf-8", "BlockIp"));
}

#[tokio::test]
async fn pages_follow_their_links_to_the_end() {
    let api = Api::start().await;
    for _ in 0..5 {
        api.server.clock.advance(1);
        api.file().await;
    }
    let count = api.send("GET", &format!("{COLLECTION}/$count"), &[("accept", "text/plain;q=0.9")], "").await;
    assert_eq!((count.header("content-type"), &*count.text), ("text/plain", "5"));

    let mut address = format!("{COLLECTION}?$count=true&$top=2&%24orderby=createdDateTime+desc");
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let page = api.send("GET", &address, &[("accept", "*/*")], "").await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        pages += 1;
        let rows = page["value"].as_array().unwrap();
        assert!(!rows.is_empty());
        seen.extend(rows.iter().map(|row| row["createdDateTime"].to_string()));
        assert_eq!(page["@odata.count"], 5);
        let Some(next) = page["@odata.nextLink"].as_str() else { break };
        assert!(next.starts_with("http://interdict.test/beta/security/securityActions?$count=true&$top=2&$orderby=createdDateTime%20desc&$skiptoken="), "{next}");
        next.strip_prefix("http://interdict.test").unwrap().clone_into(&mut address);
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!((pages, &seen), (3, &sorted));
}

#[tokio::test]
async fn a_page_size_preference_lowers_the_page() {
    let api = Api::start().await;
    for _ in 0..3 {
        api.file().await;
    }
    let prefer = [("prefer", "respond-async, odata.maxpagesize=2")];
    let page = api.send("GET", COLLECTION, &prefer, "").await;
    assert_eq!(page.json()["value"].as_array().unwrap().len(), 2);
    assert_eq!(page.header("preference-applied"), "odata.maxpagesize=2");
}

#[tokio::test]
async fn a_page_of_large_actions_ends_early_and_is_continued() {
    let api = Api::start().await;
    let value = "x".repeat(16 * 1024);
    let parameters = vec![serde_json::json!({ "name": "n", "value": value }); 60];
    let vendor = serde_json::json!({ "provider": "P", "vendor": "V" });
    let body = serde_json::json!({ "name": "N", "parameters": parameters, "vendorInformation": vendor });
    for _ in 0..7 {
        assert_eq!(api.send("POST", COLLECTION, &[], &body.to_string()).await.status, 201);
    }
    let first = api.get(&format!("{COLLECTION}?$top=1000")).await.json();
    assert_eq!(first["value"].as_array().unwrap().len(), 5, "4 MiB and the row that passes them");
    let next = first["@odata.nextLink"].as_str().unwrap().strip_prefix("http://interdict.test").unwrap();
    let second = api.get(next).await.json();
    assert_eq!(second["value"].as_array().unwrap().len(), 2);
    assert_eq!(second.get("@odata.nextLink"), None);
}

#[tokio::test]
async fn query_faults_are_named() {
    let api = Api::start().await;
    let id = api.file().await;
    for (address, expected) in [
        (format!("{COLLECTION}?$select=nothing"), r#"400 BadRequest ["unknownProperty $select"]"#),
        (format!("{COLLECTION}?$top=1001"), r#"400 BadRequest ["limitExceeded $top"]"#),
        (format!("{COLLECTION}/{id}?$top=5"), r#"400 BadRequest ["unsupported $top"]"#),
        (format!("{COLLECTION}/$count?$select=id"), r#"400 BadRequest ["unsupported $select"]"#),
        (format!("{COLLECTION}/{id}?$search=x"), r#"400 BadRequest ["unsupported $search"]"#),
        (format!("{COLLECTION}?$search=%22x"), r#"400 BadRequest ["syntaxError $search"]"#),
        (
            format!("{COLLECTION}?$search=vendorInformation/provider:x"),
            r#"400 BadRequest ["unsupported $search"]"#,
        ),
        (
            format!("{COLLECTION}?$filter=name%20eq%20'x'%20and%20geo.length(name)%20eq%201"),
            r#"400 BadRequest ["unsupported $filter"]"#,
        ),
        (
            format!("{COLLECTION}?$orderby=matchesPattern(name,'a')"),
            r#"400 BadRequest ["unsupported $orderby"]"#,
        ),
    ] {
        assert_eq!(refusal(&api.get(&address).await), expected, "{address}");
    }
}

#[tokio::test]
async fn a_version_that_the_client_has_is_not_sent_again() {
    let api = Api::start().await;
    let address = format!("{COLLECTION}/{}", api.file().await);
    for (header, tag, status) in [
        ("if-none-match", "W/\"5f-1\"", 304),
        ("if-none-match", "\"x\", \"5f-1\"", 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "W/\"5f-2\"", 200),
        ("if-match", "W/\"5f-2\"", 412),
    ] {
        let answer = api.send("GET", &address, &[(header, tag)], "").await;
        assert_eq!(answer.status.as_u16(), status, "{header}: {tag}");
        assert_eq!(status == 304, answer.text.is_empty());
    }
}

#[tokio::test]
async fn the_next_link_leads_to_the_port_that_was_asked() {
    let api = Api::start().await;
    for _ in 0..2 {
        api.file().await;
    }
    let port = api.server.listen().await.unwrap();
    let client = reqwest::Client::new();
    let mut address = format!("http://{port}{COLLECTION}?$top=1");
    for follows in [true, false] {
        let request = client.get(&address).header("authorization", &api.writer);
        let text = request.send().await.unwrap().text().await.unwrap();
        let page: serde_json::Value = serde_json::from_str(&text).unwrap();
        let next = page["@odata.nextLink"].as_str().unwrap_or_default();
        assert_eq!(
            next.starts_with(&format!("http://{port}{COLLECTION}?$top=1&$skiptoken=")),
            follows,
            "{text}"
        );
        next.clone_into(&mut address);
    }
}

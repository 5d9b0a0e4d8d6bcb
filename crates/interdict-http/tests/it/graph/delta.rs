//! `delta` on the wire: addresses, links, contexts, removed rows, and what is refused how.

use serde_json::{Value, json};

use super::{Api, COLLECTION, refusal};

const HOST: &str = "http://interdict.test";
const DELTA: &str = "/beta/security/securityActions/delta";

/// The link of that name, as an address of this server.
fn link(page: &Value, name: &str) -> String {
    let link = page[name].as_str().unwrap_or_else(|| panic!("no {name}: {page}"));
    link.strip_prefix(HOST).unwrap_or_else(|| panic!("{link}")).to_owned()
}

async fn page(api: &Api, address: &str) -> Value {
    let answer = api.get(address).await;
    assert_eq!(answer.status, 200, "{address} {}", answer.text);
    answer.json()
}

/// The address of the changes from now on.
async fn latest(api: &Api, options: &str) -> String {
    let page = page(api, &format!("{DELTA}?{options}&$deltatoken=latest")).await;
    assert_eq!(page["value"], json!([]));
    link(&page, "@odata.deltaLink")
}

#[tokio::test]
async fn every_form_of_the_address_gives_all_actions_and_a_delta_link() {
    let api = Api::start().await;
    let id = api.file().await;
    for address in [
        "/beta/security/securityActions/delta",
        "/v1.0/security/securityActions/delta()",
        "/Security/SecurityActions/microsoft.graph.delta",
        "/beta//security/securityActions/microsoft.graph.delta()/",
    ] {
        let page = page(&api, address).await;
        assert_eq!(page["value"][0]["id"], *id);
        assert_eq!(page["value"][0]["@odata.etag"], "W/\"5f-1\"");
        assert_eq!(page.get("@odata.nextLink"), None);
        let context = page["@odata.context"].as_str().unwrap();
        assert!(context.ends_with("/$metadata#security/securityActions"), "{context}");
        let next = link(&page, "@odata.deltaLink");
        assert!(next.contains("/security/securityActions/delta?$deltatoken="), "{next}");
        let after = api.get(&next).await.json();
        assert_eq!(after["value"], json!([]));
        let context = after["@odata.context"].as_str().unwrap();
        assert!(context.ends_with("/$metadata#security/securityActions/$delta"), "{context}");
        assert!(after["@odata.deltaLink"].is_string());
    }
    let posted = api.send("POST", DELTA, &[], "{}").await;
    assert_eq!((posted.status.as_u16(), posted.header("allow")), (405, "GET, HEAD, OPTIONS"));
}

#[tokio::test]
async fn pages_follow_their_links_to_a_delta_link_with_their_options() {
    let api = Api::start().await;
    for _ in 0..5 {
        api.file().await;
    }
    let mut address = format!("{DELTA}?%24top=2&$select=name&$filter=name+eq%20'BlockIp'");
    let mut rows = Vec::new();
    let mut pages = 0;
    let end = loop {
        let page = page(&api, &address).await;
        pages += 1;
        rows.extend(page["value"].as_array().unwrap().iter().map(|row| row["id"].to_string()));
        for row in page["value"].as_array().unwrap() {
            assert_eq!(row["name"], "BlockIp");
            assert_eq!(row.get("status"), None);
        }
        if page.get("@odata.deltaLink").is_some() {
            break page;
        }
        let options = "?$top=2&$select=name&$filter=name%20eq%20'BlockIp'&$skiptoken=";
        address = link(&page, "@odata.nextLink");
        assert!(address.starts_with(&format!("{DELTA}{options}")), "{address}");
    };
    rows.sort_unstable();
    rows.dedup();
    assert_eq!((pages, rows.len()), (3, 5));
    assert_eq!(
        end["@odata.context"],
        "http://interdict.test/beta/$metadata#security/securityActions(id,name)"
    );
    let prefer = [("prefer", "odata.maxpagesize=1")];
    for _ in 0..2 {
        api.file().await;
    }
    let round = api.send("GET", &link(&end, "@odata.deltaLink"), &prefer, "").await;
    assert_eq!(round.header("preference-applied"), "odata.maxpagesize=1");
    assert_eq!(round.json()["value"].as_array().unwrap().len(), 1);
    let last = page(&api, &link(&round.json(), "@odata.nextLink")).await;
    assert_eq!(last["value"].as_array().unwrap().len(), 1);
    assert_eq!(
        last["@odata.context"],
        "http://interdict.test/beta/$metadata#security/securityActions(id,name)/$delta"
    );
}

#[tokio::test]
async fn changed_and_removed_actions_are_rows_of_their_kind() {
    let api = Api::start().await;
    let (gone, done, left) = (api.file().await, api.file().await, api.file().await);
    let all = latest(&api, "").await;
    let running = latest(&api, "$filter=status%20eq%20'Running'").await;
    for (id, status) in [(&gone, "Completed"), (&done, "Completed"), (&left, "Running")] {
        assert_eq!(api.patch(id, &format!(r#"{{"status":"{status}"}}"#)).await.status, 200);
    }
    assert_eq!(api.send("DELETE", &format!("{COLLECTION}/{gone}"), &[], "").await.status, 204);
    let whole = api.get(&all).await;
    let removed = format!(r#"{{"@removed":{{"reason":"deleted"}},"id":"{gone}"}}"#);
    assert!(whole.text.contains(&removed), "what says so is first: {}", whole.text);
    let rows = whole.json()["value"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 3, "{}", whole.text);
    assert_eq!((&rows[0]["id"], &rows[0]["status"]), (&json!(done), &json!("Completed")));
    // A row is the action as it is read by itself.
    let mut read = api.get(&format!("{COLLECTION}/{left}")).await.json();
    read.as_object_mut().unwrap().remove("@odata.context");
    assert_eq!(rows[1], read);

    let rows = page(&api, &running).await["value"].clone();
    assert_eq!(rows[0], json!({"@removed": {"reason": "changed"}, "id": done}));
    assert_eq!(rows[1]["status"], "Running");
    assert_eq!(rows[2], json!({"@removed": {"reason": "deleted"}, "id": gone}));
    let none = api.send("GET", &running, &[("accept", "application/json;odata.metadata=none")], "").await;
    assert!(!none.text.contains("@odata.context") && !none.text.contains("etag"), "{}", none.text);
    assert_eq!(none.json()["value"][0]["@removed"]["reason"], "changed");
    assert!(none.json()["@odata.deltaLink"].is_string());
}

#[tokio::test]
async fn what_delta_does_not_take_is_refused() {
    let api = Api::start().await;
    let id = api.file().await;
    let next = latest(&api, "").await;
    for (address, expected) in [
        (format!("{DELTA}?$orderby=name"), r#"400 BadRequest ["unsupported $orderby"]"#),
        (
            format!("{DELTA}?$count=true&$skip=1"),
            r#"400 BadRequest ["unsupported $skip", "unsupported $count"]"#,
        ),
        (format!("{DELTA}?$search=a"), r#"400 BadRequest ["unsupported $search"]"#),
        (format!("{DELTA}?$expand=a"), r#"400 BadRequest ["unsupported $expand"]"#),
        (format!("{DELTA}?$top=1001"), r#"400 BadRequest ["limitExceeded $top"]"#),
        (format!("{DELTA}?$select=nothing"), r#"400 BadRequest ["unknownProperty $select"]"#),
        (format!("{DELTA}?$deltatoken=x"), r#"400 BadRequest ["syntaxError $deltatoken"]"#),
        (format!("{next}&$skiptoken=x"), r#"400 BadRequest ["unsupported $skiptoken"]"#),
        (format!("{next}&$filter=name%20eq%20'a'"), r#"400 BadRequest ["syntaxError $deltatoken"]"#),
        (format!("{next}&$select=name"), r#"400 BadRequest ["syntaxError $deltatoken"]"#),
        // Others do not take its token.
        (format!("{COLLECTION}?$deltatoken=latest"), r#"400 BadRequest ["unsupported $deltatoken"]"#),
        (format!("{COLLECTION}/$count?$deltatoken=latest"), r#"400 BadRequest ["unsupported $deltatoken"]"#),
        (format!("{COLLECTION}/{id}?$deltatoken=latest"), r#"400 BadRequest ["unsupported $deltatoken"]"#),
    ] {
        assert_eq!(refusal(&api.get(&address).await), expected, "{address}");
    }
}

/// A store that was restored has another epoch. To a server it is as if this token came from it.
#[tokio::test]
async fn a_token_from_before_a_restore_is_gone_and_leads_to_all() {
    let api = Api::start().await;
    api.file().await;
    let options = "$select=name&$filter=name%20eq%20'BlockIp'&";
    let now = latest(&api, options).await;
    let restored = Api::of_epoch(0x60).await;
    restored.file().await;
    let gone = restored.get(&now).await;
    assert_eq!(refusal(&gone), r#"410 syncStateNotFound ["resyncRequired $deltatoken"]"#);
    let fresh = gone.header("location");
    assert_eq!(fresh, format!("{HOST}{DELTA}?$select=name&$filter=name%20eq%20'BlockIp'"));
    let anew = page(&restored, fresh.strip_prefix(HOST).unwrap()).await;
    assert_eq!(anew["value"].as_array().unwrap().len(), 1);
    let bare = restored.get(&latest(&api, "").await).await;
    assert_eq!(bare.header("location"), format!("{HOST}{DELTA}"));
}

#[tokio::test]
async fn a_page_of_large_changes_ends_early_and_is_continued() {
    let api = Api::start().await;
    let now = latest(&api, "$top=1000").await;
    let value = "x".repeat(16 * 1024);
    let parameters = vec![json!({ "name": "n", "value": value }); 60];
    let vendor = json!({ "provider": "P", "vendor": "V" });
    let body = json!({ "name": "N", "parameters": parameters, "vendorInformation": vendor }).to_string();
    for _ in 0..7 {
        assert_eq!(api.send("POST", COLLECTION, &[], &body).await.status, 201);
    }
    let first = page(&api, &now).await;
    assert_eq!(first["value"].as_array().unwrap().len(), 5, "4 MiB and the row that passes them");
    let second = page(&api, &link(&first, "@odata.nextLink")).await;
    assert_eq!(second["value"].as_array().unwrap().len(), 2);
    assert!(second["@odata.deltaLink"].is_string());
}

#[tokio::test]
async fn a_batch_may_ask_for_changes() {
    let api = Api::start().await;
    let id = api.file().await;
    let body = r#"{"requests":[{"id":"1","method":"GET","url":"/security/securityActions/delta?$top=1"}]}"#;
    let answer = api.send("POST", "/beta/$batch", &[], body).await.json();
    assert_eq!(answer["responses"][0]["status"], 200, "{answer}");
    assert_eq!(answer["responses"][0]["body"]["value"][0]["id"], *id);
}

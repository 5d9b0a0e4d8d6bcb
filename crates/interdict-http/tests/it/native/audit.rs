//! The journal and its seals over the wire: pages, filters, and who may read them.

use interdict_auth::{SealKey, TokenRequest};
use interdict_http::native::Endpoint;
use interdict_model::seal::SEAL_AFTER_SECONDS;
use interdict_model::{AppId, Permission, TenantId};
use interdict_testkit::in_process::{APP, Answer, TENANT, TestServer};
use serde_json::{Value, json};
use uuid::Uuid;

const BLOCK_IP: &str = r#"{"actionReason":"Test","name":"BlockIp","parameters":[{"name":"IP","value":"1.2.3.4"}],"vendorInformation":{"provider":"P","vendor":"V"}}"#;
const AUDIT: &str = "/api/v1/audit";
const SEALS: &str = "/api/v1/audit/seals";
const OTHER_TENANT: TenantId = TenantId(Uuid::from_u128(0x2222));

async fn get(server: &TestServer, address: &str) -> Answer {
    let token = format!("Bearer {}", server.token(&[Permission::AuditRead]).unwrap());
    server.send("GET", address, &[("authorization", &token)], "").await.unwrap()
}

async fn write(server: &TestServer, token: &str, method: &str, address: &str, body: &str) -> Answer {
    let token = format!("Bearer {token}");
    let answer = server.send(method, address, &[("authorization", &token)], body).await.unwrap();
    assert!(answer.status.is_success(), "{}", answer.text);
    answer
}

/// Files an action; its id.
async fn file(server: &TestServer, token: &str) -> String {
    let answer = write(server, token, "POST", "/v1.0/security/securityActions", BLOCK_IP).await;
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn finish(server: &TestServer, token: &str, id: &str) {
    let address = format!("/v1.0/security/securityActions/{id}");
    write(server, token, "PATCH", &address, r#"{"status":"Completed"}"#).await;
    write(server, token, "DELETE", &address, "").await;
}

fn sequences(page: &Value) -> Vec<i64> {
    page["value"].as_array().unwrap().iter().map(|row| row["sequence"].as_i64().unwrap()).collect()
}

/// Every page from `address` on; the sequences of each.
async fn pages(server: &TestServer, address: &str) -> Vec<Vec<i64>> {
    let (mut pages, mut next) = (Vec::new(), address.to_owned());
    loop {
        let answer = get(server, &next).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        pages.push(sequences(&answer.json()));
        let Some(link) = answer.json()["nextLink"].as_str().map(str::to_owned) else { return pages };
        next = link.strip_prefix("http://interdict.test").unwrap().to_owned();
        assert!(pages.len() < 50, "the pages never end");
    }
}

#[tokio::test]
async fn entries_have_every_member_and_their_pages_follow_each_other() {
    let server = TestServer::start().await.unwrap();
    let token = server.token(&[Permission::ActionsReadWrite]).unwrap();
    let first = file(&server, &token).await;
    let second = file(&server, &token).await;
    finish(&server, &token, &first).await;

    let answer = get(&server, AUDIT).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.header("request-id"), answer.header("client-request-id"));
    let page = answer.json();
    assert_eq!(sequences(&page), [1, 2, 3, 4]);
    assert!(page.get("nextLink").is_none());
    let entry = &page["value"][0];
    assert_eq!(entry["dateTime"], "2026-01-02T03:04:05.6789012Z");
    assert_eq!(entry["subject"], *first);
    assert_eq!(entry["kind"], "created");
    assert_eq!(entry["actor"], json!({"app": interdict_testkit::in_process::APP}));
    assert_eq!(entry["changes"]["name"], "BlockIp");
    assert_eq!(entry["previous"], "0".repeat(64));
    assert_eq!(page["value"][1]["previous"], entry["hash"]);
    assert_eq!(page["value"][2]["changes"]["set"]["status"], "Completed");
    assert_eq!((&page["value"][3]["kind"], &page["value"][3]["changes"]), (&json!("deleted"), &Value::Null));
    assert!(entry["requestId"].as_str().unwrap().parse::<Uuid>().is_ok());

    assert_eq!(pages(&server, &format!("{AUDIT}?top=3")).await, [vec![1, 2, 3], vec![4]]);
    assert_eq!(pages(&server, &format!("{AUDIT}?top=2&after=2")).await, [[3, 4]]);
    assert_eq!(pages(&server, &format!("{AUDIT}?after=9")).await, [[0; 0]]);
    let about = format!("{AUDIT}?subject={first}&top=1");
    assert_eq!(pages(&server, &about).await, [[1], [3], [4]]);
    let about = format!("{AUDIT}?subject={}", second.to_uppercase());
    assert_eq!(pages(&server, &about).await, [[2]]);

    let token = format!("Bearer {}", server.token(&[Permission::AuditRead]).unwrap());
    let head = server.send("HEAD", AUDIT, &[("authorization", &token)], "").await.unwrap();
    assert_eq!((head.status.as_u16(), &*head.text), (200, ""));
    let posted = server.send("POST", AUDIT, &[("authorization", &token)], "{}").await.unwrap();
    assert_eq!((posted.status.as_u16(), posted.header("allow")), (405, "GET,HEAD"));
    assert_eq!(posted.json()["error"]["code"], "MethodNotAllowed");
    let metrics = server.send("GET", "/metrics", &[], "").await.unwrap().text;
    assert!(metrics.contains(r#"route="/api/v1/audit",method="HEAD",status="200"} 1"#), "{metrics}");
}

#[tokio::test]
async fn seals_are_listed_with_what_their_entry_hashes_to() {
    let server = TestServer::start().await.unwrap();
    let token = server.token(&[Permission::ActionsReadWrite]).unwrap();
    let home = tempfile::tempdir().unwrap();
    let key = SealKey::load_or_create(&home.path().join("seal-key.json")).unwrap();
    for _ in 0..3 {
        file(&server, &token).await;
        server.clock.advance(SEAL_AFTER_SECONDS + 1);
        assert_eq!(server.state.service.seal_due(&key).await.unwrap(), 1);
    }
    assert_eq!(pages(&server, &format!("{SEALS}?top=2")).await, [vec![1, 2], vec![3]]);
    let seals = get(&server, &format!("{SEALS}?after=2")).await.json();
    let entries = get(&server, &format!("{AUDIT}?after=2")).await.json();
    assert_eq!(seals["value"][0]["hash"], entries["value"][0]["hash"]);
    assert_eq!(seals["value"][0]["key"], key.public().id);
    assert_eq!(seals["value"][0]["signature"].as_str().unwrap().len(), 128);
    assert!(seals["value"][0]["dateTime"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn every_endpoint_opens_to_its_permissions_alone() {
    let server = TestServer::start().await.unwrap();
    for endpoint in Endpoint::ALL {
        for permission in Permission::ALL {
            // A person approves: as an application's it is no permission.
            let name = permission.name().to_owned();
            let delegated = permission == Permission::ActionsApprove;
            let (scopes, roles) = if delegated { (vec![name], vec![]) } else { (vec![], vec![name]) };
            let user = delegated.then(|| "ann@example.com".to_owned());
            let app = AppId(APP.into());
            let request = TokenRequest { tenant: TENANT, app, roles, scopes, user, expires_in: 3_600 };
            let token = format!("Bearer {}", server.mint(&request).unwrap());
            let headers = [("authorization", &*token)];
            let got = server.send(endpoint.method(), endpoint.template(), &headers, "").await.unwrap();
            let opens = endpoint.permissions().contains(&permission);
            // What is asked for is not there, or not asked for rightly; that is said to whoever may ask.
            let refused = got.status.as_u16() == 403;
            assert_eq!(refused, !opens, "{endpoint:?} {permission:?}: {}", got.text);
            assert!(!got.status.is_server_error(), "{endpoint:?}: {}", got.text);
            let told = if delegated { "API requires one of '" } else { "API required roles: " };
            assert!(opens || got.text.contains(told), "{}", got.text);
        }
        let got = server.send(endpoint.method(), endpoint.template(), &[], "").await.unwrap();
        assert_eq!(got.status.as_u16(), 401, "{endpoint:?}");
        assert!(got.header("www-authenticate").starts_with("Bearer "), "{endpoint:?}");
    }
}

#[tokio::test]
async fn another_tenants_journal_is_never_shown() {
    let server = TestServer::start().await.unwrap();
    let foreign = server.token_of(OTHER_TENANT, &[Permission::ActionsReadWrite]).unwrap();
    let hidden = file(&server, &foreign).await;
    let home = tempfile::tempdir().unwrap();
    let key = SealKey::load_or_create(&home.path().join("seal-key.json")).unwrap();
    server.clock.advance(SEAL_AFTER_SECONDS + 1);
    assert_eq!(server.state.service.seal_due(&key).await.unwrap(), 1);
    for round in ["before the tenant's own first entry", "after it"] {
        let own = usize::from(round == "after it");
        assert_eq!(sequences(&get(&server, AUDIT).await.json()).len(), own, "{round}");
        assert_eq!(pages(&server, SEALS).await, [[0; 0]], "{round}");
        assert_eq!(pages(&server, &format!("{AUDIT}?subject={hidden}")).await, [[0; 0]], "{round}");
        file(&server, &server.token(&[Permission::ActionsReadWrite]).unwrap()).await;
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let server = TestServer::start().await.unwrap();
    for (query, details) in [
        ("before=1", vec!["unknownProperty before"]),
        ("$top=1", vec!["unknownProperty $top"]),
        ("Top=1&x=2", vec!["unknownProperty Top", "unknownProperty x"]),
        ("after=-1", vec!["typeMismatch after"]),
        ("after=99999999999999999999", vec!["typeMismatch after"]),
        ("top=0", vec!["typeMismatch top"]),
        ("top=1001&after=x", vec!["typeMismatch top", "typeMismatch after"]),
        ("top=1&top=1", vec!["syntaxError top"]),
        ("subject=1", vec!["typeMismatch subject"]),
        ("subject", vec!["typeMismatch subject"]),
    ] {
        let answer = get(&server, &format!("{AUDIT}?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.details()), (400, strings(&details)), "{query}");
    }
    let answer = get(&server, &format!("{SEALS}?subject={}", Uuid::nil())).await;
    assert_eq!((answer.status.as_u16(), answer.details()), (400, strings(&["unknownProperty subject"])));
    let long = get(&server, &format!("{AUDIT}?after={}", "1".repeat(33 * 1024))).await;
    assert_eq!(long.status.as_u16(), 414);
    assert_eq!(get(&server, &format!("{AUDIT}?after=9223372036854775807&top=1000&")).await.status, 200);
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

//! Every route × {no token, another tenant, each permission alone}. A route without a row fails.

use interdict_auth::TokenRequest;
use interdict_http::graph::Endpoint;
use interdict_http::router::OpenRoute;
use interdict_model::{AppId, Permission, TenantId};
use interdict_testkit::in_process::{APP, TENANT};
use uuid::Uuid;

use super::{Api, BLOCK_IP, COLLECTION};

/// What a caller of another tenant gets, who has every permission there.
const OTHER_TENANT: TenantId = TenantId(Uuid::from_u128(0x2222));

struct Row {
    endpoint: Endpoint,
    address: &'static str,
    body: &'static str,
    /// With enough permissions, in the action's own tenant.
    allowed: u16,
    /// With enough permissions, in another tenant.
    foreign: u16,
    reads: bool,
}

impl Row {
    fn content_type(&self) -> &'static str {
        match self.body {
            "" => "",
            json if json.starts_with('{') => "application/json",
            _ => "text/plain",
        }
    }
}

/// `{id}` stands for an action that is NotStarted, `{done}` for a finished one.
const ROWS: [Row; 14] = [
    Row { endpoint: Endpoint::List, address: "", body: "", allowed: 200, foreign: 200, reads: true },
    Row { endpoint: Endpoint::Count, address: "/$count", body: "", allowed: 200, foreign: 200, reads: true },
    Row {
        endpoint: Endpoint::Query,
        address: "/$query",
        body: "$top=5",
        allowed: 200,
        foreign: 200,
        reads: true,
    },
    Row { endpoint: Endpoint::Delta, address: "/delta", body: "", allowed: 200, foreign: 200, reads: true },
    Row { endpoint: Endpoint::Get, address: "/{id}", body: "", allowed: 200, foreign: 404, reads: true },
    Row {
        endpoint: Endpoint::Property,
        address: "/{id}/name",
        body: "",
        allowed: 200,
        foreign: 404,
        reads: true,
    },
    Row { endpoint: Endpoint::Create, address: "", body: BLOCK_IP, allowed: 201, foreign: 201, reads: false },
    Row {
        endpoint: Endpoint::Update,
        address: "/{id}",
        body: "{}",
        allowed: 200,
        foreign: 404,
        reads: false,
    },
    Row {
        endpoint: Endpoint::Cancel,
        address: "/{id}/cancelSecurityAction",
        body: "",
        allowed: 200,
        foreign: 404,
        reads: false,
    },
    Row {
        endpoint: Endpoint::Delete,
        address: "/{done}",
        body: "",
        allowed: 204,
        foreign: 404,
        reads: false,
    },
    Row {
        endpoint: Endpoint::Batch,
        address: "/beta/$batch",
        body: r#"{"requests":[{"id":"1","method":"GET","url":"/security/securityActions/$count"}]}"#,
        allowed: 200,
        foreign: 200,
        reads: false,
    },
    Row { endpoint: Endpoint::Service, address: "/beta", body: "", allowed: 200, foreign: 200, reads: true },
    Row {
        endpoint: Endpoint::Security,
        address: "/beta/security",
        body: "",
        allowed: 200,
        foreign: 200,
        reads: true,
    },
    Row {
        endpoint: Endpoint::Metadata,
        address: "/beta/$metadata",
        body: "",
        allowed: 200,
        foreign: 200,
        reads: true,
    },
];

/// Those that describe the service ask for no token.
const OPEN: [Endpoint; 2] = [Endpoint::Service, Endpoint::Metadata];

#[tokio::test]
async fn every_endpoint_opens_to_its_permissions_alone() {
    let api = Api::start().await;
    for endpoint in Endpoint::ALL {
        let row = ROWS.iter().find(|row| row.endpoint == endpoint);
        let row = row.unwrap_or_else(|| panic!("no row for {endpoint:?}"));
        for permission in Permission::ALL {
            let address = address(&api, row).await;
            let token = format!("Bearer {}", api.server.token(&[permission]).unwrap());
            let headers = [("authorization", &*token), ("content-type", row.content_type())];
            let got = api.send(endpoint.method(), &address, &headers, row.body).await;
            let opens = permission == Permission::ActionsReadWrite
                || endpoint == Endpoint::Batch
                || OPEN.contains(&endpoint)
                || (row.reads && permission == Permission::ActionsRead);
            let expected = if opens { row.allowed } else { 403 };
            assert_eq!(got.status.as_u16(), expected, "{endpoint:?} {permission:?} {}", got.text);
            let named = endpoint.permissions().contains(&permission) || OPEN.contains(&endpoint);
            assert_eq!(opens, named, "{endpoint:?} {permission:?}");
            assert_eq!(endpoint.permissions().is_empty(), OPEN.contains(&endpoint), "{endpoint:?}");
            if !opens {
                // Approving is a person's right: an app's token does not get it.
                let held = if permission == Permission::ActionsApprove { "" } else { permission.name() };
                let wanted = if row.reads {
                    "SecurityActions.Read.All,SecurityActions.ReadWrite.All"
                } else {
                    "SecurityActions.ReadWrite.All"
                };
                let message = format!(
                    "Missing application roles. API required roles: {wanted}, application roles: {held}."
                );
                assert_eq!(got.json()["error"]["message"], message);
            }
        }
    }
}

#[tokio::test]
async fn a_person_is_told_of_scopes_and_not_of_roles() {
    let api = Api::start().await;
    let names = [Permission::ActionsRead, Permission::ActionsApprove].map(|it| it.name().to_owned());
    let request = TokenRequest {
        tenant: TENANT,
        app: AppId(APP.into()),
        roles: Vec::new(),
        scopes: names.to_vec(),
        user: Some("ann@example.com".into()),
        expires_in: 3600,
    };
    let token = format!("Bearer {}", api.server.mint(&request).unwrap());
    let headers = [("authorization", &*token), ("content-type", "application/json")];
    let got = api.send("POST", COLLECTION, &headers, BLOCK_IP).await;
    assert_eq!(got.status, 403);
    let message = "Missing scope permissions on the request. API requires one of 'SecurityActions.ReadWrite.All'. \
                   Scopes on the request 'SecurityActions.Read.All, SecurityActions.Approve.All'";
    assert_eq!(got.json()["error"]["message"], message);
}

#[tokio::test]
async fn no_endpoint_opens_without_a_token_or_shows_another_tenants_rows() {
    let api = Api::start().await;
    for row in &ROWS {
        let address = address(&api, row).await;
        let method = row.endpoint.method();
        let kind = ("content-type", row.content_type());
        let got = api.send(method, &address, &[("authorization", ""), kind], row.body).await;
        if OPEN.contains(&row.endpoint) {
            assert_eq!(got.status.as_u16(), 200, "{:?} {}", row.endpoint, got.text);
            continue;
        }
        assert_eq!(got.status.as_u16(), 401, "{:?}", row.endpoint);
        assert!(
            got.header("www-authenticate")
                .starts_with("Bearer realm=\"\", authorization_uri=\"http://interdict.test/")
        );
        assert!(!got.header("www-authenticate").contains("claims="));
        assert!(got.text.contains("allowed hosts"), "{}", got.text);

        let foreign = api.server.token_of(OTHER_TENANT, &Permission::ALL).unwrap();
        let foreign = format!("Bearer {foreign}");
        let got = api.send(method, &address, &[("authorization", &foreign), kind], row.body).await;
        assert_eq!(got.status.as_u16(), row.foreign, "{:?} {}", row.endpoint, got.text);
        assert!(!got.text.contains("BlockIp") || row.endpoint == Endpoint::Create, "{}", got.text);
    }
}

#[tokio::test]
async fn open_routes_ask_for_no_token() {
    let api = Api::start().await;
    for route in OpenRoute::ALL {
        let (method, path) = (route.method(), route.forms()[0]);
        let address = path.replace("{tenant}", "1a1a1111-1111-4111-8111-111111111111");
        let got = api.send(method, &address, &[("authorization", "")], "").await;
        // The token endpoint wants a form with credentials; that is its own authentication.
        let expected = if method == "POST" { 400 } else { 200 };
        assert_eq!(got.status.as_u16(), expected, "{path} {}", got.text);
    }
}

#[tokio::test]
async fn other_schemes_and_overlong_tokens_are_401() {
    let api = Api::start().await;
    let long = format!("Bearer {}", "a".repeat(8 * 1024 + 1));
    for value in ["Basic abc", "Bearer", "Bearer x", "bearer a.b.c", &long] {
        let got = api.send("GET", COLLECTION, &[("authorization", value)], "").await;
        assert_eq!(got.status.as_u16(), 401, "{value}");
        assert_eq!(got.json()["error"]["code"], "InvalidAuthenticationToken");
    }
    let lower = api.writer.replace("Bearer", "bEARER");
    assert_eq!(api.send("GET", COLLECTION, &[("authorization", &lower)], "").await.status, 200);
}

async fn address(api: &Api, row: &Row) -> String {
    let mut address = match row.address {
        whole if whole.starts_with("/beta") => whole.to_owned(),
        below => format!("{COLLECTION}{below}"),
    };
    if address.contains("{id}") {
        address = address.replace("{id}", &api.file().await);
    }
    if address.contains("{done}") {
        let id = api.file().await;
        assert_eq!(api.patch(&id, r#"{"status":"Completed"}"#).await.status, 200);
        address = address.replace("{done}", &id);
    }
    address
}

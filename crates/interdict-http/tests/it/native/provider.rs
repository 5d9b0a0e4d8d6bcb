//! A provider in the tests: registers, leases, reports, as one outside would.

use interdict_auth::TokenRequest;
use interdict_model::{AppId, Permission, TenantId};
use interdict_testkit::in_process::{APP, Answer, TENANT, TestServer};
use serde_json::{Value, json};

/// A server with one provider, and everybody's token.
pub(crate) struct Scene {
    pub(crate) server: TestServer,
    pub(crate) provider: String,
    token: String,
}

const ALL: &[Permission] = &[
    Permission::ActionsReadWrite,
    Permission::ActionsExecute,
    Permission::ProvidersReadWrite,
    Permission::GuardrailsReadWrite,
];

/// A filing of the vendor's action.
pub(crate) fn filing(name: &str, parameters: &[(&str, &str)], request: &Value) -> Value {
    let pair = |(name, value): &(&str, &str)| json!({ "name": name, "value": value });
    let parameters: Vec<_> = parameters.iter().map(pair).collect();
    let mut body = json!({
        "name": name,
        "parameters": parameters,
        "vendorInformation": { "vendor": "Microsoft", "provider": "Windows Defender ATP" },
    });
    if !request.is_null() {
        body["@interdict.request"] = request.clone();
    }
    body
}

fn token(server: &TestServer, tenant: TenantId, app: &str) -> String {
    let request = TokenRequest {
        tenant,
        app: AppId(app.into()),
        roles: ALL.iter().map(|permission| permission.name().to_owned()).collect(),
        scopes: Vec::new(),
        user: None,
        expires_in: 30 * 86_400,
    };
    format!("Bearer {}", server.mint(&request).unwrap())
}

impl Scene {
    /// A server whose one provider takes `actions`.
    pub(crate) async fn with(actions: &[&str]) -> Self {
        let server = TestServer::start().await.unwrap();
        let token = token(&server, TENANT, APP);
        let mut scene = Self { server, provider: String::new(), token };
        let registration =
            json!({ "vendor": "Microsoft", "provider": "Windows Defender ATP", "actions": actions });
        let answer = scene.send("POST", "/api/v1/providers", &registration).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_str().unwrap().clone_into(&mut scene.provider);
        scene
    }

    /// The same tenant's other app, or another tenant's app, with every permission.
    pub(crate) fn token_of(&self, tenant: TenantId, app: &str) -> String {
        token(&self.server, tenant, app)
    }

    pub(crate) async fn send(&self, method: &str, address: &str, body: &Value) -> Answer {
        self.send_as(&self.token, method, address, body).await
    }

    pub(crate) async fn send_as(&self, token: &str, method: &str, address: &str, body: &Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("authorization", token), ("prefer", "include-annotations=\"interdict.*\"")];
        self.server.send(method, address, &headers, &text).await.unwrap()
    }

    /// Sends what must succeed.
    pub(crate) async fn done(&self, method: &str, address: &str, body: &Value) -> Value {
        let answer = self.send(method, address, body).await;
        assert!(answer.status.is_success(), "{method} {address}: {} {}", answer.status, answer.text);
        answer.json()
    }

    /// Files an action; its id.
    pub(crate) async fn file(&self, body: &Value) -> String {
        let action = self.done("POST", "/v1.0/security/securityActions", body).await;
        action["id"].as_str().unwrap().to_owned()
    }

    /// Files a block of that address.
    pub(crate) async fn block(&self, address: &str, request: Value) -> String {
        self.file(&filing("BlockIp", &[("IP", address)], &request)).await
    }

    pub(crate) async fn lease(&self, max: u32) -> Vec<Value> {
        let address = format!("/api/v1/providers/{}/leases", self.provider);
        let body = json!({ "max": max, "leaseSeconds": 60 });
        self.done("POST", &address, &body).await["value"].as_array().unwrap().clone()
    }

    /// The one lease that there is.
    pub(crate) async fn lease_one(&self) -> Value {
        let mut leases = self.lease(10).await;
        assert_eq!(leases.len(), 1, "{leases:?}");
        leases.remove(0)
    }

    pub(crate) async fn report(&self, lease: &Value, verb: &str, members: Value) -> Answer {
        self.report_as(&self.token, lease, verb, members).await
    }

    pub(crate) async fn report_as(
        &self,
        token: &str,
        lease: &Value,
        verb: &str,
        mut members: Value,
    ) -> Answer {
        if members.is_null() {
            members = json!({});
        }
        if members.get("fence").is_none() {
            members["fence"] = lease["fence"].clone();
        }
        let address = format!("/api/v1/leases/{}/{verb}", lease["leaseId"].as_str().unwrap());
        self.send_as(token, "POST", &address, &members).await
    }

    /// Begins and completes the one action that waits; its lease.
    pub(crate) async fn carry_out(&self) -> Value {
        let lease = self.lease_one().await;
        assert_eq!(self.report(&lease, "renew", Value::Null).await.status, 200);
        assert_eq!(self.report(&lease, "complete", Value::Null).await.status, 200);
        lease
    }

    pub(crate) async fn action(&self, id: &str) -> Value {
        self.done("GET", &format!("/api/v1/actions/{id}"), &Value::Null).await
    }

    /// Status and phase of an action.
    pub(crate) async fn state(&self, id: &str) -> (String, String) {
        let action = self.action(id).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&action["status"]), text(&action["@interdict.execution"]["phase"]))
    }

    /// How an action holds its effect.
    pub(crate) async fn effect_state(&self, id: &str) -> String {
        let action = self.action(id).await;
        action["@interdict.execution"]["effect"]["state"].as_str().unwrap_or_default().to_owned()
    }

    /// Moves the clock, and has done what is due.
    pub(crate) async fn pass(&self, seconds: i64) {
        self.server.clock.advance(seconds);
        self.settle().await;
    }

    /// Has done what is due, until nothing is.
    pub(crate) async fn settle(&self) {
        for _ in 0..20 {
            if self.server.state.service.do_what_is_due().await.unwrap() == 0 {
                return;
            }
        }
        panic!("something is due for ever");
    }

    /// Effects that should be in force at the provider: target and state.
    pub(crate) async fn effects(&self) -> Vec<(String, String)> {
        let address = format!("/api/v1/providers/{}/effects", self.provider);
        let effects = self.done("GET", &address, &Value::Null).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let effects = effects["value"].as_array().unwrap();
        effects.iter().map(|effect| (text(&effect["target"]), text(&effect["state"]))).collect()
    }
}

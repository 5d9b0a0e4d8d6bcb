//! The Graph face by address, through the router: what an SDK sends and what it gets.

mod access;
mod batch;
mod bodies;
mod delta;
mod errors;
mod formats;
mod forms;
mod golden;
mod hostile;
mod metadata;
mod reads;
mod writes;

use interdict_http::observe::Origins;
use interdict_model::Permission;
use interdict_testkit::in_process::{Answer, TestServer};
use serde_json::Value;

/// A body that files an action.
const BLOCK_IP: &str = r#"{"actionReason":"Test","name":"BlockIp","parameters":[{"name":"IP","value":"1.2.3.4"}],"vendorInformation":{"provider":"P","vendor":"V"}}"#;

const COLLECTION: &str = "/beta/security/securityActions";

/// A server and a client of it that may do everything but provenance.
struct Api {
    server: TestServer,
    writer: String,
    migrator: String,
}

impl Api {
    async fn start() -> Self {
        Self::on(TestServer::start().await.unwrap())
    }

    async fn of_epoch(epoch: u32) -> Self {
        Self::on(TestServer::start_at(epoch, Origins::default()).await.unwrap())
    }

    fn on(server: TestServer) -> Self {
        let bearer = |permissions: &[Permission]| format!("Bearer {}", server.token(permissions).unwrap());
        let writer = bearer(&[Permission::ActionsReadWrite]);
        let migrator = bearer(&[Permission::ActionsReadWrite, Permission::ActionsProvenance]);
        Self { server, writer, migrator }
    }

    async fn send(&self, method: &str, address: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut all = vec![("authorization", self.writer.as_str())];
        all.extend_from_slice(headers);
        self.server.send(method, address, &all, body).await.unwrap()
    }

    async fn get(&self, address: &str) -> Answer {
        self.send("GET", address, &[], "").await
    }

    /// Files an action; its id.
    async fn file(&self) -> String {
        let answer = self.send("POST", COLLECTION, &[], BLOCK_IP).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn patch(&self, id: &str, body: &str) -> Answer {
        self.send("PATCH", &format!("{COLLECTION}/{id}"), &[], body).await
    }

    async fn patch_as_migrator(&self, id: &str, body: &str) -> Answer {
        self.send("PATCH", &format!("{COLLECTION}/{id}"), &[("authorization", &self.migrator)], body).await
    }
}

/// Status, code and details of an error, on one line.
fn refusal(answer: &Answer) -> String {
    let json = answer.json();
    let code = json.pointer("/error/code").and_then(Value::as_str).unwrap_or("-");
    format!("{} {code} {:?}", answer.status.as_u16(), answer.details())
}

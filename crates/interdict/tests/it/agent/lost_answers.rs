//! The server is killed when it has committed and before anybody has heard its answer, or is down when something is due.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::scene::{ROLES, Scene, filing, text, until};
use crate::http::{self, ACTIONS, Answer};
use crate::program_with_store;

/// A scene whose provider is this test.
struct Stage(Scene);

impl Stage {
    async fn new() -> Self {
        Self(Scene::on(program_with_store(), &["BlockIp", "UnblockIp", "RunScan"]).await)
    }

    /// Sends a request, and kills the server once its answer is on its way: what it decided is committed by then, and
    /// nobody reads what it says.
    async fn ask_in_vain(&mut self, path: &str, header: &str, body: &Value) {
        let server = self.0.server();
        let host = server.url().trim_start_matches("http://").to_owned();
        let (token, body) = (server.token(&ROLES), body.to_string());
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{header}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(stream.peek(&mut [0]).await.unwrap() > 0, "it hung up");
        self.0.crash_server();
    }

    fn leases(&self) -> String {
        format!("/api/v1/providers/{}/leases", self.0.provider)
    }

    /// The one action that there is to do, waited for.
    async fn lease(&self) -> Value {
        let body = json!({"waitSeconds": 30, "leaseSeconds": 30});
        let leases = self.0.done(Method::POST, &self.leases(), body).await;
        assert_eq!(leases["value"].as_array().unwrap().len(), 1, "{leases}");
        leases["value"][0].clone()
    }

    async fn report(&self, lease: &Value, verb: &str, members: &Value) -> Answer {
        let (path, body) = report(lease, verb, members);
        self.0.http.call(Method::POST, &path, Some(body)).await.unwrap()
    }

    async fn complete(&self, lease: &Value) {
        for verb in ["renew", "complete"] {
            assert_eq!(self.report(lease, verb, &json!({})).await.status, 200, "{verb}");
        }
    }
}

fn report(lease: &Value, verb: &str, members: &Value) -> (String, Value) {
    let mut body = members.clone();
    body["fence"] = lease["fence"].clone();
    (format!("/api/v1/leases/{}/{verb}", text(&lease["leaseId"])), body)
}

#[tokio::test]
async fn what_was_handed_out_to_nobody_is_handed_out_again() {
    let mut stage = Stage::new().await;
    let id = stage.0.file("RunScan", &[("machineId", "pc-1")], Value::Null).await;
    let leases = stage.leases();
    stage.ask_in_vain(&leases, "", &json!({"leaseSeconds": 2})).await;
    let lost = stage.0.execution(&id).await;
    assert_eq!((text(&lost["phase"]).as_str(), &lost["attempt"]), ("delivered", &json!(1)));
    // It must not be done twice, and was not begun.
    let lease = stage.lease().await;
    assert_eq!((text(&lease["action"]["id"]), &lease["attempt"]), (id.clone(), &json!(2)));
    stage.complete(&lease).await;
    assert_eq!(stage.0.phase(&id).await, "succeeded");
}

#[tokio::test]
async fn a_report_that_nobody_heard_an_answer_to_counts_and_is_answered_the_same_again() {
    let mut stage = Stage::new().await;
    let id = stage.0.file("RunScan", &[("machineId", "pc-1")], Value::Null).await;
    let lease = stage.lease().await;
    let (path, body) = report(&lease, "renew", &json!({}));
    stage.ask_in_vain(&path, "", &body).await;
    assert_eq!(stage.0.phase(&id).await, "executing");
    assert_eq!(stage.report(&lease, "renew", &json!({})).await.body["directive"], "continue");

    let done = json!({"result": {"found": 3}});
    let (path, body) = report(&lease, "complete", &done);
    stage.ask_in_vain(&path, "", &body).await;
    let execution = stage.0.execution(&id).await;
    assert_eq!((text(&execution["phase"]).as_str(), &execution["result"]), ("succeeded", &done["result"]));
    assert_eq!(stage.report(&lease, "complete", &done).await.status, 200);
    assert_eq!(stage.report(&lease, "fail", &json!({})).await.status, 409);
    assert_eq!(stage.0.phase(&id).await, "succeeded");
}

#[tokio::test]
async fn a_filing_that_nobody_heard_an_answer_to_happens_once_under_its_key() {
    let mut stage = Stage::new().await;
    let body = filing("RunScan", &[("machineId", "pc-1")], Value::Null);
    stage.ask_in_vain(ACTIONS, "Idempotency-Key: once\r\n", &body).await;
    let server = stage.0.server();
    let again = http::builder().build().unwrap().post(format!("{}{ACTIONS}", server.url()));
    let again = again.bearer_auth(server.token(&ROLES)).header("idempotency-key", "once").json(&body);
    let answer = again.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["idempotency-replayed"], "true");
    assert_eq!(stage.0.http.get(&format!("{ACTIONS}/$count")).await.body, 1);
}

#[tokio::test]
async fn what_ran_out_while_the_server_was_down_is_undone_once_it_is_back() {
    let mut stage = Stage::new().await;
    let address = [("IP", "198.51.100.7")];
    let id = stage.0.file("BlockIp", &address, json!({"duration": "PT2S"})).await;
    stage.complete(&stage.lease().await).await;
    // Nobody is to begin with this one in time, and nobody is there to say so.
    let late = stage.0.file("RunScan", &[("machineId", "pc-1")], json!({"startBy": "PT2S"})).await;
    stage.0.down_for(Duration::from_secs(3)).await;
    let undo = stage.lease().await;
    let undo_of = text(&undo["action"]["@interdict.execution"]["undoOf"]);
    assert_eq!((text(&undo["action"]["name"]).as_str(), undo_of), ("UnblockIp", id.clone()));
    stage.complete(&undo).await;
    let ended = async || stage.0.execution(&id).await["effect"]["state"] == "ended";
    until("its effect has ended", ended).await;
    assert_eq!(stage.0.phase(&late).await, "expired");
}

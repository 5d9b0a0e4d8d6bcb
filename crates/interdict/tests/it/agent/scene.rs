//! A server with one registered provider.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use interdict_testkit::process::{Process, Program, RunningServer};
use interdict_testkit::store::Database;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{ACTIONS, Http};
use crate::program;

/// For whatever is to come about: generous, since test machines are busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks whether it has.
const LOOK: Duration = Duration::from_millis(20);

pub(super) const ROLES: [&str; 4] = [
    "SecurityActions.ReadWrite.All",
    "SecurityActions.Execute.All",
    "SecurityProviders.ReadWrite.All",
    "AuditLog.Read.All",
];

/// The server, its provider, and a client that may do everything.
pub(crate) struct Scene {
    program: Program,
    /// There is one but in the midst of a restart.
    server: Option<RunningServer>,
    pub(crate) http: Http,
    pub(crate) provider: String,
    pub(crate) folder: TempDir,
    /// Last: the server uses it.
    _database: Option<Database>,
}

impl Scene {
    /// A server whose one provider takes `actions`.
    pub(crate) async fn with(actions: &[&str]) -> Self {
        Self::on((program(), None), actions).await
    }

    /// The same on a store.
    pub(crate) async fn on(store: (Program, Option<Database>), actions: &[&str]) -> Self {
        Self::at("127.0.0.1:0", &[], store, actions).await
    }

    /// The same, the server at an address and with more flags.
    pub(crate) async fn at(
        address: &str,
        flags: &[&str],
        store: (Program, Option<Database>),
        actions: &[&str],
    ) -> Self {
        let (program, database) = store;
        let folder = tempfile::tempdir().unwrap();
        let server = program.launch(address, &folder.path().join("data"), flags).ready();
        let http = Http::with_token(&server, server.token(&ROLES));
        let server = Some(server);
        let provider = String::new();
        let mut scene = Self { program, server, http, provider, folder, _database: database };
        let registration =
            json!({"vendor": "Microsoft", "provider": "Windows Defender ATP", "actions": actions});
        let provider = scene.done(Method::POST, "/api/v1/providers", registration).await;
        provider["id"].as_str().unwrap().clone_into(&mut scene.provider);
        scene
    }

    pub(crate) fn server(&self) -> &RunningServer {
        self.server.as_ref().unwrap()
    }

    /// Kills the server, and starts another one over its data, at its address.
    pub(crate) fn crash_server(&mut self) {
        let start = self.server.take().unwrap().fall();
        self.is_served_by(start());
    }

    /// The same, and there is none for a while.
    pub(crate) async fn down_for(&mut self, time: Duration) {
        let start = self.server.take().unwrap().fall();
        tokio::time::sleep(time).await;
        self.is_served_by(start());
    }

    fn is_served_by(&mut self, server: RunningServer) {
        self.http = self.http.at(&server);
        self.server = Some(server);
    }

    /// Adds an app for an agent, and writes its configuration file: `more` is what it says besides where and who.
    pub(crate) fn agent_file(&self, name: &str, more: &str) -> String {
        self.agent_file_of("Windows Defender ATP", name, more)
    }

    /// The same of another provider.
    pub(crate) fn agent_file_of(&self, provider: &str, name: &str, more: &str) -> String {
        let role = ["--role", "SecurityActions.Execute.All", "--output", "json"];
        let added = self.server().run(&[&["app", "add", "--name", name][..], &role].concat());
        assert!(added.status.success(), "{}", added.stderr);
        let path = self.folder.path().join(format!("{name}.json"));
        std::fs::write(&path, added.stdout).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let (url, credentials) = (self.server().url(), path.display());
        let text = format!(
            "url = '{url}'\nprovider = '{provider}'\ncredentials_file = '{credentials}'\n\
             instance_id = '{name}'\n{more}\n"
        );
        let path = path.with_extension("toml");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Starts the agent with that file.
    pub(crate) fn agent(&self, file: &str) -> Process {
        Process::spawn(&mut self.program.command(&["agent", "--config", file]))
    }

    /// Calls what must succeed.
    pub(crate) async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let body = Some(body).filter(|body| !body.is_null());
        let answer = self.http.call(method, path, body).await.unwrap();
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
        answer.body
    }

    /// Files an action; its id.
    pub(crate) async fn file(&self, name: &str, parameters: &[(&str, &str)], request: Value) -> String {
        let filed = self.done(Method::POST, ACTIONS, filing(name, parameters, request)).await;
        filed["id"].as_str().unwrap().to_owned()
    }

    /// Phase of an action.
    pub(crate) async fn phase(&self, id: &str) -> String {
        text(&self.execution(id).await["phase"])
    }

    /// How an action is carried out.
    pub(crate) async fn execution(&self, id: &str) -> Value {
        self.http.get(&format!("/api/v1/actions/{id}")).await.body["@interdict.execution"].clone()
    }

    /// Targets and states of the provider's effects.
    pub(crate) async fn effects(&self) -> Vec<(String, String)> {
        let effects = self.http.get(&format!("/api/v1/providers/{}/effects", self.provider)).await.body;
        let effects = effects["value"].as_array().unwrap().iter();
        effects.map(|effect| (text(&effect["target"]), text(&effect["state"]))).collect()
    }

    /// Waits until an action is in that phase.
    pub(crate) async fn reaches(&self, id: &str, phase: &str) {
        until(&format!("`{id}` is {phase}"), async || self.phase(id).await == phase).await;
    }
}

/// The body that files an action at the provider.
pub(crate) fn filing(name: &str, parameters: &[(&str, &str)], request: Value) -> Value {
    let pair = |(name, value): &(&str, &str)| json!({"name": name, "value": value});
    let parameters: Vec<_> = parameters.iter().map(pair).collect();
    let mut body = json!({
        "name": name,
        "parameters": parameters,
        "vendorInformation": {"vendor": "Microsoft", "provider": "Windows Defender ATP"},
    });
    if !request.is_null() {
        body["@interdict.request"] = request;
    }
    body
}

/// Waits until it holds; fails where it does not in time.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(LOOK).await;
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

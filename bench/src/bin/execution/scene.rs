//! A tenant with one provider.

use anyhow::{Result, ensure};
use interdict_testkit::process::RunningServer;
use serde_json::{Value, json};

use crate::client::{Client, text};

const ROLES: [&str; 3] =
    ["SecurityActions.ReadWrite.All", "SecurityActions.Execute.All", "SecurityProviders.ReadWrite.All"];
const FILE: &str = "/v1.0/security/securityActions";

/// The tenant, as its clients know it.
pub(crate) struct Scene {
    url: String,
    token: String,
    /// Where its provider asks for work.
    pub(crate) leases: String,
}

impl Scene {
    /// Registers the provider of the tenant of that number.
    pub(crate) fn set(server: &RunningServer, number: u8) -> Result<Self> {
        let tenant = format!("00000000-0000-4000-8000-0000000000{number:02x}");
        let mut arguments = vec!["token", "--tenant", &tenant, "--expires", "12h"];
        arguments.extend(ROLES.iter().flat_map(|role| ["--role", *role]));
        let minted = server.run(&arguments);
        let token = minted.stdout.trim().to_owned();
        ensure!(!token.is_empty(), "no token");
        let url = server.url().to_owned();
        let mut client = Client::connect(&url, &token)?;
        let registration = json!({
            "vendor": "Microsoft", "provider": "Windows Defender ATP", "actions": ["RunScan"],
            "maxConcurrent": 10_000,
        });
        let registered = client.post("/api/v1/providers", &registration)?;
        let leases = format!("/api/v1/providers/{}/leases", text(&registered, "id")?);
        Ok(Self { url, token, leases })
    }

    /// One more connection.
    pub(crate) fn connect(&self) -> Result<Client> {
        Client::connect(&self.url, &self.token)
    }
}

/// Files a scan of the machine of that number; its id.
pub(crate) fn file(client: &mut Client, number: usize, request: &Value) -> Result<String> {
    let mut body = json!({
        "name": "RunScan",
        "parameters": [{"name": "machineId", "value": format!("pc-{number}")}],
        "vendorInformation": {"vendor": "Microsoft", "provider": "Windows Defender ATP"},
    });
    if let (Value::Object(members), false) = (&mut body, request.is_null()) {
        members.insert("@interdict.request".to_owned(), request.clone());
    }
    Ok(text(&client.post(FILE, &body)?, "id")?.to_owned())
}

/// Completes what was leased.
pub(crate) fn complete(client: &mut Client, lease: &Value) -> Result<()> {
    let path = format!("/api/v1/leases/{}/complete", text(lease, "leaseId")?);
    client.post(&path, &json!({"fence": lease.get("fence")})).map(drop)
}

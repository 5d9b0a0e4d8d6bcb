//! What a case plays on: a provider of its own, and whoever files actions with it.

mod closing;
mod leasing;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::outcome::{Outcome, Wrong, is};
use crate::client::{Answer, Asked, Client, text};
use crate::commands::provider::lease::Lease;
use crate::commands::server::Members;
use crate::failure::Failure;

pub(super) const ACTIONS: &str = "/v1.0/security/securityActions";
/// How long a case waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// How long leases hold where a case does not say, in seconds.
const LEASE_SECONDS: u64 = 60;

/// A provider of one case.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) client: &'a Client,
    /// A person who may approve, where there is one.
    person: Option<&'a Client>,
    /// The provider's id.
    pub(super) provider: String,
    /// How actions address it.
    address: Value,
    /// Every action that was filed for it, so that it can be removed.
    filed: RefCell<Vec<String>>,
    /// Every lease that was given, so that none is left open.
    leases: RefCell<Vec<Lease>>,
}

impl<'a> Stage<'a> {
    /// Registers the provider.
    pub(super) async fn open(
        client: &'a Client,
        person: Option<&'a Client>,
        vendor: &str,
        name: &str,
    ) -> Result<Self, Failure> {
        let address = json!({ "vendor": vendor, "provider": name });
        let actions = ["BlockIp", "UnblockIp", "RunScan"];
        let registration = json!({ "vendor": vendor, "provider": name, "actions": actions });
        let registered = client.post("/api/v1/providers", &registration).await?;
        let provider = text(&registered, "/id").to_owned();
        let (filed, leases) = <(RefCell<_>, RefCell<_>)>::default();
        Ok(Self { client, person, provider, address, filed, leases })
    }

    /// An address of the provider.
    pub(super) fn at(&self, rest: &str) -> String {
        format!("/api/v1/providers/{}{rest}", self.provider)
    }

    /// Somebody else than who files actions.
    pub(super) fn person(&self) -> Outcome<&Client> {
        self.person.ok_or(Wrong::Needs(
            "--approver-token-file, a person's token with SecurityActions.Approve.All and SecurityActions.Read.All",
        ))
    }

    /// A filter that selects the actions of this case alone.
    pub(super) fn own(&self) -> String {
        let part = |name: &str| text(&self.address, &format!("/{name}")).replace('\'', "''");
        let (vendor, provider) = (part("vendor"), part("provider"));
        format!("vendorInformation/vendor eq '{vendor}' and vendorInformation/provider eq '{provider}'")
    }

    /// Sends a request; any answer is one.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let headers = [("Prefer", "include-annotations=\"interdict.*\"")];
        self.client.send(method, path, Asked { body, headers: &headers, ..Asked::default() }).await
    }

    /// Sends what must succeed.
    pub(super) async fn done(&self, method: Method, path: &str, body: Option<&Value>) -> Outcome<Value> {
        Ok(self.send(method, path, body).await?.accepted()?.body)
    }

    /// Changes the registration.
    pub(super) async fn change(&self, members: Value) -> Outcome<Value> {
        self.done(Method::PATCH, &self.at(""), Some(&members)).await
    }

    /// A filing of an action.
    pub(super) fn body(&self, name: &str, (parameter, value): (&str, &str), request: Value) -> Value {
        let mut body = Members::default();
        body.put("name", Some(name));
        body.put("parameters", Some(json!([{ "name": parameter, "value": value }])));
        body.put("vendorInformation", Some(&self.address));
        body.put("@interdict.request", Some(request).filter(|request| !request.is_null()));
        body.into_value()
    }

    /// Tries to file an action.
    pub(super) async fn try_to_file(
        &self,
        name: &str,
        parameter: (&str, &str),
        request: Value,
    ) -> Outcome<Answer> {
        let body = self.body(name, parameter, request);
        let answer = self.send(Method::POST, ACTIONS, Some(&body)).await?;
        if answer.is_success() {
            self.note(answer.text("/id"));
        }
        Ok(answer)
    }

    /// Notes an action that was filed for the provider, so that it is removed.
    pub(super) fn note(&self, id: &str) {
        self.filed.borrow_mut().push(id.to_owned());
    }

    /// Files an action; its id.
    pub(super) async fn file(&self, name: &str, parameter: (&str, &str), request: Value) -> Outcome<String> {
        let filed = self.try_to_file(name, parameter, request).await?.accepted()?;
        Ok(filed.text("/id").to_owned())
    }

    /// Files a block of an address; its id.
    pub(super) async fn block(&self, address: &str, request: Value) -> Outcome<String> {
        self.file("BlockIp", ("IP", address), request).await
    }

    /// Files a scan of a device, which has no effect and must not be done twice; its id.
    pub(super) async fn scan(&self, device: &str, request: Value) -> Outcome<String> {
        self.file("RunScan", ("machineId", device), request).await
    }

    /// An action as it is now.
    pub(super) async fn action(&self, id: &str) -> Outcome<Value> {
        Ok(self.client.get(&format!("/api/v1/actions/{id}")).await?)
    }

    /// Holds an action to its status and phase.
    pub(super) async fn stands(&self, id: &str, status: &str, phase: &str) -> Outcome {
        let action = self.action(id).await?;
        is("the action's status and phase", &standing(&action), &(status.to_owned(), phase.to_owned()))
    }

    /// Holds an action to what it shows at a JSON pointer.
    pub(super) async fn shows(&self, id: &str, pointer: &str, wanted: &Value) -> Outcome {
        is(pointer, &self.action(id).await?.pointer(pointer).unwrap_or(&Value::Null), &wanted)
    }

    /// Waits until an action has that status and phase.
    pub(super) async fn comes_to_stand(&self, id: &str, status: &str, phase: &str) -> Outcome {
        let wanted = (status.to_owned(), phase.to_owned());
        self.comes(async || Ok(standing(&self.action(id).await?) == wanted)).await?;
        self.stands(id, status, phase).await
    }

    /// Waits until an action holds its effect so.
    pub(super) async fn comes_to_hold(&self, id: &str, state: &str) -> Outcome {
        let held = "/@interdict.execution/effect/state";
        self.comes(async || Ok(text(&self.action(id).await?, held) == state)).await?;
        is("the effect's state", &text(&self.action(id).await?, held), &state)
    }

    /// Waits until something is so, at the most as long as a case may.
    async fn comes(&self, mut so: impl AsyncFnMut() -> Outcome<bool>) -> Outcome {
        let begun = Instant::now();
        while !so().await? && begun.elapsed() < PATIENCE {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Asks for an action to be cancelled.
    pub(super) async fn cancel(&self, id: &str) -> Outcome<Answer> {
        Ok(self.send(Method::POST, &format!("{ACTIONS}/{id}/cancelSecurityAction"), None).await?)
    }
}

fn standing(action: &Value) -> (String, String) {
    let phase = text(action, "/@interdict.execution/phase");
    (text(action, "/status").to_owned(), phase.to_owned())
}

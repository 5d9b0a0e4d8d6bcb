//! The story: an action filed and updated as Graph documents it, one reported on by hand, one cancelled, one carried out by
//! a provider and undone, and a stranger who sees none of it. Every claim is checked against the answers.

mod carried_out;
mod recorded;
mod timeline;

use interdict_model::AppId;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub(super) use self::carried_out::PRODUCT;
use super::screen::Screen;
use crate::client::{Answer, Asked, Client};
use crate::commands::audit;
use crate::config::StoreLocation;
use crate::data_dir::Bootstrap;
use crate::failure::Failure;

const ACTIONS: &str = "/v1.0/security/securityActions";
/// Has the Graph face say how an action is carried out.
const WITH_EXECUTION: (&str, &str) = ("Prefer", "include-annotations=\"interdict.*\"");

/// Who takes part.
#[derive(Debug)]
pub(super) struct Credentials {
    /// The administrator of the tenant.
    pub(super) bootstrap: Bootstrap,
    /// A token that may also write what the server otherwise keeps.
    pub(super) migration: SecretString,
    /// The provider's token, and the app that it is of.
    pub(super) provider: SecretString,
    pub(super) provider_app: AppId,
    /// The migration's, in another tenant.
    pub(super) stranger: SecretString,
}

/// The story and what it needs.
#[derive(Debug)]
pub(super) struct Scenario<'a> {
    /// The administrator's client; without a token until signed in.
    administrator: Client,
    credentials: &'a Credentials,
    store: &'a StoreLocation,
    screen: Screen,
}

impl<'a> Scenario<'a> {
    pub(super) fn new(
        url: &str,
        credentials: &'a Credentials,
        store: &'a StoreLocation,
        screen: Screen,
    ) -> Result<Self, Failure> {
        Ok(Self { administrator: Client::new(url)?, credentials, store, screen })
    }

    /// Plays what comes after the provider was connected; the answer is the screen with all that was checked.
    pub(super) async fn run(mut self, provider: &str) -> Result<Screen, Failure> {
        self.block_for_a_while(provider).await?;
        let filed = self.file_and_update().await?;
        let reported = self.report_by_hand().await?;
        let cancelled = self.cancel().await?;
        self.look_from_outside(&filed).await?;
        self.verify_journal().await;
        self.histories(&[("BlockIp", &filed), ("IsolateHost", &reported), ("DisableUser", &cancelled)]);
        Ok(self.screen)
    }

    /// Signs in; the answer is the administrator's token.
    pub(super) async fn sign_in(&mut self) -> Result<SecretString, Failure> {
        self.screen.step("Sign in with client credentials, as Azure's SDKs do");
        let Bootstrap { tenant, client_id, client_secret } = &self.credentials.bootstrap;
        // A client id is a GUID, the secret base64url: nothing here needs escaping.
        let form = format!(
            "grant_type=client_credentials&client_id={client_id}&client_secret={}&scope=api%3A%2F%2Finterdict%2F.default",
            client_secret.expose_secret()
        );
        let answer = self.administrator.send_form(&format!("/{tenant}/oauth2/v2.0/token"), form).await?;
        self.screen.request(&answer);
        let token = SecretString::from(answer.text("/access_token"));
        let there = answer.status == 200 && !token.expose_secret().is_empty();
        self.screen.check("the built-in issuer answers with a token", there);
        self.administrator = self.administrator.with_token(token.clone());
        Ok(token)
    }

    /// Sends a request of somebody's, and shows it.
    async fn ask(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        asked: Asked<'_>,
    ) -> Result<Answer, Failure> {
        let answer = client.send(method, path, asked).await?;
        self.screen.request(&answer);
        Ok(answer)
    }

    async fn file(&self, body: &Value) -> Result<Answer, Failure> {
        let asked = Asked { body: Some(body), headers: &[WITH_EXECUTION], ..Asked::default() };
        self.ask(&self.administrator, Method::POST, ACTIONS, asked).await?.accepted()
    }

    async fn read(&self, id: &str) -> Result<Answer, Failure> {
        let path = format!("{ACTIONS}/{id}");
        self.ask(&self.administrator, Method::GET, &path, Asked::default()).await?.accepted()
    }

    async fn look_from_outside(&mut self, filed: &Answer) -> Result<(), Failure> {
        self.screen.step("Look from another tenant");
        let stranger = self.administrator.with_token(self.credentials.stranger.clone());
        let list = self.ask(&stranger, Method::GET, ACTIONS, Asked::default()).await?;
        let none = list.body.pointer("/value").and_then(Value::as_array).is_some_and(Vec::is_empty);
        self.screen.check("its list is empty", list.status == 200 && none);
        let path = format!("{ACTIONS}/{}", filed.text("/id"));
        let one = self.ask(&stranger, Method::GET, &path, Asked::default()).await?;
        self.screen.check("our action does not exist there", one.status == 404);
        Ok(())
    }

    async fn verify_journal(&mut self) {
        self.screen.step("Verify the journal, as `interdict audit verify` does");
        match audit::check(self.store).await {
            Ok(report) => {
                let entries = report.entries;
                self.screen.check(&format!("{entries} entries, each chained to the one before"), entries > 0);
            }
            Err(failure) => {
                self.screen.check(&format!("the hash chain is whole ({})", failure.message()), false)
            }
        }
    }
}

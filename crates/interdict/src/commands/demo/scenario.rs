//! The story: an action filed and updated as Graph documents it, one carried out, one cancelled, and a stranger who
//! sees none of it. Every claim is checked against the answers.

use interdict_model::Timestamp;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::api::{Answer, Api};
use super::compare;
use super::screen::Screen;
use crate::commands::audit;
use crate::config::StoreLocation;
use crate::data_dir::Bootstrap;
use crate::failure::Failure;

const ACTIONS: &str = "/v1.0/security/securityActions";
/// What the timeline calls the administrator app.
const ADMINISTRATOR: &str = "administrator";
/// The PATCH of Graph's documentation, its filler statuses replaced by real ones.
const UPDATE: &str = include_str!("update.json");

/// Who takes part.
#[derive(Debug)]
pub(super) struct Credentials {
    /// The administrator of the tenant.
    pub(super) bootstrap: Bootstrap,
    /// A token that may also write what the server otherwise keeps.
    pub(super) migration: SecretString,
    /// The same, in another tenant.
    pub(super) stranger: SecretString,
}

/// The story and what it needs.
#[derive(Debug)]
pub(super) struct Scenario<'a> {
    api: Api,
    credentials: &'a Credentials,
    store: &'a StoreLocation,
    screen: &'a mut Screen,
}

impl<'a> Scenario<'a> {
    pub(super) fn new(
        url: &str,
        credentials: &'a Credentials,
        store: &'a StoreLocation,
        screen: &'a mut Screen,
    ) -> Result<Self, Failure> {
        Ok(Self { api: Api::new(url)?, credentials, store, screen })
    }

    /// Plays it; the answer is the administrator's token.
    pub(super) async fn run(mut self) -> Result<SecretString, Failure> {
        let token = self.sign_in().await?;
        let filed = self.file_and_update(&token).await?;
        let carried_out = self.carry_out(&token).await?;
        let cancelled = self.cancel(&token).await?;
        self.look_from_outside(&filed).await?;
        self.verify_journal().await;
        self.timeline(&[("BlockIp", &filed), ("IsolateHost", &carried_out), ("DisableUser", &cancelled)]);
        Ok(token)
    }

    async fn sign_in(&mut self) -> Result<SecretString, Failure> {
        self.screen.step("Sign in with client credentials, as Azure's SDKs do");
        let bootstrap = &self.credentials.bootstrap;
        let path = format!("/{}/oauth2/v2.0/token", bootstrap.tenant);
        let answer = self.api.token(&path, &bootstrap.client_id, &bootstrap.client_secret).await?;
        self.screen.request(&answer);
        let token = answer.text("/access_token").to_owned();
        self.screen
            .check("the built-in issuer answers with a token", answer.status == 200 && !token.is_empty());
        Ok(token.into())
    }

    async fn file(&mut self, token: &SecretString, body: &Value) -> Result<Answer, Failure> {
        let answer = self.api.call(Method::POST, ACTIONS, token, Some(body)).await?;
        self.screen.request(&answer);
        if answer.status != 201 || answer.text("/id").is_empty() {
            return Err(refused(&answer));
        }
        Ok(answer)
    }

    async fn file_and_update(&mut self, token: &SecretString) -> Result<Answer, Failure> {
        self.screen.step("File a BlockIp action, as Graph documents it");
        let body = json!({
            "name": "BlockIp",
            "actionReason": "Test",
            "parameters": [{"name": "IP", "value": "1.2.3.4"}],
            "vendorInformation": {"provider": "Windows Defender ATP", "vendor": "Microsoft"}
        });
        let filed = self.file(token, &body).await?;
        let id = filed.text("/id").to_owned();
        let location = filed.header("location");
        self.screen.check(
            &format!("filed as {id}, with its address and version"),
            location.contains(&id) && !filed.header("etag").is_empty(),
        );
        self.screen.check(
            "it is NotStarted and shows what was filed",
            filed.text("/status") == "NotStarted" && compare::missing(&body, &filed.body).is_empty(),
        );

        self.screen
            .step("Update it: the PATCH of Graph's page, with the Provenance permission of a migration");
        let update: Value = serde_json::from_str(UPDATE)
            .map_err(|error| Failure::failed(format!("the demonstration's own body is wrong: {error}")))?;
        let path = format!("/Security/securityActions/{id}");
        let updated = self.api.call(Method::PATCH, &path, &self.credentials.migration, Some(&update)).await?;
        self.screen.request(&updated);
        let missing = compare::missing(&update, &updated.body);
        let claim = match missing.as_slice() {
            [] => format!("all {} values that were sent are in the answer", compare::count(&update)),
            paths => format!("every value that was sent is in the answer (not: {})", paths.join(", ")),
        };
        self.screen.check(&claim, updated.status == 200 && missing.is_empty());
        let read = self.read(token, &id).await?;
        self.screen.check("it reads back the same", compare::missing(&update, &read.body).is_empty());
        Ok(read)
    }

    async fn carry_out(&mut self, token: &SecretString) -> Result<Answer, Failure> {
        self.screen.step("Carry one out: NotStarted → Running → Completed");
        let filed = self
            .file(
                token,
                &json!({
                    "name": "IsolateHost",
                    "actionReason": "Beaconing to a known command server",
                    "parameters": [{"name": "host", "value": "laptop-0042"}],
                    "vendorInformation": {"provider": "Demo EDR", "vendor": "Interdict"}
                }),
            )
            .await?;
        let id = filed.text("/id").to_owned();
        let path = format!("{ACTIONS}/{id}");
        let running = self.report(token, &path, "Running", filed.header("etag")).await?;
        let stale = self.report(token, &path, "Failed", filed.header("etag")).await?;
        self.screen.check("an update of an outdated version is refused", stale.status == 412);
        let completed = self.report(token, &path, "Completed", running.header("etag")).await?;
        let history: Vec<_> = statuses(&completed.body);
        self.screen.check(
            "the history shows both changes in order",
            completed.status == 200 && history == ["Running", "Completed"],
        );
        self.screen.check("its completion is dated", instant(completed.text("/completedDateTime")).is_some());
        let after = self.report(token, &path, "Running", completed.header("etag")).await?;
        self.screen.check("Completed is final: going back is refused", after.status == 409);
        self.read(token, &id).await
    }

    async fn report(
        &mut self,
        token: &SecretString,
        path: &str,
        status: &str,
        etag: &str,
    ) -> Result<Answer, Failure> {
        let body = json!({ "status": status });
        let answer = self.api.call_if_match(Method::PATCH, path, token, Some(&body), Some(etag)).await?;
        self.screen.request(&answer);
        Ok(answer)
    }

    async fn cancel(&mut self, token: &SecretString) -> Result<Answer, Failure> {
        self.screen.step("Cancel one");
        let filed = self
            .file(
                token,
                &json!({
                    "name": "DisableUser",
                    "actionReason": "Impossible travel",
                    "parameters": [{"name": "user", "value": "adele@contoso.example"}],
                    "vendorInformation": {"provider": "Demo Directory", "vendor": "Interdict"}
                }),
            )
            .await?;
        let id = filed.text("/id").to_owned();
        let path = format!("{ACTIONS}/{id}/cancelSecurityAction");
        for claim in ["cancelled with 200 and an empty body", "cancelling twice is as cancelling once"] {
            let answer = self.api.call(Method::POST, &path, token, None).await?;
            self.screen.request(&answer);
            self.screen.check(claim, answer.status == 200 && answer.body.is_null());
        }
        let read = self.read(token, &id).await?;
        self.screen.check(
            "it is Failed, and says who cancelled it",
            read.text("/status") == "Failed" && read.text("/errorInfo/message").starts_with("cancelled by "),
        );
        Ok(read)
    }

    async fn read(&mut self, token: &SecretString, id: &str) -> Result<Answer, Failure> {
        let answer = self.api.call(Method::GET, &format!("{ACTIONS}/{id}"), token, None).await?;
        self.screen.request(&answer);
        if answer.status == 200 { Ok(answer) } else { Err(refused(&answer)) }
    }

    async fn look_from_outside(&mut self, filed: &Answer) -> Result<(), Failure> {
        self.screen.step("Look from another tenant");
        let stranger = &self.credentials.stranger;
        let list = self.api.call(Method::GET, ACTIONS, stranger, None).await?;
        self.screen.request(&list);
        let none = list.body.pointer("/value").and_then(Value::as_array).is_some_and(Vec::is_empty);
        self.screen.check("its list is empty", list.status == 200 && none);
        let one =
            self.api.call(Method::GET, &format!("{ACTIONS}/{}", filed.text("/id")), stranger, None).await?;
        self.screen.request(&one);
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

    /// Each action under the name that it was filed with, and its history.
    fn timeline(&self, actions: &[(&str, &Answer)]) {
        let mut rows = vec![["ACTION", "WHEN (UTC)", "STATUS", "BY", ""].map(str::to_owned).to_vec()];
        for (name, action) in actions {
            rows.push(row(
                name,
                action.text("/createdDateTime"),
                "NotStarted",
                self.who(&action.body),
                "filed",
            ));
            let states = action.body.pointer("/states").and_then(Value::as_array);
            let last = states.map_or(0, Vec::len);
            let message = action
                .text("/errorInfo/message")
                .replace(&self.credentials.bootstrap.client_id, ADMINISTRATOR);
            for (index, state) in states.into_iter().flatten().enumerate() {
                let text = |name: &str| state.get(name).and_then(Value::as_str).unwrap_or_default();
                let note = if index + 1 == last { message.as_str() } else { "" };
                rows.push(row("", text("updatedDateTime"), text("status"), self.who(state), note));
            }
        }
        self.screen.table("Timeline", &rows);
    }

    /// A name for the author of a change: the user where there is one, else the app.
    fn who(&self, of: &Value) -> String {
        let text = |name: &str| of.get(name).and_then(Value::as_str);
        match (text("user"), text("appId")) {
            (Some(user), _) => user.to_owned(),
            (None, Some(app)) if app == self.credentials.bootstrap.client_id => ADMINISTRATOR.to_owned(),
            (None, Some(app)) => app.to_owned(),
            (None, None) => String::new(),
        }
    }
}

fn row(name: &str, when: &str, status: &str, by: String, note: &str) -> Vec<String> {
    // Milliseconds are enough for eyes.
    let when = when.get(..23).unwrap_or(when).replace('T', " ");
    vec![name.to_owned(), when, status.to_owned(), by, note.to_owned()]
}

fn statuses(action: &Value) -> Vec<String> {
    let states = action.pointer("/states").and_then(Value::as_array);
    let status = |state: &Value| state.get("status").and_then(Value::as_str).map(str::to_owned);
    states.into_iter().flatten().filter_map(status).collect()
}

fn instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse_lenient(text).map(|date| date.instant)
}

fn refused(answer: &Answer) -> Failure {
    Failure::failed(format!(
        "{} {} answered {}: {}",
        answer.method,
        answer.path,
        answer.status,
        answer.text("/error/message")
    ))
}

//! Actions of a vendor that no provider answers to: they are recorded, and whoever may write says where they stand.

use interdict_model::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ACTIONS, Scenario};
use crate::client::{Answer, Asked};
use crate::commands::demo::compare;
use crate::failure::Failure;

/// The PATCH of Graph's documentation, its filler statuses replaced by real ones.
const UPDATE: &str = include_str!("../update.json");

impl Scenario<'_> {
    pub(super) async fn file_and_update(&mut self) -> Result<Answer, Failure> {
        self.screen.step("File a BlockIp action as Graph documents it, for a vendor that nobody answers to");
        let body = json!({
            "name": "BlockIp",
            "actionReason": "Test",
            "parameters": [{"name": "IP", "value": "1.2.3.4"}],
            "vendorInformation": {"provider": "Windows Defender ATP", "vendor": "Microsoft"}
        });
        let filed = self.file(&body).await?;
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

        self.screen.check(
            "a warning says that it is only recorded",
            filed.header("warning").contains("recorded only"),
        );

        self.screen
            .step("Update it: the PATCH of Graph's page, with the Provenance permission of a migration");
        let update: Value = serde_json::from_str(UPDATE)
            .map_err(|error| Failure::failed(format!("the demonstration's own body is wrong: {error}")))?;
        let path = format!("/Security/securityActions/{id}");
        let migration = self.administrator.with_token(self.credentials.migration.clone());
        let asked = Asked { body: Some(&update), ..Asked::default() };
        let updated = self.ask(&migration, Method::PATCH, &path, asked).await?;
        let missing = compare::missing(&update, &updated.body);
        let claim = match missing.as_slice() {
            [] => format!("all {} values that were sent are in the answer", compare::count(&update)),
            paths => format!("every value that was sent is in the answer (not: {})", paths.join(", ")),
        };
        self.screen.check(&claim, updated.status == 200 && missing.is_empty());
        let read = self.read(&id).await?;
        self.screen.check("it reads back the same", compare::missing(&update, &read.body).is_empty());
        Ok(read)
    }

    pub(super) async fn report_by_hand(&mut self) -> Result<Answer, Failure> {
        self.screen.step("Report on one by hand: NotStarted → Running → Completed");
        let filed = self
            .file(&json!({
                "name": "IsolateHost",
                "actionReason": "Beaconing to a known command server",
                "parameters": [{"name": "host", "value": "laptop-0042"}],
                "vendorInformation": {"provider": "Demo EDR", "vendor": "Interdict"}
            }))
            .await?;
        let id = filed.text("/id").to_owned();
        let path = format!("{ACTIONS}/{id}");
        let running = self.report(&path, "Running", filed.header("etag")).await?;
        let stale = self.report(&path, "Failed", filed.header("etag")).await?;
        self.screen.check("an update of an outdated version is refused", stale.status == 412);
        let completed = self.report(&path, "Completed", running.header("etag")).await?;
        let history: Vec<_> = statuses(&completed.body);
        self.screen.check(
            "the history shows both changes in order",
            completed.status == 200 && history == ["Running", "Completed"],
        );
        self.screen.check("its completion is dated", instant(completed.text("/completedDateTime")).is_some());
        let after = self.report(&path, "Running", completed.header("etag")).await?;
        self.screen.check("Completed is final: going back is refused", after.status == 409);
        self.read(&id).await
    }

    async fn report(&self, path: &str, status: &str, etag: &str) -> Result<Answer, Failure> {
        let body = json!({ "status": status });
        let asked = Asked { body: Some(&body), headers: &[("If-Match", etag)], ..Asked::default() };
        self.ask(&self.administrator, Method::PATCH, path, asked).await
    }

    pub(super) async fn cancel(&mut self) -> Result<Answer, Failure> {
        self.screen.step("Cancel one");
        let filed = self
            .file(&json!({
                "name": "DisableUser",
                "actionReason": "Impossible travel",
                "parameters": [{"name": "user", "value": "adele@contoso.example"}],
                "vendorInformation": {"provider": "Demo Directory", "vendor": "Interdict"}
            }))
            .await?;
        let id = filed.text("/id").to_owned();
        let path = format!("{ACTIONS}/{id}/cancelSecurityAction");
        for claim in ["cancelled with 200 and an empty body", "cancelling twice is as cancelling once"] {
            let answer = self.ask(&self.administrator, Method::POST, &path, Asked::default()).await?;
            self.screen.check(claim, answer.status == 200 && answer.body.is_null());
        }
        let read = self.read(&id).await?;
        self.screen.check(
            "it is Failed, and says who cancelled it",
            read.text("/status") == "Failed" && read.text("/errorInfo/message").starts_with("cancelled by "),
        );
        Ok(read)
    }
}

fn statuses(action: &Value) -> Vec<String> {
    let states = action.pointer("/states").and_then(Value::as_array);
    let status = |state: &Value| state.get("status").and_then(Value::as_str).map(str::to_owned);
    states.into_iter().flatten().filter_map(status).collect()
}

fn instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse_lenient(text).map(|date| date.instant)
}

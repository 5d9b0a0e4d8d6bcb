//! Managing the client credentials of the built-in issuer.

use super::{Rules, conflict};
use crate::app::{App, AppCommand};
use crate::journal::Kind;
use crate::view::{Answer, Change};
use crate::{AppId, Decision, FaultCode, Refusal};

impl Rules<'_> {
    pub(super) fn app(&self, command: &AppCommand) -> Result<Decision, Refusal> {
        match command {
            AppCommand::Add { app, name, roles, secret_hash } => {
                if self.stored_app(app).is_some() {
                    return Err(conflict(
                        FaultCode::AlreadyExists,
                        "appId",
                        format!("an app `{app}` is there already"),
                    ));
                }
                let app = App {
                    app_id: app.clone(),
                    name: name.clone(),
                    roles: roles.clone(),
                    secret_hash: secret_hash.clone(),
                    created: self.now,
                    rotated: self.now,
                };
                Ok(self.app_written(app, command, Kind::AppAdded))
            }
            AppCommand::Rotate { app, secret_hash } => {
                let stored = self.stored_app(app).ok_or_else(|| Refusal::NotFound(app.to_string()))?;
                let app = App { secret_hash: secret_hash.clone(), rotated: self.now, ..stored.clone() };
                Ok(self.app_written(app, command, Kind::AppRotated))
            }
            AppCommand::Remove { app } => {
                self.stored_app(app).ok_or_else(|| Refusal::NotFound(app.to_string()))?;
                Ok(Decision {
                    changes: vec![Change::DeleteApp(self.actor.tenant(), app.clone(), self.now)],
                    entries: vec![self.draft(command.subject(), Kind::AppRemoved, "".into())],
                    answer: Answer::Done,
                })
            }
        }
    }

    fn stored_app(&self, app: &AppId) -> Option<&App> {
        self.view.apps.get(&(self.actor.tenant(), app.clone()))?.as_ref()
    }

    fn app_written(&self, app: App, command: &AppCommand, kind: Kind) -> Decision {
        let change = serde_json::to_string(&app).unwrap_or_default().into();
        Decision {
            entries: vec![self.draft(command.subject(), kind, change)],
            answer: Answer::App(app.clone()),
            changes: vec![Change::PutApp(self.actor.tenant(), app)],
        }
    }
}

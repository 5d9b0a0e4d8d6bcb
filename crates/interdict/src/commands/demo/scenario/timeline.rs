//! What became of the actions, as a table.

use serde_json::Value;

use super::{Credentials, PRODUCT, Scenario};
use crate::client::{Answer, text};

/// What the tables call the administrator app.
const ADMINISTRATOR: &str = "administrator";

impl Scenario<'_> {
    /// Each action under the name that it was filed with, and its history.
    pub(super) fn histories(&self, actions: &[(&str, &Answer)]) {
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
        self.screen.table("Histories, as Graph shows them", &rows);
    }

    /// A name for the author of a change: the user where there is one, else the app.
    fn who(&self, of: &Value) -> String {
        let named = [text(of, "/user"), text(of, "/appId")];
        self.name_of(named.into_iter().find(|name| !name.is_empty()).unwrap_or_default())
    }

    /// What people call a user or an app.
    pub(super) fn name_of(&self, by: &str) -> String {
        let Credentials { bootstrap, provider_app, .. } = self.credentials;
        match by {
            app if app == bootstrap.client_id => ADMINISTRATOR.to_owned(),
            app if app == &*provider_app.0 => PRODUCT.to_owned(),
            other => other.to_owned(),
        }
    }
}

fn row(name: &str, when: &str, status: &str, by: String, note: &str) -> Vec<String> {
    // Milliseconds are enough for eyes.
    let when = when.get(..23).unwrap_or(when).replace('T', " ");
    vec![name.to_owned(), when, status.to_owned(), by, note.to_owned()]
}

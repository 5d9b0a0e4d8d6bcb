//! What a decision about many actions would change.

use serde_json::Value;

use super::Verb;
use crate::client::{Client, escaped, text};
use crate::commands::output::{cell, row};
use crate::commands::server::{filer, items};
use crate::failure::Failure;

/// Actions of one page.
const PAGE: usize = 1_000;

/// The actions that a filter selects, as they are now.
#[derive(Debug)]
pub(super) struct Preview {
    verb: Verb,
    selected: usize,
    /// Those that would be changed.
    changed: Vec<Value>,
}

impl Preview {
    /// Reads them, the oldest first.
    pub(super) async fn read(client: &Client, verb: Verb, filter: &str) -> Result<Self, Failure> {
        let mut preview = Self { verb, selected: 0, changed: Vec::new() };
        let filter = escaped(filter);
        let mut next = Some(format!("/api/v1/actions?$top={PAGE}&$orderby=createdDateTime&$filter={filter}"));
        while let Some(path) = &next {
            let page = client.get(path).await?;
            preview.selected += items(&page).count();
            preview.changed.extend(items(&page).filter(|action| verb.changes(action)).cloned());
            next = client.next_path(text(&page, "/nextLink"));
        }
        Ok(preview)
    }

    /// Whether nothing would be changed.
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// How many it would be.
    pub(super) fn summary(&self) -> String {
        let (selected, changed) = (self.selected, self.changed.len());
        if selected == 0 {
            return "the filter selects no action".to_owned();
        }
        let of = format!("the filter selects {selected}, of which {changed} would be {}", self.verb.done());
        if selected == changed { of } else { format!("{of}: {}", self.verb.passed_over()) }
    }

    /// What somebody is asked before it is done.
    pub(super) fn question(&self) -> String {
        let verb = match self.verb {
            Verb::Cancel => "Cancel",
            Verb::Undo => "Undo",
        };
        match self.changed.len() {
            1 => format!("{verb} this action?"),
            many => format!("{verb} these {many} actions?"),
        }
    }

    /// The first of them as a table.
    pub(super) fn rows(&self, most: usize) -> Vec<Vec<String>> {
        let heading = row(["ID", "NAME", "PARAMETERS", "PHASE", "IN FORCE", "FILED", "FILED BY"]);
        let of = |action: &Value| {
            let execution = "/@interdict.execution";
            row([
                &cell(action, "/id"),
                &cell(action, "/name"),
                &cell(action, "/parameters"),
                &cell(action, &format!("{execution}/phase")),
                &cell(action, &format!("{execution}/effect/state")),
                &cell(action, "/createdDateTime"),
                &filer(action),
            ])
        };
        let mut rows: Vec<_> =
            std::iter::once(heading).chain(self.changed.iter().take(most).map(of)).collect();
        let left = self.changed.len().saturating_sub(most);
        if left > 0 {
            rows.push(row([&format!("… and {left} more")]));
        }
        rows
    }
}

impl Verb {
    const fn done(self) -> &'static str {
        match self {
            Self::Cancel => "cancelled",
            Self::Undo => "undone",
        }
    }

    /// Whether it would change an action that stands so.
    fn changes(self, action: &Value) -> bool {
        let is_final = matches!(text(action, "/status"), "Completed" | "Failed");
        match self {
            Self::Cancel => !is_final && text(action, "/@interdict.execution/phase") != "cancelling",
            Self::Undo => {
                let effect = text(action, "/@interdict.execution/effect/state");
                is_final && matches!(effect, "active" | "unconfirmed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_would_be_changed_is_what_the_server_would_change() {
        let action = |status: &str, phase: &str, effect: Option<&str>| {
            let effect = effect.map(|state| json!({ "state": state }));
            json!({ "status": status, "@interdict.execution": { "phase": phase, "effect": effect } })
        };
        let recorded = json!({ "status": "Running", "@interdict.execution": null });
        let table = [
            (recorded, true, false),
            (action("NotStarted", "queued", None), true, false),
            (action("Running", "executing", Some("pending")), true, false),
            (action("Running", "cancelling", Some("pending")), false, false),
            (action("Completed", "succeeded", Some("active")), false, true),
            (action("Failed", "unknown", Some("unconfirmed")), false, true),
            (action("Completed", "succeeded", Some("ending")), false, false),
        ];
        for (action, cancelled, undone) in table {
            assert_eq!(Verb::Cancel.changes(&action), cancelled, "{action}");
            assert_eq!(Verb::Undo.changes(&action), undone, "{action}");
        }
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let preview = Preview { verb: Verb::Undo, selected: 9, changed: vec![json!({ "id": "1" }); 3] };
        assert_eq!(preview.rows(2).last(), Some(&row(["… and 1 more"])));
        assert_eq!(preview.rows(3).len(), 4);
        assert!(preview.summary().starts_with("the filter selects 9, of which 3 would be undone: "));
        assert_eq!(preview.question(), "Undo these 3 actions?");
    }
}

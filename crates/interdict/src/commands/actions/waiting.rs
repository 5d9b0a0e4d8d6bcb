//! Why an action waits, and what ends that.

use serde_json::Value;

use crate::client::{Client, escaped, text};
use crate::commands::server::address;
use crate::failure::Failure;

/// What an action that is not begun waits for, where that is known.
pub(super) async fn why(client: &Client, action: &Value) -> Result<Option<String>, Failure> {
    let execution = |name: &str| text(action, &format!("/@interdict.execution/{name}"));
    match execution("phase") {
        "awaitingApproval" => {
            let (id, until) = (text(action, "/id"), execution("approval/expiresAt"));
            Ok(Some(format!(
                "it awaits approval until {until}: `interdict approvals approve {id}`, by somebody else"
            )))
        }
        "scheduled" => Ok(Some("it is not to begin yet".to_owned())),
        "queued" => {
            let tenant = client.get("/api/v1/tenant").await?;
            let path = format!("/api/v1/providers/{}", escaped(execution("provider")));
            let provider = client.get(&path).await?;
            Ok(not_handed_out(&tenant, &provider))
        }
        _ => Ok(None),
    }
}

/// Why nothing is handed out to a provider.
fn not_handed_out(tenant: &Value, provider: &Value) -> Option<String> {
    let is = |of: &Value, name: &str| of.get(name).and_then(Value::as_bool) == Some(true);
    let name = address(provider);
    if is(tenant, "paused") {
        Some("it waits, because the tenant is paused: `interdict tenant resume` ends that".to_owned())
    } else if is(provider, "paused") {
        Some(format!(
            "it waits, because its provider is paused: `interdict providers resume '{name}'` ends that"
        ))
    } else if !is(provider, "enabled") {
        Some(format!(
            "it waits, because its provider is disabled: `interdict providers update '{name}' --enabled true` ends that"
        ))
    } else if text(provider, "/lastSeen").is_empty() {
        Some(format!("it waits for its provider, `{name}`, which has never asked for work: is it running?"))
    } else {
        Some(format!(
            "it waits for its provider, `{name}`, which last asked for work at {}",
            text(provider, "/lastSeen")
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_holds_an_action_back_is_named_with_what_ends_it() {
        let provider = json!({ "vendor": "Acme", "provider": "Firewall", "enabled": true });
        let with = |name: &str, value: Value| {
            let members = provider.as_object().into_iter().flatten();
            let others = members.map(|(name, value)| (name.clone(), value.clone()));
            others.chain([(name.to_owned(), value)]).collect::<Value>()
        };
        let free = json!({ "paused": false });
        let table = [
            (json!({ "paused": true }), provider.clone(), "`interdict tenant resume`"),
            (free.clone(), with("paused", json!(true)), "`interdict providers resume 'Acme/Firewall'`"),
            (
                free.clone(),
                with("enabled", json!(false)),
                "`interdict providers update 'Acme/Firewall' --enabled true`",
            ),
            (free.clone(), provider.clone(), "never asked for work"),
            (free, with("lastSeen", json!("2026-01-31T12:00:00Z")), "asked for work at 2026-01-31T12:00:00Z"),
        ];
        for (tenant, provider, said) in table {
            let why = not_handed_out(&tenant, &provider).unwrap_or_default();
            assert!(why.contains(said), "{why}");
        }
    }
}

//! Whether an answer shows what was sent: every member present and equal, dates as instants, `@odata.type` without
//! its `#` and case; more members are allowed.

use interdict_model::Timestamp;
use serde_json::Value;

/// The paths at which `answer` does not show what `sent` has.
pub(super) fn missing(sent: &Value, answer: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    compare(sent, answer, "", &mut paths);
    paths
}

/// How many values `sent` has.
pub(super) fn count(sent: &Value) -> usize {
    match sent {
        Value::Object(members) => members.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 1,
    }
}

fn compare(sent: &Value, answer: &Value, path: &str, paths: &mut Vec<String>) {
    match (sent, answer) {
        (Value::Object(members), Value::Object(answered)) => {
            for (name, member) in members {
                let path = format!("{path}/{name}");
                compare(member, answered.get(name).unwrap_or(&Value::Null), &path, paths);
            }
        }
        (Value::Array(items), Value::Array(answered)) if items.len() == answered.len() => {
            for (index, (item, answered)) in items.iter().zip(answered).enumerate() {
                compare(item, answered, &format!("{path}/{index}"), paths);
            }
        }
        (Value::String(sent), Value::String(answered)) if same_text(sent, answered, path) => {}
        _ if sent == answer => {}
        _ => paths.push(path.to_owned()),
    }
}

fn same_text(sent: &str, answered: &str, path: &str) -> bool {
    if path.ends_with("/@odata.type") {
        return sent.trim_start_matches('#').eq_ignore_ascii_case(answered.trim_start_matches('#'));
    }
    if path.ends_with("DateTime") {
        let instant = |text| Timestamp::parse_lenient(text).map(|date| date.instant);
        return instant(sent).is_some() && instant(sent) == instant(answered);
    }
    sent == answered
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_are_instants_and_types_have_no_case_but_nothing_may_be_missing() {
        let sent = json!({"@odata.type": "microsoft.graph.ResultInfo", "aDateTime": "2017-01-01T03:00:00+03:00",
            "list": [{"value": "v"}], "n": 4});
        let good = json!({"@odata.type": "#microsoft.graph.resultInfo", "aDateTime": "2017-01-01T00:00:00.0000000Z",
            "list": [{"name": null, "value": "v"}], "n": 4, "more": 1});
        assert_eq!(missing(&sent, &good), Vec::<String>::new());
        assert_eq!(count(&sent), 4);
        for (pointer, path) in [
            ("/n", "/n"),
            ("/list/0/value", "/list/0/value"),
            ("/aDateTime", "/aDateTime"),
            ("/list", "/list"),
        ] {
            let mut bad = good.clone();
            if let Some(slot) = bad.pointer_mut(pointer) {
                *slot = Value::Null;
            }
            assert_eq!(missing(&sent, &bad), [path]);
        }
    }
}

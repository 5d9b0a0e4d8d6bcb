//! The form of an answer on stdout: aligned columns for people, JSON for programs.

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::terminal;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Aligned columns.
    Table,
    /// JSON.
    Json,
}

/// Prints an answer: as JSON, or the rows that `table` makes of it, the first being the columns' names.
pub(crate) fn show<T: Serialize>(
    output: Output,
    answer: &T,
    table: impl FnOnce(&T) -> Vec<Vec<String>>,
) -> Result<(), Failure> {
    match output {
        Output::Json => json(answer)?,
        Output::Table => terminal::columns(&table(answer)).iter().for_each(terminal::print),
    }
    Ok(())
}

/// Prints JSON.
pub(crate) fn json<T: Serialize>(answer: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(answer);
    terminal::print(text.map_err(|error| Failure::failed(format!("cannot write the answer: {error}")))?);
    Ok(())
}

/// A row of cells.
pub(crate) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// What stands at a JSON pointer, as a cell: `-` where there is nothing.
pub(crate) fn cell(value: &Value, pointer: &str) -> String {
    words(value.pointer(pointer).unwrap_or(&Value::Null))
}

/// Every member of an object, a line each, those of objects within under a name with a dot.
pub(crate) fn facts(value: &Value) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    collect(value, "", &mut rows);
    rows
}

fn collect(value: &Value, path: &str, rows: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(member, &path, rows);
            }
        }
        _ => rows.push(row([path, &words(value)])),
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.replace(char::is_control, " "),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(pair) if pair.contains_key("name") && pair.contains_key("value") => {
            format!("{}={}", cell(value, "/name"), cell(value, "/value"))
        }
        Value::Object(pair) if pair.len() == 2 && pair.contains_key("kind") && pair.contains_key("value") => {
            format!("{}={}", cell(value, "/kind"), cell(value, "/value"))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_member_is_a_line() {
        let value = json!({"id": 7, "effect": {"state": "active", "until": null}, "names": ["a", "b"],
            "parameters": [{"name": "IP", "value": "1.2.3.4"}]});
        let expected = [
            ["effect.state", "active"],
            ["effect.until", "-"],
            ["id", "7"],
            ["names", "a, b"],
            ["parameters", "IP=1.2.3.4"],
        ];
        assert_eq!(facts(&value), expected.map(row));
    }
}

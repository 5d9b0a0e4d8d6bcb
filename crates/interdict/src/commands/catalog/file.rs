//! Definitions as files: JSON or TOML, by the names of members that the API has. What is wrong is named by its line or
//! member, before a server is asked.

use std::io::Read;
use std::path::Path;

use interdict_model::catalog::Definition;
use interdict_model::shape;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;

/// What a server says beside a definition; it may be sent back, and counts for nothing.
const BESIDE: [&str; 2] = ["builtIn", "providers"];

/// Several definitions in one file, each under `[[action]]`.
#[derive(Deserialize)]
struct Several {
    action: Vec<Definition>,
}

/// The definitions of a file; `-` is JSON on stdin.
pub(super) fn read(file: &Path) -> Result<Vec<Definition>, Failure> {
    let unread = |error: std::io::Error| {
        Failure::usage(format!("cannot read the definition `{}`: {error}", file.display()))
    };
    let mut content = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut content).map_err(unread)?;
    } else {
        content = std::fs::read_to_string(file).map_err(unread)?;
    }
    let is_toml = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let read = if is_toml { of_toml(&content) } else { of_json(&content).map(|it| vec![it]) };
    read.and_then(checked).map_err(|what| {
        Failure::usage(format!("the definition `{}` cannot be understood: {what}", file.display()))
    })
}

/// A definition as TOML that [`read`] takes.
pub(super) fn to_toml(mut shown: Value) -> Result<String, Failure> {
    forget_beside(&mut shown);
    let text = serde_json::from_value::<Definition>(shown)
        .map_err(|error| error.to_string())
        .and_then(|definition| toml::to_string_pretty(&definition).map_err(|error| error.to_string()));
    text.map_err(|error| Failure::failed(format!("the definition cannot be written as TOML: {error}")))
}

fn of_toml(content: &str) -> Result<Vec<Definition>, String> {
    let said = |error: toml::de::Error| match error.span().and_then(|span| content.get(..span.start)) {
        Some(before) => format!("line {}: {}", before.matches('\n').count() + 1, error.message()),
        None => error.message().to_owned(),
    };
    let table: toml::Table = toml::from_str(content).map_err(said)?;
    if table.contains_key("action") {
        toml::from_str(content).map(|several: Several| several.action).map_err(said)
    } else {
        toml::from_str(content).map(|one| vec![one]).map_err(said)
    }
}

fn of_json(content: &str) -> Result<Definition, String> {
    let mut value: Value = serde_json::from_str(content).map_err(|error| error.to_string())?;
    forget_beside(&mut value);
    shape::read(&value.to_string()).map_err(|fault| named(&fault.target, &fault.message))
}

fn forget_beside(value: &mut Value) {
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| !BESIDE.contains(&name.as_str()));
    }
}

/// Whether each holds together by itself; whether its undo fits is for the server.
fn checked(definitions: Vec<Definition>) -> Result<Vec<Definition>, String> {
    let faults = definitions.iter().flat_map(|definition| {
        let of = if definitions.len() > 1 { format!("{}/", definition.name) } else { String::new() };
        definition
            .validate()
            .into_iter()
            .map(move |fault| named(&format!("{of}{}", fault.target), &fault.message))
    });
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() { Ok(definitions) } else { Err(faults.join("; ")) }
}

fn named(target: &str, message: &str) -> String {
    if target.is_empty() { message.to_owned() } else { format!("{target}: {message}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use interdict_model::catalog;

    use super::*;

    #[test]
    fn every_definition_comes_back_from_its_toml() {
        for definition in catalog::builtin() {
            let mut shown = serde_json::to_value(definition).unwrap();
            shown["builtIn"] = true.into();
            shown["providers"] = serde_json::json!(["x"]);
            let text = to_toml(shown.clone()).unwrap();
            assert_eq!(of_toml(&text).unwrap(), std::slice::from_ref(definition), "{text}");
            assert_eq!(of_json(&shown.to_string()).unwrap(), *definition);
        }
        let whole = include_str!("../../../../interdict-model/src/catalog/builtin.toml");
        assert_eq!(of_toml(whole).unwrap(), catalog::builtin());
    }

    #[test]
    fn what_is_wrong_is_named_by_line_or_member() {
        for (text, said) in [
            ("name = \"A\"\nnmae = 1\n", "line 2: unknown field `nmae`"),
            ("name = \"A\"\n\n[[parameters]]\nname = \"x\"\ntype = \"ip\"\n", "line 5: unknown variant `ip`"),
            ("name = \"A\"\nstartBy = \"1h\"\n", "line 2: "),
            ("name = \n", "line 1: "),
            ("title = \"x\"\n", "missing field `name`"),
            (
                "[[action]]\nname = \"A\"\n[[action]]\nname = \"B\"\nrisk = \"none\"\n",
                "line 5: unknown variant `none`",
            ),
        ] {
            let error = of_toml(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        let unsound = of_toml("name = \"A\"\nduplicates = \"join\"\n").unwrap();
        assert!(checked(unsound).unwrap_err().starts_with("duplicates: "));
        assert!(
            of_json("{\"name\":\"A\",\"parameters\":[{\"name\":\"x\",\"type\":\"ip\"}]}")
                .unwrap_err()
                .starts_with("parameters[0]/type: ")
        );
    }
}

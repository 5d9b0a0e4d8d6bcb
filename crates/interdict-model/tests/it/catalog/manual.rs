//! The page of the catalog, whose tables are the catalog's.

use std::fmt::Write as _;

use interdict_model::catalog::{self, Definition, Duplicates, Parameter, ParameterType};
use interdict_model::duration;
use serde::Serialize;

const MANUAL: &str = include_str!("../../../../../docs/reference/catalog.md");
/// Set, the test below writes the page anew where it would fail.
const UPDATE: &str = "INTERDICT_UPDATE_MANUAL";

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn codes(texts: &[String]) -> String {
    texts.iter().map(|text| code(text)).collect::<Vec<_>>().join(", ")
}

/// The word of an enumeration.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn types() -> String {
    let mut table = "| type | a value is | its normal form |\n|---|---|---|\n".to_owned();
    for kind in ParameterType::ALL {
        assert_eq!(kind.name(), word(kind));
        writeln!(table, "| `{}` | {} | {} |", kind.name(), kind.forms(), kind.normal_form()).unwrap();
    }
    table
}

fn parameter(parameter: &Parameter) -> String {
    let mut text = format!("`{}`", parameter.name);
    text.push_str(if parameter.required { "" } else { "?" });
    text.push_str(if parameter.list { "\\*" } else { "" });
    text.push_str(if parameter.alters { "!" } else { "" });
    match (parameter.values.as_slice(), parameter.minimum, parameter.maximum) {
        ([], Some(least), Some(most)) => write!(text, " {least} to {most}").unwrap(),
        ([], ..) => write!(text, " {}", parameter.kind.name()).unwrap(),
        (values, ..) => write!(text, " {}", codes(values)).unwrap(),
    }
    if let Some(default) = &parameter.default {
        write!(text, " (`{default}`)").unwrap();
    }
    text
}

fn row(definition: &Definition) -> String {
    let parameters: Vec<_> = definition.parameters.iter().map(parameter).collect();
    let groups: Vec<_> = definition.any_of.iter().map(|group| format!("; any of {}", codes(group))).collect();
    let cells = [
        code(&definition.name),
        codes(&definition.aliases),
        parameters.join("; ") + &groups.concat(),
        definition.target.as_deref().map(code).unwrap_or_default(),
        definition.undo.as_ref().map(|undo| code(&undo.action)).unwrap_or_default(),
        if definition.repeat_safe { "yes" } else { "no" }.to_owned(),
        word(definition.cancel),
        word(definition.risk),
        duration::format(definition.start_by),
        duration::format(definition.run_for),
        word(definition.duplicates),
    ];
    let cells = cells.iter().map(|cell| if cell.is_empty() { " |".to_owned() } else { format!(" {cell} |") });
    format!("|{}\n", cells.collect::<String>())
}

fn actions() -> String {
    let head = "| action | aliases | parameters | target | undo | repeatSafe | cancel | risk | startBy | runFor | duplicates |\n\
                |---|---|---|---|---|---|---|---|---|---|---|\n";
    catalog::builtin().iter().fold(head.to_owned(), |table, definition| table + &row(definition))
}

#[test]
fn the_manual_has_every_type_and_every_action_as_they_are() {
    let mut page = MANUAL.to_owned();
    for table in [types(), actions()] {
        let head = table.lines().next().unwrap();
        let start = page.find(head).unwrap_or_else(|| panic!("no table {head}"));
        let rows = page[start..].lines().take_while(|line| line.starts_with('|'));
        let end = start + rows.map(|line| line.len() + 1).sum::<usize>();
        page.replace_range(start..end, &table);
    }
    if page != MANUAL && std::env::var_os(UPDATE).is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/catalog.md");
        std::fs::write(path, &page).unwrap();
    }
    assert!(page == MANUAL, "set {UPDATE}=1 to write docs/reference/catalog.md anew; it should be:\n{page}");
}

#[test]
fn nothing_built_in_is_refused_for_being_filed_twice() {
    for definition in catalog::builtin() {
        let expected = if definition.undo.is_some() { Duplicates::Join } else { Duplicates::Queue };
        assert_eq!(definition.duplicates, expected, "{}", definition.name);
    }
}

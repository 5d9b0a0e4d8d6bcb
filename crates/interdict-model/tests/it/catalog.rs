//! The catalog: each built-in action by a table, and what holds of any text.

mod definitions;
mod manual;
mod properties;

use interdict_model::action::KeyValuePair;
use interdict_model::catalog::{self, Target};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixtures {
    fixture: Vec<Fixture>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    action: String,
    files: Vec<String>,
    normal: Option<Vec<String>>,
    target: String,
    #[serde(default)]
    touched: Vec<String>,
    effect: Option<String>,
    undo: Option<Vec<String>>,
    refuses: Vec<String>,
    fault: String,
}

/// Parameters of texts such as `IP=1.2.3.4`.
fn pairs(texts: &[String]) -> Vec<KeyValuePair> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').unwrap();
        KeyValuePair { name: Some(name.to_owned()), value: Some(value.to_owned()) }
    };
    texts.iter().map(pair).collect()
}

fn shown(target: &Target) -> String {
    let kind = serde_json::to_value(target.kind).unwrap();
    format!("{} {}", kind.as_str().unwrap(), target.text)
}

#[test]
fn each_built_in_action_checks_its_parameters_as_the_table_says() {
    let table: Fixtures = toml::from_str(include_str!("catalog/fixtures.toml")).unwrap();
    let actions: Vec<_> = table.fixture.iter().map(|fixture| fixture.action.as_str()).collect();
    let known: Vec<_> = catalog::builtin().iter().map(|definition| definition.name.as_str()).collect();
    assert_eq!(actions, known, "one fixture an action, in the same order");
    for fixture in &table.fixture {
        let action = &fixture.action;
        let definition = catalog::find(action).unwrap();
        let checked = definition.check(&pairs(&fixture.files)).unwrap();
        assert_eq!(checked.parameters, pairs(fixture.normal.as_ref().unwrap_or(&fixture.files)), "{action}");
        assert_eq!(checked.target.as_ref().map(shown), Some(fixture.target.clone()), "{action}");
        let touched = checked.touched.iter().map(shown).filter(|shown| *shown != fixture.target);
        assert_eq!(touched.collect::<Vec<_>>(), fixture.touched, "{action}");
        assert_eq!(checked.effect, fixture.effect, "{action}");
        let undo = definition.undo.as_ref().map(|_| definition.undo_parameters(&checked.parameters));
        assert_eq!(undo, fixture.undo.as_deref().map(pairs), "{action}");

        let faults = definition.check(&pairs(&fixture.refuses)).unwrap_err();
        let faults: Vec<_> =
            faults.iter().map(|fault| format!("{} {}", fault.code.name(), fault.target)).collect();
        assert!(faults.contains(&fixture.fault), "{action}: {faults:?}");
    }
}

#[test]
fn a_duration_is_told_apart_and_names_match_in_any_case() {
    let definition = catalog::find("blockIP").unwrap();
    let checked =
        definition.check(&pairs(&["ip=1.2.3.4".to_owned(), "DURATION=P1DT30M".to_owned()])).unwrap();
    assert_eq!(checked.duration, Some(88_200));
    assert_eq!(catalog::find("RunAntivirusScan").unwrap().name, "RunScan");
    assert_eq!(catalog::find("BlockIp "), None);
}

#[test]
fn a_fault_says_what_is_allowed_and_never_repeats_the_value() {
    let definition = catalog::find("BlockIp").unwrap();
    let message = |texts: &[&str]| {
        let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
        definition.check(&pairs(&texts)).unwrap_err().remove(0).message
    };
    assert_eq!(
        message(&["IP=s3cret"]),
        "the value of `IP` must be an IPv4 or IPv6 address, or a range of them as address and prefix length, such as \
         `203.0.113.7`, `203.0.113.0/24` or `2001:db8::/48`"
    );
    assert_eq!(
        message(&["IP=1.2.3.4", "drection=both"]),
        "`BlockIp` has no parameter `drection`; did you mean `direction`? It takes `IP`, `direction`, `dropMode`, \
         `duration`"
    );
    assert_eq!(
        message(&["IP=1.2.3.4", "color=red"]),
        "`BlockIp` has no parameter `color`. It takes `IP`, `direction`, `dropMode`, `duration`"
    );
    assert_eq!(
        message(&["IP=1.2.3.4", "direction=up"]),
        "the value of `direction` must be one of `both`, `ingress`, `egress`"
    );
    assert_eq!(
        message(&["IP=1.2.3.4", "IP=1.2.3.5"]),
        "`IP` takes one value and is given twice: file an action for each"
    );
}

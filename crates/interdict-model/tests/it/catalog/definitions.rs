//! Definitions that tenants write.

use interdict_model::FaultCode;
use interdict_model::catalog::{self, Cancel, Definition, Duplicates, Risk};
use interdict_model::shape;

/// A whole definition, as interface and manual show it.
const WHOLE: &str = r#"{
    "name": "BlockPort", "aliases": ["ClosePort"], "version": 3, "title": "Block a port", "description": "",
    "parameters": [
        {"name": "switch", "type": "deviceId", "required": true, "description": "Where."},
        {"name": "port", "type": "integer", "required": true, "minimum": 1, "maximum": 48, "alters": true},
        {"name": "note", "type": "text", "secret": true, "list": true},
        {"name": "duration", "type": "duration"}
    ],
    "target": "switch",
    "undo": {"action": "OpenPort", "parameters": {"switch": "switch", "number": "port"}},
    "repeatSafe": true, "cancel": "cooperative", "risk": "high",
    "approval": {"required": 2, "ttl": "PT4H", "approvers": ["a", "b"]},
    "startBy": "PT1H", "runFor": "PT5M", "heartbeat": "PT30S", "duplicates": "join",
    "openc2": {"action": "deny"}
}"#;

fn read(text: &str) -> Definition {
    shape::read(text).unwrap()
}

/// The faults of the whole definition after one text in it is another.
fn faults(from: &str, to: &str) -> Vec<String> {
    assert!(WHOLE.contains(from), "{from}");
    let definition = read(&WHOLE.replace(from, to));
    let faults = definition.validate();
    faults.iter().map(|fault| format!("{} {}", fault.code.name(), fault.target)).collect()
}

#[test]
fn a_whole_definition_is_read_and_written_as_it_is() {
    let definition = read(WHOLE);
    assert_eq!(definition.validate(), []);
    assert_eq!((definition.start_by, definition.run_for, definition.heartbeat), (3_600, 300, Some(30)));
    assert_eq!(definition.approval.as_ref().map(|approval| approval.ttl), Some(14_400));
    let written = serde_json::to_string(&definition).unwrap();
    assert_eq!(read(&written), definition);
    for built_in in catalog::builtin() {
        assert_eq!(&read(&serde_json::to_string(built_in).unwrap()), built_in);
    }
}

#[test]
fn what_is_not_said_has_its_default() {
    let definition = read(r#"{"name": "Ping"}"#);
    assert_eq!(definition.validate(), []);
    assert_eq!((definition.start_by, definition.run_for, definition.heartbeat), (86_400, 900, None));
    assert_eq!((definition.version, definition.repeat_safe), (1, false));
    assert_eq!((definition.cancel, definition.risk), (Cancel::BeforeStart, Risk::Medium));
    assert_eq!(definition.duplicates, Duplicates::Queue);
}

#[test]
fn a_definition_that_does_not_hold_together_says_where() {
    let long = format!("\"version\": 3, \"title\": \"{}\"", "t".repeat(257));
    for (from, to, fault) in [
        ("\"BlockPort\"", "\"\"", "required name"),
        ("\"BlockPort\"", "\"1Port\"", "invalidValue name"),
        ("\"BlockPort\"", "\"Block Port\"", "invalidValue name"),
        ("\"ClosePort\"", "\"blockport\"", "invalidValue aliases[0]"),
        ("\"version\": 3, \"title\": \"Block a port\"", &long, "tooLong title"),
        ("\"name\": \"note\"", "\"name\": \"PORT\"", "invalidValue parameters[2]/name"),
        ("\"secret\": true", "\"secret\": true, \"alters\": true", "invalidValue parameters[2]/secret"),
        ("\"minimum\": 1", "\"minimum\": 49", "invalidValue parameters[1]/minimum"),
        ("\"minimum\": 1", "\"default\": \"01\"", "invalidValue parameters[1]/default"),
        ("\"minimum\": 1", "\"values\": [\"1\"]", "invalidValue parameters[1]/values"),
        (
            "\"type\": \"duration\"",
            "\"type\": \"text\", \"maximum\": 2",
            "invalidValue parameters[3]/minimum",
        ),
        ("\"target\": \"switch\"", "\"target\": \"swich\"", "invalidValue target"),
        ("\"target\": \"switch\"", "\"target\": \"note\"", "invalidValue target"),
        ("\"target\": \"switch\",", "", "invalidValue target"),
        (
            "\"target\": \"switch\"",
            "\"target\": \"switch\", \"anyOf\": [[\"x\"]]",
            "invalidValue anyOf[0][0]",
        ),
        ("\"target\": \"switch\"", "\"target\": \"switch\", \"anyOf\": [[]]", "invalidValue anyOf[0]"),
        ("\"action\": \"OpenPort\"", "\"action\": \"closeport\"", "invalidValue undo/action"),
        ("\"number\": \"port\"", "\"number\": \"ports\"", "invalidValue undo/parameters/number"),
        ("\"number\": \"port\"", "\"number\": \"note\"", "invalidValue undo/parameters"),
        ("\"switch\": \"switch\", ", "", "invalidValue undo/parameters"),
        ("\"required\": 2", "\"required\": 3", "invalidValue approval/required"),
        ("\"required\": 2", "\"required\": 0", "invalidValue approval/required"),
        ("[\"a\", \"b\"]", "[\"a\", \"b c\"]", "invalidValue approval/approvers[1]"),
        ("\"startBy\": \"PT1H\"", "\"startBy\": \"P367D\"", "invalidValue startBy"),
        ("\"heartbeat\": \"PT30S\"", "\"heartbeat\": \"PT2H\"", "invalidValue heartbeat"),
    ] {
        let found = faults(from, to);
        assert!(found.iter().any(|found| found == fault), "{to}: {found:?}");
    }
    let undo = WHOLE.find("\"undo\"").unwrap();
    let end = WHOLE.find("\"repeatSafe\"").unwrap();
    assert_eq!(faults(&WHOLE[undo..end], ""), ["invalidValue duplicates"]);
}

#[test]
fn an_undo_must_fit_the_action_that_it_names() {
    let block = read(WHOLE);
    for (open, faults) in [
        (r#"[{"name":"switch","type":"deviceId","required":true},{"name":"number","type":"integer"}]"#, 0),
        (r#"[{"name":"switch","type":"deviceId"},{"name":"number","type":"text"}]"#, 1),
        (r#"[{"name":"switch","type":"deviceId"}]"#, 1),
        (
            r#"[{"name":"switch","type":"deviceId"},{"name":"number","type":"integer"},
                {"name":"why","type":"text","required":true}]"#,
            1,
        ),
    ] {
        let open = read(&format!(r#"{{"name":"OpenPort","parameters":{open}}}"#));
        let found = block.check_undo(&open);
        assert_eq!(found.len(), faults, "{found:?}");
        assert!(found.iter().all(|fault| fault.code == FaultCode::InvalidValue));
    }
}

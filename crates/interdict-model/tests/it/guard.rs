//! Guard rails: which entries touch which targets.

use interdict_model::catalog::{self, Target, TargetKind};
use interdict_model::guard::{self, ApprovalRule, ProtectedTarget};
use interdict_model::{Timestamp, shape};
use serde_json::json;

const NOW: Timestamp = Timestamp::from_ticks(17_000_000_000_000_000);

fn entry(kind: &str, value: &str) -> ProtectedTarget {
    let mut entry: ProtectedTarget = shape::read(&json!({"kind": kind, "value": value}).to_string()).unwrap();
    entry.normalise().unwrap_or_else(|faults| panic!("{kind} {value}: {faults:?}"));
    entry
}

fn target(text: &str) -> Target {
    let (kind, value) = text.split_once(' ').unwrap();
    let kind = serde_json::from_value::<TargetKind>(json!(kind)).unwrap();
    Target::new(kind, value)
}

#[test]
fn an_entry_touches_what_lies_in_it_and_what_it_lies_in() {
    for (kind, value, touched, spared) in [
        (
            "ip",
            "10.0.0.5",
            &[
                "ip 10.0.0.5",
                "ip 10.0.0.0/8",
                "ip 0.0.0.0/0",
                "url https://10.0.0.5/x",
                "url http://[::ffff:a00:5]/",
            ][..],
            &[
                "ip 10.0.0.4",
                "ip 10.0.0.0/30",
                "ip 2001:db8::/32",
                "url https://10.0.0.50/",
                "device 10.0.0.5",
            ][..],
        ),
        ("ip", "10.0.0.9/8", &["ip 10.255.255.255", "ip 10.0.0.0/24", "ip 8.0.0.0/6"], &["ip 11.0.0.0"]),
        ("ip", "2001:DB8::/32", &["ip 2001:db8::1", "ip 2001::/16"], &["ip 2001:db9::", "ip 10.0.0.1"]),
        (
            "domain",
            "Example.com.",
            &[
                "domain example.com",
                "domain www.example.com",
                "url https://example.com/",
                "url http://a.b.example.com:8080/x",
            ],
            &[
                "domain badexample.com",
                "domain example.com.evil.test",
                "url https://evil.test/example.com",
                "user a@example.com",
            ],
        ),
        (
            "domain",
            "www.example.com",
            &["domain example.com"],
            &["url https://example.com/", "domain ww.example.com"],
        ),
        ("domain", "internal", &["domain db.internal"], &["domain db.internal.example"]),
        (
            "url",
            "https://example.com/app",
            &[
                "url https://example.com/app/login",
                "url http://example.com/app?x",
                "url https://example.com/",
                "domain example.com",
            ],
            &["url https://example.com/other", "url https://example.com:8443/app", "domain www.example.com"],
        ),
        ("url", "http://192.0.2.1/", &["ip 192.0.2.0/24"], &["ip 192.0.2.2"]),
        (
            "file",
            "D41D8CD98F00B204E9800998ECF8427E",
            &["file d41d8cd98f00b204e9800998ecf8427e"],
            &["file /tmp/d41d8cd98f00b204e9800998ecf8427e", "other d41d8cd98f00b204e9800998ecf8427e"],
        ),
        (
            "device",
            "DC01.corp.example.",
            &["device dc01.corp.example", "device DC01.CORP.EXAMPLE"],
            &["device dc01"],
        ),
        ("device", "02-00-5E-10-00-01", &["device 02:00:5e:10:00:01"], &["device 02:00:5e:10:00:02"]),
        (
            "user",
            "Ceo@Example.com",
            &["user ceo@example.com", "user CEO@example.com"],
            &["user xceo@example.com"],
        ),
        (
            "user",
            "87D349ED-44D7-43E1-9A83-5F2406DEE5BD",
            &["user 87d349ed-44d7-43e1-9a83-5f2406dee5bd"],
            &["user x"],
        ),
    ] {
        let entry = entry(kind, value);
        for text in touched {
            assert!(entry.matches("BlockIp", &target(text), NOW), "{kind} {value} touches {text}");
        }
        for text in spared {
            assert!(!entry.matches("BlockIp", &target(text), NOW), "{kind} {value} spares {text}");
        }
    }
}

#[test]
fn an_entry_counts_for_its_actions_until_its_end() {
    let mut entry = entry("ip", "10.0.0.0/24");
    let address = target("ip 10.0.0.1");
    entry.actions = vec!["isolatemachine".to_owned(), "blockip".to_owned()];
    entry.normalise().unwrap();
    assert_eq!(entry.actions, ["IsolateHost", "BlockIp"]);
    assert!(entry.matches("BlockIp", &address, NOW));
    assert!(!entry.matches("UnblockIp", &address, NOW));
    entry.until = Some(NOW);
    assert!(!entry.matches("BlockIp", &address, NOW));
    assert!(entry.matches("BlockIp", &address, NOW.plus_seconds(-1)));
}

#[test]
fn an_entry_that_is_wrong_says_where() {
    for (body, fault) in [
        (json!({"kind": "ip", "value": "10.0.0.0/33"}), "invalidValue value"),
        (json!({"kind": "file", "value": "/etc/passwd"}), "invalidValue value"),
        (json!({"kind": "user", "value": ""}), "invalidValue value"),
        (json!({"kind": "ip", "value": "1.2.3.4", "actions": []}), "required actions"),
        (json!({"kind": "ip", "value": "1.2.3.4", "actions": ["*", "a b"]}), "invalidValue actions[1]"),
        (json!({"kind": "ip", "value": "1.2.3.4", "reason": "r".repeat(4_097)}), "tooLong reason"),
    ] {
        let mut entry: ProtectedTarget = shape::read(&body.to_string()).unwrap();
        let faults = entry.normalise().unwrap_err();
        assert_eq!(format!("{} {}", faults[0].code.name(), faults[0].target), fault);
    }
    let fault = shape::read::<ProtectedTarget>(r#"{"kind":"ip","value":"::1","until":"soon"}"#).unwrap_err();
    assert_eq!(fault.target, "until");
    let dated: ProtectedTarget =
        shape::read(r#"{"kind":"ip","value":"::1","until":"2030-01-01T01:00:00+01:00"}"#).unwrap();
    let written = serde_json::to_string(&dated).unwrap();
    assert!(written.contains("2030-01-01T00:00:00.0000000Z"));
    assert_eq!(shape::read::<ProtectedTarget>(&written), Ok(dated));
}

#[test]
fn wide_ranges_need_approval() {
    for (text, wide) in [
        ("ip 10.0.0.0/23", true),
        ("ip 10.0.0.0/24", false),
        ("ip 10.0.0.1", false),
        ("ip 2001:db8::/47", true),
        ("ip 2001:db8::/48", false),
        ("ip ::/0", true),
        ("url http://10.0.0.1/", false),
        ("domain example.com", false),
    ] {
        assert_eq!(guard::blast_radius(&target(text)).is_some(), wide, "{text}");
    }
    assert_eq!(
        guard::blast_radius(&target("ip 10.0.0.0/8")).unwrap().to_string(),
        "a range of /8 needs approval: /24 is the shortest prefix without"
    );
}

#[test]
fn well_known_targets_are_in_their_normal_form_and_touched() {
    let entries = guard::well_known();
    for entry in entries {
        let mut normal = entry.clone();
        normal.normalise().unwrap();
        assert_eq!(&normal, entry);
        assert_eq!(entries.iter().filter(|other| other.id == entry.id).count(), 1);
    }
    for (text, guarded) in [
        ("ip 127.0.0.1", true),
        ("ip ::1", true),
        ("ip 0.0.0.0/0", true),
        ("ip ::/0", true),
        ("ip 239.1.1.1", true),
        ("ip ff02::1", true),
        ("ip 255.255.255.255", true),
        ("ip 169.254.169.254", true),
        ("ip fe80::1", true),
        ("url http://localhost:8080/", true),
        ("url http://127.0.0.1/", true),
        ("ip 1.2.3.4", false),
        ("ip 10.0.0.0/8", false),
        ("ip 2001:db8::/32", false),
        ("domain example.com", false),
    ] {
        let found = entries.iter().any(|entry| entry.matches("BlockIp", &target(text), NOW));
        assert_eq!(found, guarded, "{text}");
    }
}

#[test]
fn a_rule_applies_where_all_that_it_says_is_so() {
    let rule = |body: serde_json::Value| {
        let mut rule: ApprovalRule = shape::read(&body.to_string()).unwrap();
        rule.normalise().unwrap();
        rule
    };
    let disable = catalog::find("DisableUser").unwrap();
    let users = [target("user 1"), target("user ceo@example.com")];
    let applies = |body| rule(body).applies(disable, &users, &["App-1", "user-2"]);
    for (body, expected) in [
        (json!({"required": 1, "ttl": "PT1H"}), true),
        (json!({"required": 1, "ttl": "PT1H", "actions": ["disableaccount"]}), true),
        (json!({"required": 1, "ttl": "PT1H", "actions": ["BlockIp"]}), false),
        (json!({"required": 1, "ttl": "PT1H", "risk": "high"}), true),
        (json!({"required": 1, "ttl": "PT1H", "risk": "irreversible"}), false),
        (
            json!({"required": 1, "ttl": "PT1H", "targets": [{"kind": "user", "value": "CEO@example.com"}]}),
            true,
        ),
        (json!({"required": 1, "ttl": "PT1H", "targets": [{"kind": "user", "value": "2"}]}), false),
        (json!({"required": 1, "ttl": "PT1H", "targets": []}), false),
        (json!({"required": 1, "ttl": "PT1H", "requesters": ["app-1"]}), true),
        (json!({"required": 1, "ttl": "PT1H", "requesters": ["app-2"]}), false),
    ] {
        assert_eq!(applies(body.clone()), expected, "{body}");
    }
    for (body, fault) in [
        (json!({"required": 0, "ttl": "PT1H"}), "required"),
        (json!({"required": 2, "ttl": "PT1H", "approvers": ["a"]}), "required"),
        (json!({"required": 1, "ttl": "P367D"}), "ttl"),
        (
            json!({"required": 1, "ttl": "PT1H", "targets": [{"kind": "ip", "value": "x"}]}),
            "targets[0]/value",
        ),
        (json!({"required": 1, "ttl": "PT1H", "requesters": ["a b"]}), "requesters[0]"),
    ] {
        let mut rule: ApprovalRule = shape::read(&body.to_string()).unwrap();
        assert_eq!(rule.normalise().unwrap_err()[0].target, fault);
    }
}

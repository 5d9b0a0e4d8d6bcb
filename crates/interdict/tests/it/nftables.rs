//! The firewall's program of `providers/nftables` on a host of its own, with real packets.

pub(crate) mod hosts;

use serde_json::{Value, json};

use self::hosts::{Host, Wire, feed, program};

fn effect(action: &str, parameters: &Value) -> Value {
    let named = parameters.as_object().unwrap().iter();
    let pairs: Vec<_> = named.map(|(name, value)| json!({"name": name, "value": value})).collect();
    json!({"id": "e", "action": action, "target": null, "parameters": pairs, "state": "active", "holders": ["a"]})
}

fn request(effects: &[Value]) -> String {
    json!({"action": null, "parameters": {}, "effects": effects}).to_string()
}

fn apply(host: &Host, effects: &[Value]) {
    let output = host.firewall(&["apply"], &request(effects));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["result"]["effects"], json!(effects.len()));
}

fn block(address: &str) -> Value {
    effect("BlockIp", &json!({"IP": address}))
}

#[test]
fn a_blocked_address_is_cut_off_until_nothing_blocks_it() {
    let Wire { here, there } = &Wire::new();
    assert!(here.reaches(&there.ipv4) && there.reaches(&here.ipv4));
    apply(here, &[block(&there.ipv4)]);
    assert!(!here.reaches(&there.ipv4) && !there.reaches(&here.ipv4));
    assert!(here.reaches(&there.ipv6), "the other family is not blocked");
    apply(here, &[]);
    assert!(here.reaches(&there.ipv4) && there.reaches(&here.ipv4));
}

#[test]
fn an_ipv6_address_and_one_of_ipv4_written_as_ipv6_are_blocked() {
    let Wire { here, there } = &Wire::new();
    assert!(there.reaches(&here.ipv6));
    apply(here, &[block(&there.ipv6)]);
    assert!(!there.reaches(&here.ipv6) && there.reaches(&here.ipv4));
    apply(here, &[block(&format!("::ffff:{}", there.ipv4))]);
    assert!(there.reaches(&here.ipv6) && !there.reaches(&here.ipv4));
}

#[test]
fn overlapping_ranges_are_in_force_together_and_end_one_by_one() {
    let Wire { here, there } = &Wire::new();
    let (wide, narrow) = (block("192.0.2.0/24"), block(&there.ipv4));
    let beside = block("192.0.3.0/24");
    apply(here, &[wide.clone(), narrow.clone(), beside, block("192.0.2.0/25"), narrow.clone()]);
    assert!(!here.reaches(&there.ipv4));
    apply(here, &[narrow]);
    assert!(!here.reaches(&there.ipv4));
    apply(here, &[wide]);
    assert!(!here.reaches(&there.ipv4));
    apply(here, &[block("0.0.0.0/1"), block("128.0.0.0/1")]);
    assert!(!here.reaches(&there.ipv4), "ranges that add up to every address");
}

#[test]
fn an_allowed_address_is_reached_within_a_blocked_range() {
    let Wire { here, there } = &Wire::new();
    apply(here, &[block("192.0.2.0/24"), effect("AllowIp", &json!({"IP": there.ipv4}))]);
    assert!(here.reaches(&there.ipv4) && there.reaches(&here.ipv4));
}

#[test]
fn a_direction_blocks_one_way() {
    let Wire { here, there } = &Wire::new();
    for (direction, inward, outward) in
        [("in", false, true), ("egress", true, false), ("both", false, false), ("OUT", true, false)]
    {
        apply(here, &[effect("BlockIp", &json!({"ip": there.ipv4, "Direction": direction}))]);
        assert_eq!((here.hears(there, 5001), there.hears(here, 5001)), (inward, outward), "{direction}");
    }
}

#[test]
fn a_rejected_address_is_told() {
    let Wire { here, there } = &Wire::new();
    apply(here, &[effect("BlockIp", &json!({"IP": there.ipv4, "dropMode": "reject", "direction": "in"}))]);
    let output = there.command(&["ping", "-n", "-c", "1", "-W", "1", &here.ipv4]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("Packet filtered"), "{output:?}");
}

#[test]
fn a_blocked_connection_leaves_the_others() {
    let Wire { here, there } = &Wire::new();
    let connection = json!({"srcIp": there.ipv4, "dstPort": "5001", "protocol": "udp"});
    apply(here, &[effect("BlockConnection", &connection)]);
    assert!(!here.hears(there, 5001) && here.hears(there, 5002) && there.hears(here, 5001));
}

#[test]
fn a_server_that_was_restored_only_adds_and_lifts_what_it_undoes() {
    let Wire { here, there } = &Wire::new();
    let connection =
        effect("BlockConnection", &json!({"dstPort": "5001", "protocol": "udp", "dropMode": "reject"}));
    apply(here, &[block("198.51.100.0/24"), block(&there.ipv4), block("2001:db8:9::/48"), connection]);
    let restored = |undo: Option<(&str, Value)>, effects: &[Value]| {
        let action =
            undo.as_ref().map(|(name, _)| json!({"id": "u", "@interdict.execution": {"name": name}}));
        let parameters = undo.map(|(_, parameters)| parameters).unwrap_or(json!({}));
        let request =
            json!({"action": action, "parameters": parameters, "effects": effects, "restored": true});
        let output = here.firewall(&["apply"], &request.to_string());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    };
    let table = || here.run(&["nft", "list table inet interdict"]);
    restored(None, &[block("203.0.113.7")]);
    let all = table();
    assert!(!here.reaches(&there.ipv4), "it is not told of, and may be wanted all the same");
    for kept in ["198.51.100.0/24", "203.0.113.7", "2001:db8:9::/48", "udp dport 5001"] {
        assert!(all.contains(kept), "{kept}: {all}");
    }
    restored(None, &[block("203.0.113.7")]);
    assert_eq!(table(), all, "again is as once");

    restored(Some(("UnblockIp", json!({"IP": there.ipv4}))), &[block("203.0.113.7")]);
    assert!(here.reaches(&there.ipv4), "what it undoes goes");
    let undo = json!({"dstPort": "5001", "protocol": "udp"});
    restored(Some(("UnblockConnection", undo.clone())), &[]);
    let left = table();
    assert!(
        !left.contains("5001") && left.contains("198.51.100.0/24") && left.contains("203.0.113.7"),
        "{left}"
    );
    let action = json!({"id": "u", "@interdict.execution": {"name": "UnblockConnection"}});
    let request = json!({"action": action, "parameters": undo, "effects": [], "restored": true});
    assert_eq!(
        here.firewall(&["apply"], &request.to_string()).status.code(),
        Some(75),
        "it is not known to be gone"
    );

    apply(here, &[block("203.0.113.7")]);
    assert!(!table().contains("198.51.100.0/24"), "once it is confirmed, what is told is all");
}

#[test]
fn no_other_table_is_touched() {
    let Wire { here, there } = &Wire::new();
    here.run(&[
        "nft",
        "add table inet other; add set inet other s { type ipv4_addr; elements = { 198.51.100.1 }; }",
    ]);
    here.run(&[
        "nft",
        "add chain inet other c { type filter hook input priority 0; }; add rule inet other c counter",
    ]);
    here.run(&["nft", "add table ip interdict"]);
    let others =
        || [here.run(&["nft", "list table inet other"]), here.run(&["nft", "list table ip interdict"])];
    let before = others();
    apply(here, &[block(&there.ipv4)]);
    apply(here, &[]);
    assert_eq!(others(), before);
}

#[test]
fn what_cannot_be_a_rule_is_refused_and_changes_nothing() {
    let Wire { here, there } = &Wire::new();
    apply(here, &[block(&there.ipv4)]);
    let table = || here.run(&["nft", "list table inet interdict"]);
    let before = table();
    for (action, parameters, expected) in [
        ("BlockIp", json!({"IP": "192.0.2.300"}), "IP is no address"),
        ("BlockIp", json!({"IP": "192.0.2.1/24"}), "host bits set"),
        ("BlockIp", json!({"IP": "1.2.3.4; flush ruleset"}), "IP is no address"),
        ("BlockIp", json!({"IP": "::/0"}), "every address"),
        ("BlockIp", json!({"IP": "fe80::1%wire"}), "names an interface"),
        ("BlockIp", json!({"IP": "192.0.2.9", "direction": "up"}), "direction is `up`"),
        ("BlockIp", json!({"IP": "192.0.2.9", "dropMode": "false_ack"}), "dropMode is `false_ack`"),
        ("AllowIp", json!({"note": "none"}), "there is no parameter IP"),
        ("BlockConnection", json!({"srcIp": "::1", "dstIp": "192.0.2.1"}), "two families"),
        ("BlockConnection", json!({"dstPort": "22"}), "ports need a protocol"),
        ("BlockConnection", json!({"dstPort": "70000", "protocol": "tcp"}), "dstPort is no port"),
        ("BlockConnection", json!({}), "needs an address"),
    ] {
        let wrong = effect(action, &parameters);
        let own = json!({"action": {"id": "a"}, "effects": [block("192.0.2.77"), wrong]});
        let output = here.firewall(&[], &own.to_string());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{parameters}: {said}");
        assert!(said.contains(expected), "{parameters}: {said}");
    }
    for text in ["", "[]", "{\"effects\": 1}", "{\"effects\": [1]}"] {
        assert_eq!(here.firewall(&[], text).status.code(), Some(1), "{text}");
    }
    assert_eq!(here.firewall(&["flush"], "{}").status.code(), Some(1));
    assert_eq!(table(), before);
}

#[test]
fn a_wrong_effect_of_somebody_else_does_not_keep_the_others_out_of_force() {
    let Wire { here, there } = &Wire::new();
    let effects = [block("nonsense"), block(&there.ipv4)];
    // Nobody's action: somebody must hear of it.
    let output = here.firewall(&["apply"], &request(&effects));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!here.reaches(&there.ipv4));
    apply(here, &[]);
    // An action that is in force has succeeded.
    let own = json!({"action": {"id": "b"}, "effects": effects});
    let output = here.firewall(&["apply"], &own.to_string());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("is left out"), "{output:?}");
    assert!(!here.reaches(&there.ipv4));
}

#[test]
fn one_capability_is_enough_and_without_it_the_program_says_that_it_may_be_tried_again() {
    let Wire { here, there } = &Wire::new();
    // Where anybody may read it, whatever folder the tree is in.
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("nftables");
    std::fs::copy(program(), &copy).unwrap();
    succeeded_chmod(folder.path());
    let nobody = |capabilities: &str| {
        let flags = [
            ("--inh-caps", capabilities),
            ("--ambient-caps", capabilities),
            ("--bounding-set", capabilities),
        ];
        let mut words =
            vec!["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs"];
        words.extend(flags.iter().flat_map(|(flag, value)| [*flag, *value]));
        words.push("/usr/bin/python3");
        words.push(copy.to_str().unwrap());
        feed(&mut here.command(&words), &request(&[block(&there.ipv4)]))
    };
    assert_eq!(nobody("-all").status.code(), Some(75));
    assert!(here.reaches(&there.ipv4));
    let output = nobody("-all,+net_admin");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!here.reaches(&there.ipv4));
}

fn succeeded_chmod(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

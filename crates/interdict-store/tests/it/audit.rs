//! The audit finds what was changed behind the store's back.

use crate::support::{Home, batch, create, report};

/// What the audit of a store with three entries says after `sql` was run on its file.
fn reason_after(sql: &str) -> (i64, String) {
    let home = Home::new();
    let (store, mut writer) = home.open();
    batch(&mut writer, &[create(1, 1, None), report(1, 1, 5), create(1, 2, None)]);
    assert_eq!(store.verify().unwrap().fault, None);
    home.tamper(sql);
    let fault = store.verify().unwrap().fault.expect("the audit found nothing");
    (fault.sequence, fault.reason)
}

#[test]
fn a_sound_store_is_counted() {
    let home = Home::new();
    let (store, mut writer) = home.open();
    batch(&mut writer, &[create(1, 1, None), report(1, 1, 5), create(2, 2, None)]);
    let report = store.verify().unwrap();
    assert_eq!((report.tenants, report.entries, report.actions, report.fault), (2, 3, 2, None));
}

#[test]
fn an_altered_entry_is_found() {
    let (sequence, reason) = reason_after("UPDATE journal SET change = change || ' ' WHERE sequence = 2");
    assert_eq!(sequence, 2);
    assert!(reason.contains("altered"), "{reason}");
}

#[test]
fn a_removed_entry_is_found() {
    let (sequence, reason) = reason_after("DELETE FROM journal WHERE sequence = 2");
    assert_eq!(sequence, 3);
    assert!(reason.contains("missing"), "{reason}");
}

#[test]
fn a_cut_end_is_found() {
    let (sequence, reason) = reason_after("DELETE FROM journal WHERE sequence = 3");
    assert_eq!(sequence, 3);
    assert!(reason.contains("head"), "{reason}");
}

#[test]
fn an_action_that_names_a_foreign_entry_is_found() {
    let (_, reason) = reason_after("UPDATE action SET sequence = 1 WHERE sequence = 2");
    assert!(reason.contains("not the last entry"), "{reason}");
}

#[test]
fn a_removed_tenant_is_found() {
    let (_, reason) = reason_after("DELETE FROM head");
    assert!(reason.contains("no head"), "{reason}");
}

#[test]
fn a_removed_action_is_found() {
    let (sequence, reason) = reason_after("DELETE FROM action WHERE sequence = 3");
    assert_eq!(sequence, 3);
    assert!(reason.contains("no row"), "{reason}");
}

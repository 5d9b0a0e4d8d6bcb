//! The audit finds what was changed behind the store's back.

use crate::support::{Home, batch, create, report};

/// What the audit of a store with three entries says after `sql` was run on its file.
async fn reason_after(sql: &str) -> (i64, String) {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 1, None), report(1, 1, 5), create(1, 2, None)]).await;
    assert_eq!(store.verify().await.unwrap().fault, None);
    home.tamper(sql);
    let fault = store.verify().await.unwrap().fault.expect("the audit found nothing");
    (fault.sequence, fault.reason)
}

#[tokio::test]
async fn a_sound_store_is_counted() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 1, None), report(1, 1, 5), create(2, 2, None)]).await;
    let report = store.verify().await.unwrap();
    assert_eq!((report.tenants, report.entries, report.actions, report.fault), (2, 3, 2, None));
}

#[tokio::test]
async fn an_altered_entry_is_found() {
    let (sequence, reason) =
        reason_after("UPDATE journal SET change = change || ' ' WHERE sequence = 2").await;
    assert_eq!(sequence, 2);
    assert!(reason.contains("altered"), "{reason}");
}

#[tokio::test]
async fn a_removed_entry_is_found() {
    let (sequence, reason) = reason_after("DELETE FROM journal WHERE sequence = 2").await;
    assert_eq!(sequence, 3);
    assert!(reason.contains("missing"), "{reason}");
}

#[tokio::test]
async fn a_cut_end_is_found() {
    let (sequence, reason) = reason_after("DELETE FROM journal WHERE sequence = 3").await;
    assert_eq!(sequence, 3);
    assert!(reason.contains("head"), "{reason}");
}

#[tokio::test]
async fn an_action_that_names_a_foreign_entry_is_found() {
    let (_, reason) = reason_after("UPDATE action SET sequence = 1 WHERE sequence = 2").await;
    assert!(reason.contains("not the last entry"), "{reason}");
}

#[tokio::test]
async fn a_removed_tenant_is_found() {
    let (_, reason) = reason_after("DELETE FROM head").await;
    assert!(reason.contains("no head"), "{reason}");
}

#[tokio::test]
async fn a_removed_action_is_found() {
    let (sequence, reason) = reason_after("DELETE FROM action WHERE sequence = 3").await;
    assert_eq!(sequence, 3);
    assert!(reason.contains("no row"), "{reason}");
}

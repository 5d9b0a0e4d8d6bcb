//! The audit compares every row with what the journal adds up to.

use interdict_model::app::AppCommand;
use interdict_model::command::Operation;
use interdict_model::{AppId, Command};
use interdict_store::Report;

use crate::support::{Home, batch, command, create, delete, finish, report};

fn app(operation: AppCommand) -> Command {
    command(1, Operation::App(operation))
}

fn id(number: u128) -> AppId {
    AppId(uuid::Uuid::from_u128(number).to_string().into())
}

fn add(number: u128) -> Command {
    let (name, secret_hash) = (format!("app {number}"), "h".to_owned());
    app(AppCommand::Add { app: id(number), name, roles: vec!["r".to_owned()], secret_hash })
}

/// The audit of a store with eleven entries, after `sql` was run on it.
async fn audited(sql: &str) -> Report {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    let answers = batch(
        &mut writer,
        &[
            create(1, 1, Some("first")),
            report(1, 1, 5),
            create(1, 2, None),
            add(21),
            add(22),
            app(AppCommand::Rotate { app: id(21), secret_hash: "h2".to_owned() }),
            app(AppCommand::Remove { app: id(22) }),
            // Filed, removed and filed again with one clientContext.
            create(1, 3, Some("again")),
            finish(1, 3),
            delete(1, 3),
            create(1, 4, Some("again")),
            create(2, 4, Some("again")),
        ],
    )
    .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    home.tamper(sql);
    store.verify().await.unwrap()
}

#[tokio::test]
async fn what_hangs_together_is_counted() {
    let report = audited("SELECT 1").await;
    assert_eq!(report.fault, None);
    assert_eq!((report.tenants, report.entries, report.actions), (2, 12, 4));
    assert_eq!((report.filings, report.apps, report.seals), (3, 1, 0));
}

#[tokio::test]
async fn a_row_that_is_not_what_the_journal_adds_up_to_is_found() {
    for (sql, sequence, reason) in [
        ("UPDATE action SET doc = replace(doc, '1.2.3.4', '6.6.6.6') WHERE sequence = 2", 2, "`doc`"),
        ("UPDATE action SET doc = doc || ' ' WHERE sequence = 3", 3, "`doc`"),
        ("UPDATE action SET status = status + 1 WHERE sequence = 2", 2, "`status`"),
        ("UPDATE action SET cancelled = 1 WHERE sequence = 3", 3, "`cancelled`"),
        ("UPDATE action SET created = created + 1 WHERE sequence = 3", 3, "`created`"),
        ("UPDATE action SET name = 'x' WHERE sequence = 3", 3, "`name`"),
        ("UPDATE action SET error_code = NULL WHERE sequence = 2", 2, "`error_code`"),
        ("UPDATE action SET user_name = 'x' WHERE sequence = 3", 3, "`user_name`"),
        ("UPDATE action SET sequence = 1 WHERE sequence = 2", 1, "not the last entry"),
        ("DELETE FROM action WHERE sequence = 2", 2, "no row"),
        (
            "DELETE FROM parameter WHERE action = (SELECT id FROM action WHERE sequence = 2)",
            2,
            "of a parameter of action",
        ),
        ("UPDATE parameter SET value = value + 1", 0, "its row was added"),
        ("UPDATE filing SET context = 'other' WHERE context = 'first'", 0, "its row was added"),
        ("DELETE FROM filing WHERE context = 'first'", 1, "has no row"),
        (
            "UPDATE filing SET digest = (SELECT hash FROM head WHERE tenant = filing.tenant) \
             WHERE context = 'first'",
            1,
            "its row was altered",
        ),
        (
            "UPDATE filing SET action = (SELECT id FROM action WHERE sequence = 2) WHERE context = 'again' \
             AND tenant = (SELECT tenant FROM action WHERE sequence = 2)",
            11,
            "its row was altered",
        ),
        ("UPDATE app SET doc = replace(doc, '\"h2\"', '\"h\"')", 6, "its row was altered"),
        ("UPDATE app SET doc = '{}'", 6, "its row was altered"),
        ("DELETE FROM app", 6, "has no row"),
        ("INSERT INTO app (tenant, app_id, doc) SELECT tenant, 'x', doc FROM app", 0, "its row was added"),
        ("DELETE FROM revocation", 7, "the row was removed"),
        ("UPDATE revocation SET at = at - 1", 7, "the row was altered"),
        ("UPDATE revocation SET app_id = 'x'", 0, "was added"),
    ] {
        let fault = audited(sql).await.fault.unwrap_or_else(|| panic!("{sql}: the audit found nothing"));
        assert_eq!(fault.sequence, sequence, "{sql}: {}", fault.reason);
        assert!(fault.reason.contains(reason), "{sql}: {}", fault.reason);
    }
}

#[tokio::test]
async fn an_added_row_is_found() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 1, None), create(2, 2, None)]).await;
    // The other tenant's action, as if it were of this one.
    home.tamper("UPDATE action SET tenant = (SELECT min(tenant) FROM head)");
    let fault = store.verify().await.unwrap().fault.unwrap();
    assert!(fault.reason.contains("not the last entry"), "{}", fault.reason);
}

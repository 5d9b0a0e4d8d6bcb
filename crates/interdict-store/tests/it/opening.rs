//! Opening: what a store keeps, and which programs may use it.

use interdict_model::body::{ActionBody, Field};
use interdict_model::time::WrittenDate;
use interdict_model::{Permission, Timestamp, document};
use interdict_store::{Birth, Store, StoreError};
use interdict_testkit::store::on_postgres;

use crate::support::{Home, action_id, batch, batch_at, create, scope, update};

#[tokio::test]
async fn a_store_keeps_its_actions_and_its_birth_when_it_is_opened_again() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 10, None)]).await;
    let before = store.action(scope(1), action_id(10)).await.unwrap().unwrap();
    drop((store, writer));

    let other_birth = Birth { epoch: 99, skip_token_key: [1; 32] };
    let (store, _writer) = Store::open(&home.options(), other_birth).await.unwrap();
    assert_eq!(store.action(scope(1), action_id(10)).await.unwrap().unwrap(), before);
    assert_eq!((store.epoch(), store.skip_token_key()), (7, &[9; 32]));
}

#[tokio::test]
async fn a_reader_may_open_beside_a_running_writer() {
    let home = Home::new();
    let (_store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 10, None)]).await;
    let reader = Store::open_read_only(&home.options()).await.unwrap();
    assert!(reader.action(scope(1), action_id(10)).await.unwrap().is_some());
}

async fn unfit(home: &Home) -> String {
    match home.try_open().await {
        Err(StoreError::Unfit(hint)) => hint,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn a_migration_that_is_not_the_recorded_one_is_refused() {
    let home = Home::new();
    drop(home.open().await);
    home.tamper(&format!("UPDATE migration SET sha256 = {}", bytes(&[0; 32])));
    assert!(unfit(&home).await.contains("another build"));
}

/// Bytes as the engine's SQL writes them.
fn bytes(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if on_postgres() { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
}

/// What a later version's migration leaves behind; `compatible` is the oldest schema whose programs may go on.
fn migrate_beyond(home: &Home, compatible: i64) {
    let (hash, oldest) =
        (bytes(&[0; 32]), bytes(&[1000_i64.to_be_bytes(), compatible.to_be_bytes()].concat()));
    let mark = if on_postgres() { "" } else { "PRAGMA user_version = 1000;" };
    home.tamper(&format!(
        "INSERT INTO migration (number, sha256) VALUES (1000, {hash}); \
         UPDATE meta SET value = {oldest} WHERE key = 'compatible'; {mark}"
    ));
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let home = Home::new();
    drop(home.open().await);
    migrate_beyond(&home, 1000);
    let hint = unfit(&home).await;
    assert!(hint.contains("schema 1000"), "{hint}");
    let reading = Store::open_read_only(&home.options()).await;
    assert!(matches!(reading, Err(StoreError::Unfit(_))), "{reading:?}");
}

#[tokio::test]
async fn a_newer_schema_that_admits_this_program_is_used() {
    let home = Home::new();
    drop(home.open().await);
    migrate_beyond(&home, 1);
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 10, None)]).await;
    assert!(store.action(scope(1), action_id(10)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_store_of_before_there_were_periods_of_last_changes_gets_them() {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    let changes = [-1, 0, (5 << 32) - 1, 5 << 32, -(7 << 32), -(7 << 32) - 1];
    for (id, ticks) in (10..).zip(changes) {
        let date = WrittenDate { instant: Timestamp::from_ticks(ticks), digits: 7 };
        let body = ActionBody { last_action: Field::Value(date), ..ActionBody::default() };
        let mut dated = update(1, id, body);
        dated.actor.permissions = dated.actor.permissions.with(Permission::ActionsProvenance);
        let answers = batch_at(&mut writer, 1 << 40, &[create(1, id, None), dated]).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let document = store.action(scope(1), action_id(id)).await.unwrap().unwrap().document;
        let changed = document::parse(std::str::from_utf8(&document).unwrap()).unwrap().last_action;
        assert_eq!(changed.ticks(), ticks);
    }
    drop((store, writer));

    // As the seventh migration left it.
    let mark = if on_postgres() { "" } else { "PRAGMA user_version = 7;" };
    let oldest = bytes(&[7_i64.to_be_bytes(), 7_i64.to_be_bytes()].concat());
    home.tamper(&format!(
        "DROP INDEX action_by_change; ALTER TABLE action DROP COLUMN change_period; \
         CREATE INDEX action_by_change ON action (tenant, last_action, id); \
         DELETE FROM migration WHERE number > 7; UPDATE meta SET value = {oldest} WHERE key = 'compatible'; {mark}"
    ));
    let (store, _writer) = home.open().await;
    // Which compares each column with what the journal adds up to.
    assert_eq!(store.verify().await.unwrap().fault, None);
    if on_postgres() {
        // As a node of an older version writes it.
        home.tamper("UPDATE action SET last_action = last_action + 99999999999");
        let database = home.0.database().unwrap();
        let stale = "SELECT count(*) FROM action WHERE change_period <> last_action >> 32";
        assert_eq!(database.run(stale).unwrap().trim(), "0");
    } else {
        home.tamper("UPDATE action SET change_period = change_period + 1");
        assert!(store.verify().await.unwrap().fault.unwrap().reason.contains("`change_period`"));
    }
}

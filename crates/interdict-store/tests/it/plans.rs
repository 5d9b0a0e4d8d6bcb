//! The commonest lists do not scan the table: what each engine does for them, as it says itself.

use std::time::{Duration, Instant};

use interdict_model::action::{KeyValuePair, Status, VendorInformation};
use interdict_model::edm::SECURITY_ACTION;
use interdict_model::journal::Head;
use interdict_model::view::{Change, ReadSet, Record, WriteSet};
use interdict_model::{ActionId, SecurityAction, TenantId, TenantScope, Timestamp, document};
use interdict_odata::bind::bind_query;
use interdict_store::{ListRequest, Patience, Selected, Store};
use interdict_testkit::store::TestStore;
use uuid::Uuid;

use crate::support::BIRTH;

/// Actions of each of two tenants.
const ACTIONS: u32 = 3_000;

/// Number, filter, order: the twelve commonest, and some like them.
const LISTS: [(&str, &str, &str); 17] = [
    ("1", "status eq 'Running'", "createdDateTime desc"),
    ("2", "status in ('NotStarted','Running')", "createdDateTime"),
    ("3", "name eq 'BlockIp'", "createdDateTime desc"),
    ("4", "name eq 'BlockIp' and status eq 'Failed'", "createdDateTime desc"),
    ("5", "vendorInformation/provider eq 'Firewall'", "createdDateTime desc"),
    ("6", "vendorInformation/provider eq 'Firewall' and status eq 'Running'", "lastActionDateTime"),
    (
        "7",
        "createdDateTime ge 1970-01-01T00:10:00Z and createdDateTime lt 1970-01-01T00:20:00Z",
        "createdDateTime",
    ),
    ("8", "lastActionDateTime ge 1970-01-01T00:30:00Z", "lastActionDateTime"),
    ("9", "clientContext eq 'ticket 7'", "createdDateTime desc"),
    ("10", "user eq 'user 7'", "createdDateTime desc"),
    ("11", "parameters/any(p:p/name eq 'IP' and p/value eq '10.0.0.7')", "createdDateTime desc"),
    ("12", "", "createdDateTime desc"),
    // Several values of a column, merged.
    ("13", "user in ('user 7','user 8','user 9')", "createdDateTime desc,name"),
    ("14", "name eq 'BlockIp' and (status eq 'NotStarted' or status eq 'Running')", "createdDateTime"),
    (
        "15",
        "createdDateTime ge 1970-01-01T00:10:00Z and name in ('BlockIp','RunScan')",
        "createdDateTime desc",
    ),
    ("16", "user eq 'user 7' and status eq 'Completed'", "createdDateTime"),
    ("17", "clientContext eq 'ticket 7' and status in ('NotStarted','Running')", "createdDateTime"),
];

fn action(tenant: u32, number: u32) -> SecurityAction {
    let at = |seconds: u32| Timestamp::from_ticks(i64::from(seconds) * 10_000_000);
    // Statuses as they are after a while: most are final.
    let status = match number % 50 {
        0 => Status::NotStarted,
        1 => Status::Running,
        2 | 3 => Status::Failed,
        _ => Status::Completed,
    };
    SecurityAction {
        id: ActionId(Uuid::from_u128(
            u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
        )),
        action_reason: None,
        app_id: Some("app".to_owned()),
        azure_tenant_id: Some(tenant.to_string()),
        client_context: Some(format!("ticket {number}")),
        completed: None,
        created: at(number),
        error_info: None,
        last_action: at(number + number % 97),
        name: ["BlockIp", "IsolateHost", "RunScan", "DisableUser"][number as usize % 4].to_owned(),
        parameters: vec![KeyValuePair {
            name: Some("IP".to_owned()),
            value: Some(format!("10.0.0.{}", number % 250)),
        }],
        states: Vec::new(),
        status,
        user: Some(format!("user {}", number % 100)),
        vendor_information: VendorInformation {
            provider: Some(["Firewall", "EDR", "Proxy"][number as usize % 3].to_owned()),
            provider_version: None,
            sub_provider: None,
            vendor: Some("Contoso".to_owned()),
        },
        open: Vec::new(),
    }
}

async fn filled(home: &TestStore) -> Store {
    let (store, mut writers) = Store::open(&home.options(), BIRTH).await.unwrap();
    for tenant in 1..=2 {
        let id = TenantId(Uuid::from_u128(u128::from(tenant)));
        for begin in (0..ACTIONS).step_by(500) {
            let mut view =
                writers[0].load(&ReadSet { tenants: vec![id], ..ReadSet::default() }).await.unwrap();
            let mut writes = WriteSet::default();
            writes.heads.insert(id, Head::default());
            for number in begin..begin + 500 {
                let action = action(tenant, number);
                let document = document::render(&action).into();
                let record = Record { action, cancelled: false, sequence: 1, document, execution: None };
                view.apply_change(&Change::InsertAction(id, record), &mut writes);
            }
            writers[0].commit(&writes).await.unwrap();
        }
    }
    store
}

/// How the engine goes about a statement, without its estimates.
async fn plans(home: &TestStore) -> String {
    let store = filled(home).await;
    let patience = Patience::Until(Instant::now() + Duration::from_secs(60));
    let scope = TenantScope::system(TenantId(Uuid::from_u128(1)));
    if !store.blocks() {
        home.tamper("ANALYZE");
    }
    let mut all = String::new();
    for (number, filter, order) in LISTS {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let filtered =
            if filter.is_empty() { String::new() } else { format!("&$filter={}", encoded(filter)) };
        let text = format!("$orderby={}{filtered}", encoded(order));
        let query = bind_query(&text, &SECURITY_ACTION).unwrap();
        let request = ListRequest {
            selected: Selected { filter: query.filter.as_ref(), search: None, now: 0 },
            order_by: &query.order_by,
            after: None,
            skip: 0,
            limit: 50,
            patience,
        };
        let lines = store.plan(scope, &request).await.unwrap();
        all.push_str(&format!("{number}: {filter} by {order}\n"));
        for step in &lines {
            assert!(
                !step.contains("SCAN action") && !step.contains("Seq Scan on action"),
                "{filter}: {lines:?}"
            );
            all.push_str(&format!("   {step}\n"));
        }
    }
    all
}

#[tokio::test]
async fn sqlite_answers_the_commonest_lists_by_an_index() {
    insta::assert_snapshot!(plans(&TestStore::sqlite()).await);
}

#[tokio::test]
async fn postgres_knows_a_table_that_fills_before_it_looks_itself() {
    let home = TestStore::postgres();
    drop(Store::open(&home.options(), BIRTH).await.unwrap());
    home.tamper("ALTER TABLE action SET (autovacuum_enabled = false)");
    let database = home.database().unwrap();
    let known = || database.run("SELECT reltuples > 0 FROM pg_class WHERE relname = 'action'").unwrap();
    let began = Instant::now();
    let _store = filled(&home).await;
    while known().trim() != "t" {
        assert!(began.elapsed() < Duration::from_secs(30), "nobody told it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn postgres_answers_the_commonest_lists_by_an_index() {
    insta::assert_snapshot!(plans(&TestStore::postgres()).await);
}

//! One meaning: what a query selects, and in which order, is what the language says it is, on both engines.

use interdict_model::action::{
    KeyValuePair, ResultInfo, SecurityAction, StateEntry, Status, VendorInformation,
};
use interdict_model::edm::SECURITY_ACTION;
use interdict_model::journal::Head;
use interdict_model::view::{Change, ReadSet, Record, WriteSet};
use interdict_model::{ActionId, Entity, Timestamp, document};
use interdict_odata::bind::bind_query;
use interdict_odata::eval;
use interdict_odata::{BoundQuery, arbitrary};
use interdict_store::{ListRequest, Patience, Place, Selected, Store, unsupported};
use interdict_testkit::store::TestStore;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use crate::support::{BIRTH, scope};

const ROWS: usize = 60;
const QUERIES: usize = 400;
/// Instants are around this one, 2024-02-29T12:34:56.7654321Z.
const NOON: i64 = 17_092_100_967_654_321;

fn text() -> impl Strategy<Value = String> {
    select(arbitrary::texts()).prop_map(str::to_owned)
}

fn instant() -> impl Strategy<Value = Timestamp> {
    let day = 864_000_000_000;
    select(vec![0, 1, 10_000_000, day, -day, 40 * day, -60_000 * day, 1_000_000 * day])
        .prop_map(|ticks| Timestamp::from_ticks(NOON + ticks))
}

fn status() -> impl Strategy<Value = Status> {
    select(&Status::ALL[..])
}

prop_compose! {
    fn state()(app in option::of(text()), status in option::of(status()), at in option::of(instant()),
               user in option::of(text())) -> StateEntry {
        StateEntry { app_id: app, status, updated: at, user }
    }
}

prop_compose! {
    fn parameter()(name in option::of(text()), value in option::of(text())) -> KeyValuePair {
        KeyValuePair { name, value }
    }
}

prop_compose! {
    fn error()(code in -3..4_i32, subcode in select(vec![0, 7, i32::MIN, i32::MAX]), message in option::of(text()))
        -> ResultInfo {
        ResultInfo { code, message, subcode }
    }
}

prop_compose! {
    fn action()(texts in vec(option::of(text()), 9), name in text(), created in instant(),
                last in instant(), completed in option::of(instant()), status in status(),
                parameters in vec(parameter(), 0..4), states in vec(state(), 0..4),
                error in option::of(error()), id in any::<u128>()) -> SecurityAction {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().flatten();
        SecurityAction {
            id: ActionId(Uuid::from_u128(id)),
            action_reason: next(),
            app_id: next(),
            azure_tenant_id: next(),
            client_context: next(),
            completed,
            created,
            error_info: error,
            last_action: last,
            name,
            parameters,
            states,
            status,
            user: next(),
            vendor_information: VendorInformation {
                provider: next(),
                provider_version: next(),
                sub_provider: next(),
                vendor: next(),
            },
            open: Vec::new(),
        }
    }
}

/// Stores with these actions, one on each engine.
async fn filled(actions: &[SecurityAction]) -> Vec<(TestStore, Store)> {
    let mut stores = Vec::new();
    for home in [TestStore::sqlite(), TestStore::postgres()] {
        let (store, mut writers) = Store::open(&home.options(), BIRTH).await.unwrap();
        let tenant = scope(1).tenant();
        let mut view =
            writers[0].load(&ReadSet { tenants: vec![tenant], ..ReadSet::default() }).await.unwrap();
        let mut writes = WriteSet::default();
        writes.heads.insert(tenant, Head::default());
        for action in actions {
            let document = document::render(action).into();
            let record =
                Record { action: action.clone(), cancelled: false, sequence: 1, document, execution: None };
            view.apply_change(&Change::InsertAction(tenant, record), &mut writes);
        }
        writers[0].commit(&writes).await.unwrap();
        stores.push((home, store));
    }
    stores
}

/// What the language says.
fn expected(query: &BoundQuery, actions: &[SecurityAction]) -> Vec<ActionId> {
    let entities: Vec<_> = actions.iter().map(Entity::of).collect();
    let mut rows: Vec<_> = actions.iter().zip(&entities).collect();
    rows.retain(|(_, entity)| {
        query.filter.as_ref().is_none_or(|filter| eval::selects(filter, *entity, NOON))
            && query.search.as_ref().is_none_or(|search| search.finds(&entity.texts()))
    });
    rows.sort_by(|(left, left_row), (right, right_row)| {
        eval::order(&query.order_by, *left_row, *right_row, NOON).then(left.id.cmp(&right.id))
    });
    rows.into_iter().skip(query.skip.unwrap_or(0).try_into().unwrap()).map(|(action, _)| action.id).collect()
}

/// What a store lists, from page to page, and its count.
async fn listed(query: &BoundQuery, store: &Store) -> (Vec<ActionId>, u64) {
    let patience = Patience::Until(std::time::Instant::now() + std::time::Duration::from_secs(20));
    let selected = Selected { filter: query.filter.as_ref(), search: query.search.as_ref(), now: NOON };
    let (mut ids, mut after): (_, Option<Place>) = (Vec::new(), None);
    loop {
        let request = ListRequest {
            selected,
            order_by: &query.order_by,
            after: after.as_ref(),
            skip: if after.is_none() { query.skip.unwrap_or(0) } else { 0 },
            limit: 7,
            patience,
        };
        let page = store.list(scope(1), &request).await.unwrap();
        assert!(!page.actions.is_empty() || ids.is_empty(), "an empty page");
        ids.extend(page.actions.iter().map(|action| action.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    (ids, store.count(scope(1), selected, patience).await.unwrap())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A filter, an order, words to search, and the rest of the options.
type Options = (Option<String>, Option<String>, Option<String>, &'static str);

/// Asks both engines for what random options say, and whether they list and count what the language says.
async fn compare(seed: u8, queries: impl Strategy<Value = Options>) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let actions: Vec<_> = (0..ROWS).map(|_| action().new_tree(&mut runner).unwrap().current()).collect();
    let stores = filled(&actions).await;
    let (mut selecting, mut whole) = (0, 0);
    for number in 0..QUERIES {
        let (filter, order, search, skip) = queries.new_tree(&mut runner).unwrap().current();
        let option = |name: &str, value: Option<&String>| {
            value.map_or_else(String::new, |value| format!("&${name}={}", encoded(value)))
        };
        let text = format!(
            "$count=true{}{}{}{skip}",
            option("filter", filter.as_ref()),
            option("orderby", order.as_ref()),
            option("search", search.as_ref())
        );
        let what = format!("query {number}: {filter:?} {order:?} {search:?} {skip}");
        let query = bind_query(&text, &SECURITY_ACTION).unwrap_or_else(|faults| panic!("{what}: {faults:?}"));
        if unsupported(&query).is_some() {
            continue;
        }
        let ids = expected(&query, &actions);
        let selected = expected(&BoundQuery { skip: None, ..query.clone() }, &actions).len();
        for (engine, (_, store)) in ["SQLite", "PostgreSQL"].iter().zip(&stores) {
            let (found, count) = listed(&query, store).await;
            assert_eq!(found, ids, "{engine}, {what}\n{:?}", query.filter);
            assert_eq!(count, u64::try_from(selected).unwrap(), "{engine}, {what}");
        }
        selecting += usize::from(selected > 0 && selected < ROWS);
        whole += 1;
    }
    // Else the rows and the queries have nothing to do with each other.
    assert!(selecting > QUERIES / 4, "{selecting} of {whole} queries select some rows and not others");
}

fn skip() -> impl Strategy<Value = &'static str> {
    select(vec!["", "&$skip=0", "&$skip=3"])
}

#[tokio::test]
async fn both_engines_select_and_order_as_the_language_says() {
    let filter = option::of(arbitrary::filters(&SECURITY_ACTION));
    let order = option::of(arbitrary::orders(&SECURITY_ACTION));
    compare(7, (filter, order, option::weighted(0.1, arbitrary::searches()), skip())).await;
}

/// Whether a property has one of several values, some of them given twice.
fn one_of_several() -> impl Strategy<Value = String> {
    let texts = select(vec!["name", "user", "clientContext", "vendorInformation/provider"]);
    let quoted = |text: String| format!("'{}'", text.replace('\'', "''"));
    let statuses = status().prop_map(|status| format!("'{}'", status.name()));
    let of_texts = (texts, vec(text().prop_map(quoted), 1..6));
    let of_status = (Just("status"), vec(statuses, 1..6));
    (prop_oneof![of_texts, of_status], any::<bool>()).prop_map(|((property, values), is_list)| {
        let each = || values.iter().map(|value| format!("{property} eq {value}"));
        if is_list {
            format!("{property} in ({})", values.join(","))
        } else {
            format!("({})", each().collect::<Vec<_>>().join(" or "))
        }
    })
}

#[tokio::test]
async fn pages_that_are_merged_from_several_ranges_are_what_the_language_says() {
    let rest = prop_oneof![arbitrary::filters(&SECURITY_ACTION), one_of_several()];
    let filter = (one_of_several(), option::weighted(0.3, rest))
        .prop_map(|(several, rest)| rest.map_or(several.clone(), |rest| format!("({rest}) and {several}")));
    let order = (any::<bool>(), option::weighted(0.3, arbitrary::orders(&SECURITY_ACTION)));
    let order = order.prop_map(|(descending, rest)| {
        let first = if descending { "createdDateTime desc" } else { "createdDateTime" };
        rest.map_or(first.to_owned(), |rest| format!("{first},{rest}"))
    });
    compare(8, (filter.prop_map(Some), order.prop_map(Some), Just(None), skip())).await;
}

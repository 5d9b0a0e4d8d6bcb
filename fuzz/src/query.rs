//! Query options: bound, printed, and evaluated on a row that has everything and one that has little.

use std::sync::OnceLock;

use interdict_model::action::SecurityAction;
use interdict_model::edm::SECURITY_ACTION;
use interdict_model::{ActionId, Entity, Timestamp, document};
use interdict_odata::bind::bind_query;
use interdict_odata::{BoundQuery, QueryError, eval, limits};

const FULL: &str = r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","actionReason":"seen in an alert","appId":"a","azureTenantId":"b","clientContext":"c1","completedDateTime":"2024-01-01T00:00:02.1234567Z","createdDateTime":"2024-01-01T00:00:00.0000000Z","errorInfo":{"code":5,"message":"äé€😀","subcode":-1},"lastActionDateTime":"2024-01-01T00:00:02.1234567Z","name":"BlockIp","parameters":[{"name":"IP","value":"10.0.0.1"},{"name":"a","value":null}],"states":[{"appId":"a","status":"Failed","updatedDateTime":"2024-01-01T00:00:01.0000000Z","user":"ann@contoso.com"}],"status":"Failed","user":"ann@contoso.com","vendorInformation":{"provider":"B","providerVersion":"1","subProvider":null,"vendor":"Microsoft"}}"#;
/// The instant of `now()`: in 2024.
const NOW: i64 = 17_100_000_000_000_000;
/// Of a page.
const ROWS: u32 = 100;

/// Rows to evaluate on: one with everything, one with what must be.
fn rows() -> &'static [SecurityAction] {
    static ROWS: OnceLock<Vec<SecurityAction>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let full = document::parse(FULL).ok();
        let little = full.clone().map(|full| SecurityAction {
            action_reason: None,
            client_context: None,
            completed: None,
            error_info: None,
            parameters: Vec::new(),
            states: Vec::new(),
            user: None,
            ..full
        });
        full.into_iter().chain(little).collect()
    })
}

/// One option, its value decoded.
///
/// # Panics
/// As [`whole`]; and where a fault lies outside the value.
pub fn option(name: &str, value: &str) {
    match bind_query(&format!("{name}={}", encoded(value)), &SECURITY_ACTION) {
        Ok(query) => evaluate(&query),
        Err(faults) => {
            check(&faults);
            let characters = value.chars().count();
            let outside = faults.iter().find(|fault| fault.position.is_some_and(|at| at > characters));
            assert!(outside.is_none(), "{outside:?} of {characters} characters");
        }
    }
}

/// A query string.
///
/// # Panics
/// Where a fault has no text, or there are too many; and where an engine is asked for what it cannot do.
pub fn whole(text: &str) {
    match bind_query(text, &SECURITY_ACTION) {
        Ok(query) => evaluate(&query),
        Err(faults) => check(&faults),
    }
}

fn check(faults: &[QueryError]) {
    assert!((1..=limits::ERRORS).contains(&faults.len()), "{} faults", faults.len());
    assert!(faults.iter().all(|fault| !fault.message.is_empty()), "{faults:?}");
}

fn evaluate(query: &BoundQuery) {
    let rows: Vec<Entity<'_>> = rows().iter().map(Entity::of).collect();
    // What tokens are bound to.
    let _ = (query.filter.as_ref().map(ToString::to_string), query.search.as_ref().map(ToString::to_string));
    // Whatever is not refused, both engines can be asked.
    let asked =
        interdict_store::unsupported(query).is_some() || interdict_store::asked(query, ROWS, NOW).is_ok();
    assert!(asked, "a query that is accepted, and that no engine can be asked");
    for row in &rows {
        let _ = query.filter.as_ref().map(|filter| eval::selects(filter, row, NOW));
        let _ = query.search.as_ref().map(|search| search.finds(&row.texts()));
        for other in &rows {
            let order = eval::order(&query.order_by, row, other, NOW);
            let reverse = eval::order(&query.order_by, other, row, NOW);
            assert_eq!(order, reverse.reverse(), "an order with two ends");
        }
    }
}

/// Whether the filter selects an action that was created then; `None` where it is no filter.
#[must_use]
pub fn selects_created(filter: &str, created: Timestamp) -> Option<bool> {
    selects(filter, |action| action.created = created)
}

/// Whether the filter selects the action of that id; `None` where it is no filter.
#[must_use]
pub fn selects_id(filter: &str, id: ActionId) -> Option<bool> {
    selects(filter, |action| action.id = id)
}

fn selects(filter: &str, change: impl FnOnce(&mut SecurityAction)) -> Option<bool> {
    let query = bind_query(&format!("$filter={}", encoded(filter)), &SECURITY_ACTION).ok()?;
    let mut action = rows().first()?.clone();
    change(&mut action);
    Some(eval::selects(query.filter.as_ref()?, &Entity::of(&action), NOW))
}

fn encoded(text: &str) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    text.bytes().flat_map(|byte| ['%', digit(byte >> 4), digit(byte & 15)]).collect()
}

//! Lists as people ask for them, each by one client; deep pages; batches beside single requests; and what a filter costs
//! before the engine sees it.

use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use interdict_model::Timestamp;
use interdict_model::edm::SECURITY_ACTION;
use interdict_odata::bind::bind_query;

use crate::Arguments;
use crate::client::{Client, repeat};
use crate::figures::Measured;
use crate::load::Load;
use crate::report::Report;
use crate::server::Child;
use crate::stage::Stage;
use crate::tenants::TENANTS;
use crate::varied;

const COLLECTION: &str = "/beta/security/securityActions";
/// Rows of a page.
const PAGE: u32 = 50;
/// The deep page.
const DEEP: u32 = 1_000;
/// Lists whose deep pages are measured: what they are called, their options, and one of how many rows they have.
const DEEP_LISTS: [(&str, &str, u32); 2] = [
    ("", "$orderby=createdDateTime desc", 1),
    ("2: ", "$filter=status in ('NotStarted','Running')&$orderby=createdDateTime", 20),
];
/// Requests of a batch.
const ITEMS: u32 = 20;
/// How often a filter is read.
const READINGS: u32 = 20_000;

/// Measures lists on one engine.
pub(crate) fn report(engine: &str, stage: &Stage, arguments: &Arguments) -> Result<Report> {
    let node = stage.start("data")?;
    let mut measured = Measured::default();
    for round in 1..=arguments.rounds {
        println!("{engine}, lists, round {round} of {} …", arguments.rounds);
        for (what, query) in queries(arguments.rows) {
            let query = format!("$top={PAGE}&{}", encoded(&query));
            let load = Load { query, connections: 1, threads: 1, ..stage.load() };
            measured.add(what, load.run("query", &node)?);
        }
        let mut client = Client::connect(&node, &stage.token(1)?)?;
        for (prefix, query, share) in DEEP_LISTS {
            let rows = (arguments.rows / TENANTS / DEEP / share).max(1);
            deep(&node, &mut client, (prefix, query, rows), arguments.seconds, &mut measured)?;
        }
        batches(stage, &node, &mut client, arguments, &mut measured)?;
    }
    node.stop()?;
    let conditions = format!(
        "{} varied actions in {TENANTS} tenants; first pages of {PAGE} unless said otherwise; one client; medians of {} \
         rounds of {} s. {}",
        arguments.rows,
        arguments.rounds,
        arguments.seconds,
        reading()?
    );
    Ok(Report { engine: format!("{engine}: lists and batches"), conditions, measured, aims: Vec::new() })
}

/// What each list is called, and its options as people write them.
fn queries(rows: u32) -> Vec<(&'static str, String)> {
    let middle = rows / TENANTS / 2;
    let instant = |place| Timestamp::from_ticks(varied::filed(place)).to_string();
    let (from, to, address) = (instant(middle), instant(middle + 600), varied::address(middle));
    let context = middle / 10 * 10;
    let list = |filter: &str, order: &str| match (filter, order) {
        ("", order) => format!("$orderby={order}"),
        (filter, order) => format!("$filter={filter}&$orderby={order}"),
    };
    let newest = "createdDateTime desc";
    let provider = "vendorInformation/provider eq 'Contoso EDR'";
    let parameter = format!("parameters/any(p:p/name eq 'IP' and p/value eq '{address}')");
    vec![
        ("1 status, newest", list("status eq 'Running'", newest)),
        ("2 two statuses, oldest", list("status in ('NotStarted','Running')", "createdDateTime")),
        ("3 name, newest", list("name eq 'BlockIp'", newest)),
        ("4 name and status, newest", list("name eq 'BlockIp' and status eq 'Running'", newest)),
        ("5 provider, newest", list(provider, newest)),
        (
            "6 provider and status, last changed",
            list(&format!("{provider} and status eq 'Failed'"), "lastActionDateTime desc"),
        ),
        ("7 ten hours", list(&format!("createdDateTime ge {from} and createdDateTime lt {to}"), newest)),
        ("8 changed since", list(&format!("lastActionDateTime ge {from}"), "lastActionDateTime")),
        ("9 client context", list(&format!("clientContext eq 'c-{context}'"), newest)),
        ("10 user, newest", list("user eq 'user7@contoso.com'", newest)),
        ("11 parameter, newest", list(&parameter, newest)),
        ("12 all, newest", list("", newest)),
        ("1 with $count=true", format!("{}&$count=true", list("status eq 'Running'", newest))),
    ]
}

/// The first page of a list beside the thousandth, which is reached by the links of those between.
fn deep(
    node: &Child,
    client: &mut Client,
    (prefix, query, page): (&str, &str, u32),
    seconds: u32,
    measured: &mut Measured,
) -> Result<()> {
    let first = format!("{COLLECTION}?$top={page}&{}", encoded(query));
    let (mut path, mut reached) = (first.clone(), 1);
    while reached < DEEP {
        let body: serde_json::Value = serde_json::from_slice(&client.get(&path)?)?;
        let Some(next) = body.get("@odata.nextLink").and_then(serde_json::Value::as_str) else { break };
        path = next.strip_prefix(&node.url).context("a link to another server")?.to_owned();
        reached += 1;
    }
    let what = |number: u32| format!("{prefix}page {number} of {page} rows");
    for (what, path) in [(what(1), first), (what(reached), path)] {
        measured.add(&what, repeat(node, (seconds, 1), || client.get(&path).map(drop))?);
    }
    Ok(())
}

/// GETs of single actions, and as many in batches; rates are of actions.
fn batches(
    stage: &Stage,
    node: &Child,
    client: &mut Client,
    arguments: &Arguments,
    measured: &mut Measured,
) -> Result<()> {
    let owned = stage.seeded.actions.iter().filter(|(tenant, _)| *tenant == 1);
    let ids: Vec<String> = owned.map(|(_, id)| id.to_string()).collect();
    let mut ids = ids.iter().cycle();
    let mut next = || ids.next().cloned().unwrap_or_default();
    let single =
        repeat(node, (arguments.seconds, 1), || client.get(&format!("{COLLECTION}/{}", next())).map(drop))?;
    measured.add("GETs one by one", single);
    let batch = repeat(node, (arguments.seconds, ITEMS), || {
        let item =
            |at| format!(r#"{{"id":"{at}","method":"GET","url":"/security/securityActions/{}"}}"#, next());
        let items: Vec<String> = (0..ITEMS).map(item).collect();
        client.post("/beta/$batch", &format!(r#"{{"requests":[{}]}}"#, items.join(","))).map(drop)
    })?;
    measured.add("GETs in batches of 20", batch);
    Ok(())
}

/// How long a usual filter takes from its text to the statements of both engines.
fn reading() -> Result<String> {
    const FILTER: &str = "status in ('NotStarted','Running') and vendorInformation/provider eq 'Contoso EDR' and \
                          createdDateTime ge 2024-01-01T00:00:00Z";
    let options = encoded(&format!("$filter={FILTER}&$orderby=lastActionDateTime desc"));
    let bind = || bind_query(&options, &SECURITY_ACTION).map_err(|faults| anyhow!("{faults:?}"));
    let mut binding = Vec::new();
    let mut both = Vec::new();
    // The best of some: what else runs only makes it longer.
    for _ in 0..5 {
        let begun = Instant::now();
        for _ in 0..READINGS {
            std::hint::black_box(bind()?);
        }
        binding.push(begun.elapsed());
        let begun = Instant::now();
        for _ in 0..READINGS {
            std::hint::black_box(interdict_store::asked(&bind()?, 100, 0)?);
        }
        both.push(begun.elapsed());
    }
    let micros = |times: &[std::time::Duration]| {
        times.iter().min().copied().unwrap_or_default().as_secs_f64() * 1e6 / f64::from(READINGS)
    };
    Ok(format!(
        "To parse and bind `{FILTER}` with an order takes {:.1} µs, to render it for both engines {:.1} µs more.",
        micros(&binding),
        micros(&both) - micros(&binding)
    ))
}

/// Options in an address. An `@` stands for something else in the load generator's scripts.
fn encoded(options: &str) -> String {
    options.replace('+', "%2B").replace(' ', "%20").replace('@', "%40")
}

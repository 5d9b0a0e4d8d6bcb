#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use interdict_model::edm::SECURITY_ACTION;
use interdict_odata::bind::bind_query;
use interdict_odata::edm::{Kind, StructuredType};

use super::*;
use crate::{Patience, Selected};

fn bound(filter: &str, order: &str) -> BoundQuery {
    let option = |name: &str, value: &str| {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        if value.is_empty() { String::new() } else { format!("&${name}={value}") }
    };
    let text = format!("$count=true{}{}", option("filter", filter), option("orderby", order));
    bind_query(&text, &SECURITY_ACTION).unwrap()
}

fn counted(dialect: Dialect, filter: &str) -> String {
    let query = bound(filter, "");
    let statement = count(dialect, 7, query.filter.as_ref(), 99).unwrap();
    let begin = "SELECT count(*) FROM action WHERE action.tenant = $1 AND ";
    let values: Vec<_> = statement.values.iter().skip(1).map(|value| format!("{value:?}")).collect();
    format!("{}\n{}", statement.sql.strip_prefix(begin).unwrap(), values.join(", "))
}

/// The condition of a filter, where both engines are asked in the same words, or each one's.
fn condition(filter: &str) -> String {
    let (sqlite, postgres) = (counted(Dialect::Sqlite, filter), counted(Dialect::Postgres, filter));
    if sqlite == postgres { sqlite } else { format!("SQLite: {sqlite}\nPostgreSQL: {postgres}") }
}

fn listed(dialect: Dialect, filter: &str, order: &str, after: Option<&[Scalar<'static>]>) -> String {
    let query = bound(filter, order);
    let place = after.map(|keys| Place { keys: keys.to_vec(), id: uuid::Uuid::from_u128(5) });
    let request = ListRequest {
        selected: Selected { filter: query.filter.as_ref(), search: None, now: 99 },
        order_by: &query.order_by,
        after: place.as_ref(),
        skip: 0,
        limit: 50,
        patience: Patience::Brief,
    };
    let statement = select(dialect, 7, &request, query.filter.as_ref(), place.as_ref(), (51, 0)).unwrap();
    format!("{}\n{:?}", statement.sql, statement.values)
}

#[test]
fn a_list_reads_the_tenant_in_order() {
    insta::assert_snapshot!(listed(Dialect::Sqlite, "", "createdDateTime desc", None));
    insta::assert_snapshot!(listed(
        Dialect::Postgres,
        "status eq 'Running'",
        "errorInfo/message desc,name",
        None
    ));
}

#[test]
fn how_many_rows_is_in_the_text_where_one_way_is_best_for_all_values() {
    let limit = |dialect, filter, order| {
        let text = listed(dialect, filter, order, None);
        let statement = text.lines().next().unwrap_or_default().to_owned();
        statement.split(" LIMIT ").nth(1).map(str::to_owned)
    };
    let newest = "createdDateTime desc";
    assert_eq!(limit(Dialect::Postgres, "", newest).as_deref(), Some("51"));
    for (dialect, filter, order) in [
        (Dialect::Sqlite, "", newest),
        (Dialect::Postgres, "user eq 'u'", newest),
        (Dialect::Postgres, "", "createdDateTime"),
        (Dialect::Postgres, "", "createdDateTime desc,name"),
        (Dialect::Postgres, "", "lastActionDateTime desc"),
    ] {
        assert!(limit(dialect, filter, order).unwrap().starts_with('$'), "{filter} by {order}");
    }
}

#[test]
fn a_later_page_starts_after_the_last_row() {
    let created = [Scalar::Ticks(99)];
    insta::assert_snapshot!(listed(
        Dialect::Postgres,
        "status eq 'Running'",
        "createdDateTime desc",
        Some(&created)
    ));
    let keys = [Scalar::Null, Scalar::Text("n".into())];
    insta::assert_snapshot!(listed(Dialect::Sqlite, "", "user desc,name", Some(&keys)));
    let keys = [Scalar::Text("u".into()), Scalar::Null];
    insta::assert_snapshot!(listed(Dialect::Sqlite, "", "user desc,clientContext asc", Some(&keys)));
}

#[test]
fn the_ranges_of_several_values_are_merged_in_the_order_of_creation() {
    let filter = "name eq 'n' and (status eq 'Running' or status in ('NotStarted','Running'))";
    let created = [Scalar::Ticks(99)];
    insta::assert_snapshot!(listed(Dialect::Sqlite, filter, "createdDateTime", Some(&created)));
    insta::assert_snapshot!(listed(Dialect::Postgres, filter, "createdDateTime desc,user", None));
    // Fewer rows have the user.
    insta::assert_snapshot!(listed(
        Dialect::Sqlite,
        "status eq 'Completed' and user in ('u','v')",
        "createdDateTime desc",
        None
    ));
    let in_one_range = |filter: &str, order: &str| {
        [Dialect::Sqlite, Dialect::Postgres]
            .iter()
            .all(|dialect| !listed(*dialect, filter, order, None).contains("UNION"))
    };
    let nine = "name in ('1','2','3','4','5','6','7','8','9')";
    let long = format!("status in ('NotStarted','Running'){}", " and actionReason ne 'a'".repeat(400));
    for (filter, order) in [
        ("status in ('Running','Running')", "createdDateTime"),
        ("status in ('NotStarted','Running')", "lastActionDateTime"),
        ("status in ('NotStarted','Running') or user eq 'u'", "createdDateTime"),
        ("status in ('NotStarted','Running') and clientContext eq 'c'", "createdDateTime"),
        ("status in ('NotStarted','Running') and parameters/any(p:p/value eq 'v')", "createdDateTime"),
        ("actionReason in ('a','b')", "createdDateTime"),
        (nine, "createdDateTime"),
        (&*long, "createdDateTime"),
    ] {
        assert!(in_one_range(filter, order), "{filter} by {order}");
    }
}

#[test]
fn what_is_said_of_the_last_change_is_said_of_its_period_too() {
    let filter = "lastActionDateTime ge 2024-01-01T00:00:00Z and lastActionDateTime lt now()";
    let changed = [Scalar::Ticks(99 << 32)];
    insta::assert_snapshot!(listed(Dialect::Sqlite, filter, "lastActionDateTime desc", Some(&changed)));
    insta::assert_snapshot!(listed(Dialect::Postgres, "", "lastActionDateTime", Some(&changed)));
    insta::assert_snapshot!(condition(
        "lastActionDateTime gt 1960-01-01T00:00:00Z and lastActionDateTime le now() sub duration'PT1H'"
    ));
    insta::assert_snapshot!(listed(
        Dialect::Postgres,
        "status eq 'Running'",
        "name,lastActionDateTime",
        None
    ));
    for filter in ["lastActionDateTime ne 2024-01-01T00:00:00Z", "lastActionDateTime gt createdDateTime"] {
        assert!(!condition(filter).contains("change_period"), "{filter}");
    }
}

#[test]
fn constants_are_parameters_and_columns_stand_alone() {
    let conditions = [
        "name eq 'Robert'') --' and user eq null",
        "status eq 'running' and (errorInfo/code eq -4 and errorInfo/message eq 'm')",
        "createdDateTime ge 2024-01-01T00:00:00.1234567Z and completedDateTime eq null",
        "vendorInformation/provider eq 'P' and errorInfo eq null",
        "id eq '0F8FAD5B-d9cb-469f-a165-70867728950e'",
        "id eq 'x' or id in ('x','0f8fad5b-d9cb-469f-a165-70867728950e')",
        "status in ('NotStarted','Running')",
        "user ne 'a' and not (user eq clientContext)",
    ];
    insta::assert_snapshot!(conditions.map(condition).join("\n\n"));
}

#[test]
fn elements_of_collections_are_read_out_of_the_document() {
    let conditions = [
        "parameters/any(p:p/name eq 'IP' and p/value eq '1.2.3.4')",
        "states/all(s:s/status ne 'Failed' and s/updatedDateTime lt createdDateTime)",
        "parameters/$count gt 2",
        "parameters/any(p:states/any(s:s/user eq p/value))",
    ];
    insta::assert_snapshot!(conditions.map(condition).join("\n\n"));
}

#[test]
fn every_declared_scalar_property_has_a_column_of_the_table() {
    fn scalars(of: &StructuredType, prefix: &str, found: &mut Vec<String>) {
        for property in of.properties {
            match property.kind {
                Kind::Complex(inner) => scalars(inner, &format!("{prefix}{}/", property.name), found),
                Kind::Collection(_) => {}
                _ => found.push(format!("{prefix}{}", property.name)),
            }
        }
    }
    let mut declared = Vec::new();
    scalars(&SECURITY_ACTION, "", &mut declared);
    declared.sort();
    let mut mapped: Vec<_> = place::COLUMNS.iter().map(|(property, _)| (*property).to_owned()).collect();
    mapped.sort();
    assert_eq!(mapped, declared);
    let schema = include_str!("../../migrations/sqlite/0001_actions.sql");
    let table = schema.split("CREATE TABLE action (").nth(1).unwrap().split(") STRICT").next().unwrap();
    for (_, column) in place::COLUMNS {
        assert!(table.contains(&format!("\n    {column} ")), "{column}");
    }
}

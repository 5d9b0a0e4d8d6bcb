#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use interdict_model::edm::SECURITY_ACTION;
use interdict_model::edm::service::{OPERATIONS, complex_types, enum_types, short};

use super::*;
use crate::router::OpenRoute;
use crate::{graph as graph_face, native as native_face};

/// Method, address and permissions of every route, as the tables have them.
fn routed() -> BTreeSet<(String, String, Vec<&'static str>)> {
    let names = |of: &'static [Permission]| of.iter().map(|permission| permission.name()).collect::<Vec<_>>();
    let mut all = BTreeSet::new();
    let mut add = |method: &str, forms: &[&str], permissions: Vec<&'static str>| {
        for form in forms {
            all.insert((method.to_owned(), (*form).to_owned(), permissions.clone()));
        }
    };
    for endpoint in graph_face::Endpoint::ALL {
        add(endpoint.method(), endpoint.forms(), names(endpoint.permissions()));
    }
    for endpoint in native_face::Endpoint::ALL {
        add(endpoint.method(), endpoint.forms(), names(endpoint.permissions()));
    }
    for route in OpenRoute::ALL {
        add(route.method(), route.forms(), Vec::new());
    }
    all
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, entry) in document["paths"].as_object().unwrap() {
        for (method, operation) in entry.as_object().unwrap().iter().filter(|(name, _)| *name != "servers") {
            let permissions = operation["security"].as_array().unwrap();
            let permissions: Vec<_> =
                permissions.iter().map(|of| of["token"][0].as_str().unwrap().to_owned()).collect();
            described.insert((method.to_ascii_uppercase(), path.clone(), permissions));
        }
    }
    let owned = |(method, path, names): (String, String, Vec<&str>)| {
        (method, path, names.into_iter().map(str::to_owned).collect())
    };
    assert_eq!(described, routed().into_iter().map(owned).collect());
}

#[test]
fn names_of_operations_are_unique_and_every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    let ids: Vec<_> =
        text.split("\"operationId\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn schemas_have_what_the_model_declares_and_actions_are_those_that_are_routed() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    for of in complex_types().into_iter().chain([&SECURITY_ACTION]) {
        let described = schemas[short(of.name)]["properties"].as_object().unwrap();
        let declared: BTreeSet<_> = of.properties.iter().map(|property| property.name).collect();
        assert_eq!(described.keys().map(String::as_str).collect::<BTreeSet<_>>(), declared, "{}", of.name);
    }
    for of in enum_types() {
        let members: Vec<_> = of.members.iter().map(|(member, _)| *member).collect();
        assert_eq!(schemas[short(of.name)]["enum"], json!(members));
    }
    // `$metadata` and the table name the same operations.
    let bound =
        |path: &str| path.rsplit('/').next().filter(|last| !last.starts_with(['$', '{'])).map(str::to_owned);
    let below = |path: &&String| path.starts_with("/security/securityActions/");
    let routed: BTreeSet<_> =
        document["paths"].as_object().unwrap().keys().filter(below).filter_map(|path| bound(path)).collect();
    assert_eq!(routed, OPERATIONS.iter().map(|of| of.name.to_owned()).collect());
}

#[test]
fn the_page_of_routes_has_a_row_for_each() {
    let page = include_str!("../../../../docs/reference/routes.md");
    let rows: BTreeSet<_> = page.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let row = |(method, path, permissions): (String, String, Vec<&str>)| {
        let permissions = match permissions.len() {
            0 => "none".to_owned(),
            all if all == Permission::ALL.len() => "any".to_owned(),
            _ => permissions.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "),
        };
        format!("| `{method} {path}` | {permissions} |")
    };
    let expected: BTreeSet<_> = routed().into_iter().map(row).collect();
    let listed: Vec<_> = expected.iter().map(String::as_str).collect();
    assert_eq!(rows, expected, "the rows are:\n{}", listed.join("\n"));
}

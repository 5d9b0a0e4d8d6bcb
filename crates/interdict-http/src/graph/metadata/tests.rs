#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use interdict_model::edm::SECURITY_ACTION;
use interdict_model::edm::service::{OPERATIONS, complex_types, enum_types, short};

use super::*;

#[test]
fn every_type_property_and_member_is_declared_in_both_forms() {
    let xml = xml::document(NEWEST);
    let json = json::document();
    let schema = &json["microsoft.graph"];
    for of in complex_types().into_iter().chain([&SECURITY_ACTION]) {
        let name = short(of.name);
        let declared = xml.split(&format!("Type Name=\"{name}\"")).nth(1).unwrap();
        let declared = declared.split("Type>\n").next().unwrap();
        for property in of.properties {
            let inherited = of.name == SECURITY_ACTION.name && property.name == "id";
            let tag = format!("<Property Name=\"{}\" ", property.name);
            assert_eq!(declared.contains(&tag), !inherited, "{tag} in {declared}");
            assert_eq!(
                schema[name].get(property.name).is_some(),
                !inherited,
                "{} in {schema}",
                property.name
            );
        }
        let count = of.properties.len() - usize::from(of.name == SECURITY_ACTION.name);
        assert_eq!(declared.matches("<Property ").count(), count);
    }
    assert!(xml.contains(
        "<PropertyRef Name=\"id\"/></Key><Property Name=\"id\" Type=\"Edm.String\" Nullable=\"false\"/>"
    ));
    assert_eq!(schema["entity"]["id"], json!({}));
    for of in enum_types() {
        for (member, number) in of.members {
            assert!(xml.contains(&format!("<Member Name=\"{member}\" Value=\"{number}\"/>")));
            assert_eq!(schema[short(of.name)][*member], *number);
        }
    }
    for of in &OPERATIONS {
        let kind = if of.action { "Action" } else { "Function" };
        assert!(xml.contains(&format!("<{kind} Name=\"{}\" IsBound=\"true\">", of.name)));
        assert_eq!(schema[of.name][0]["$IsBound"], true);
    }
}

#[test]
fn a_function_of_the_collection_is_declared_as_one() {
    let delta = OPERATIONS.iter().find(|of| of.name == "delta").unwrap();
    assert_eq!(
        xml::operation(delta),
        "<Function Name=\"delta\" IsBound=\"true\"><Parameter Name=\"bindingParameter\" \
         Type=\"Collection(graph.securityAction)\" Nullable=\"false\"/><ReturnType \
         Type=\"Collection(graph.securityAction)\" Nullable=\"false\"/></Function>\n"
    );
    assert_eq!(
        json::operation(delta),
        json!({
            "$Kind": "Function",
            "$IsBound": true,
            "$Parameter": [{"$Name": "bindingParameter", "$Collection": true, "$Type": "graph.securityAction"}],
            "$ReturnType": {"$Collection": true, "$Type": "graph.securityAction"},
        })
    );
}

//! The description as CSDL XML (OData Common Schema Definition Language XML Representation 4.01). Names are identifiers,
//! so that nothing needs to be escaped.

use interdict_model::edm::SECURITY_ACTION;
use interdict_model::edm::service::{
    ALIAS, COLLECTION, CONTAINER, ENTITY, KEY, NAMESPACE, OPERATIONS, Operation, SINGLETON, complex_types,
    enum_types, short,
};
use interdict_odata::edm::{EnumType, Kind, Property, StructuredType};

/// The whole document.
pub(super) fn document(version: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    out += &format!(
        "<edmx:Edmx Version=\"{version}\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\
         <edmx:DataServices>\n<Schema Namespace=\"{NAMESPACE}\" Alias=\"{ALIAS}\" \
         xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n"
    );
    for of in enum_types() {
        out += &enumeration(of);
    }
    out += &format!(
        "<EntityType Name=\"{ENTITY}\" Abstract=\"true\"><Key><PropertyRef Name=\"{KEY}\"/></Key>{}</EntityType>\n",
        SECURITY_ACTION.property(KEY).map(property).unwrap_or_default()
    );
    let action = short(SECURITY_ACTION.name);
    out += &format!(
        "<EntityType Name=\"{action}\" BaseType=\"{ALIAS}.{ENTITY}\" OpenType=\"true\">\n{}</EntityType>\n",
        properties(&SECURITY_ACTION, Some(KEY))
    );
    out += &format!(
        "<EntityType Name=\"{SINGLETON}\"><NavigationProperty Name=\"{COLLECTION}\" \
         Type=\"Collection({ALIAS}.{action})\" ContainsTarget=\"true\"/></EntityType>\n"
    );
    for of in complex_types() {
        let name = short(of.name);
        out += &format!("<ComplexType Name=\"{name}\">\n{}</ComplexType>\n", properties(of, None));
    }
    for of in &OPERATIONS {
        out += &operation(of);
    }
    out += &format!(
        "<EntityContainer Name=\"{CONTAINER}\"><Singleton Name=\"{SINGLETON}\" Type=\"{ALIAS}.{SINGLETON}\"/>\
         </EntityContainer>\n</Schema>\n</edmx:DataServices></edmx:Edmx>\n"
    );
    out
}

fn enumeration(of: &EnumType) -> String {
    let members =
        of.members.iter().map(|(name, number)| format!("<Member Name=\"{name}\" Value=\"{number}\"/>"));
    format!("<EnumType Name=\"{}\">{}</EnumType>\n", short(of.name), members.collect::<String>())
}

fn properties(of: &StructuredType, inherited: Option<&str>) -> String {
    let own = of.properties.iter().filter(|property| Some(property.name) != inherited);
    own.map(|declared| property(declared) + "\n").collect()
}

fn property(of: &Property) -> String {
    let local = |name| format!("{ALIAS}.{}", short(name));
    let (kind, more) = match of.kind {
        Kind::Enum(inner) => (local(inner.name), String::new()),
        Kind::Complex(inner) => (local(inner.name), String::new()),
        Kind::Collection(inner) => (format!("Collection({})", local(inner.name)), String::new()),
        Kind::DateTimeOffset => (of.kind.name().to_owned(), format!(" Precision=\"{}\"", super::PRECISION)),
        scalar => (scalar.name().to_owned(), String::new()),
    };
    // A collection is empty where there is nothing, and has no null in it.
    let nullable = of.nullable && !matches!(of.kind, Kind::Collection(_));
    let nullable = if nullable { "" } else { " Nullable=\"false\"" };
    format!("<Property Name=\"{}\" Type=\"{kind}\"{nullable}{more}/>", of.name)
}

pub(super) fn operation(of: &Operation) -> String {
    let entity = format!("{ALIAS}.{}", short(SECURITY_ACTION.name));
    let bound = if of.of_collection { format!("Collection({entity})") } else { entity.clone() };
    let kind = if of.action { "Action" } else { "Function" };
    let returns = if of.returns_entities {
        format!("<ReturnType Type=\"Collection({entity})\" Nullable=\"false\"/>")
    } else {
        String::new()
    };
    format!(
        "<{kind} Name=\"{}\" IsBound=\"true\"><Parameter Name=\"{}\" Type=\"{bound}\" Nullable=\"false\"/>{returns}\
         </{kind}>\n",
        of.name,
        super::BINDING
    )
}

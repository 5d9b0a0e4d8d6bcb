//! The description as CSDL JSON (OData Common Schema Definition Language JSON Representation 4.01).

use interdict_model::edm::SECURITY_ACTION;
use interdict_model::edm::service::{
    ALIAS, COLLECTION, CONTAINER, ENTITY, KEY, NAMESPACE, OPERATIONS, Operation, SINGLETON, complex_types,
    enum_types, short,
};
use interdict_odata::edm::{EnumType, Kind, Property, StructuredType};
use serde_json::{Map, Value, json};

use super::NEWEST;

/// The whole document.
pub(super) fn document() -> Value {
    json!({
        "$Version": NEWEST,
        "$EntityContainer": format!("{NAMESPACE}.{CONTAINER}"),
        NAMESPACE: schema(),
    })
}

fn schema() -> Value {
    let action = short(SECURITY_ACTION.name);
    let mut schema = object([("$Alias", ALIAS.into())]);
    for of in enum_types() {
        schema.insert(short(of.name).to_owned(), enumeration(of).into());
    }
    for of in complex_types() {
        let kind = object([("$Kind", "ComplexType".into())]);
        schema.insert(short(of.name).to_owned(), structured(kind, of, None));
    }
    let key = SECURITY_ACTION.property(KEY).map(property).unwrap_or_default();
    schema.insert(
        ENTITY.to_owned(),
        json!({"$Kind": "EntityType", "$Abstract": true, "$Key": [KEY], KEY: key}),
    );
    let base = qualified(ENTITY).into();
    let kind = [("$Kind", "EntityType".into()), ("$BaseType", base), ("$OpenType", true.into())];
    schema.insert(action.to_owned(), structured(object(kind), &SECURITY_ACTION, Some(KEY)));
    let contained = json!({
        "$Kind": "NavigationProperty",
        "$Collection": true,
        "$Type": qualified(action),
        "$ContainsTarget": true,
    });
    schema.insert(SINGLETON.to_owned(), json!({"$Kind": "EntityType", COLLECTION: contained}));
    for of in &OPERATIONS {
        schema.insert(of.name.to_owned(), json!([operation(of)]));
    }
    let container = json!({"$Kind": "EntityContainer", SINGLETON: {"$Type": qualified(SINGLETON)}});
    schema.insert(CONTAINER.to_owned(), container);
    schema.into()
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn enumeration(of: &EnumType) -> Map<String, Value> {
    let members = of.members.iter().map(|(member, number)| ((*member).to_owned(), (*number).into()));
    object([("$Kind", "EnumType".into())]).into_iter().chain(members).collect()
}

/// A type with its properties, but for one that its base has.
fn structured(mut declared: Map<String, Value>, of: &StructuredType, inherited: Option<&str>) -> Value {
    for own in of.properties.iter().filter(|own| Some(own.name) != inherited) {
        declared.insert(own.name.to_owned(), property(own).into());
    }
    declared.into()
}

/// What is not said is `Edm.String`, single, and not null.
fn property(of: &Property) -> Map<String, Value> {
    let mut declared = Map::new();
    let kind = match of.kind {
        Kind::String | Kind::GuidText => None,
        Kind::Enum(inner) => Some(qualified(short(inner.name))),
        Kind::Complex(inner) | Kind::Collection(inner) => Some(qualified(short(inner.name))),
        scalar => Some(scalar.name().to_owned()),
    };
    if let Some(kind) = kind {
        declared.insert("$Type".to_owned(), kind.into());
    }
    let (member, value) = match of.kind {
        // It is empty where there is nothing, and has no null in it.
        Kind::Collection(_) => ("$Collection", Value::Bool(true)),
        _ => ("$Nullable", Value::Bool(of.nullable)),
    };
    if value != Value::Bool(false) {
        declared.insert(member.to_owned(), value);
    }
    if of.kind == Kind::DateTimeOffset {
        declared.insert("$Precision".to_owned(), super::PRECISION.into());
    }
    declared
}

pub(super) fn operation(of: &Operation) -> Value {
    let entity = || Value::from(qualified(short(SECURITY_ACTION.name)));
    let mut bound = object([("$Name", super::BINDING.into()), ("$Type", entity())]);
    if of.of_collection {
        bound.insert("$Collection".to_owned(), true.into());
    }
    let kind = if of.action { "Action" } else { "Function" };
    let parameters = json!([bound]);
    let mut declared =
        object([("$Kind", kind.into()), ("$IsBound", true.into()), ("$Parameter", parameters)]);
    if of.returns_entities {
        declared.insert("$ReturnType".to_owned(), json!({"$Collection": true, "$Type": entity()}));
    }
    declared.into()
}

fn qualified(name: &str) -> String {
    format!("{ALIAS}.{name}")
}

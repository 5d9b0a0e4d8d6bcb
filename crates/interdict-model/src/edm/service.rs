//! How the service offers the entity: names, the way to it, its operations. `$metadata` and the API description are
//! written from this and from the entity.

use interdict_odata::edm::{EnumType, Kind, StructuredType};

use super::SECURITY_ACTION;

/// The namespace of every type.
pub const NAMESPACE: &str = "microsoft.graph";
/// What stands for it in references.
pub const ALIAS: &str = "graph";
/// The abstract base of every entity, which has the key.
pub const ENTITY: &str = "entity";
/// The property that is the key.
pub const KEY: &str = "id";
/// The entity container.
pub const CONTAINER: &str = "GraphService";
/// The one thing in the container, and its type: what the collection is contained in.
pub const SINGLETON: &str = "security";
/// The contained collection.
pub const COLLECTION: &str = "securityActions";

/// An operation that is bound to the entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The name, without namespace.
    pub name: &'static str,
    /// Whether it may change something; else it is a function.
    pub action: bool,
    /// Whether it is bound to the collection; else to one entity.
    pub of_collection: bool,
    /// Whether it returns a collection of entities; else nothing.
    pub returns_entities: bool,
}

/// Every operation.
pub static OPERATIONS: [Operation; 2] = [
    Operation { name: "cancelSecurityAction", action: true, of_collection: false, returns_entities: false },
    Operation { name: "delta", action: false, of_collection: true, returns_entities: true },
];

/// Every complex type that the entity reaches, by name.
#[must_use]
pub fn complex_types() -> Vec<&'static StructuredType> {
    let mut found = Vec::new();
    let mut open = vec![&SECURITY_ACTION];
    while let Some(of) = open.pop() {
        for property in of.properties {
            if let Kind::Complex(inner) | Kind::Collection(inner) = property.kind
                && !found.contains(&inner)
            {
                found.push(inner);
                open.push(inner);
            }
        }
    }
    found.sort_by_key(|of| of.name);
    found
}

/// Every enumeration that the entity reaches, by name.
#[must_use]
pub fn enum_types() -> Vec<&'static EnumType> {
    let within = |of: &'static StructuredType| of.properties.iter();
    let all = within(&SECURITY_ACTION).chain(complex_types().into_iter().flat_map(within));
    let mut found: Vec<_> =
        all.filter_map(|property| if let Kind::Enum(of) = property.kind { Some(of) } else { None }).collect();
    found.sort_by_key(|of| of.name);
    found.dedup();
    found
}

/// A name without its namespace.
#[must_use]
pub fn short(name: &'static str) -> &'static str {
    name.strip_prefix(NAMESPACE).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_once() {
        let names: Vec<_> = complex_types().iter().map(|of| short(of.name)).collect();
        assert_eq!(names, ["keyValuePair", "resultInfo", "securityActionState", "securityVendorInformation"]);
        assert_eq!(enum_types().iter().map(|of| short(of.name)).collect::<Vec<_>>(), ["operationStatus"]);
        assert!(SECURITY_ACTION.property(KEY).is_some_and(|key| !key.nullable));
    }
}

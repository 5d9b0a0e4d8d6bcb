//! A `securityAction` as a row of the query language: its values at paths, by the definition of the language.

use std::borrow::Cow;

use interdict_odata::eval::Row;
use interdict_odata::query::{Path, Scalar};
use interdict_odata::search::Text;

use crate::Timestamp;
use crate::action::{KeyValuePair, SecurityAction, StateEntry, Status};

/// An action as a row.
#[derive(Debug)]
pub struct Entity<'a> {
    action: &'a SecurityAction,
    id: String,
}

impl<'a> Entity<'a> {
    /// The action as a row.
    #[must_use]
    pub fn of(action: &'a SecurityAction) -> Self {
        Self { action, id: action.id.to_string() }
    }

    /// The texts that `$search` looks into, with their paths.
    #[must_use]
    pub fn texts(&self) -> Vec<Text<'a>> {
        let action = self.action;
        let mut texts = vec![Text { path: "name", text: &action.name }];
        let mut add = |path, text: &'a Option<String>| {
            texts.extend(text.as_deref().map(|text| Text { path, text }));
        };
        add("actionReason", &action.action_reason);
        add("clientContext", &action.client_context);
        add("user", &action.user);
        for parameter in &action.parameters {
            add("parameters/name", &parameter.name);
            add("parameters/value", &parameter.value);
        }
        texts
    }
}

/// The names of a path, of which no declared one has more than two.
fn names(path: &Path) -> (&'static str, &'static str) {
    let mut names = path.0.iter().map(|property| property.name);
    (names.next().unwrap_or_default(), names.next().unwrap_or_default())
}

impl Row for Entity<'_> {
    fn value(&self, path: &Path) -> Scalar<'_> {
        let action = self.action;
        let vendor = &action.vendor_information;
        let error = action.error_info.as_ref();
        match names(path) {
            ("id", "") => text(&self.id),
            ("actionReason", "") => optional(action.action_reason.as_deref()),
            ("appId", "") => optional(action.app_id.as_deref()),
            ("azureTenantId", "") => optional(action.azure_tenant_id.as_deref()),
            ("clientContext", "") => optional(action.client_context.as_deref()),
            ("completedDateTime", "") => instant(action.completed),
            ("createdDateTime", "") => instant(Some(action.created)),
            ("errorInfo", "code") => number(error.map(|error| error.code.into())),
            ("errorInfo", "message") => optional(error.and_then(|error| error.message.as_deref())),
            ("errorInfo", "subcode") => number(error.map(|error| error.subcode.into())),
            ("lastActionDateTime", "") => instant(Some(action.last_action)),
            ("name", "") => text(&action.name),
            ("status", "") => number(Some(action.status.number())),
            ("user", "") => optional(action.user.as_deref()),
            ("vendorInformation", "provider") => optional(vendor.provider.as_deref()),
            ("vendorInformation", "providerVersion") => optional(vendor.provider_version.as_deref()),
            ("vendorInformation", "subProvider") => optional(vendor.sub_provider.as_deref()),
            ("vendorInformation", "vendor") => optional(vendor.vendor.as_deref()),
            _ => Scalar::Null,
        }
    }

    fn is_null(&self, path: &Path) -> bool {
        match names(path) {
            ("errorInfo", "") => self.action.error_info.is_none(),
            ("vendorInformation", "") => false,
            _ => self.value(path).is_null(),
        }
    }

    fn elements(&self, path: &Path) -> Vec<&dyn Row> {
        match names(path) {
            ("parameters", "") => self.action.parameters.iter().map(|it| it as &dyn Row).collect(),
            ("states", "") => self.action.states.iter().map(|it| it as &dyn Row).collect(),
            _ => Vec::new(),
        }
    }
}

impl Row for KeyValuePair {
    fn value(&self, path: &Path) -> Scalar<'_> {
        match names(path) {
            ("name", "") => optional(self.name.as_deref()),
            ("value", "") => optional(self.value.as_deref()),
            _ => Scalar::Null,
        }
    }

    fn is_null(&self, path: &Path) -> bool {
        self.value(path).is_null()
    }

    fn elements(&self, _: &Path) -> Vec<&dyn Row> {
        Vec::new()
    }
}

impl Row for StateEntry {
    fn value(&self, path: &Path) -> Scalar<'_> {
        match names(path) {
            ("appId", "") => optional(self.app_id.as_deref()),
            ("status", "") => number(self.status.map(Status::number)),
            ("updatedDateTime", "") => instant(self.updated),
            ("user", "") => optional(self.user.as_deref()),
            _ => Scalar::Null,
        }
    }

    fn is_null(&self, path: &Path) -> bool {
        self.value(path).is_null()
    }

    fn elements(&self, _: &Path) -> Vec<&dyn Row> {
        Vec::new()
    }
}

fn text(text: &str) -> Scalar<'_> {
    Scalar::Text(Cow::Borrowed(text))
}

fn optional(value: Option<&str>) -> Scalar<'_> {
    value.map_or(Scalar::Null, text)
}

fn number(value: Option<i64>) -> Scalar<'static> {
    value.map_or(Scalar::Null, Scalar::Integer)
}

fn instant(value: Option<Timestamp>) -> Scalar<'static> {
    value.map_or(Scalar::Null, |at| Scalar::Ticks(at.ticks()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use interdict_odata::edm::{Kind, StructuredType};

    use super::*;
    use crate::document;
    use crate::edm::SECURITY_ACTION;

    /// One that has everything.
    fn full() -> SecurityAction {
        document::parse(
            r#"{"id":"00000000-0000-0000-0000-000000000001","actionReason":"r","appId":"a","azureTenantId":"t",
            "clientContext":"c","completedDateTime":"2024-01-01T00:00:00.0000000Z",
            "createdDateTime":"2024-01-01T00:00:00.0000000Z","errorInfo":{"code":1,"message":"m","subcode":2},
            "lastActionDateTime":"2024-01-01T00:00:00.0000000Z","name":"n","parameters":[{"name":"p","value":"v"}],
            "states":[{"appId":"a","status":"Running","updatedDateTime":"2024-01-01T00:00:00.0000000Z","user":"u"}],
            "status":"Running","user":"u","vendorInformation":{"provider":"p","providerVersion":"1",
            "subProvider":"s","vendor":"v"}}"#,
        )
        .unwrap()
    }

    /// Every declared property is a value, or elements, of a row that has one of each.
    #[test]
    fn every_declared_property_is_found() {
        fn all_there(of: &'static StructuredType, row: &dyn Row, prefix: &Path) {
            for property in of.properties {
                let mut path = prefix.clone();
                path.0.push(property);
                match property.kind {
                    Kind::Complex(inner) => all_there(inner, row, &path),
                    Kind::Collection(inner) => {
                        let elements = row.elements(&path);
                        assert_eq!(elements.len(), 1, "{path}");
                        elements.into_iter().for_each(|element| all_there(inner, element, &Path::default()));
                    }
                    _ => assert!(!row.value(&path).is_null() && !row.is_null(&path), "{path}"),
                }
            }
        }
        all_there(&SECURITY_ACTION, &Entity::of(&full()), &Path::default());
    }

    #[test]
    fn what_is_declared_as_searched_is_what_search_looks_into() {
        let action = full();
        let paths: Vec<_> = Entity::of(&action).texts().iter().map(|text| text.path).collect();
        let mut declared = Vec::new();
        for property in SECURITY_ACTION.properties.iter().filter(|property| property.searched) {
            match property.kind {
                Kind::Complex(of) | Kind::Collection(of) => {
                    declared.extend(
                        of.properties.iter().map(|inner| format!("{}/{}", property.name, inner.name)),
                    );
                }
                _ => declared.push(property.name.to_owned()),
            }
        }
        assert_eq!(declared.len(), paths.len());
        assert!(declared.iter().all(|path| paths.contains(&path.as_str())), "{declared:?}, {paths:?}");
    }
}

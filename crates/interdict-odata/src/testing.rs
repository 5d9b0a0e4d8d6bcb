//! An entity type for the tests of this crate, and rows of it.

use std::collections::BTreeMap;

use crate::edm::{EnumType, Kind, Property, StructuredType};
use crate::eval::Row;
use crate::query::{Path, Scalar};

static COLOUR: EnumType = EnumType { name: "shop.stock.colour", members: &[("Red", 0), ("DarkBlue", 5)] };
static SIZE: StructuredType = StructuredType {
    name: "shop.stock.size",
    properties: &[
        nullable("unit", Kind::String),
        Property { name: "width", kind: Kind::Int32, nullable: false },
    ],
};
static MAKER: StructuredType =
    StructuredType { name: "shop.stock.maker", properties: &[nullable("city", Kind::String)] };
static PART: StructuredType = StructuredType {
    name: "shop.stock.part",
    properties: &[
        nullable("unit", Kind::String),
        Property { name: "width", kind: Kind::Int32, nullable: false },
        nullable("colour", Kind::Enum(&COLOUR)),
        nullable("labels", Kind::Values(&Kind::String)),
        nullable("parts", Kind::Collection(&SIZE)),
    ],
};

/// Has properties of every kind.
pub(crate) static ITEM: StructuredType = StructuredType {
    name: "shop.stock.item",
    properties: &[
        Property { name: "id", kind: Kind::GuidText, nullable: false },
        nullable("name", Kind::String),
        nullable("amount", Kind::Int32),
        nullable("total", Kind::Int64),
        nullable("price", Kind::Decimal),
        nullable("sold", Kind::Boolean),
        nullable("code", Kind::Guid),
        nullable("addedAt", Kind::DateTimeOffset),
        nullable("day", Kind::Date),
        nullable("opens", Kind::TimeOfDay),
        nullable("lasts", Kind::Duration),
        nullable("raw", Kind::Binary),
        nullable("colour", Kind::Enum(&COLOUR)),
        nullable("size", Kind::Complex(&SIZE)),
        nullable("maker", Kind::Complex(&MAKER)),
        nullable("parts", Kind::Collection(&PART)),
        nullable("tags", Kind::Values(&Kind::String)),
        nullable("counts", Kind::Values(&Kind::Int32)),
    ],
};

const fn nullable(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, nullable: true }
}

/// A row or an element: values and elements by path. A complex value is null where its path has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    values: BTreeMap<&'static str, Scalar<'static>>,
    elements: BTreeMap<&'static str, Vec<Item>>,
}

impl Item {
    pub(crate) fn single(value: Scalar<'static>) -> Self {
        Self::default().with("", value)
    }

    pub(crate) fn with(mut self, path: &'static str, value: Scalar<'static>) -> Self {
        self.values.insert(path, value);
        self
    }

    pub(crate) fn with_elements(mut self, path: &'static str, elements: Vec<Self>) -> Self {
        self.elements.insert(path, elements);
        self
    }
}

impl Row for Item {
    fn value(&self, path: &Path) -> Scalar<'_> {
        self.values.get(path.to_string().as_str()).cloned().unwrap_or(Scalar::Null)
    }

    fn is_null(&self, path: &Path) -> bool {
        !self.values.contains_key(path.to_string().as_str())
    }

    fn elements(&self, path: &Path) -> Vec<&dyn Row> {
        let elements = self.elements.get(path.to_string().as_str());
        elements.into_iter().flatten().map(|element| element as &dyn Row).collect()
    }
}

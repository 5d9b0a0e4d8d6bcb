//! An entity type for the tests of this crate, and rows of it.

use std::collections::BTreeMap;

use crate::edm::{EnumType, Kind, Property, StructuredType};
use crate::eval::Row;
use crate::query::{Path, Scalar};

static COLOUR: EnumType = EnumType { name: "shop.stock.colour", members: &[("Red", 0), ("DarkBlue", 5)] };
static SIZE: StructuredType = StructuredType {
    name: "shop.stock.size",
    properties: &[Property::nullable("unit", Kind::String), Property::required("width", Kind::Int32)],
};
static MAKER: StructuredType =
    StructuredType { name: "shop.stock.maker", properties: &[Property::nullable("city", Kind::String)] };
static PART: StructuredType = StructuredType {
    name: "shop.stock.part",
    properties: &[
        Property::nullable("unit", Kind::String),
        Property::required("width", Kind::Int32),
        Property::nullable("colour", Kind::Enum(&COLOUR)),
        Property::nullable("labels", Kind::Values(&Kind::String)),
        Property::nullable("parts", Kind::Collection(&SIZE)),
    ],
};

/// Has properties of every kind.
pub(crate) static ITEM: StructuredType = StructuredType {
    name: "shop.stock.item",
    properties: &[
        Property::required("id", Kind::GuidText),
        Property::nullable("name", Kind::String).searched(),
        Property::nullable("amount", Kind::Int32),
        Property::nullable("total", Kind::Int64),
        Property::nullable("price", Kind::Decimal),
        Property::nullable("sold", Kind::Boolean),
        Property::nullable("code", Kind::Guid),
        Property::nullable("addedAt", Kind::DateTimeOffset),
        Property::nullable("day", Kind::Date),
        Property::nullable("opens", Kind::TimeOfDay),
        Property::nullable("lasts", Kind::Duration),
        Property::nullable("raw", Kind::Binary),
        Property::nullable("colour", Kind::Enum(&COLOUR)),
        Property::nullable("size", Kind::Complex(&SIZE)).searched(),
        Property::nullable("maker", Kind::Complex(&MAKER)).searched(),
        Property::nullable("parts", Kind::Collection(&PART)).searched(),
        Property::nullable("tags", Kind::Values(&Kind::String)),
        Property::nullable("counts", Kind::Values(&Kind::Int32)),
    ],
};

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

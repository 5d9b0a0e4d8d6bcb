//! The bound query: every option checked against the entity type. Only the binder makes one.

use std::fmt;

use crate::edm::Property;

/// The options of a request, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoundQuery {
    /// `$filter`
    pub filter: Option<Filter>,
    /// `$orderby`; empty where the request gave none.
    pub order_by: Vec<OrderKey>,
    /// `$select`; `None` where the request gave none or `*`.
    pub select: Option<Vec<Path>>,
    /// `$top`: the page size asked for.
    pub top: Option<u32>,
    /// `$count=true`
    pub count: bool,
    /// `$skiptoken`, opaque here.
    pub skip_token: Option<String>,
}

/// A path of declared properties, such as `vendorInformation/provider`; at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Path(pub Vec<&'static Property>);

/// One key of `$orderby`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// What is sorted by.
    pub path: Path,
    /// `desc`.
    pub descending: bool,
}

/// A checked filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these hold; two or more, none of them an `And`.
    And(Vec<Filter>),
    /// The property equals the value; with [`Literal::Null`], it is null.
    Equal(Path, Literal),
}

/// A literal, already of the property's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `Edm.String`
    String(String),
    /// An integer, or an enumeration member's number.
    Integer(i64),
    /// `Edm.DateTimeOffset`, in ticks of 100 ns since 1970.
    Instant(i64),
}

/// The names as they are declared, between slashes.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, property) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(property.name)?;
        }
        Ok(())
    }
}

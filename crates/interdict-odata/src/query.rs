//! The bound query: every option checked against the entity type. Only the binder makes one.

mod expr;
mod function;
mod pattern;
mod print;
mod scalar;
mod types;

pub use expr::{Arithmetic, Collection, Comparison, Expr, ExprKind, Place, Root};
pub use function::Function;
pub use pattern::Pattern;
pub(crate) use pattern::PatternError;
pub use scalar::Scalar;
pub use types::Type;

use std::fmt;

use crate::edm::Property;
use crate::search::Search;

/// The options of a request, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoundQuery {
    /// `$filter`: of type `Edm.Boolean`. A row is selected where it is true.
    pub filter: Option<Expr>,
    /// `$search`
    pub search: Option<Search>,
    /// `$orderby`; empty where the request gave none, or only constants.
    pub order_by: Vec<OrderKey>,
    /// `$select`; `None` where the request gave none or `*`.
    pub select: Option<Vec<Path>>,
    /// `$skip`: rows to leave out before the first.
    pub skip: Option<u64>,
    /// `$top`: the page size asked for.
    pub top: Option<u32>,
    /// `$count=true`
    pub count: bool,
    /// `$skiptoken`, opaque here.
    pub skip_token: Option<String>,
    /// `$deltatoken`, opaque here.
    pub delta_token: Option<String>,
    /// `$format`: a short name or a media type, of which nothing is known here.
    pub format: Option<String>,
}

/// A path of declared properties, such as `vendorInformation/provider`. Empty only within a [`Place`]: the row or the
/// element itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(pub Vec<&'static Property>);

/// One key of `$orderby`. Null is lower than every value: first where ascending, last where descending.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// What is sorted by: a single value.
    pub expr: Expr,
    /// `desc`.
    pub descending: bool,
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

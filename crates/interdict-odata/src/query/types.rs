//! The types of expressions.

use crate::edm::{EnumType, Kind, StructuredType};

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `Edm.Boolean`; false is less than true.
    Boolean,
    /// `Edm.String`, ordered by code point.
    String,
    /// `Edm.Int32`
    Int32,
    /// `Edm.Int64`
    Int64,
    /// `Edm.Decimal`, and `Edm.Double` and `Edm.Single` too; see [`Decimal`](crate::number::Decimal).
    Decimal,
    /// `Edm.Guid`; has no order.
    Guid,
    /// `Edm.Date`: the ticks of its midnight in UTC.
    Date,
    /// `Edm.TimeOfDay`: ticks since midnight.
    TimeOfDay,
    /// `Edm.DateTimeOffset`: ticks of 100 ns since 1970 in UTC. The offset is not kept.
    DateTimeOffset,
    /// `Edm.Duration`: ticks.
    Duration,
    /// `Edm.Binary`; has no order.
    Binary,
    /// An enumeration, ordered by its members' numbers.
    Enum(&'static EnumType),
    /// A complex value, of which only `IsNull` can be asked.
    Complex(&'static StructuredType),
}

impl Type {
    /// The type of a single value of that kind; `None` for a collection.
    #[must_use]
    pub const fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Boolean => Self::Boolean,
            Kind::String | Kind::GuidText => Self::String,
            Kind::Int32 => Self::Int32,
            Kind::Int64 => Self::Int64,
            Kind::Decimal => Self::Decimal,
            Kind::Guid => Self::Guid,
            Kind::Date => Self::Date,
            Kind::TimeOfDay => Self::TimeOfDay,
            Kind::DateTimeOffset => Self::DateTimeOffset,
            Kind::Duration => Self::Duration,
            Kind::Binary => Self::Binary,
            Kind::Enum(of) => Self::Enum(of),
            Kind::Complex(of) => Self::Complex(of),
            Kind::Collection(_) | Kind::Values(_) => return None,
        })
    }

    /// How a message names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "Edm.Boolean",
            Self::String => "Edm.String",
            Self::Int32 => "Edm.Int32",
            Self::Int64 => "Edm.Int64",
            Self::Decimal => "Edm.Decimal",
            Self::Guid => "Edm.Guid",
            Self::Date => "Edm.Date",
            Self::TimeOfDay => "Edm.TimeOfDay",
            Self::DateTimeOffset => "Edm.DateTimeOffset",
            Self::Duration => "Edm.Duration",
            Self::Binary => "Edm.Binary",
            Self::Enum(of) => of.name,
            Self::Complex(of) => of.name,
        }
    }

    pub(crate) const fn is_integer(self) -> bool {
        matches!(self, Self::Int32 | Self::Int64)
    }

    pub(crate) const fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::Decimal)
    }
}

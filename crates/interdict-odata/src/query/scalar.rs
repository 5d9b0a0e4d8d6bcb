//! Single values.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::number::Decimal;

/// A single value; its type is known from where it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `Edm.Boolean`
    Boolean(bool),
    /// `Edm.String`
    Text(Cow<'a, str>),
    /// `Edm.Int32`, `Edm.Int64`, or the number of an enumeration's member.
    Integer(i64),
    /// `Edm.Decimal`
    Decimal(Decimal),
    /// A date, time, instant or duration, in ticks of 100 ns.
    Ticks(i64),
    /// `Edm.Guid`
    Guid(u128),
    /// `Edm.Binary`
    Binary(Cow<'a, [u8]>),
}

impl Scalar<'_> {
    /// Whether it is `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A copy that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Scalar<'static> {
        match self {
            Self::Null => Scalar::Null,
            Self::Boolean(value) => Scalar::Boolean(value),
            Self::Text(text) => Scalar::Text(Cow::Owned(text.into_owned())),
            Self::Integer(number) => Scalar::Integer(number),
            Self::Decimal(number) => Scalar::Decimal(number),
            Self::Ticks(ticks) => Scalar::Ticks(ticks),
            Self::Guid(guid) => Scalar::Guid(guid),
            Self::Binary(bytes) => Scalar::Binary(Cow::Owned(bytes.into_owned())),
        }
    }

    /// The order of two values of one type, texts by code point; `None` where one is null or their types differ.
    #[must_use]
    pub fn order(&self, other: &Scalar<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(left), Scalar::Boolean(right)) => Some(left.cmp(right)),
            // UTF-8 has the order of the code points.
            (Self::Text(left), Scalar::Text(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
            (Self::Integer(left), Scalar::Integer(right)) | (Self::Ticks(left), Scalar::Ticks(right)) => {
                Some(left.cmp(right))
            }
            (Self::Decimal(left), Scalar::Decimal(right)) => Some(left.cmp(right)),
            (Self::Guid(left), Scalar::Guid(right)) => Some(left.cmp(right)),
            (Self::Binary(left), Scalar::Binary(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }
}

//! Numbers: 64-bit integers and decimals that are 64-bit integers too, so that every engine computes the same.
//!
//! All integer types are computed as `Edm.Int64`. `Edm.Decimal`, `Edm.Double` and `Edm.Single` are one type here, a
//! count of ten-millionths: exact, and without the infinities and rounding modes in which SQLite and PostgreSQL
//! differ. What does not fit is null, whatever the operation: a sum, a quotient by zero, a conversion.

mod exact;

use std::fmt;

pub(crate) use exact::{Exact, Scaled};

/// An exact decimal number with seven digits after the point, within ±922,337,203,685.4775807.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    /// Units in a whole number.
    pub const UNITS: i64 = 10_000_000;
    /// Digits after the point.
    pub(crate) const DIGITS: u32 = 7;

    /// The number of that many ten-millionths.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// The ten-millionths.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// A whole number. `None` where it does not fit.
    #[must_use]
    pub fn from_integer(number: i64) -> Option<Self> {
        number.checked_mul(Self::UNITS).map(Self)
    }

    /// What stands before the point.
    #[must_use]
    pub const fn truncated(self) -> i64 {
        self.0 / Self::UNITS
    }

    /// The sum. `None` where it does not fit, as below.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, cut after the seventh digit.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        scaled(self.0, other.0).map(Self)
    }

    /// The quotient, cut after the seventh digit. `None` also where `other` is zero.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        unscaled(self.0, other.0).map(Self)
    }

    /// What a division into whole numbers leaves over; it has the sign of `self`. `None` where `other` is zero.
    #[must_use]
    pub fn modulo(self, other: Self) -> Option<Self> {
        remainder(self.0, other.0).map(Self)
    }

    /// With the other sign.
    #[must_use]
    pub fn negated(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// The nearest whole number; halves go away from zero.
    #[must_use]
    pub fn rounded(self) -> Option<Self> {
        let rest = self.0 % Self::UNITS;
        let whole = self.0 - rest;
        let step = if rest.abs() * 2 >= Self::UNITS { Self::UNITS * rest.signum() } else { 0 };
        whole.checked_add(step).map(Self)
    }

    /// The largest whole number that is not larger.
    #[must_use]
    pub fn floor(self) -> Option<Self> {
        self.0.checked_sub(self.0.rem_euclid(Self::UNITS)).map(Self)
    }

    /// The smallest whole number that is not smaller.
    #[must_use]
    pub fn ceiling(self) -> Option<Self> {
        match self.0.rem_euclid(Self::UNITS) {
            0 => Some(self),
            rest => self.0.checked_add(Self::UNITS - rest).map(Self),
        }
    }
}

/// As a literal of the language.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (units / Self::UNITS.unsigned_abs(), units % Self::UNITS.unsigned_abs());
        let digits = format!("{part:07}");
        let digits = digits.trim_end_matches('0');
        write!(f, "{sign}{whole}.{}", if digits.is_empty() { "0" } else { digits })
    }
}

/// A number of ticks or units times a decimal's units, cut.
pub(crate) fn scaled(count: i64, units: i64) -> Option<i64> {
    i64::try_from(i128::from(count) * i128::from(units) / i128::from(Decimal::UNITS)).ok()
}

/// A number of ticks or units by a decimal's units, cut. `None` where these are zero.
pub(crate) fn unscaled(count: i64, units: i64) -> Option<i64> {
    (i128::from(count) * i128::from(Decimal::UNITS))
        .checked_div(i128::from(units))
        .and_then(|quotient| i64::try_from(quotient).ok())
}

/// What a division leaves over, with the sign of `count`. `None` where `by` is zero; the one remainder whose
/// quotient overflows is zero.
pub(crate) fn remainder(count: i64, by: i64) -> Option<i64> {
    if by == 0 { None } else { Some(count.checked_rem(by).unwrap_or(0)) }
}

#[cfg(test)]
mod tests;

//! Number literals without loss, whatever their length: what they are compared with has fewer digits.

use super::Decimal;

/// A literal as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exact {
    NotANumber,
    Infinite {
        negative: bool,
    },
    /// `digits` times ten to the power of `exponent`; no zeros at either end, and no digits at all for zero.
    Finite {
        negative: bool,
        digits: String,
        exponent: i64,
    },
}

/// Where a literal lies among the multiples of a unit that a 64-bit integer can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scaled {
    NotANumber,
    /// Below all of them.
    Below,
    /// At this one.
    At(i64),
    /// After this one and before the next.
    After(i64),
    /// Above all of them.
    Above,
}

/// Exponents past this one are as good as it: no literal has as many digits.
const EXPONENT: i64 = 1_000_000;

impl Exact {
    /// Reads a literal that the lexer recognised as a number.
    pub(crate) fn parse(text: &str) -> Self {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match unsigned {
            "INF" => return Self::Infinite { negative },
            "NaN" => return Self::NotANumber,
            _ => {}
        }
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let power = match exponent.parse::<i64>() {
            Ok(power) => power.clamp(-EXPONENT, EXPONENT),
            Err(_) if exponent.starts_with('-') => -EXPONENT,
            Err(_) => EXPONENT,
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{part}");
        let kept = all.trim_end_matches('0');
        let dropped = length(&all) - length(kept);
        let digits = kept.trim_start_matches('0').to_owned();
        Self::Finite { negative, exponent: power - length(part) + dropped, digits }
    }

    /// Where it lies among the multiples of ten to the power of minus `places`.
    pub(crate) fn scaled(&self, places: u32) -> Scaled {
        let (negative, digits, exponent) = match self {
            Self::NotANumber => return Scaled::NotANumber,
            Self::Infinite { negative: true } => return Scaled::Below,
            Self::Infinite { negative: false } => return Scaled::Above,
            Self::Finite { digits, .. } if digits.is_empty() => return Scaled::At(0),
            Self::Finite { negative, digits, exponent } => (*negative, digits, exponent + i64::from(places)),
        };
        let outside = if negative { Scaled::Below } else { Scaled::Above };
        let before_point = length(digits) + exponent;
        if before_point > 19 {
            return outside;
        }
        let whole: String = digits
            .chars()
            .chain(std::iter::repeat('0'))
            .take(usize::try_from(before_point).unwrap_or(0))
            .collect();
        // At most 19 digits, so this fits.
        let whole: i128 = whole.parse().unwrap_or(0);
        let signed = if negative { -whole } else { whole };
        let (floor, exact) = match (exponent < 0, negative) {
            (false, _) => (signed, true),
            (true, false) => (signed, false),
            (true, true) => (signed - 1, false),
        };
        match i64::try_from(floor) {
            Ok(count) if exact => Scaled::At(count),
            Ok(count) => Scaled::After(count),
            Err(_) => outside,
        }
    }

    /// As an integer, where it is one: a literal without point and exponent.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self.scaled(0) {
            Scaled::At(number) => Some(number),
            _ => None,
        }
    }

    /// As a decimal, where it is one.
    pub(crate) fn decimal(&self) -> Option<Decimal> {
        match self.scaled(Decimal::DIGITS) {
            Scaled::At(units) => Some(Decimal::from_units(units)),
            _ => None,
        }
    }
}

fn length(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

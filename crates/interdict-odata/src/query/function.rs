//! The functions that a bound tree calls.

/// A function of single values. Positions and lengths count characters (code points), from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `contains(text, part)`: every text contains the empty one.
    Contains,
    /// `startswith(text, part)`
    StartsWith,
    /// `endswith(text, part)`
    EndsWith,
    /// `indexof(text, part)`: -1 where it is not in it.
    IndexOf,
    /// `length(text)`
    Length,
    /// `substring(text, start)` or `substring(text, start, length)`. A negative start counts from the end, and one that is
    /// still before the text is its beginning; a negative length is none, and refused where it is a constant.
    Substring,
    /// `concat(text, text)`
    Concat,
    /// `tolower(text)`: of the letters A to Z alone, the one rule that both engines have.
    ToLower,
    /// `toupper(text)`: of the letters a to z alone.
    ToUpper,
    /// `trim(text)`: without [`WHITE_SPACE`](Self::WHITE_SPACE) at both ends.
    Trim,
    /// `year(date or instant)`, in UTC as the others
    Year,
    /// `month(date or instant)`
    Month,
    /// `day(date or instant)`
    Day,
    /// `hour(instant or time of day)`
    Hour,
    /// `minute(instant or time of day)`
    Minute,
    /// `second(instant or time of day)`
    Second,
    /// `fractionalseconds(instant or time of day)`: a decimal from 0 to below 1.
    FractionalSeconds,
    /// `date(instant)`
    Date,
    /// `time(instant)`
    Time,
    /// `now()`: one instant for a whole query.
    Now,
    /// `totaloffsetminutes(instant)`: 0, since instants are kept in UTC.
    TotalOffsetMinutes,
    /// `totalseconds(duration)`: a decimal.
    TotalSeconds,
    /// `round(decimal)`: halves go away from zero.
    Round,
    /// `floor(decimal)`
    Floor,
    /// `ceiling(decimal)`
    Ceiling,
}

impl Function {
    /// What `trim` removes: Unicode's `White_Space`.
    pub const WHITE_SPACE: &'static str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

    /// Every function and its name.
    pub(crate) const ALL: [(Self, &'static str); 25] = [
        (Self::Contains, "contains"),
        (Self::StartsWith, "startswith"),
        (Self::EndsWith, "endswith"),
        (Self::IndexOf, "indexof"),
        (Self::Length, "length"),
        (Self::Substring, "substring"),
        (Self::Concat, "concat"),
        (Self::ToLower, "tolower"),
        (Self::ToUpper, "toupper"),
        (Self::Trim, "trim"),
        (Self::Year, "year"),
        (Self::Month, "month"),
        (Self::Day, "day"),
        (Self::Hour, "hour"),
        (Self::Minute, "minute"),
        (Self::Second, "second"),
        (Self::FractionalSeconds, "fractionalseconds"),
        (Self::Date, "date"),
        (Self::Time, "time"),
        (Self::Now, "now"),
        (Self::TotalOffsetMinutes, "totaloffsetminutes"),
        (Self::TotalSeconds, "totalseconds"),
        (Self::Round, "round"),
        (Self::Floor, "floor"),
        (Self::Ceiling, "ceiling"),
    ];

    /// The name, as OData writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(function, _)| *function == self).map_or("", |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_what_unicode_says() {
        let all: String = (char::MIN..=char::MAX).filter(|character| character.is_whitespace()).collect();
        assert_eq!(Function::WHITE_SPACE, all);
    }
}

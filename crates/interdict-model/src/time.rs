//! Instants: 64-bit counts of 100 ns since 1970, OData's seven fraction digits.
//!
//! Bodies are read leniently (a space for `T`, a missing zone, missing seconds, a bare date), because Graph's
//! SDKs and samples write all of these; what is written is always `yyyy-MM-ddTHH:mm:ss.fffffffZ`.

use std::fmt;

use interdict_odata::calendar::{date_from_days, days_from_date};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Ticks in one second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;
const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;

/// An instant in UTC, in ticks of 100 ns since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A date as a client wrote it: the instant and how many fraction digits it had.
///
/// Clients cut dates (Python to 6 digits, JavaScript to 3), so a value read back from us must be compared at
/// the digits it still has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenDate {
    /// The instant, exact to the digits given.
    pub instant: Timestamp,
    /// Fraction digits given, at most 7.
    pub digits: u8,
}

impl WrittenDate {
    /// Whether this is `original`, possibly cut to fewer digits.
    #[must_use]
    pub fn repeats(self, original: Timestamp) -> bool {
        let unit = 10_i64.pow(7 - u32::from(self.digits.min(7)));
        self.instant.0 == original.0.div_euclid(unit) * unit
    }
}

impl Timestamp {
    /// The instant `ticks` × 100 ns after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// 100 ns units since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// This instant moved by whole seconds; stays at the end of the range instead of overflowing.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(TICKS_PER_SECOND)))
    }

    /// Seconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(TICKS_PER_SECOND)
    }

    /// Reads a date as bodies are allowed to write it. `None` where it is no date, names a field out of range,
    /// or lies outside the years 1 to 9999.
    #[must_use]
    pub fn parse_lenient(text: &str) -> Option<WrittenDate> {
        let mut scan = Scan { rest: text.as_bytes() };
        let mut ticks = scan.date()? * TICKS_PER_DAY;
        let mut digits = 0;
        if !scan.rest.is_empty() {
            scan.one_of(b"Tt ")?;
            let (time, given) = scan.time()?;
            ticks += time;
            digits = given;
            ticks -= scan.offset()?;
        }
        if !scan.rest.is_empty() {
            return None;
        }
        let instant = Self(ticks);
        (MIN..=MAX).contains(&instant).then_some(WrittenDate { instant, digits })
    }

    /// Reads exactly what [`fmt::Display`] writes: 28 bytes, seven digits, `Z`.
    fn parse_canonical(text: &str) -> Option<Self> {
        if text.len() != 28 || !text.ends_with('Z') {
            return None;
        }
        Self::parse_lenient(text).map(|date| date.instant)
    }
}

/// 0001-01-01T00:00:00Z.
pub const MIN: Timestamp = Timestamp(-719_162 * TICKS_PER_DAY);
/// 9999-12-31T23:59:59.9999999Z, the usual "never" of .NET clients.
pub const MAX: Timestamp = Timestamp(2_932_897 * TICKS_PER_DAY - 1);

struct Scan<'a> {
    rest: &'a [u8],
}

impl Scan<'_> {
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (head, tail) = self.rest.split_at_checked(count)?;
        self.rest = tail;
        head.iter()
            .try_fold(0_i64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
    }

    fn one_of(&mut self, set: &[u8]) -> Option<u8> {
        let (first, tail) = self.rest.split_first()?;
        set.contains(first).then(|| {
            self.rest = tail;
            *first
        })
    }

    /// Days from 1970-01-01 to the date.
    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4)?;
        self.one_of(b"-")?;
        let month = self.digits(2)?;
        self.one_of(b"-")?;
        let day = self.digits(2)?;
        days_from_date(year, month, day)
    }

    /// Ticks since midnight, and how many fraction digits were given (at most 7 count).
    fn time(&mut self) -> Option<(i64, u8)> {
        let hour = self.digits(2)?;
        self.one_of(b":")?;
        let minute = self.digits(2)?;
        let mut second = 0;
        let mut fraction = 0;
        let mut digits = 0_u8;
        if self.one_of(b":").is_some() {
            second = self.digits(2)?;
            if self.one_of(b".").is_some() {
                let mut given = 0_usize;
                while let Some(byte) = self.one_of(b"0123456789") {
                    given += 1;
                    if given <= 7 {
                        fraction = fraction * 10 + i64::from(byte - b'0');
                        digits += 1;
                    }
                }
                if given == 0 || given > 12 {
                    return None;
                }
                fraction *= 10_i64.pow(7 - u32::from(digits));
            }
        }
        let in_range = hour < 24 && minute < 60 && second < 60;
        let ticks =
            hour * 60 * TICKS_PER_MINUTE + minute * TICKS_PER_MINUTE + second * TICKS_PER_SECOND + fraction;
        in_range.then_some((ticks, digits))
    }

    /// Ticks that the written time is ahead of UTC; a missing zone means UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.rest.is_empty() || self.one_of(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.digits(2)?;
        let _ = self.one_of(b":");
        let minutes = self.digits(2)?;
        let in_range = minutes < 60 && hours * 60 + minutes <= 14 * 60;
        in_range.then_some(sign * (hours * 60 + minutes) * TICKS_PER_MINUTE)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Outside the calendar's range only by arithmetic of ours; shown at its edge.
        let clamped = self.0.clamp(MIN.0, MAX.0);
        let days = clamped.div_euclid(TICKS_PER_DAY);
        let ticks = clamped.rem_euclid(TICKS_PER_DAY);
        let (year, month, day) = date_from_days(days);
        let seconds = ticks / TICKS_PER_SECOND;
        let mut out = *b"0000-00-00T00:00:00.0000000Z";
        let mut put = |at: usize, width: usize, mut value: i64| {
            for slot in out.iter_mut().skip(at).take(width).rev() {
                *slot = b'0' + u8::try_from(value % 10).unwrap_or(0);
                value /= 10;
            }
        };
        put(0, 4, year);
        put(5, 2, month);
        put(8, 2, day);
        put(11, 2, seconds / 3600);
        put(14, 2, seconds / 60 % 60);
        put(17, 2, seconds % 60);
        put(20, 7, ticks % TICKS_PER_SECOND);
        f.write_str(std::str::from_utf8(&out).unwrap_or_default())
    }
}

/// An instant as the integer that is stored and hashed: ticks of 100 ns since 1970.
pub(crate) mod ticks {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Timestamp;

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.ticks())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_ticks)
    }

    /// The same where there may be none.
    pub(crate) mod optional {
        use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

        use super::super::Timestamp;

        #[expect(clippy::ref_option, reason = "the shape that serde asks for")]
        pub(crate) fn serialize<S: Serializer>(
            at: &Option<Timestamp>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            at.map(Timestamp::ticks).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_ticks))
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse_canonical(&text)
            .ok_or_else(|| serde::de::Error::custom("not an instant as Interdict writes it"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn check(input: &str, expected: Option<&str>) {
        let got = Timestamp::parse_lenient(input).map(|date| date.instant.to_string());
        assert_eq!(got.as_deref(), expected, "{input}");
    }

    #[test]
    fn bodies_are_read_leniently_and_written_in_utc() {
        check("2017-01-01T00:01:13.9669573+03:00", Some("2016-12-31T21:01:13.9669573Z"));
        check("2017-01-01 00:01:13Z", Some("2017-01-01T00:01:13.0000000Z"));
        check("2017-01-01t00:01z", Some("2017-01-01T00:01:00.0000000Z"));
        check("2019-01-10 12:23:23.33333", Some("2019-01-10T12:23:23.3333300Z"));
        check("2017-01-01", Some("2017-01-01T00:00:00.0000000Z"));
        check("2024-01-02T03:04:05.123456789012-0330", Some("2024-01-02T06:34:05.1234567Z"));
        check("9999-12-31T23:59:59.9999999Z", Some("9999-12-31T23:59:59.9999999Z"));
        check("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00.0000000Z"));
        check("1969-12-31T23:59:59.9999999Z", Some("1969-12-31T23:59:59.9999999Z"));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "now",
            "2017-13-01",
            "2017-02-29",
            "2017-1-1",
            "2017-01-01T24:00:00Z",
            "2017-01-01T23:59:60Z",
            "2017-01-01T00:00:00+14:01",
            "2017-01-01T00:00:00.Z",
            "2017-01-01T00:00:00.1234567890123Z",
            "0000-01-01T00:00:00Z",
            "2017-01-01T00",
            "2017-01-01T00:00:00Z ",
            "+2017-01-01",
            "20170101T000000Z",
            "9999-12-31T23:59:59-01:00",
            "0001-01-01T00:00:00+01:00",
            "2017-01-01T00:00:00Z[UTC]",
            "２０１７-01-01",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_date_cut_to_fewer_digits_repeats_its_original() {
        let original = Timestamp::parse_lenient("2017-01-01T00:00:01.1234567Z").unwrap().instant;
        for (text, same) in [
            ("2017-01-01T00:00:01.1234567Z", true),
            ("2017-01-01T00:00:01.123456+00:00", true),
            ("2017-01-01T00:00:01.123Z", true),
            ("2017-01-01T00:00:01Z", true),
            ("2017-01-01T00:00:01.124Z", false),
            ("2017-01-01T00:00:01.1230000Z", false),
            ("2017-01-01T00:00:02Z", false),
        ] {
            assert_eq!(Timestamp::parse_lenient(text).unwrap().repeats(original), same, "{text}");
        }
    }
}

//! Durations as ISO 8601 writes them: weeks, days, hours, minutes and seconds, such as `P1DT30M`.
//!
//! Years and months have no fixed length, and fractions of a second mean nothing to what is done with these: neither
//! is read.

/// The longest duration that is read, in seconds: a hundred years.
pub const LONGEST: i64 = 36_525 * DAY;

/// What a duration looks like, for messages.
pub const FORMS: &str = "an ISO 8601 duration in whole weeks, days, hours, minutes and seconds, longer than none and \
                         no longer than 100 years, such as `PT4H` or `P1DT30M`";

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const DATE_UNITS: &[(char, i64)] = &[('W', 7 * DAY), ('D', DAY)];
const TIME_UNITS: &[(char, i64)] = &[('H', HOUR), ('M', MINUTE), ('S', 1)];

/// Seconds of a duration; `None` where the text is none, or not between a second and [`LONGEST`].
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        // A `T` announces at least one unit of time.
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (rest, ""),
    };
    let seconds = sum(date, DATE_UNITS)?.checked_add(sum(time, TIME_UNITS)?)?;
    (1..=LONGEST).contains(&seconds).then_some(seconds)
}

/// The seconds of numbers with units, each unit at most once and the larger ones first.
fn sum(mut text: &str, mut units: &[(char, i64)]) -> Option<i64> {
    let mut seconds = 0_i64;
    while !text.is_empty() {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, rest) = text.split_at_checked(digits)?;
        let at = units.iter().position(|(letter, _)| rest.starts_with(*letter))?;
        let (_, length) = units.get(at)?;
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(*length)?)?;
        units = units.get(at + 1..)?;
        text = rest.get(1..)?;
    }
    Some(seconds)
}

/// Writes seconds in days, hours, minutes and seconds; what is not positive as `PT0S`.
#[must_use]
pub fn format(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let parts = [
        (seconds / DAY, "D"),
        (seconds % DAY / HOUR, "H"),
        (seconds % HOUR / MINUTE, "M"),
        (seconds % MINUTE, "S"),
    ];
    let mut text = "P".to_owned();
    for (number, unit) in parts {
        if number > 0 {
            if unit != "D" && !text.contains('T') {
                text.push('T');
            }
            text.push_str(&number.to_string());
            text.push_str(unit);
        }
    }
    if text == "P" { "PT0S".to_owned() } else { text }
}

/// For members that are seconds here and ISO 8601 on the wire.
pub mod iso {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    /// Writes seconds.
    ///
    /// # Errors
    /// What the serializer has to say.
    pub fn serialize<S: Serializer>(seconds: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::format(*seconds))
    }

    /// Reads seconds.
    ///
    /// # Errors
    /// What is no duration, see [`super::parse`].
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        super::parse(&text).ok_or_else(|| D::Error::custom(format_args!("not {}", super::FORMS)))
    }
}

/// The same for a duration that need not be there.
pub mod iso_or_none {
    use serde::{Deserializer, Serializer};

    /// Writes seconds, or null.
    ///
    /// # Errors
    /// What the serializer has to say.
    pub fn serialize<S: Serializer>(seconds: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        match seconds {
            Some(seconds) => super::iso::serialize(seconds, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads seconds.
    ///
    /// # Errors
    /// What is no duration, see [`super::parse`].
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        super::iso::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, seconds, written) in [
            ("PT4H", 14_400, "PT4H"),
            ("P1DT30M", 88_200, "P1DT30M"),
            ("PT60S", 60, "PT1M"),
            ("P1W", 604_800, "P7D"),
            ("P1W1DT1H1M1S", 694_861, "P8DT1H1M1S"),
            ("PT24H", 86_400, "P1D"),
            ("P0DT1S", 1, "PT1S"),
            ("P36525D", LONGEST, "P36525D"),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(format(seconds), written);
            assert_eq!(parse(written), Some(seconds));
        }
        assert_eq!(format(0), "PT0S");
        assert_eq!(format(-5), "PT0S");
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "PT0S",
            "P0D",
            "P1Y",
            "P1M",
            "PT1.5S",
            "PT-1S",
            "-PT1S",
            "+PT1S",
            "PT1M1H",
            "PT1H1H",
            "P1H",
            "PT1D",
            "PT",
            "1H",
            "4",
            "pt4h",
            "PT4h",
            "PT4H ",
            " PT4H",
            "P36525DT1S",
            "PT99999999999999999999S",
            "P9223372036854775807W",
            "PT٤H",
            "P1DT30M\0",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

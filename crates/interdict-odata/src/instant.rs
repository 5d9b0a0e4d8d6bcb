//! Literals of times, by the standard's grammar, to ticks of 100 ns.

use crate::calendar::days_from_date;

pub(crate) const TICKS_PER_SECOND: i64 = 10_000_000;
pub(crate) const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;
pub(crate) const TICKS_PER_DAY: i64 = 24 * 60 * TICKS_PER_MINUTE;
/// The ends of the calendar: 0001-01-01T00:00:00Z and one tick before the year 10000.
pub(crate) const RANGE: std::ops::Range<i64> = -719_162 * TICKS_PER_DAY..2_932_897 * TICKS_PER_DAY;

/// The ticks of 100 ns since 1970 of a literal that the lexer recognised as an instant, or as a date, which
/// stands for its first instant in UTC. Digits past the seventh of the fraction are dropped. `None` where the
/// calendar has no such day, the offset is past 14 hours, or the instant lies outside the years 1 to 9999.
pub(crate) fn ticks(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut fields = date.split('-').map(|field| field.parse::<i64>().ok());
    let days = days_from_date(fields.next()??, fields.next()??, fields.next()??)?;
    let mut ticks = days * TICKS_PER_DAY;
    if let Some(time) = time {
        let (clock, offset) = match time.strip_suffix('Z') {
            Some(clock) => (clock, 0),
            None => {
                let (clock, offset) = time.split_at_checked(time.len().checked_sub(6)?)?;
                let (sign, offset) = offset.split_at_checked(1)?;
                let offset = minutes(offset)?;
                if offset > 14 * 60 {
                    return None;
                }
                (clock, if sign == "-" { -offset } else { offset })
            }
        };
        ticks += time_of_day(clock)? - offset * TICKS_PER_MINUTE;
    }
    RANGE.contains(&ticks).then_some(ticks)
}

/// Whether a literal that the lexer recognised as an instant is written in UTC.
pub(crate) fn is_utc(text: &str) -> bool {
    ["Z", "+00:00", "-00:00"].iter().any(|end| text.ends_with(end))
}

/// The ticks since midnight of `hh:mm`, perhaps with seconds and their fraction.
pub(crate) fn time_of_day(text: &str) -> Option<i64> {
    let (clock, rest) = text.split_at_checked(5)?;
    let ticks = minutes(clock)? * TICKS_PER_MINUTE;
    rest.strip_prefix(':').map_or(Some(ticks), |rest| Some(ticks + seconds(rest)?))
}

/// The ticks of a literal that the lexer recognised as a duration. `None` where they do not fit: past some 29,000
/// years.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (days, time) = text.strip_prefix('P')?.split_once('T').unwrap_or((text.strip_prefix('P')?, ""));
    let mut ticks = match days.strip_suffix('D') {
        Some(days) => days.parse::<i64>().ok()?.checked_mul(TICKS_PER_DAY)?,
        None => 0,
    };
    let mut rest = time;
    for (unit, length) in [('H', 60 * TICKS_PER_MINUTE), ('M', TICKS_PER_MINUTE)] {
        if let Some((number, behind)) = rest.split_once(unit) {
            ticks = ticks.checked_add(number.parse::<i64>().ok()?.checked_mul(length)?)?;
            rest = behind;
        }
    }
    if let Some(number) = rest.strip_suffix('S') {
        ticks = ticks.checked_add(seconds(number)?)?;
    }
    Some(if negative { -ticks } else { ticks })
}

/// The ticks of seconds with a fraction, of which seven digits count.
fn seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fraction: String = fraction.chars().chain("000000".chars()).take(7).collect();
    whole.parse::<i64>().ok()?.checked_mul(TICKS_PER_SECOND)?.checked_add(fraction.parse().ok()?)
}

/// Minutes of `hh:mm`.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(ticks(text), expected, "{text}");
    }

    #[test]
    fn instants_are_counted_in_ticks_from_1970() {
        check("1970-01-01", Some(0));
        check("1970-01-01T00:00Z", Some(0));
        check("1970-01-02T00:00:00Z", Some(TICKS_PER_DAY));
        check("1970-01-01T03:00:00+03:00", Some(0));
        check("1969-12-31T19:30:00.0000001-04:30", Some(1));
        check("1970-01-01T00:00:01.5Z", Some(15_000_000));
        check("1970-01-01T00:00:00.123456789012Z", Some(1_234_567));
        check("0001-01-01T00:00:00Z", Some(RANGE.start));
        check("9999-12-31T23:59:59.9999999Z", Some(RANGE.end - 1));
    }

    #[test]
    fn durations_and_times_of_day_are_counted_in_ticks() {
        for (text, expected) in [
            ("P1DT2H3M4.5S", Some(TICKS_PER_DAY + 123 * TICKS_PER_MINUTE + 45_000_000)),
            ("-PT0.0000001S", Some(-1)),
            ("PT0S", Some(0)),
            ("P2D", Some(2 * TICKS_PER_DAY)),
            ("PT36H", Some(36 * 60 * TICKS_PER_MINUTE)),
            ("PT1M", Some(TICKS_PER_MINUTE)),
            ("P10675199D", Some(10_675_199 * TICKS_PER_DAY)),
            ("P10675200D", None),
            ("PT99999999999999999999S", None),
        ] {
            assert_eq!(duration(text), expected, "{text}");
        }
        assert_eq!(time_of_day("00:01"), Some(TICKS_PER_MINUTE));
        assert_eq!(time_of_day("23:59:59.99999999"), Some(TICKS_PER_DAY - 1));
    }

    #[test]
    fn what_the_calendar_or_the_range_does_not_have_is_no_instant() {
        check("2023-02-29", None);
        check("1970-01-01T00:00:00+14:00", Some(-14 * 60 * TICKS_PER_MINUTE));
        check("1970-01-01T00:00:00+14:01", None);
        check("0001-01-01T00:00:00+00:01", None);
        check("9999-12-31T23:59:59-00:01", None);
        check("10000-01-01T00:00:00Z", None);
        check("-0001-01-01", None);
    }
}

//! `Edm.DateTimeOffset` and `Edm.Date` literals, by the standard's grammar, to ticks.

use crate::calendar::days_from_date;

const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;
const TICKS_PER_DAY: i64 = 24 * 60 * TICKS_PER_MINUTE;
/// The ends of the calendar: 0001-01-01T00:00:00Z and one tick before the year 10000.
const RANGE: std::ops::Range<i64> = -719_162 * TICKS_PER_DAY..2_932_897 * TICKS_PER_DAY;

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
        let (hours_and_minutes, seconds) = clock.split_at_checked(5)?;
        ticks += (minutes(hours_and_minutes)? - offset) * TICKS_PER_MINUTE;
        if let Some(seconds) = seconds.strip_prefix(':') {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            let fraction: String = fraction.chars().chain("000000".chars()).take(7).collect();
            ticks += whole.parse::<i64>().ok()? * TICKS_PER_SECOND + fraction.parse::<i64>().ok()?;
        }
    }
    RANGE.contains(&ticks).then_some(ticks)
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

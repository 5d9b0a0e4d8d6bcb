//! The proleptic Gregorian calendar of years 1 to 9999, in days since 1970-01-01.
//!
//! Shared with the model, whose instants are counted from the same day.

/// Days in the 400 years after which the calendar repeats itself.
const DAYS_PER_ERA: i64 = 146_097;
/// From 0000-03-01, where the years counted here begin, to 1970-01-01.
const EPOCH_OFFSET: i64 = 719_468;

/// Days from 1970-01-01 to the date, negative before it. `None` where the calendar has no such day, or the year
/// is not 1 to 9999.
#[must_use]
pub const fn days_from_date(year: i64, month: i64, day: i64) -> Option<i64> {
    if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    // Years that begin in March keep the leap day last, so that months have fixed offsets.
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let era = shifted / 400;
    let year_of_era = shifted % 400;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * DAYS_PER_ERA + day_of_era - EPOCH_OFFSET)
}

/// Year, month and day of the day `days` after 1970-01-01.
#[must_use]
pub const fn date_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_OFFSET;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_calendar_follows_the_one_before_and_comes_back() {
        let mut expected = -719_162;
        for year in 1..=9999 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(days) = days_from_date(year, month, day) {
                        assert_eq!(days, expected);
                        assert_eq!(date_from_days(days), (year, month, day));
                        expected += 1;
                    }
                }
            }
        }
        assert_eq!(expected, 2_932_897, "the day after 9999-12-31");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert_eq!(days_from_date(1970, 1, 1), Some(0));
        assert_eq!(days_from_date(2000, 2, 29), Some(11_016));
        for (year, month, day) in [
            (1900, 2, 29),
            (2023, 2, 29),
            (2024, 4, 31),
            (2024, 0, 1),
            (2024, 13, 1),
            (2024, 1, 0),
            (0, 1, 1),
            (10_000, 1, 1),
        ] {
            assert_eq!(days_from_date(year, month, day), None, "{year}-{month}-{day}");
        }
    }
}

//! The functions.

use std::borrow::Cow;

use crate::calendar::date_from_days;
use crate::instant::{TICKS_PER_DAY, TICKS_PER_MINUTE, TICKS_PER_SECOND};
use crate::number::Decimal;
use crate::query::{Function, Scalar};

/// The value of a function; null where an argument is.
#[must_use]
pub fn call<'a>(function: Function, arguments: &[Scalar<'a>], now: i64) -> Scalar<'a> {
    match arguments {
        [] if function == Function::Now => Scalar::Ticks(now),
        [Scalar::Text(text)] => one_text(function, text),
        [Scalar::Text(text), Scalar::Text(part)] => two_texts(function, text, part),
        [Scalar::Text(text), Scalar::Integer(start)] if function == Function::Substring => {
            substring(text, *start, i64::MAX)
        }
        [Scalar::Text(text), Scalar::Integer(start), Scalar::Integer(length)]
            if function == Function::Substring =>
        {
            substring(text, *start, *length)
        }
        [Scalar::Ticks(ticks)] => time(function, *ticks),
        [Scalar::Decimal(number)] => match function {
            Function::Round => number.rounded(),
            Function::Floor => number.floor(),
            Function::Ceiling => number.ceiling(),
            _ => None,
        }
        .map_or(Scalar::Null, Scalar::Decimal),
        _ => Scalar::Null,
    }
}

fn one_text<'a>(function: Function, text: &Cow<'a, str>) -> Scalar<'a> {
    match function {
        Function::Length => Scalar::Integer(count(text)),
        Function::ToLower => Scalar::Text(text.to_ascii_lowercase().into()),
        Function::ToUpper => Scalar::Text(text.to_ascii_uppercase().into()),
        Function::Trim => Scalar::Text(text.trim().to_owned().into()),
        _ => Scalar::Null,
    }
}

fn two_texts<'a>(function: Function, text: &str, part: &str) -> Scalar<'a> {
    match function {
        Function::Contains => Scalar::Boolean(text.contains(part)),
        Function::StartsWith => Scalar::Boolean(text.starts_with(part)),
        Function::EndsWith => Scalar::Boolean(text.ends_with(part)),
        Function::IndexOf => Scalar::Integer(text.split_once(part).map_or(-1, |(before, _)| count(before))),
        Function::Concat => Scalar::Text(format!("{text}{part}").into()),
        _ => Scalar::Null,
    }
}

fn substring<'a>(text: &str, start: i64, length: i64) -> Scalar<'a> {
    let start = if start < 0 { start.saturating_add(count(text)).max(0) } else { start };
    let skipped = usize::try_from(start).unwrap_or(usize::MAX);
    let taken = usize::try_from(length.max(0)).unwrap_or(usize::MAX);
    Scalar::Text(text.chars().skip(skipped).take(taken).collect::<String>().into())
}

fn count(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// Of instants, dates, times of day and durations: all are ticks.
fn time(function: Function, ticks: i64) -> Scalar<'static> {
    let (year, month, day) = date_from_days(ticks.div_euclid(TICKS_PER_DAY));
    let of_day = ticks.rem_euclid(TICKS_PER_DAY);
    match function {
        Function::Year => Scalar::Integer(year),
        Function::Month => Scalar::Integer(month),
        Function::Day => Scalar::Integer(day),
        Function::Hour => Scalar::Integer(of_day / (60 * TICKS_PER_MINUTE)),
        Function::Minute => Scalar::Integer(of_day / TICKS_PER_MINUTE % 60),
        Function::Second => Scalar::Integer(of_day / TICKS_PER_SECOND % 60),
        // A tick is a unit of decimals.
        Function::FractionalSeconds => Scalar::Decimal(Decimal::from_units(of_day % TICKS_PER_SECOND)),
        Function::TotalSeconds => Scalar::Decimal(Decimal::from_units(ticks)),
        Function::Date => Scalar::Ticks(ticks - of_day),
        Function::Time => Scalar::Ticks(of_day),
        Function::TotalOffsetMinutes => Scalar::Integer(0),
        _ => Scalar::Null,
    }
}

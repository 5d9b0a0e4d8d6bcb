//! The functions `odata_…` of the query language, as it defines them itself. PostgreSQL has them by migration.

use interdict_model::Timestamp;
use interdict_model::action::KeyValuePair;
use interdict_odata::eval::{arithmetic, call, convert, negate};
use interdict_odata::number::Decimal;
use interdict_odata::query::{Arithmetic, Function, Scalar, Type};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};
use uuid::Uuid;

/// What an argument is taken for.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Units,
    Ticks,
}

use Kind::{Integer, Text, Ticks, Units};

const FUNCTIONS: [(&str, Function, &[Kind]); 22] = [
    ("odata_contains", Function::Contains, &[Text, Text]),
    ("odata_startswith", Function::StartsWith, &[Text, Text]),
    ("odata_endswith", Function::EndsWith, &[Text, Text]),
    ("odata_indexof", Function::IndexOf, &[Text, Text]),
    ("odata_length", Function::Length, &[Text]),
    ("odata_substring", Function::Substring, &[Text, Integer]),
    ("odata_substring", Function::Substring, &[Text, Integer, Integer]),
    ("odata_tolower", Function::ToLower, &[Text]),
    ("odata_toupper", Function::ToUpper, &[Text]),
    ("odata_trim", Function::Trim, &[Text]),
    ("odata_year", Function::Year, &[Ticks]),
    ("odata_month", Function::Month, &[Ticks]),
    ("odata_day", Function::Day, &[Ticks]),
    ("odata_hour", Function::Hour, &[Ticks]),
    ("odata_minute", Function::Minute, &[Ticks]),
    ("odata_second", Function::Second, &[Ticks]),
    ("odata_fractionalseconds", Function::FractionalSeconds, &[Ticks]),
    ("odata_date", Function::Date, &[Ticks]),
    ("odata_time", Function::Time, &[Ticks]),
    ("odata_round", Function::Round, &[Units]),
    ("odata_floor", Function::Floor, &[Units]),
    ("odata_ceiling", Function::Ceiling, &[Units]),
];

const ARITHMETIC: [(&str, Arithmetic, Kind); 7] = [
    ("odata_add", Arithmetic::Add, Integer),
    ("odata_sub", Arithmetic::Subtract, Integer),
    ("odata_mul", Arithmetic::Multiply, Integer),
    ("odata_div", Arithmetic::Divide, Integer),
    ("odata_mod", Arithmetic::Modulo, Integer),
    ("odata_mul_units", Arithmetic::Multiply, Units),
    ("odata_div_units", Arithmetic::Divide, Units),
];

/// Makes them known to a connection.
pub(super) fn register(db: &Connection) -> Result<()> {
    for (name, function, kinds) in FUNCTIONS {
        scalar(db, name, kinds, move |arguments| call(function, arguments, 0))?;
    }
    for (name, operator, kind) in ARITHMETIC {
        let kinds: &[Kind] = if matches!(kind, Units) { &[Units, Units] } else { &[Integer, Integer] };
        scalar(db, name, kinds, move |arguments| match arguments {
            [left, right] => arithmetic(operator, left, right, Type::Int64),
            _ => Scalar::Null,
        })?;
    }
    scalar(db, "odata_neg", &[Integer], |arguments| arguments.first().map_or(Scalar::Null, negate))?;
    scalar(db, "odata_int32", &[Integer], |arguments| match arguments {
        [Scalar::Integer(number)] => convert(Scalar::Integer(*number), Type::Int64, Type::Int32),
        _ => Scalar::Null,
    })?;
    // Plus nothing: null outside of the calendar.
    for (name, ty) in [("odata_instant", Type::DateTimeOffset), ("odata_midnight", Type::Date)] {
        scalar(db, name, &[Ticks], move |arguments| match arguments {
            [instant] => arithmetic(Arithmetic::Add, instant, &Scalar::Ticks(0), ty),
            _ => Scalar::Null,
        })?;
    }
    scalar(db, "odata_ticks", &[Text], |arguments| match arguments {
        [Scalar::Text(text)] => {
            Timestamp::parse_lenient(text).map_or(Scalar::Null, |date| Scalar::Ticks(date.instant.ticks()))
        }
        _ => Scalar::Null,
    })?;
    scalar(db, "odata_key", &[Text], |arguments| match arguments {
        [Scalar::Text(text)] => Scalar::Integer(KeyValuePair::key_of(text)),
        _ => Scalar::Null,
    })?;
    db.create_scalar_function("odata_guid", 1, flags(), |context| {
        Ok(match context.get_raw(0) {
            ValueRef::Blob(bytes) => {
                Uuid::from_slice(bytes).map_or(Value::Null, |id| Value::Text(id.hyphenated().to_string()))
            }
            _ => Value::Null,
        })
    })
}

fn flags() -> FunctionFlags {
    FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS
}

/// A function that is null where an argument is.
fn scalar(
    db: &Connection,
    name: &str,
    kinds: &'static [Kind],
    compute: impl for<'a> Fn(&[Scalar<'a>]) -> Scalar<'a> + Send + 'static,
) -> Result<()> {
    let count = i32::try_from(kinds.len()).unwrap_or(-1);
    db.create_scalar_function(name, count, flags(), move |context| {
        let arguments: Option<Vec<_>> =
            kinds.iter().enumerate().map(|(index, kind)| argument(context, index, *kind)).collect();
        Ok(arguments.map_or(Value::Null, |arguments| result(compute(&arguments))))
    })
}

fn argument<'a>(context: &'a Context<'_>, index: usize, kind: Kind) -> Option<Scalar<'a>> {
    Some(match (context.get_raw(index), kind) {
        (ValueRef::Text(text), Text) => Scalar::Text(std::str::from_utf8(text).ok()?.into()),
        (ValueRef::Integer(number), Integer) => Scalar::Integer(number),
        (ValueRef::Integer(number), Units) => Scalar::Decimal(Decimal::from_units(number)),
        (ValueRef::Integer(number), Ticks) => Scalar::Ticks(number),
        _ => return None,
    })
}

fn result(value: Scalar<'_>) -> Value {
    match value {
        Scalar::Boolean(value) => Value::Integer(value.into()),
        Scalar::Text(text) => Value::Text(text.into_owned()),
        Scalar::Integer(number) | Scalar::Ticks(number) => Value::Integer(number),
        Scalar::Decimal(number) => Value::Integer(number.units()),
        Scalar::Null | Scalar::Guid(_) | Scalar::Binary(_) => Value::Null,
    }
}

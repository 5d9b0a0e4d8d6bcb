//! Values as PostgreSQL's parameters: one by one, or a column of many rows as an array.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::Value;
use crate::tables::Kind;

/// A parameter that knows its type, for statements that are not prepared beforehand.
pub(super) trait Typed {
    fn sql_type(&self) -> Type;
}

impl<T: Typed> Typed for &T {
    fn sql_type(&self) -> Type {
        (*self).sql_type()
    }
}

impl Typed for Value<'_> {
    fn sql_type(&self) -> Type {
        match self {
            Self::Integer(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            Self::Uuid(_) => Type::UUID,
            Self::Bytes(_) => Type::BYTEA,
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Integer(value) => value.to_sql(kind, out),
            Self::Text(value) => value.as_deref().to_sql(kind, out),
            Self::Uuid(value) => value.to_sql(kind, out),
            Self::Bytes(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::UUID, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

/// One column of many rows, as an array.
#[derive(Debug)]
pub(super) enum Array<'a> {
    Integers(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Uuids(Vec<Uuid>),
    Bytes(Vec<&'a [u8]>),
}

impl<'a> Array<'a> {
    /// The column with that index, of that kind.
    pub(super) fn column(rows: &'a [Vec<Value<'a>>], index: usize, kind: Kind) -> Self {
        let values = rows.iter().filter_map(|row| row.get(index));
        match kind {
            Kind::Integer => Self::Integers(
                values.map(|value| if let Value::Integer(value) = value { *value } else { None }).collect(),
            ),
            Kind::Text => Self::Texts(
                values
                    .map(|value| if let Value::Text(text) = value { text.as_deref() } else { None })
                    .collect(),
            ),
            Kind::Uuid => Self::Uuids(
                values
                    .filter_map(|value| if let Value::Uuid(uuid) = value { Some(*uuid) } else { None })
                    .collect(),
            ),
            Kind::Bytes => Self::Bytes(
                values
                    .filter_map(|value| if let Value::Bytes(bytes) = value { Some(*bytes) } else { None })
                    .collect(),
            ),
        }
    }
}

impl Typed for Array<'_> {
    fn sql_type(&self) -> Type {
        match self {
            Self::Integers(_) => Type::INT8_ARRAY,
            Self::Texts(_) => Type::TEXT_ARRAY,
            Self::Uuids(_) => Type::UUID_ARRAY,
            Self::Bytes(_) => Type::BYTEA_ARRAY,
        }
    }
}

impl ToSql for Array<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Integers(values) => values.to_sql(kind, out),
            Self::Texts(values) => values.to_sql(kind, out),
            Self::Uuids(values) => values.to_sql(kind, out),
            Self::Bytes(values) => values.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8_ARRAY, Type::TEXT_ARRAY, Type::UUID_ARRAY, Type::BYTEA_ARRAY].contains(kind)
    }

    to_sql_checked!();
}

//! Where the store is: `sqlite:PATH` or `postgres://…`.

use std::path::PathBuf;
use std::str::FromStr;

use interdict_store::Address;
use serde::{Deserialize, Deserializer};

/// Where the store is.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<Address>),
}

/// The text itself never goes into a message: it may hold a password.
impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() || path.starts_with(':') {
                Err("`sqlite:` needs the path of a file, such as `sqlite:/var/lib/interdict/interdict.db`"
                    .to_owned())
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return text.parse().map(Box::new).map(Self::Postgres);
        }
        Err("it must be `sqlite:PATH` or `postgres://USER@HOST/DATABASE`".to_owned())
    }
}

impl<'de> Deserialize<'de> for Database {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::value::from_text(deserializer)
    }
}

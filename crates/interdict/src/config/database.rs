//! Where the store is: `sqlite:PATH`.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// Where the store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Database {
    /// The file.
    pub(crate) path: PathBuf,
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
                Ok(Self { path: path.into() })
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Err("this build has no PostgreSQL engine; `sqlite:PATH` is what it has".to_owned());
        }
        Err("it must be `sqlite:PATH`".to_owned())
    }
}

impl<'de> Deserialize<'de> for Database {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::value::from_text(deserializer)
    }
}

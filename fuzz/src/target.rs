//! The readers, and what must hold of each for any text.

use interdict_app::page;
use interdict_http::graph::fuzzing as graph;
use interdict_model::{ActionId, Timestamp};

use crate::query;

/// A reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The value of `$filter`, decoded.
    Filter,
    /// The value of `$orderby`, decoded.
    OrderBy,
    /// The value of `$search`, decoded.
    Search,
    /// A whole query string.
    Query,
    /// The path of an address.
    Path,
    /// A skip token: as a client sends it, and what a signed one would hold.
    SkipToken,
    /// The body of `$batch`.
    Batch,
    /// The body of a POST or PATCH.
    Body,
    /// A date in a body, and as a literal.
    Date,
    /// A GUID as a key, and as a literal.
    Guid,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Filter,
        Self::OrderBy,
        Self::Search,
        Self::Query,
        Self::Path,
        Self::SkipToken,
        Self::Batch,
        Self::Body,
        Self::Date,
        Self::Guid,
    ];

    /// Its name, as `cargo xtask fuzz` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::OrderBy => "orderby",
            Self::Search => "search",
            Self::Query => "query",
            Self::Path => "path",
            Self::SkipToken => "skiptoken",
            Self::Batch => "batch",
            Self::Body => "body",
            Self::Date => "date",
            Self::Guid => "guid",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// Reads the text.
    ///
    /// # Panics
    /// Where something does not hold, or the reader panics.
    pub fn run(self, data: &[u8]) {
        match self {
            Self::Batch => drop(graph::batch(data)),
            Self::Body => drop(graph::body(data)),
            Self::SkipToken => skip_token(data),
            _ => {
                // An address is ASCII, and what is decoded from it UTF-8 or refused.
                if let Ok(text) = str::from_utf8(data) {
                    self.read(text);
                }
            }
        }
    }

    fn read(self, text: &str) {
        match self {
            Self::Filter => query::option("$filter", text),
            Self::OrderBy => query::option("$orderby", text),
            Self::Search => query::option("$search", text),
            Self::Query => query::whole(text),
            Self::Path => drop(graph::path(text)),
            Self::Date => date(text),
            Self::Guid => guid(text),
            Self::SkipToken | Self::Batch | Self::Body => {}
        }
    }
}

/// Two tokens are not read as one place.
fn skip_token(data: &[u8]) {
    if let Some((read, written)) = page::fuzzing::token(data) {
        assert_eq!(read, written, "a token that is written otherwise than it was read");
    }
}

/// A date is written as it was read, and both readers read the same instant.
fn date(text: &str) {
    let Some(read) = Timestamp::parse_lenient(text) else { return };
    let written = read.instant.to_string();
    let again = Timestamp::parse_lenient(&written).map(|again| again.instant);
    assert_eq!(again, Some(read.instant), "`{written}` is read as another instant");
    if let Some(selects) = query::selects_created(&format!("createdDateTime eq {text}"), read.instant) {
        assert!(selects, "`{text}` is `{written}` in a body, and another instant in a filter");
    }
}

/// A GUID in any case is the one in lower case, as a key and in a filter.
fn guid(text: &str) {
    let Some(id) = ActionId::parse(text) else { return };
    assert_eq!(id.to_string(), text.to_ascii_lowercase());
    for literal in [text.to_owned(), format!("'{text}'")] {
        assert_eq!(query::selects_id(&format!("id eq {literal}"), id), Some(true), "{literal}");
    }
}

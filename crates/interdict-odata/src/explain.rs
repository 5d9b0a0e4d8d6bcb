//! A query for people who ask what it was understood as: each option as it was read, what was passed over, and the bound
//! tree a node a line. Nothing here decides anything; [`bind_query`] does.

mod tree;

pub use tree::{Branch, tree};

use crate::bind::bind_query;
use crate::edm::StructuredType;
use crate::options::{self, OptionName};
use crate::{BoundQuery, QueryError, parser};

/// A query as it was read.
#[derive(Debug)]
pub struct Reading {
    /// The options and parameter aliases, in the order given.
    pub given: Vec<Given>,
    /// Names that are no option of OData: custom options, which mean nothing.
    pub ignored: Vec<String>,
    /// What the options mean together, or every fault found.
    pub bound: Result<BoundQuery, Vec<QueryError>>,
}

/// One option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its name, as `$filter` or `@alias`.
    pub name: String,
    /// Its value, decoded: what positions of faults count in.
    pub value: String,
    /// The value with keywords in lower case, single spaces, and no needless parentheses; as it is where it cannot be read.
    pub canonical: String,
}

/// Reads the query string of a request, as [`bind_query`] does.
#[must_use]
pub fn read(query: &str, entity: &'static StructuredType) -> Reading {
    let split = options::split(query);
    let bound = bind_query(query, entity);
    let options = split.options.into_iter().map(|option| {
        let canonical = canonical(option.name, &option.value, bound.as_ref().ok());
        Given {
            name: option.name.name().to_owned(),
            canonical: canonical.unwrap_or_else(|| option.value.clone()),
            value: option.value,
        }
    });
    let aliases = split.aliases.into_iter().map(|(name, value)| {
        let canonical = parser::parse(&value).map_or_else(|_| value.clone(), |tree| tree.to_string());
        Given { name, value, canonical }
    });
    Reading { given: options.chain(aliases).collect(), ignored: split.ignored, bound }
}

fn canonical(name: OptionName, value: &str, bound: Option<&BoundQuery>) -> Option<String> {
    match name {
        OptionName::Filter => parser::parse(value).ok().map(|tree| tree.to_string()),
        OptionName::OrderBy => {
            let keys = parser::parse_order(value).ok()?;
            let keys = keys
                .iter()
                .map(|(key, descending)| format!("{key}{}", if *descending { " desc" } else { "" }));
            Some(keys.collect::<Vec<_>>().join(","))
        }
        // Names as they are declared, each once.
        OptionName::Select => {
            let paths = bound?.select.as_ref()?.iter().map(ToString::to_string);
            Some(paths.collect::<Vec<_>>().join(","))
        }
        OptionName::Count => Some(value.to_ascii_lowercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

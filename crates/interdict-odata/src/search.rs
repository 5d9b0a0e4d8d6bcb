//! `$search`: words and phrases in texts, joined by `AND`, `OR` and `NOT` (OData 4.01 part 2, 5.1.8).
//!
//! A text is a row of tokens: its longest runs of letters and digits (Unicode's `Alphabetic` and `Numeric`), each
//! character in lower case. What stands between them counts for nothing. A word of the search is made into tokens in
//! the same way, and is found where these stand one after the other: `10.0.0.1` finds `[10.0.0.1]`, and `BLOCK` finds
//! `block ip`, but not `blocked`.

mod parse;

use std::fmt;

use crate::query::Path;

pub(crate) use parse::parse;

/// A checked search.
#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    /// All of these; two or more.
    All(Vec<Search>),
    /// One of these; two or more.
    Any(Vec<Search>),
    /// Not this.
    Not(Box<Search>),
    /// Tokens that follow each other within one text.
    Phrase {
        /// The property whose texts are searched, at any depth below it; all properties where there is none.
        within: Option<Path>,
        /// At least one.
        tokens: Vec<String>,
    },
}

/// A text of a row.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The path of its property, as it is declared: `name`, `vendorInformation/provider`, `parameters/value`.
    pub path: &'a str,
    /// The text.
    pub text: &'a str,
}

/// The tokens of a text.
pub fn tokens(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|run| !run.is_empty())
        .map(|run| run.chars().flat_map(char::to_lowercase).collect())
}

impl Search {
    /// Whether a row with these texts is found.
    #[must_use]
    pub fn finds(&self, texts: &[Text<'_>]) -> bool {
        let tokenised: Vec<(&str, Vec<String>)> =
            texts.iter().map(|text| (text.path, tokens(text.text).collect())).collect();
        self.finds_in(&tokenised)
    }

    fn finds_in(&self, texts: &[(&str, Vec<String>)]) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.finds_in(texts)),
            Self::Any(parts) => parts.iter().any(|part| part.finds_in(texts)),
            Self::Not(operand) => !operand.finds_in(texts),
            Self::Phrase { within, tokens } => {
                let within = within.as_ref().map(Path::to_string);
                texts
                    .iter()
                    .filter(|(path, _)| within.as_deref().is_none_or(|within| is_within(path, within)))
                    .any(|(_, found)| found.windows(tokens.len()).any(|run| run == tokens))
            }
        }
    }
}

/// For people, and for digests: two searches with one text mean the same.
impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, name: &str, parts: &[Self]| {
            write!(f, "({name}")?;
            parts.iter().try_for_each(|part| write!(f, " {part}"))?;
            f.write_str(")")
        };
        match self {
            Self::All(parts) => joined(f, "and", parts),
            Self::Any(parts) => joined(f, "or", parts),
            Self::Not(operand) => write!(f, "(not {operand})"),
            // Tokens hold no quotes.
            Self::Phrase { within, tokens } => {
                let words = tokens.join(" ");
                match within {
                    Some(path) => write!(f, "{path}:\"{words}\""),
                    None => write!(f, "\"{words}\""),
                }
            }
        }
    }
}

/// Whether a path is that property or below it.
fn is_within(path: &str, property: &str) -> bool {
    path.strip_prefix(property).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;

//! Regular expressions, compiled once and bounded in size and time.

use regex::{Regex, RegexBuilder};

use crate::limits;

/// A regular expression in the syntax of the `regex` crate, whose search takes time linear in the text. It is found
/// anywhere in a text unless it is anchored; it has no look-around and no back-references.
#[derive(Clone, Debug)]
pub struct Pattern {
    compiled: Regex,
}

/// Patterns are the same where their texts are.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

/// Why a text is no pattern.
pub(crate) enum PatternError {
    TooLarge,
    Syntax(String),
}

impl Pattern {
    pub(crate) fn compile(text: &str) -> Result<Self, PatternError> {
        const NESTING: u32 = 32;
        if text.chars().nth(limits::PATTERN_CHARS).is_some() {
            return Err(PatternError::TooLarge);
        }
        RegexBuilder::new(text)
            .size_limit(limits::PATTERN_BYTES)
            .dfa_size_limit(limits::PATTERN_BYTES)
            .nest_limit(NESTING)
            .build()
            .map(|compiled| Self { compiled })
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
                // The message is several lines, the last of which says what is wrong.
                other => {
                    let message = other.to_string();
                    let last = message.lines().last().unwrap_or_default();
                    PatternError::Syntax(last.trim_start_matches("error: ").to_owned())
                }
            })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.compiled.as_str()
    }

    /// Whether it is found in the text.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

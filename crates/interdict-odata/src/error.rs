//! What is wrong with a query, and where.

/// One fault of a query option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// The option, as `$filter`.
    pub option: String,
    /// The kind of fault.
    pub code: QueryErrorCode,
    /// Where the fault starts: 0-based, in characters of the decoded option value.
    pub position: Option<usize>,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// The kinds of fault, as `details[0].code` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueryErrorCode {
    /// The text does not follow the grammar.
    SyntaxError,
    /// A name that the type does not declare.
    UnknownProperty,
    /// Operands that cannot be compared, or a value of the wrong type.
    TypeMismatch,
    /// Correct OData that this service does not evaluate.
    Unsupported,
    /// Over a limit.
    LimitExceeded,
}

impl QueryErrorCode {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SyntaxError => "syntaxError",
            Self::UnknownProperty => "unknownProperty",
            Self::TypeMismatch => "typeMismatch",
            Self::Unsupported => "unsupported",
            Self::LimitExceeded => "limitExceeded",
        }
    }
}

/// A fault within one option value, whose name is known further up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The option, where it is not the one that is being read: a parameter alias.
    pub(crate) option: Option<String>,
    pub(crate) code: QueryErrorCode,
    pub(crate) position: Option<usize>,
    pub(crate) message: String,
}

impl Fault {
    fn at(code: QueryErrorCode, position: usize, message: impl Into<String>) -> Self {
        Self { option: None, code, position: Some(position), message: message.into() }
    }

    pub(crate) fn syntax(position: usize, message: impl Into<String>) -> Self {
        Self::at(QueryErrorCode::SyntaxError, position, message)
    }

    pub(crate) fn unknown(position: usize, message: impl Into<String>) -> Self {
        Self::at(QueryErrorCode::UnknownProperty, position, message)
    }

    pub(crate) fn mismatch(position: usize, message: impl Into<String>) -> Self {
        Self::at(QueryErrorCode::TypeMismatch, position, message)
    }

    pub(crate) fn unsupported(position: usize, message: impl Into<String>) -> Self {
        Self::at(QueryErrorCode::Unsupported, position, message)
    }

    pub(crate) fn limit(position: usize, message: impl Into<String>) -> Self {
        Self::at(QueryErrorCode::LimitExceeded, position, message)
    }

    /// The fault of the option as a whole.
    pub(crate) fn whole(mut self) -> Self {
        self.position = None;
        self
    }

    pub(crate) fn of_option(self, option: &str) -> QueryError {
        QueryError {
            option: self.option.unwrap_or_else(|| option.to_owned()),
            code: self.code,
            position: self.position,
            message: self.message,
        }
    }
}

/// User input for a message, in backticks; cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

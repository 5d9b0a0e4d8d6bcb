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

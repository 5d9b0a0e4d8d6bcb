//! Typed expressions. What OData says about null is spelled out in nodes, so that whoever renders or evaluates a tree
//! applies three-valued logic and nothing else.
//!
//! A node whose operand is null is null, with these exceptions: `And` and `Or` follow three-valued logic, `IsNull`,
//! `IsTrue`, `Same`, `Any`, `All` and `Count` are never null. The binder puts `IsTrue` around a comparison that OData
//! wants to be false where SQL's would be null, and leaves it out where null and false come to the same: at the top
//! of a filter or a predicate, and below `And` and `Or` there.

use super::{Function, Path, Pattern, Scalar, Type};

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
    /// Whether it may be null.
    pub nullable: bool,
    /// Where its operator or its first character stands in the option value, in characters.
    pub at: usize,
}

/// Where an expression stands is no part of what it says.
impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.ty == other.ty && self.nullable == other.nullable
    }
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Scalar<'static>),
    /// A property of the row, or of the element that a range variable stands for.
    Value(Place),
    /// All of these hold; two or more, none of them an `And`.
    And(Vec<Expr>),
    /// One of these holds; two or more, none of them an `Or`.
    Or(Vec<Expr>),
    /// Null where the operand is.
    Not(Box<Expr>),
    /// Operands of one type (`Int32` and `Int64` count as one, `Date` and `DateTimeOffset` too). Null where one is.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// Both are null, or they are equal: SQL's `IS NOT DISTINCT FROM`.
    Same(Box<Expr>, Box<Expr>),
    /// Whether the operand is null.
    IsNull(Box<Expr>),
    /// Whether the operand is true: false where it is false or null.
    IsTrue(Box<Expr>),
    /// See [`Arithmetic`]. Null where an operand is, and where the result does not fit.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// With the other sign: of `Int64`, `Decimal` or `Duration`. Null where it does not fit.
    Negate(Box<Expr>),
    /// The operand as a value of the node's type. `Int32`, `Int64` to `Decimal` and back (cut after the point), `Int64`
    /// to `Int32`: null where it does not fit. `Boolean`, integers, `Guid` and enumerations (their member's name) to
    /// `String`.
    Convert(Box<Expr>),
    /// A function of single values. Null where an argument is.
    Call(Function, Vec<Expr>),
    /// Whether the pattern is found in the text.
    Matches(Box<Expr>, Pattern),
    /// Whether the operand equals one of these, none of which is null; at least one. Null where the operand is.
    InList(Box<Expr>, Vec<Scalar<'static>>),
    /// Whether the predicate is true for an element. False where there are none.
    Any(Collection, Box<Expr>),
    /// Whether the predicate is true, and not null, for every element. True where there are none.
    All(Collection, Box<Expr>),
    /// For how many elements the predicate is true.
    Count(Collection, Box<Expr>),
}

/// A collection, whose elements a variable stands for in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// Where it is; the last property of the path is the collection.
    pub place: Place,
    /// The variable's number, unique in the expression.
    pub variable: u32,
}

/// Where a value is.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Where the path begins.
    pub root: Root,
    /// Empty for the row or the element itself.
    pub path: Path,
}

/// What a path begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The entity that is filtered.
    Row,
    /// The element that the variable of that number stands for.
    Element(u32),
}

/// The comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
}

/// Arithmetic. The operands are two of `Int32` or `Int64` (the result is `Int64`), two `Decimal`s, or, with the result
/// of the node's type:
///
/// - `DateTimeOffset` or `Date`, plus or minus a `Duration`; a `Date` is cut to its midnight. Null outside of the
///   years 1 to 9999.
/// - two `DateTimeOffset`s or `Date`s, minus: a `Duration`
/// - two `Duration`s, plus or minus
/// - a `Duration` times or divided by an integer or a `Decimal`, cut to ticks
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `add`
    Add,
    /// `sub`
    Subtract,
    /// `mul`; decimals are cut after the seventh digit.
    Multiply,
    /// `div`, and with decimals `divby`: of integers the whole part, of decimals seven digits, both cut towards zero.
    /// Null where the divisor is zero.
    Divide,
    /// `mod`: what `div` leaves over, with the sign of the left operand. Null where the divisor is zero.
    Modulo,
}

impl Comparison {
    /// What holds of the operands the other way round.
    pub(crate) const fn flipped(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

impl Expr {
    /// The path, where this is a property of the row.
    #[must_use]
    pub const fn property(&self) -> Option<&Path> {
        match &self.kind {
            ExprKind::Value(Place { root: Root::Row, path }) => Some(path),
            _ => None,
        }
    }

    /// What it is made of: its operands, or the predicate over a collection.
    #[must_use]
    pub fn operands(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Value(_) => Vec::new(),
            ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::Call(_, parts) => parts.iter().collect(),
            ExprKind::Compare(_, left, right)
            | ExprKind::Same(left, right)
            | ExprKind::Arithmetic(_, left, right) => vec![left, right],
            ExprKind::Not(operand)
            | ExprKind::IsNull(operand)
            | ExprKind::IsTrue(operand)
            | ExprKind::Negate(operand)
            | ExprKind::Convert(operand)
            | ExprKind::Matches(operand, _)
            | ExprKind::InList(operand, _)
            | ExprKind::Any(_, operand)
            | ExprKind::All(_, operand)
            | ExprKind::Count(_, operand) => vec![operand],
        }
    }

    /// What must all hold for this to hold, none of it an `And`: itself, where it is no `And`.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        match &self.kind {
            ExprKind::And(parts) => parts,
            _ => std::slice::from_ref(self),
        }
    }

    /// The constant, where this is one.
    #[must_use]
    pub const fn literal(&self) -> Option<&Scalar<'static>> {
        match &self.kind {
            ExprKind::Literal(value) => Some(value),
            _ => None,
        }
    }
}

//! The tree of an expression, as the grammar has it: names are not looked up, types are not checked.

mod print;

/// Where something stands in the decoded option value: characters, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    /// From the start of `self` to the end of `last`.
    pub(crate) const fn to(self, last: Self) -> Self {
        Self { start: self.start, end: last.end }
    }
}

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) span: Span,
    /// The operator's first character, or the start where there is none: what a fault of this node points at.
    pub(crate) at: usize,
    pub(crate) kind: ExprKind,
}

/// Where a node stands is no part of what it says.
impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The kinds of node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExprKind {
    Literal(Literal),
    /// At least one segment.
    Path(Vec<Segment>),
    /// Two or more, none of them an `And`.
    And(Vec<Expr>),
    /// Two or more, none of them an `Or`.
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// `x in (literals)`
    InList(Box<Expr>, Vec<Expr>),
}

/// The operators with two operands that do not chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Add,
    Sub,
    Mul,
    Div,
    DivBy,
    Mod,
    Has,
    /// With a collection on the right, not a list.
    In,
}

impl BinaryOperator {
    /// Every operator and its keyword.
    pub(crate) const ALL: [(Self, &'static str); 14] = [
        (Self::Eq, "eq"),
        (Self::Ne, "ne"),
        (Self::Gt, "gt"),
        (Self::Ge, "ge"),
        (Self::Lt, "lt"),
        (Self::Le, "le"),
        (Self::Add, "add"),
        (Self::Sub, "sub"),
        (Self::Mul, "mul"),
        (Self::Div, "div"),
        (Self::DivBy, "divby"),
        (Self::Mod, "mod"),
        (Self::Has, "has"),
        (Self::In, "in"),
    ];

    pub(crate) fn keyword(self) -> &'static str {
        Self::ALL.into_iter().find(|(operator, _)| *operator == self).map_or("", |(_, keyword)| keyword)
    }

    pub(crate) const fn precedence(self) -> Precedence {
        match self {
            Self::Eq | Self::Ne => Precedence::Equality,
            Self::Gt | Self::Ge | Self::Lt | Self::Le => Precedence::Relational,
            Self::Add | Self::Sub => Precedence::Additive,
            Self::Mul | Self::Div | Self::DivBy | Self::Mod => Precedence::Multiplicative,
            Self::Has | Self::In => Precedence::Primary,
        }
    }
}

/// How tightly operators bind, loosest first (OData 4.01 part 2, 5.1.1.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Precedence {
    Or,
    And,
    Equality,
    Relational,
    Additive,
    Multiplicative,
    Unary,
    Primary,
    Operand,
}

/// A primitive literal; where the type has more than one spelling, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    Null,
    Boolean(bool),
    String(String),
    /// Any number, also `INF` and `NaN`.
    Number(String),
    Guid(String),
    Date(String),
    TimeOfDay(String),
    DateTimeOffset(String),
    Duration(String),
    Binary(String),
    /// The prefix (`geography`, `geometry`) and the text.
    Geo(String, String),
    /// The type's name and the members.
    Enum(String, String),
}

/// One step of a path.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) span: Span,
    pub(crate) kind: SegmentKind,
}

impl PartialEq for Segment {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The kinds of step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SegmentKind {
    /// A property, a range variable, or with dots in it a type.
    Name(String),
    /// `$it`, `$this`, `$root`, with the sign.
    System(String),
    /// `$count`, with the `$filter` in its parentheses.
    Count(Option<Box<Expr>>),
    /// An annotation, or as the first step a parameter alias; with the sign.
    At(String),
    /// A function or a key predicate; named arguments keep their names.
    Call(String, Vec<(Option<String>, Expr)>),
    /// `any` or, where `all` is true, `all`; with the range variable and the predicate.
    Lambda { all: bool, body: Option<(String, Box<Expr>)> },
}

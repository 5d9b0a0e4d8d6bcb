//! Operators, by precedence climbing.

use super::{Parsed, Parser, too_deep};
use crate::ast::{BinaryOperator, Expr, ExprKind, Precedence};
use crate::error::{Fault, quoted};
use crate::lexer::TokenKind;
use crate::limits;

/// What may follow an operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Infix {
    And,
    Or,
    Binary(BinaryOperator),
}

impl Infix {
    fn parse(word: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case("and") {
            return Some(Self::And);
        }
        if word.eq_ignore_ascii_case("or") {
            return Some(Self::Or);
        }
        BinaryOperator::ALL
            .into_iter()
            .find(|(_, keyword)| keyword.eq_ignore_ascii_case(word))
            .map(|(operator, _)| Self::Binary(operator))
    }

    const fn precedence(self) -> Precedence {
        match self {
            Self::And => Precedence::And,
            Self::Or => Precedence::Or,
            Self::Binary(operator) => operator.precedence(),
        }
    }
}

impl Precedence {
    const fn tighter(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Equality,
            Self::Equality => Self::Relational,
            Self::Relational => Self::Additive,
            Self::Additive => Self::Multiplicative,
            Self::Multiplicative => Self::Unary,
            Self::Unary => Self::Primary,
            Self::Primary | Self::Operand => Self::Operand,
        }
    }
}

impl Parser {
    /// The right side of an operator of that precedence. The tree is checked when it is built; this bounds the stack
    /// on the way there.
    fn right_side(&mut self, precedence: Precedence) -> Result<Parsed, Fault> {
        if self.operators >= limits::DEPTH {
            return Err(too_deep(self.span().start));
        }
        self.operators += 1;
        let parsed = self.expression(precedence.tighter());
        self.operators -= 1;
        parsed
    }

    /// An expression whose operators bind at least as tightly as `least`.
    pub(super) fn expression(&mut self, least: Precedence) -> Result<Parsed, Fault> {
        let mut left = self.unary(least)?;
        loop {
            let TokenKind::Word(word) = self.peek() else { return Ok(left) };
            let Some(infix) = Infix::parse(word).filter(|infix| infix.precedence() >= least) else {
                return Ok(left);
            };
            let at = self.span().start;
            if !self.spaced() {
                return Err(Fault::syntax(at, format!("a space belongs before {}", quoted(word))));
            }
            let word = word.clone();
            self.advance();
            // Lists are often written without the space.
            let list = infix == Infix::Binary(BinaryOperator::In) && *self.peek() == TokenKind::Open;
            if !list && !self.spaced() && *self.peek() != TokenKind::End {
                return Err(Fault::syntax(
                    self.span().start,
                    format!("a space belongs after {}", quoted(&word)),
                ));
            }
            left = match infix {
                Infix::Binary(BinaryOperator::In) if list => self.in_list(left, at)?,
                Infix::Binary(operator) => {
                    let right = self.right_side(operator.precedence())?;
                    let span = left.expr.span.to(right.expr.span);
                    let height = 1 + left.height.max(right.height);
                    let kind = ExprKind::Binary(operator, Box::new(left.expr), Box::new(right.expr));
                    self.node(span, at, kind, height)?
                }
                Infix::And | Infix::Or => {
                    let right = self.right_side(infix.precedence())?;
                    self.chain(infix, left, right, at)?
                }
            };
        }
    }

    /// Chains of `and`, and of `or`, are one flat node each, also across parentheses.
    fn chain(&mut self, infix: Infix, left: Parsed, right: Parsed, at: usize) -> Result<Parsed, Fault> {
        let span = left.expr.span.to(right.expr.span);
        let parts_of = |parsed: Parsed| {
            let height = parsed.height;
            match (infix, parsed.expr) {
                (Infix::And, Expr { at, kind: ExprKind::And(parts), .. })
                | (Infix::Or, Expr { at, kind: ExprKind::Or(parts), .. }) => (parts, Some(at), height),
                (_, expr) => (vec![expr], None, height + 1),
            }
        };
        let (mut parts, first, left_height) = parts_of(left);
        let (more, _, right_height) = parts_of(right);
        parts.extend(more);
        let kind = if infix == Infix::And { ExprKind::And(parts) } else { ExprKind::Or(parts) };
        self.node(span, first.unwrap_or(at), kind, left_height.max(right_height))
    }

    fn unary(&mut self, least: Precedence) -> Result<Parsed, Fault> {
        let start = self.span();
        let not = match self.peek() {
            TokenKind::Minus => false,
            TokenKind::Word(word) if word.eq_ignore_ascii_case("not") && self.not_is_operator() => true,
            _ => return self.primary(),
        };
        if least > Precedence::Unary {
            return Err(self.unexpected("parentheses belong around this operand"));
        }
        self.advance();
        let operand = self.nested(|parser| parser.expression(Precedence::Unary))?;
        let span = start.to(operand.expr.span);
        let height = operand.height + 1;
        let operand = Box::new(operand.expr);
        let kind = if not { ExprKind::Not(operand) } else { ExprKind::Negate(operand) };
        self.node(span, start.start, kind, height)
    }

    /// `not` followed by an operand, and no property of that name.
    fn not_is_operator(&self) -> bool {
        match self.tokens.get(self.at + 1).map(|token| &token.kind) {
            None | Some(TokenKind::End | TokenKind::Close | TokenKind::Comma | TokenKind::Slash) => false,
            Some(TokenKind::Word(word)) => Infix::parse(word).is_none(),
            Some(_) => true,
        }
    }

    /// `x in (…)`: a list of literals, or a collection in parentheses.
    fn in_list(&mut self, left: Parsed, at: usize) -> Result<Parsed, Fault> {
        self.expect(&TokenKind::Open)?;
        let mut items = Vec::new();
        let mut height = left.height;
        while !self.eat(&TokenKind::Close) {
            if !items.is_empty() {
                let listed = items.iter().all(|item: &Expr| matches!(item.kind, ExprKind::Literal(_)));
                if !listed || *self.peek() != TokenKind::Comma {
                    return Err(
                        self.unexpected("a list holds literals between commas, and here `)` is expected")
                    );
                }
                self.advance();
            }
            if items.len() == limits::LIST {
                let message = format!("a list has more than {} values", limits::LIST);
                return Err(Fault::limit(self.span().start, message));
            }
            let item = self.nested(|parser| parser.expression(Precedence::Or))?;
            if !items.is_empty() && !matches!(item.expr.kind, ExprKind::Literal(_)) {
                return Err(Fault::syntax(item.expr.span.start, "a list holds literals alone"));
            }
            height = height.max(item.height);
            items.push(item.expr);
        }
        let span = left.expr.span.to(self.last_span());
        let left = Box::new(left.expr);
        let collection = matches!(items.first(), Some(item) if !matches!(item.kind, ExprKind::Literal(_)));
        let kind = match items.pop() {
            Some(item) if collection => ExprKind::Binary(BinaryOperator::In, left, Box::new(item)),
            last => {
                items.extend(last);
                ExprKind::InList(left, items)
            }
        };
        self.node(span, at, kind, height + 1)
    }
}

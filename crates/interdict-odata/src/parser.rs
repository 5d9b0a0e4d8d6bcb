//! From tokens to a tree, by precedence climbing. The grammar is that of OData 4.01's common expressions; what the
//! service evaluates is decided when the tree is bound.

mod operators;
mod path;

use crate::ast::{Expr, ExprKind, Literal, Precedence, Span};
use crate::error::{Fault, quoted};
use crate::lexer::{self, Token, TokenKind};
use crate::limits;
use crate::suggest;

/// Parses a whole option value as one expression.
pub(crate) fn parse(text: &str) -> Result<Expr, Fault> {
    let mut parser = Parser::new(text)?;
    let parsed = parser.expression(Precedence::Or)?;
    parser.expect_end()?;
    Ok(parsed.expr)
}

/// Parses a comma list of expressions, each with an optional `asc` or `desc`; true stands for `desc`.
pub(crate) fn parse_order(text: &str) -> Result<Vec<(Expr, bool)>, Fault> {
    let mut parser = Parser::new(text)?;
    let mut keys = Vec::new();
    loop {
        let key = parser.expression(Precedence::Or)?.expr;
        let descending = match parser.peek() {
            TokenKind::Word(word) if word.eq_ignore_ascii_case("asc") => Some(false),
            TokenKind::Word(word) if word.eq_ignore_ascii_case("desc") => Some(true),
            _ => None,
        };
        if descending.is_some() {
            parser.advance();
        }
        keys.push((key, descending.unwrap_or(false)));
        if !parser.eat(&TokenKind::Comma) {
            parser.expect_end()?;
            return Ok(keys);
        }
    }
}

/// One item of `$select`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SelectItem {
    /// `*`
    All,
    Path(Expr),
}

/// Parses the comma list of `$select`.
pub(crate) fn parse_select(text: &str) -> Result<Vec<SelectItem>, Fault> {
    let mut parser = Parser::new(text)?;
    let mut items = Vec::new();
    loop {
        if parser.eat(&TokenKind::Star) {
            items.push(SelectItem::All);
        } else {
            parser.refuse_nested_options()?;
            items.push(SelectItem::Path(parser.path()?.expr));
        }
        if !parser.eat(&TokenKind::Comma) {
            parser.expect_end()?;
            return Ok(items);
        }
    }
}

/// A subtree and how high it is.
struct Parsed {
    expr: Expr,
    height: usize,
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// Parentheses around the next token.
    depth: usize,
    /// Operators whose right side the next token belongs to.
    operators: usize,
    nodes: usize,
}

const END: TokenKind = TokenKind::End;

impl Parser {
    fn new(text: &str) -> Result<Self, Fault> {
        Ok(Self { tokens: lexer::tokens(text)?, at: 0, depth: 0, operators: 0, nodes: 0 })
    }

    fn peek(&self) -> &TokenKind {
        self.tokens.get(self.at).map_or(&END, |token| &token.kind)
    }

    fn span(&self) -> Span {
        // The last token is the end, and nothing moves past it.
        self.tokens.get(self.at).map_or(Span { start: 0, end: 0 }, |token| token.span)
    }

    fn last_span(&self) -> Span {
        self.at
            .checked_sub(1)
            .and_then(|before| self.tokens.get(before))
            .map_or(Span { start: 0, end: 0 }, |token| token.span)
    }

    /// Whether white space stands before the next token.
    fn spaced(&self) -> bool {
        self.last_span().end < self.span().start
    }

    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn eat(&mut self, kind: &TokenKind) -> bool {
        let found = self.peek() == kind;
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, kind: &TokenKind) -> Result<(), Fault> {
        if self.eat(kind) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("{} is expected here", kind.describe())))
        }
    }

    fn expect_end(&self) -> Result<(), Fault> {
        match self.peek() {
            TokenKind::End => Ok(()),
            TokenKind::Word(word) => Err(match suggest::operator(word) {
                Some(hint) => {
                    Fault::syntax(self.span().start, format!("{} is no operator; {hint}", quoted(word)))
                }
                None => self.unexpected("an operator or the end is expected here"),
            }),
            _ => Err(self.unexpected("an operator or the end is expected here")),
        }
    }

    /// In `$select`, parentheses behind a path hold options.
    fn refuse_nested_options(&self) -> Result<(), Fault> {
        let path = |token: &&Token| {
            matches!(
                token.kind,
                TokenKind::Word(_) | TokenKind::System(_) | TokenKind::At(_) | TokenKind::Slash
            )
        };
        match self.tokens.iter().skip(self.at).find(|token| !path(token)) {
            Some(Token { kind: TokenKind::Open, span }) if span.start > self.span().start => {
                Err(Fault::unsupported(span.start, "options within `$select` are not supported"))
            }
            _ => Ok(()),
        }
    }

    fn unexpected(&self, expected: &str) -> Fault {
        let message = match self.peek() {
            TokenKind::Equals => match self.tokens.get(self.at + 1).map(|token| &token.kind) {
                Some(TokenKind::Equals) => "`==` is no operator; write `eq`".to_owned(),
                _ => "`=` is no operator; write `eq`".to_owned(),
            },
            found => format!("{expected}, not {}", found.describe()),
        };
        Fault::syntax(self.span().start, message)
    }

    fn node(&mut self, span: Span, at: usize, kind: ExprKind, height: usize) -> Result<Parsed, Fault> {
        self.count_node(span.start)?;
        if height > limits::DEPTH {
            return Err(too_deep(at));
        }
        Ok(Parsed { expr: Expr { span, at, kind }, height })
    }

    fn count_node(&mut self, position: usize) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > limits::NODES {
            return Err(Fault::limit(
                position,
                format!("the expression has more than {} parts", limits::NODES),
            ));
        }
        Ok(())
    }

    /// Runs `parse` one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= limits::DEPTH {
            return Err(too_deep(self.span().start));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn primary(&mut self) -> Result<Parsed, Fault> {
        let span = self.span();
        match self.peek() {
            TokenKind::Literal(literal) => {
                let kind = ExprKind::Literal(literal.clone());
                self.advance();
                self.node(span, span.start, kind, 1)
            }
            TokenKind::Word(word) => match self.word_literal(word) {
                Some(literal) => {
                    self.advance();
                    self.node(span, span.start, ExprKind::Literal(literal), 1)
                }
                None => self.path(),
            },
            TokenKind::System(_) | TokenKind::At(_) => self.path(),
            TokenKind::Open => {
                self.advance();
                let mut inner = self.nested(|parser| parser.expression(Precedence::Or))?;
                self.expect(&TokenKind::Close)?;
                inner.expr.span = span.to(self.last_span());
                Ok(inner)
            }
            TokenKind::Json => Err(Fault::unsupported(span.start, "values in JSON are not supported")),
            TokenKind::End => Err(Fault::syntax(span.start, "a property or a value is expected here")),
            _ => Err(self.unexpected("a property or a value is expected here")),
        }
    }

    /// The literals that look like names, unless what follows makes them one.
    fn word_literal(&self, word: &str) -> Option<Literal> {
        if matches!(
            self.tokens.get(self.at + 1),
            Some(Token { kind: TokenKind::Slash | TokenKind::Open, .. })
        ) {
            return None;
        }
        [("null", Literal::Null), ("true", Literal::Boolean(true)), ("false", Literal::Boolean(false))]
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map(|(_, literal)| literal)
    }
}

fn too_deep(position: usize) -> Fault {
    Fault::limit(position, format!("the expression nests deeper than {} levels", limits::DEPTH))
}

#[cfg(test)]
mod tests;

//! Paths: properties, functions, lambdas and what else may stand between slashes.

use super::{Parsed, Parser};
use crate::ast::Precedence;
use crate::ast::{Expr, ExprKind, Segment, SegmentKind};
use crate::error::{Fault, quoted};
use crate::lexer::TokenKind;

impl Parser {
    /// A path of at least one segment.
    pub(super) fn path(&mut self) -> Result<Parsed, Fault> {
        let start = self.span();
        let mut segments = Vec::new();
        let mut height = 1;
        loop {
            let (segment, below) = self.segment(segments.is_empty())?;
            height = height.max(below + 1);
            if !segments.is_empty() {
                self.count_node(segment.span.start)?;
            }
            segments.push(segment);
            if *self.peek() != TokenKind::Slash {
                break;
            }
            if self.spaced() {
                return Err(self.unexpected("no space belongs into a path"));
            }
            self.advance();
            if self.spaced() {
                return Err(self.unexpected("no space belongs into a path"));
            }
        }
        self.node(start.to(self.last_span()), start.start, ExprKind::Path(segments), height)
    }

    /// One segment, and how high the expressions within it are.
    fn segment(&mut self, first: bool) -> Result<(Segment, usize), Fault> {
        let span = self.span();
        let token = self.peek().clone();
        let opens = |parser: &Self| *parser.peek() == TokenKind::Open && !parser.spaced();
        let (kind, height) = match token {
            TokenKind::System(name) if name.eq_ignore_ascii_case("$count") => {
                self.advance();
                if opens(self) { self.count_options()? } else { (SegmentKind::Count(None), 0) }
            }
            TokenKind::System(name) => {
                self.advance();
                if opens(self) {
                    return Err(Fault::unsupported(
                        span.start,
                        format!("options of {} are not supported", quoted(&name)),
                    ));
                }
                (SegmentKind::System(name), 0)
            }
            TokenKind::At(name) => {
                self.advance();
                if opens(self) {
                    return Err(Fault::unsupported(
                        span.start,
                        format!("options of {} are not supported", quoted(&name)),
                    ));
                }
                (SegmentKind::At(name), 0)
            }
            TokenKind::Word(name) => {
                self.advance();
                if !opens(self) {
                    (SegmentKind::Name(name), 0)
                } else if name.eq_ignore_ascii_case("any") || name.eq_ignore_ascii_case("all") {
                    if first {
                        let message = format!(
                            "{} belongs behind a collection, as in `parameters/any(…)`",
                            quoted(&name)
                        );
                        return Err(Fault::syntax(self.span().start, message));
                    }
                    self.lambda(name.eq_ignore_ascii_case("all"))?
                } else if first && name.eq_ignore_ascii_case("case") {
                    return Err(Fault::unsupported(span.start, "`case` is not supported"));
                } else {
                    self.call(name)?
                }
            }
            _ => return Err(self.unexpected("a property is expected here")),
        };
        Ok((Segment { span: span.to(self.last_span()), kind }, height))
    }

    /// `($filter=…)` behind `$count`; other options have no meaning here.
    fn count_options(&mut self) -> Result<(SegmentKind, usize), Fault> {
        self.expect(&TokenKind::Open)?;
        let name = match self.peek() {
            TokenKind::Word(name) | TokenKind::System(name) => name.clone(),
            _ => return Err(self.unexpected("`$filter=` is expected here")),
        };
        let at = self.span().start;
        self.advance();
        self.expect(&TokenKind::Equals)?;
        if !name.trim_start_matches('$').eq_ignore_ascii_case("filter") {
            let message = format!("{} is not supported within `$count`; `$filter` is", quoted(&name));
            return Err(Fault::unsupported(at, message));
        }
        let filter = self.nested(|parser| parser.expression(Precedence::Or))?;
        if *self.peek() == TokenKind::Semicolon {
            let message = "`$count` takes one `$filter` here, and no other options";
            return Err(Fault::unsupported(self.span().start, message));
        }
        self.expect(&TokenKind::Close)?;
        Ok((SegmentKind::Count(Some(Box::new(filter.expr))), filter.height))
    }

    fn lambda(&mut self, all: bool) -> Result<(SegmentKind, usize), Fault> {
        self.expect(&TokenKind::Open)?;
        if !all && self.eat(&TokenKind::Close) {
            return Ok((SegmentKind::Lambda { all, body: None }, 0));
        }
        let variable = match self.peek() {
            TokenKind::Word(name) if !name.contains('.') => name.clone(),
            _ => return Err(self.unexpected("a range variable and `:` are expected here")),
        };
        self.advance();
        self.expect(&TokenKind::Colon)?;
        let predicate = self.nested(|parser| parser.expression(Precedence::Or))?;
        self.expect(&TokenKind::Close)?;
        let body = Some((variable, Box::new(predicate.expr)));
        Ok((SegmentKind::Lambda { all, body }, predicate.height))
    }

    fn call(&mut self, name: String) -> Result<(SegmentKind, usize), Fault> {
        self.expect(&TokenKind::Open)?;
        let mut arguments: Vec<(Option<String>, Expr)> = Vec::new();
        let mut height = 0;
        while !self.eat(&TokenKind::Close) {
            if !arguments.is_empty() {
                self.expect(&TokenKind::Comma)?;
            }
            let named = match (self.peek(), self.tokens.get(self.at + 1).map(|token| &token.kind)) {
                (TokenKind::Word(name), Some(TokenKind::Equals)) => Some(name.clone()),
                _ => None,
            };
            if named.is_some() {
                self.advance();
                self.advance();
            }
            let value = self.nested(|parser| parser.expression(Precedence::Or))?;
            height = height.max(value.height);
            arguments.push((named, value.expr));
        }
        Ok((SegmentKind::Call(name, arguments), height))
    }
}

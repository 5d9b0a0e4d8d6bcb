//! What binding an expression goes through with: scopes, aliases, faults; and the way from a node of the syntax to an
//! operand.

use super::fold;
use super::literal;
use crate::ast::{self, BinaryOperator, ExprKind as Syntax, SegmentKind};
use crate::edm::{Kind, StructuredType};
use crate::error::{Fault, quoted};
use crate::limits;
use crate::parser;
use crate::query::{Comparison, Expr, ExprKind, Root, Scalar, Type};

/// Parameter aliases by name, parsed.
pub(super) struct Aliases(Vec<(String, Result<ast::Expr, Fault>)>);

impl Aliases {
    pub(super) fn parse(values: Vec<(String, String)>) -> Self {
        let parsed = values.into_iter().map(|(name, text)| {
            let tree = parser::parse(&text).map_err(|fault| Fault { option: Some(name.clone()), ..fault });
            (name, tree)
        });
        Self(parsed.collect())
    }

    fn get(&self, name: &str) -> Option<&Result<ast::Expr, Fault>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, tree)| tree)
    }
}

/// What names are looked up in.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub(super) root: Root,
    pub(super) kind: Kind,
}

/// A range variable.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) subject: Subject,
}

/// Collects faults; what returns `None` has left one.
pub(super) struct Binder<'a> {
    /// The row: `$it`.
    pub(super) row: Subject,
    /// What a path begins at where nothing else is said: `$this`.
    pub(super) this: Subject,
    pub(super) variables: Vec<Variable>,
    /// How many variables there have been.
    pub(super) numbered: u32,
    /// How many collections are around.
    pub(super) collections: usize,
    pub(super) patterns: usize,
    pub(super) faults: Vec<Fault>,
    aliases: &'a Aliases,
    /// Where the alias stands whose value is being bound.
    alias_at: Option<usize>,
    nodes: usize,
    depth: usize,
}

/// One side of an operator, or an argument. A literal takes its type from what it meets.
pub(super) enum Operand<'a> {
    Literal(&'a ast::Literal, usize),
    Expr(Expr),
}

impl Operand<'_> {
    pub(super) const fn at(&self) -> usize {
        match self {
            Self::Literal(_, at) => *at,
            Self::Expr(expr) => expr.at,
        }
    }
}

impl<'a> Binder<'a> {
    pub(super) fn new(entity: &'static StructuredType, aliases: &'a Aliases) -> Self {
        let row = Subject { root: Root::Row, kind: Kind::Complex(entity) };
        Self {
            row,
            this: row,
            variables: Vec::new(),
            numbered: 0,
            collections: 0,
            patterns: 0,
            faults: Vec::new(),
            aliases,
            alias_at: None,
            nodes: 0,
            depth: 0,
        }
    }

    /// Leaves a fault; within the value of an alias, where the alias stands.
    pub(super) fn fail<T>(&mut self, mut fault: Fault) -> Option<T> {
        if self.alias_at.is_some() && fault.option.is_none() {
            fault.position = self.alias_at;
            fault.message.push_str(" (in the value of the parameter alias)");
        }
        self.faults.push(fault);
        None
    }

    pub(super) fn or_fail<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => self.fail(fault),
        }
    }

    /// Where a node counts as standing.
    pub(super) fn at(&self, expr: &ast::Expr) -> usize {
        self.alias_at.unwrap_or(expr.at)
    }

    /// An expression that must be true or false.
    pub(super) fn condition(&mut self, expr: &'a ast::Expr) -> Option<Expr> {
        match self.operand(expr)? {
            Operand::Literal(ast::Literal::Null, at) => Some(fold::literal(Scalar::Null, Type::Boolean, at)),
            Operand::Literal(ast::Literal::Boolean(value), at) => Some(fold::boolean(*value, at)),
            Operand::Literal(literal, at) => {
                self.fail(Fault::mismatch(at, format!("{} is not true or false", literal::shown(literal))))
            }
            Operand::Expr(expr) if expr.ty == Type::Boolean => Some(expr),
            Operand::Expr(expr) => {
                let message = match &expr.kind {
                    ExprKind::Value(place) => {
                        let path = &place.path;
                        format!("`{path}` is not true or false; compare it, as in `{path} eq …`")
                    }
                    _ => format!("this is {}, and not true or false; compare it", expr.ty.name()),
                };
                self.fail(Fault::mismatch(expr.at, message))
            }
        }
    }

    /// A single value.
    pub(super) fn operand(&mut self, expr: &'a ast::Expr) -> Option<Operand<'a>> {
        // As many as are reported; looking for more costs, since each says what may have been meant.
        if self.faults.len() >= limits::ERRORS {
            return None;
        }
        // Parsing allows no more; aliases, which count as what they stand for, do.
        self.nodes += 1;
        if self.nodes > limits::NODES {
            let first = self.nodes == limits::NODES + 1;
            let message = format!("the expression has more than {} parts", limits::NODES);
            return if first { self.fail(Fault::limit(self.at(expr), message)) } else { None };
        }
        if self.depth >= limits::DEPTH {
            let message = format!("the expression nests deeper than {} levels", limits::DEPTH);
            return self.fail(Fault::limit(self.at(expr), message));
        }
        self.depth += 1;
        let operand = self.node(expr);
        self.depth -= 1;
        operand
    }

    fn node(&mut self, expr: &'a ast::Expr) -> Option<Operand<'a>> {
        let at = self.at(expr);
        match &expr.kind {
            Syntax::Literal(literal) => Some(Operand::Literal(literal, at)),
            Syntax::Path(segments) => match segments.as_slice() {
                [ast::Segment { kind: SegmentKind::At(name), .. }] => self.alias(name, at),
                _ => self.path(expr, segments).map(Operand::Expr),
            },
            Syntax::And(parts) => {
                // Every part is looked at, so that one answer names all faults.
                let bound: Vec<Option<Expr>> = parts.iter().map(|part| self.condition(part)).collect();
                Some(Operand::Expr(fold::all_of(bound.into_iter().collect::<Option<_>>()?, at)))
            }
            Syntax::Or(parts) => {
                let bound: Vec<Option<Expr>> = parts.iter().map(|part| self.condition(part)).collect();
                Some(Operand::Expr(fold::any_of(bound.into_iter().collect::<Option<_>>()?, at)))
            }
            Syntax::Not(operand) => Some(Operand::Expr(fold::not(self.condition(operand)?, at))),
            Syntax::Negate(operand) => self.negate(operand, at).map(Operand::Expr),
            Syntax::Binary(operator, left, right) => match comparison(*operator) {
                Some(comparison) => self.compare(comparison, left, right, at),
                None if *operator == BinaryOperator::In => self.in_collection(left, right, at),
                None if *operator == BinaryOperator::Has => self.has(left, right, at),
                None => self.arithmetic(*operator, left, right, at),
            }
            .map(Operand::Expr),
            Syntax::InList(left, items) => self.in_list(left, items, at).map(Operand::Expr),
        }
    }

    /// The value of a parameter alias; null where the request gives none (OData 4.01 part 1, 11.2.6.1.3; part 2, 5.3).
    fn alias(&mut self, name: &str, at: usize) -> Option<Operand<'a>> {
        if self.alias_at.is_some() {
            let message = format!("{}: the value of an alias cannot hold another alias", quoted(name));
            return self.fail(Fault::unsupported(at, message));
        }
        if name.contains(['.', '#']) {
            let message = format!("{}: annotations are not supported", quoted(name));
            return self.fail(Fault::unsupported(at, message));
        }
        match self.aliases.get(name) {
            None => Some(Operand::Literal(&ast::Literal::Null, at)),
            Some(Err(fault)) => {
                // However often it is used, one fault is enough.
                if !self.faults.contains(fault) {
                    self.faults.push(fault.clone());
                }
                None
            }
            Some(Ok(tree)) => {
                self.alias_at = Some(at);
                let operand = self.operand(tree);
                self.alias_at = None;
                operand
            }
        }
    }
}

const fn comparison(operator: BinaryOperator) -> Option<Comparison> {
    Some(match operator {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::Ne => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::Le => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::Ge => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

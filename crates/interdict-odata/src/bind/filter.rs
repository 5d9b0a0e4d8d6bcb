//! `$filter`: comparisons by `eq` joined by `and`. All else that the grammar knows is refused by name.

use super::{literal, path};
use crate::ast::{self, BinaryOperator, Expr, ExprKind};
use crate::edm::{Kind, Property, StructuredType};
use crate::error::Fault;
use crate::parser;
use crate::query::{Filter, Literal, Path};

pub(super) fn bind(text: &str, entity: &'static StructuredType) -> Result<Filter, Vec<Fault>> {
    let tree = parser::parse(text)?;
    let mut binder = Binder { entity, faults: Vec::new() };
    match binder.condition(&tree) {
        Some(filter) if binder.faults.is_empty() => Ok(filter),
        _ => Err(binder.faults),
    }
}

/// Collects faults; what returns `None` has left one.
struct Binder {
    entity: &'static StructuredType,
    faults: Vec<Fault>,
}

/// One side of a comparison.
enum Operand<'a> {
    Property(Path, &'static Property),
    Literal(&'a ast::Literal),
}

impl Binder {
    fn fail<T>(&mut self, fault: Fault) -> Option<T> {
        self.faults.push(fault);
        None
    }

    /// An expression that must be true or false.
    fn condition(&mut self, expr: &Expr) -> Option<Filter> {
        match &expr.kind {
            ExprKind::And(parts) => {
                // Every part is looked at, so that one answer names all faults.
                let bound: Vec<Option<Filter>> = parts.iter().map(|part| self.condition(part)).collect();
                bound.into_iter().collect::<Option<Vec<_>>>().map(Filter::And)
            }
            ExprKind::Binary(BinaryOperator::Eq, left, right) => self.equal(expr, left, right),
            ExprKind::Path(_) => match path(expr, self.entity) {
                Err(fault) => self.fail(fault),
                Ok(path) => {
                    let message = format!("`{path}` is not true or false; compare it, as in `{path} eq …`");
                    self.fail(Fault::mismatch(expr.at, message))
                }
            },
            ExprKind::Literal(ast::Literal::Boolean(_) | ast::Literal::Null) => {
                self.fail(Fault::unsupported(expr.at, "a constant alone is not supported"))
            }
            ExprKind::Literal(literal) => self
                .fail(Fault::mismatch(expr.at, format!("{} is not true or false", literal::shown(literal)))),
            _ => self.unsupported_operator(expr),
        }
    }

    fn equal(&mut self, whole: &Expr, left: &Expr, right: &Expr) -> Option<Filter> {
        let (left_operand, right_operand) = (self.operand(left), self.operand(right));
        match (left_operand?, right_operand?) {
            (Operand::Property(path, property), Operand::Literal(literal)) => {
                self.compare(path, property, left, literal, right)
            }
            (Operand::Literal(literal), Operand::Property(path, property)) => {
                self.compare(path, property, right, literal, left)
            }
            (Operand::Literal(_), Operand::Literal(_)) => {
                self.fail(Fault::unsupported(whole.at, "one side of `eq` must be a property"))
            }
            (Operand::Property(..), Operand::Property(..)) => self.fail(Fault::unsupported(
                whole.at,
                "one side of `eq` must be a literal; two properties are not compared",
            )),
        }
    }

    fn operand<'a>(&mut self, expr: &'a Expr) -> Option<Operand<'a>> {
        match &expr.kind {
            ExprKind::Literal(literal) => Some(Operand::Literal(literal)),
            ExprKind::Path(_) => match path(expr, self.entity) {
                Ok(path) => {
                    let last = path.0.last().copied()?;
                    Some(Operand::Property(path, last))
                }
                Err(fault) => self.fail(fault),
            },
            ExprKind::And(_) | ExprKind::Binary(BinaryOperator::Eq, ..) => {
                self.fail(Fault::unsupported(expr.at, "the result of a condition cannot be compared"))
            }
            _ => self.unsupported_operator(expr),
        }
    }

    fn compare(
        &mut self,
        mut path: Path,
        property: &'static Property,
        named: &Expr,
        literal: &ast::Literal,
        written: &Expr,
    ) -> Option<Filter> {
        if let Kind::Complex(inner) = property.kind {
            // A complex value is null exactly where a member that cannot be null is.
            let member = inner.properties.iter().find(|member| !member.nullable);
            return match (literal, member) {
                (ast::Literal::Null, Some(member)) => {
                    path.0.push(member);
                    Some(Filter::Equal(path, Literal::Null))
                }
                _ => {
                    let message = format!("`{path}` is a complex value; compare one of its properties");
                    self.fail(Fault::mismatch(named.at, message))
                }
            };
        }
        match literal::bind(literal, property, written.at) {
            Ok(value) => Some(Filter::Equal(path, value)),
            Err(fault) => self.fail(fault),
        }
    }

    fn unsupported_operator<T>(&mut self, expr: &Expr) -> Option<T> {
        let operator = match &expr.kind {
            ExprKind::Or(_) => "or",
            ExprKind::Not(_) => "not",
            ExprKind::Negate(_) => "-",
            ExprKind::InList(..) => "in",
            ExprKind::Binary(operator, ..) => operator.keyword(),
            ExprKind::And(_) | ExprKind::Literal(_) | ExprKind::Path(_) => "this",
        };
        let message = format!("`{operator}` is not supported; `$filter` takes `eq` and `and`");
        self.fail(Fault::unsupported(expr.at, message))
    }
}

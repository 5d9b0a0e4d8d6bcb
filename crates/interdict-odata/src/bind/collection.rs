//! `any`, `all`, `$count`, and `in` with a collection on its right.

use super::binder::{Binder, Operand, Subject, Variable};
use super::fold;
use super::path::Cursor;
use crate::ast;
use crate::edm::Kind;
use crate::error::Fault;
use crate::limits;
use crate::query::{Collection, Comparison, Expr, ExprKind, Path, Place, Root, Type};

impl<'a> Binder<'a> {
    /// `any(x:…)`, `all(x:…)` and `any()` behind a collection.
    pub(super) fn lambda(
        &mut self,
        cursor: Cursor,
        all: bool,
        body: Option<&'a (String, Box<ast::Expr>)>,
        at: usize,
    ) -> Option<Expr> {
        let name = if all { "all" } else { "any" };
        let (collection, element) = self.collection(cursor, name, at)?;
        let predicate = match body {
            None => fold::boolean(true, at),
            Some((variable, predicate)) => {
                let subject = Subject { root: Root::Element(collection.variable), kind: element };
                self.variables.push(Variable { name: variable.clone(), subject });
                let predicate = self.within(predicate, at);
                self.variables.pop();
                fold::truth(predicate?)
            }
        };
        let kind = if all {
            ExprKind::All(collection, Box::new(predicate))
        } else {
            ExprKind::Any(collection, Box::new(predicate))
        };
        Some(Expr { kind, ty: Type::Boolean, nullable: false, at })
    }

    /// `$count` and `$count($filter=…)` behind a collection. In the filter names are those of the element.
    pub(super) fn count(&mut self, cursor: Cursor, filter: Option<&'a ast::Expr>, at: usize) -> Option<Expr> {
        let (collection, element) = self.collection(cursor, "$count", at)?;
        let predicate = match filter {
            None => fold::boolean(true, at),
            Some(filter) => {
                let outer = self.this;
                self.this = Subject { root: Root::Element(collection.variable), kind: element };
                let predicate = self.within(filter, at);
                self.this = outer;
                fold::truth(predicate?)
            }
        };
        let kind = ExprKind::Count(collection, Box::new(predicate));
        Some(Expr { kind, ty: Type::Int64, nullable: false, at })
    }

    /// `x in collection`: whether any element equals it.
    pub(super) fn in_collection(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        at: usize,
    ) -> Option<Expr> {
        let value = self.operand(left);
        let ast::ExprKind::Path(segments) = &right.kind else {
            let message = "the right side of `in` is a collection, or a list of literals in parentheses";
            return self.fail(Fault::mismatch(self.at(right), message));
        };
        let cursor = self.walk(segments);
        let (value, cursor) = (value?, cursor?);
        let (collection, element) = self.collection(cursor, "in", self.at(right))?;
        let Some(ty) = Type::of(element).filter(|ty| !matches!(ty, Type::Complex(_))) else {
            return self.fail(Fault::mismatch(self.at(right), "`in` takes a collection of single values"));
        };
        let place = Place { root: Root::Element(collection.variable), path: Path::default() };
        let element = Expr { kind: ExprKind::Value(place), ty, nullable: false, at };
        let equal = match value {
            Operand::Expr(value) => self.compare_values(Comparison::Equal, value, element, at),
            Operand::Literal(literal, literal_at) => {
                self.compare_literal(Comparison::Equal, element, literal, literal_at, at)
            }
        };
        let predicate = fold::truth(equal?);
        let kind = ExprKind::Any(collection, Box::new(predicate));
        Some(Expr { kind, ty: Type::Boolean, nullable: false, at })
    }

    /// The condition of elements.
    fn within(&mut self, predicate: &'a ast::Expr, at: usize) -> Option<Expr> {
        if self.collections >= limits::COLLECTIONS {
            let message = format!("collections nest deeper than {} levels", limits::COLLECTIONS);
            return self.fail(Fault::limit(at, message));
        }
        self.collections += 1;
        let predicate = self.condition(predicate);
        self.collections -= 1;
        predicate
    }

    /// The collection at the end of a path with a new variable for its elements, and their kind.
    fn collection(&mut self, cursor: Cursor, name: &str, at: usize) -> Option<(Collection, Kind)> {
        let element = match cursor.kind {
            Kind::Collection(of) => Kind::Complex(of),
            Kind::Values(of) => *of,
            other => {
                let message = format!("`{name}` takes a collection, and this is {}", other.name());
                return self.fail(Fault::mismatch(at, message));
            }
        };
        let variable = self.numbered;
        self.numbered += 1;
        Some((Collection { place: cursor.place, variable }, element))
    }
}

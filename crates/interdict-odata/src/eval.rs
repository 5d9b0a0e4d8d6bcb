//! What a bound query means: the definition that every renderer is held to.

mod compute;
mod function;

pub use compute::{arithmetic, convert, negate};
pub use function::call;

use std::cmp::Ordering;

use crate::query::{Collection, Comparison, Expr, ExprKind, OrderKey, Path, Place, Root, Scalar};

/// Something that has values at paths: the entity of a row, or an element of a collection.
pub trait Row {
    /// The single value at a path, null where anything on the way is null. An empty path asks for the value itself, of
    /// an element that is a single value.
    fn value(&self, path: &Path) -> Scalar<'_>;

    /// Whether the complex value at a path is null.
    fn is_null(&self, path: &Path) -> bool;

    /// The elements of the collection at a path, in their order; none where anything on the way is null.
    fn elements(&self, path: &Path) -> Vec<&dyn Row>;
}

/// Whether a filter selects the row: where it is true, and not null. `now` is in ticks of 100 ns since 1970.
#[must_use]
pub fn selects(filter: &Expr, row: &dyn Row, now: i64) -> bool {
    Evaluation::new(row, now).holds(filter)
}

/// The value of an expression.
#[must_use]
pub fn value<'a>(expr: &'a Expr, row: &'a dyn Row, now: i64) -> Scalar<'a> {
    Evaluation::new(row, now).value(expr)
}

/// The order of two rows by the keys of `$orderby`; ties are for the caller to break.
#[must_use]
pub fn order(keys: &[OrderKey], left: &dyn Row, right: &dyn Row, now: i64) -> Ordering {
    keys.iter()
        .map(|key| {
            let (left, right) = (value(&key.expr, left, now), value(&key.expr, right, now));
            let ascending = match (left.is_null(), right.is_null()) {
                (false, false) => left.order(&right).unwrap_or(Ordering::Equal),
                // Null is the lowest.
                (left, right) => right.cmp(&left),
            };
            if key.descending { ascending.reverse() } else { ascending }
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The value of an expression whose operands are all literals, and which does not ask for the time.
pub(crate) fn constant(expr: &Expr) -> Scalar<'static> {
    Evaluation::new(&Nothing, 0).value(expr).into_owned()
}

/// A row without properties.
struct Nothing;

impl Row for Nothing {
    fn value(&self, _: &Path) -> Scalar<'_> {
        Scalar::Null
    }

    fn is_null(&self, _: &Path) -> bool {
        true
    }

    fn elements(&self, _: &Path) -> Vec<&dyn Row> {
        Vec::new()
    }
}

struct Evaluation<'a> {
    row: &'a dyn Row,
    /// The elements that variables stand for, outermost first.
    elements: Vec<(u32, &'a dyn Row)>,
    now: i64,
}

impl<'a> Evaluation<'a> {
    const fn new(row: &'a dyn Row, now: i64) -> Self {
        Self { row, elements: Vec::new(), now }
    }

    fn holds(&mut self, expr: &'a Expr) -> bool {
        self.value(expr) == Scalar::Boolean(true)
    }

    fn value(&mut self, expr: &'a Expr) -> Scalar<'a> {
        match &expr.kind {
            ExprKind::Literal(value) => value.clone(),
            ExprKind::Value(place) => self.root(place).value(&place.path),
            ExprKind::And(parts) => self.chain(parts, false),
            ExprKind::Or(parts) => self.chain(parts, true),
            ExprKind::Not(operand) => match self.value(operand) {
                Scalar::Boolean(value) => Scalar::Boolean(!value),
                _ => Scalar::Null,
            },
            ExprKind::Compare(comparison, left, right) => {
                let order = self.value(left).order(&self.value(right));
                order.map_or(Scalar::Null, |order| Scalar::Boolean(comparison.admits(order)))
            }
            ExprKind::Same(left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                Scalar::Boolean(
                    left.is_null() && right.is_null() || left.order(&right) == Some(Ordering::Equal),
                )
            }
            ExprKind::IsNull(operand) => Scalar::Boolean(match &operand.kind {
                ExprKind::Value(place) if matches!(operand.ty, crate::query::Type::Complex(_)) => {
                    self.root(place).is_null(&place.path)
                }
                _ => self.value(operand).is_null(),
            }),
            ExprKind::IsTrue(operand) => Scalar::Boolean(self.holds(operand)),
            ExprKind::Arithmetic(operator, left, right) => {
                compute::arithmetic(*operator, &self.value(left), &self.value(right), expr.ty)
            }
            ExprKind::Negate(operand) => compute::negate(&self.value(operand)),
            ExprKind::Convert(operand) => compute::convert(self.value(operand), operand.ty, expr.ty),
            ExprKind::Call(function, arguments) => {
                let arguments: Vec<Scalar<'a>> =
                    arguments.iter().map(|argument| self.value(argument)).collect();
                function::call(*function, &arguments, self.now)
            }
            ExprKind::Matches(operand, pattern) => match self.value(operand) {
                Scalar::Text(text) => Scalar::Boolean(pattern.is_in(&text)),
                _ => Scalar::Null,
            },
            ExprKind::InList(operand, values) => match self.value(operand) {
                Scalar::Null => Scalar::Null,
                found => {
                    Scalar::Boolean(values.iter().any(|value| found.order(value) == Some(Ordering::Equal)))
                }
            },
            ExprKind::Any(collection, predicate) => {
                Scalar::Boolean(self.each(collection, predicate).any(|holds| holds))
            }
            ExprKind::All(collection, predicate) => {
                Scalar::Boolean(self.each(collection, predicate).all(|holds| holds))
            }
            ExprKind::Count(collection, predicate) => {
                let count = self.each(collection, predicate).filter(|holds| *holds).count();
                Scalar::Integer(i64::try_from(count).unwrap_or(i64::MAX))
            }
        }
    }

    /// Three-valued `or` where `decisive` is true, else `and`.
    fn chain(&mut self, parts: &'a [Expr], decisive: bool) -> Scalar<'a> {
        let mut unknown = false;
        for part in parts {
            match self.value(part) {
                Scalar::Boolean(value) if value == decisive => return Scalar::Boolean(decisive),
                Scalar::Boolean(_) => {}
                _ => unknown = true,
            }
        }
        if unknown { Scalar::Null } else { Scalar::Boolean(!decisive) }
    }

    fn root(&self, place: &Place) -> &'a dyn Row {
        match place.root {
            Root::Row => self.row,
            // The binder makes no other variables than those around the place.
            Root::Element(variable) => self
                .elements
                .iter()
                .rev()
                .find(|(number, _)| *number == variable)
                .map_or(&Nothing as &dyn Row, |(_, element)| *element),
        }
    }

    /// Whether the predicate is true, for each element in turn.
    fn each<'b>(
        &'b mut self,
        collection: &'b Collection,
        predicate: &'a Expr,
    ) -> impl Iterator<Item = bool> + use<'a, 'b> {
        let elements = self.root(&collection.place).elements(&collection.place.path);
        elements.into_iter().map(move |element| {
            self.elements.push((collection.variable, element));
            let holds = self.holds(predicate);
            self.elements.pop();
            holds
        })
    }
}

impl Comparison {
    const fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

//! Paths: from names to properties, variables, collections and functions.

use super::binder::{Binder, Subject};
use crate::ast::{self, Segment, SegmentKind};
use crate::edm::{Kind, Property, StructuredType};
use crate::error::{Fault, quoted};
use crate::query::{Expr, ExprKind, Path, Place, Root, Type};
use crate::suggest;

/// How far a path has led.
pub(super) struct Cursor {
    pub(super) place: Place,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
}

impl Cursor {
    fn of(subject: Subject) -> Self {
        // Elements of collections are never null.
        Self {
            place: Place { root: subject.root, path: Path::default() },
            kind: subject.kind,
            nullable: false,
        }
    }

    /// How a message names it.
    fn name(&self) -> String {
        match (self.place.path.0.last(), self.place.root) {
            (Some(last), _) => quoted(last.name),
            (None, Root::Row) => "`$it`".to_owned(),
            (None, Root::Element(_)) => "the element".to_owned(),
        }
    }

    /// On to a property.
    pub(super) fn step(mut self, name: &str, at: usize, others: &[&str]) -> Result<Self, Fault> {
        let within = match self.kind {
            Kind::Complex(within) => within,
            Kind::Collection(_) | Kind::Values(_) => {
                let message = format!(
                    "{} is a collection; ask for its elements with `any` or `all`, as in `…/any(x:x/{name} eq …)`",
                    self.name()
                );
                return Err(Fault::unsupported(at, message));
            }
            other => {
                let message =
                    format!("{} is {}, which has no property {}", self.name(), other.name(), quoted(name));
                return Err(Fault::unknown(at, message));
            }
        };
        let property = property(within, name, at, others)?;
        self.nullable |= property.nullable;
        self.kind = property.kind;
        self.place.path.0.push(property);
        Ok(self)
    }
}

/// The property of that name; `others` are names that may have been meant too.
fn property(
    within: &'static StructuredType,
    name: &str,
    at: usize,
    others: &[&str],
) -> Result<&'static Property, Fault> {
    within.property(name).ok_or_else(|| {
        let names = within.properties.iter().map(|property| property.name).chain(others.iter().copied());
        let hint = suggest::hint(name, names);
        Fault::unknown(at, format!("{} is no property of `{}`{hint}", quoted(name), within.name))
    })
}

/// Why a step that is neither a property nor a function is refused.
fn refused(kind: &SegmentKind, at: usize) -> Fault {
    let message = match kind {
        SegmentKind::Name(name) if name.contains('.') => {
            format!("{}: type casts are not supported", quoted(name))
        }
        SegmentKind::Name(name) | SegmentKind::System(name) => {
            format!("{} is not supported here", quoted(name))
        }
        SegmentKind::At(name) => format!("{}: annotations are not supported", quoted(name)),
        SegmentKind::Call(name, _) => {
            format!("{}: functions and keys in a path are not supported", quoted(name))
        }
        SegmentKind::Count(_) => "`$count` stands behind a collection, and ends a path".to_owned(),
        SegmentKind::Lambda { all, .. } => {
            let name = if *all { "all" } else { "any" };
            format!("`{name}` stands behind a collection, and ends a path")
        }
    };
    match kind {
        SegmentKind::Count(_) | SegmentKind::Lambda { .. } => Fault::mismatch(at, message),
        _ => Fault::unsupported(at, message),
    }
}

/// A path of properties alone, from the entity: of `$select`. It leads into the elements of collections too.
pub(super) fn properties(expr: &ast::Expr, entity: &'static StructuredType) -> Result<Path, Fault> {
    let ast::ExprKind::Path(segments) = &expr.kind else {
        return Err(Fault::unsupported(expr.at, "only properties are supported here, no expressions"));
    };
    let mut cursor = Cursor::of(Subject { root: Root::Row, kind: Kind::Complex(entity) });
    for segment in segments {
        let at = segment.span.start;
        cursor.kind = match cursor.kind {
            Kind::Collection(element) => Kind::Complex(element),
            Kind::Values(element) => *element,
            single => single,
        };
        cursor = match &segment.kind {
            SegmentKind::Name(name) if !name.contains('.') => cursor.step(name, at, &[])?,
            SegmentKind::Lambda { .. } | SegmentKind::Count(_) => {
                return Err(Fault::unsupported(at, "only properties are selected"));
            }
            other => return Err(refused(other, at)),
        };
    }
    Ok(cursor.place.path)
}

impl<'a> Binder<'a> {
    /// The single value that a path leads to.
    pub(super) fn path(&mut self, expr: &ast::Expr, segments: &'a [Segment]) -> Option<Expr> {
        let at = self.at(expr);
        if let [Segment { kind: SegmentKind::Call(name, arguments), .. }] = segments {
            return self.call(name, arguments, at);
        }
        let (last, before) = segments.split_last()?;
        match &last.kind {
            SegmentKind::Lambda { all, body } if !before.is_empty() => {
                let cursor = self.walk(before)?;
                self.lambda(cursor, *all, body.as_ref(), last.span.start)
            }
            SegmentKind::Count(filter) if !before.is_empty() => {
                let cursor = self.walk(before)?;
                self.count(cursor, filter.as_deref(), last.span.start)
            }
            _ => {
                let Cursor { place, kind, nullable } = self.walk(segments)?;
                let Some(ty) = Type::of(kind) else {
                    let message = format!(
                        "`{}` is a collection, and no single value; it takes `any`, `all` and `$count`",
                        place.path
                    );
                    return self.fail(Fault::mismatch(at, message));
                };
                Some(Expr { kind: ExprKind::Value(place), ty, nullable, at })
            }
        }
    }

    /// Where a path leads that holds names alone.
    pub(super) fn walk(&mut self, segments: &'a [Segment]) -> Option<Cursor> {
        let (first, rest) = segments.split_first()?;
        let at = first.span.start;
        let start = match &first.kind {
            SegmentKind::System(name) if name.eq_ignore_ascii_case("$it") => Ok(Cursor::of(self.row)),
            SegmentKind::System(name) if name.eq_ignore_ascii_case("$this") => Ok(Cursor::of(self.this)),
            SegmentKind::Name(name) if !name.contains('.') => match self.variable(name) {
                Some(subject) => Ok(Cursor::of(subject)),
                None => {
                    let variables: Vec<&str> =
                        self.variables.iter().map(|variable| variable.name.as_str()).collect();
                    // Texts without their quotes look like this.
                    Cursor::of(self.this).step(name, at, &variables).map_err(|mut fault| {
                        if !fault.message.contains("did you mean") {
                            fault.message.push_str("; a text is written in single quotes");
                        }
                        fault
                    })
                }
            },
            other => Err(refused(other, at)),
        };
        let mut cursor = self.or_fail(start)?;
        for segment in rest {
            let at = segment.span.start;
            let next = match &segment.kind {
                SegmentKind::Name(name) if !name.contains('.') => cursor.step(name, at, &[]),
                other => Err(refused(other, at)),
            };
            cursor = self.or_fail(next)?;
        }
        Some(cursor)
    }

    /// The innermost variable of that name, in any case.
    fn variable(&self, name: &str) -> Option<Subject> {
        let named = |variable: &&super::binder::Variable| variable.name.eq_ignore_ascii_case(name);
        self.variables.iter().rev().find(named).map(|variable| variable.subject)
    }
}

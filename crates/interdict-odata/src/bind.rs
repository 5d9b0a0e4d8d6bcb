//! From option texts to a bound query: names looked up, types checked, what is not evaluated refused.

mod filter;
mod list;
mod literal;
mod paging;

use crate::ast::{Expr, ExprKind, SegmentKind};
use crate::edm::{Kind, Property, StructuredType};
use crate::error::{Fault, quoted};
use crate::limits;
use crate::options::{self, OptionName, QueryOption};
use crate::query::Path;
use crate::suggest;
use crate::{BoundQuery, QueryError};

/// Parses and binds the query string of a request (percent-encoded, without `?`).
///
/// # Errors
/// Every fault found, at most [`limits::ERRORS`], in the order of the options.
pub fn bind_query(query: &str, entity: &'static StructuredType) -> Result<BoundQuery, Vec<QueryError>> {
    let (options, mut errors) = options::split(query);
    let mut bound = BoundQuery::default();
    for option in &options {
        if let Err(faults) = bind_option(&mut bound, option, entity) {
            errors.extend(faults.into_iter().map(|fault| fault.of_option(option.name.name())));
        }
    }
    errors.truncate(limits::ERRORS);
    if errors.is_empty() { Ok(bound) } else { Err(errors) }
}

fn bind_option(
    bound: &mut BoundQuery,
    option: &QueryOption,
    entity: &'static StructuredType,
) -> Result<(), Vec<Fault>> {
    let value = option.value.as_str();
    match option.name {
        OptionName::Filter => bound.filter = Some(filter::bind(value, entity)?),
        OptionName::OrderBy => bound.order_by = list::order_by(value, entity)?,
        OptionName::Select => bound.select = list::select(value, entity)?,
        OptionName::Top => bound.top = Some(paging::top(value)?),
        OptionName::Count => bound.count = paging::count(value)?,
        OptionName::SkipToken => bound.skip_token = Some(paging::skip_token(value)?),
        OptionName::Unsupported(name) => {
            return Err(Fault::unsupported(0, format!("`{name}` is not supported")).whole().into());
        }
    }
    Ok(())
}

impl From<Fault> for Vec<Fault> {
    fn from(fault: Fault) -> Self {
        vec![fault]
    }
}

/// Looks a path up. Ends at any kind of property; what leads on to another must be a single complex value.
fn path(expr: &Expr, entity: &'static StructuredType) -> Result<Path, Fault> {
    let ExprKind::Path(segments) = &expr.kind else {
        return Err(Fault::unsupported(expr.at, "only properties are supported here, no expressions"));
    };
    let mut properties: Vec<&'static Property> = Vec::new();
    for segment in segments {
        let at = segment.span.start;
        let name = match &segment.kind {
            SegmentKind::Name(name) if !name.contains('.') => name,
            SegmentKind::Name(name) => {
                return Err(Fault::unsupported(
                    at,
                    format!("{}: type casts are not supported", quoted(name)),
                ));
            }
            SegmentKind::System(name) => {
                return Err(Fault::unsupported(at, format!("{} is not supported", quoted(name))));
            }
            SegmentKind::At(name) => {
                let message =
                    format!("{}: parameter aliases and annotations are not supported", quoted(name));
                return Err(Fault::unsupported(at, message));
            }
            SegmentKind::Count(_) => return Err(Fault::unsupported(at, "`$count` is not supported")),
            SegmentKind::Call(name, _) => {
                return Err(Fault::unsupported(
                    at,
                    format!("the function {} is not supported", quoted(name)),
                ));
            }
            SegmentKind::Lambda { all, .. } => {
                let name = if *all { "all" } else { "any" };
                return Err(Fault::unsupported(at, format!("`{name}` is not supported")));
            }
        };
        let within = match properties.last() {
            None => entity,
            Some(Property { kind: Kind::Complex(inner), .. }) => inner,
            Some(Property { kind: Kind::Collection(_), name: outer, .. }) => {
                return Err(Fault::unsupported(
                    at,
                    format!("`{outer}` is a collection, whose members are not supported here"),
                ));
            }
            Some(outer) => {
                let message = format!(
                    "`{}` is {}, which has no property {}",
                    outer.name,
                    outer.kind.name(),
                    quoted(name)
                );
                return Err(Fault::unknown(at, message));
            }
        };
        let Some(property) = within.property(name) else {
            let hint = suggest::hint(name, within.properties.iter().map(|property| property.name));
            let message = format!("{} is no property of `{}`{hint}", quoted(name), within.name);
            return Err(Fault::unknown(at, message));
        };
        properties.push(property);
    }
    Ok(Path(properties))
}

#[cfg(test)]
mod tests;

//! From option texts to a bound query: names looked up, types checked, null spelled out, constants computed.

mod arithmetic;
mod binder;
mod call;
mod cast;
mod collection;
mod compare;
mod fold;
mod list;
mod literal;
mod membership;
mod paging;
mod path;

use crate::edm::StructuredType;
use crate::error::Fault;
use crate::limits;
use crate::options::{self, OptionName, QueryOption};
use crate::search;
use crate::{BoundQuery, QueryError};

use binder::Aliases;

/// Parses and binds the query string of a request (percent-encoded, without `?`).
///
/// # Errors
/// Every fault found, at most [`limits::ERRORS`], in the order of the options.
pub fn bind_query(query: &str, entity: &'static StructuredType) -> Result<BoundQuery, Vec<QueryError>> {
    let options::Split { options, aliases, mut errors, .. } = options::split(query);
    let aliases = Aliases::parse(aliases);
    let mut bound = BoundQuery::default();
    for option in &options {
        if let Err(faults) = bind_option(&mut bound, option, entity, &aliases) {
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
    aliases: &Aliases,
) -> Result<(), Vec<Fault>> {
    let value = option.value.as_str();
    match option.name {
        OptionName::Filter => bound.filter = Some(list::filter(value, entity, aliases)?),
        OptionName::OrderBy => bound.order_by = list::order_by(value, entity, aliases)?,
        OptionName::Select => bound.select = list::select(value, entity)?,
        OptionName::Search => bound.search = Some(search::parse(value, entity)?),
        OptionName::Skip => bound.skip = Some(paging::skip(value)?),
        OptionName::Top => bound.top = Some(paging::top(value)?),
        OptionName::Count => bound.count = paging::count(value)?,
        OptionName::SkipToken => bound.skip_token = Some(paging::token(value)?),
        OptionName::DeltaToken => bound.delta_token = Some(paging::token(value)?),
        OptionName::Format => bound.format = Some(paging::format(value)?),
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

#[cfg(test)]
mod tests;

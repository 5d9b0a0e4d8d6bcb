//! From a query string to system query options: splitting, decoding once, names in any case with or without `$`.

use crate::error::{Fault, quoted};
use crate::limits;
use crate::suggest;
use crate::{QueryError, QueryErrorCode};

/// A system query option that the grammar of query strings knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OptionName {
    Filter,
    OrderBy,
    Select,
    Search,
    Skip,
    Top,
    Count,
    SkipToken,
    DeltaToken,
    Format,
    /// Correct OData that is not evaluated; by its name with `$`.
    Unsupported(&'static str),
}

impl OptionName {
    const KNOWN: [(&'static str, Self); 16] = [
        ("filter", OptionName::Filter),
        ("orderby", OptionName::OrderBy),
        ("select", OptionName::Select),
        ("search", OptionName::Search),
        ("skip", OptionName::Skip),
        ("top", OptionName::Top),
        ("count", OptionName::Count),
        ("skiptoken", OptionName::SkipToken),
        ("format", OptionName::Format),
        ("apply", OptionName::Unsupported("$apply")),
        ("compute", OptionName::Unsupported("$compute")),
        ("deltatoken", OptionName::DeltaToken),
        ("expand", OptionName::Unsupported("$expand")),
        ("index", OptionName::Unsupported("$index")),
        ("levels", OptionName::Unsupported("$levels")),
        ("schemaversion", OptionName::Unsupported("$schemaversion")),
    ];

    fn parse(bare: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(bare)).map(|(_, option)| option)
    }

    /// The canonical name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Filter => "$filter",
            Self::OrderBy => "$orderby",
            Self::Select => "$select",
            Self::Search => "$search",
            Self::Skip => "$skip",
            Self::Top => "$top",
            Self::Count => "$count",
            Self::SkipToken => "$skiptoken",
            Self::DeltaToken => "$deltatoken",
            Self::Format => "$format",
            Self::Unsupported(name) => name,
        }
    }
}

/// One option of a query string, its value decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryOption {
    pub(crate) name: OptionName,
    pub(crate) value: String,
}

/// A query string in its parts.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) options: Vec<QueryOption>,
    /// Parameter aliases, with the sign, and their values.
    pub(crate) aliases: Vec<(String, String)>,
    /// Names of custom options.
    pub(crate) ignored: Vec<String>,
    pub(crate) errors: Vec<QueryError>,
}

/// Splits a query string. Of custom options, whose names start with neither `$` nor `@`, nothing but the name is kept.
pub(crate) fn split(query: &str) -> Split {
    let mut split =
        Split { options: Vec::new(), aliases: Vec::new(), ignored: Vec::new(), errors: Vec::new() };
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (raw_name, raw_value) = part.split_once('=').unwrap_or((part, ""));
        // A name that cannot be decoded is none of ours.
        let Ok(written) = decode(raw_name) else { continue };
        let known = OptionName::parse(written.strip_prefix('$').unwrap_or(&written));
        let (name, given_before) = match known {
            Some(name) => (name.name(), split.options.iter().any(|option| option.name == name)),
            None if written.starts_with('@') => {
                (written.as_str(), split.aliases.iter().any(|(name, _)| *name == written))
            }
            None => {
                let Some(bare) = written.strip_prefix('$') else {
                    split.ignored.push(written);
                    continue;
                };
                if split.errors.len() < limits::ERRORS {
                    let hint = suggest::hint(bare, OptionName::KNOWN.iter().map(|(name, _)| *name));
                    let message = format!("{} is no query option of this service{hint}", quoted(&written));
                    split.errors.push(fault(QueryErrorCode::Unsupported, message).of_option(&written));
                }
                continue;
            }
        };
        let value = if given_before {
            Err(fault(QueryErrorCode::SyntaxError, format!("{} is given twice", quoted(name))))
        } else {
            value(raw_value, name)
        };
        match (value, known) {
            (Ok(value), Some(name)) => split.options.push(QueryOption { name, value }),
            (Ok(value), None) => split.aliases.push((written, value)),
            (Err(fault), _) => split.errors.push(fault.of_option(name)),
        }
    }
    split
}

/// A value, decoded.
fn value(raw: &str, name: &str) -> Result<String, Fault> {
    match decode(raw) {
        Ok(value) if value.len() > limits::OPTION_BYTES => {
            let message = format!("{} is longer than {} bytes", quoted(name), limits::OPTION_BYTES);
            Err(fault(QueryErrorCode::LimitExceeded, message))
        }
        Ok(value) => Ok(value),
        Err(position) => {
            Err(Fault::syntax(position, "`%` does not start an encoded character of UTF-8 here"))
        }
    }
}

fn fault(code: QueryErrorCode, message: String) -> Fault {
    Fault { option: None, code, position: None, message }
}

/// Decodes `%XX` and `+`, once. The error is where it fails, in characters of what was decoded until then.
fn decode(raw: &str) -> Result<String, usize> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let high = rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let low = rest.next().and_then(|digit| char::from(digit).to_digit(16));
                match high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
                    Some(decoded) => bytes.push(decoded),
                    None => return Err(String::from_utf8_lossy(&bytes).chars().count()),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        String::from_utf8_lossy(valid).chars().count()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    fn check(query: &str, expected: &[(&str, &str)]) {
        let Split { options, errors, .. } = split(query);
        assert_eq!(errors, [], "{query}");
        let got: Vec<_> = options.iter().map(|option| (option.name.name(), option.value.as_str())).collect();
        assert_eq!(got, expected, "{query}");
    }

    fn refused(query: &str, option: &str, code: QueryErrorCode, position: Option<usize>) {
        let errors = split(query).errors;
        assert_eq!(errors.len(), 1, "{query}: {errors:?}");
        assert_eq!(
            (errors[0].option.as_str(), errors[0].code, errors[0].position),
            (option, code, position),
            "{query}"
        );
    }

    #[test]
    fn names_are_read_in_any_case_with_and_without_the_dollar_sign() {
        check("$filter=a", &[("$filter", "a")]);
        check("FILTER=a&Top=5", &[("$filter", "a"), ("$top", "5")]);
        check("%24OrderBy=a&$skipToken=x", &[("$orderby", "a"), ("$skiptoken", "x")]);
        check("$search=x&skip=1", &[("$search", "x"), ("$skip", "1")]);
        check("$filter", &[("$filter", "")]);
    }

    #[test]
    fn values_are_decoded_exactly_once() {
        check("$filter=a+eq%20%27b%2Bc%27", &[("$filter", "a eq 'b+c'")]);
        check("$filter=%2541%c3%A9", &[("$filter", "%41é")]);
        check("$filter=a=b=c", &[("$filter", "a=b=c")]);
        check("$filter=%26", &[("$filter", "&")]);
    }

    #[test]
    fn custom_options_are_ignored() {
        check("", &[]);
        check("&&x=1&!special&id=5&@word='Black'&%zz=1", &[]);
        check("x.$filter=1&api-version=2", &[]);
    }

    #[test]
    fn what_is_given_twice_or_unknown_is_refused() {
        refused("$filter=a&$filter=b", "$filter", QueryErrorCode::SyntaxError, None);
        refused("$filter=a&Filter=b", "$filter", QueryErrorCode::SyntaxError, None);
        refused("$foo=1", "$foo", QueryErrorCode::Unsupported, None);
        refused("$=1", "$", QueryErrorCode::Unsupported, None);
    }

    #[test]
    fn broken_encoding_is_refused_where_it_breaks() {
        refused("$filter=%C3%A9a%zz", "$filter", QueryErrorCode::SyntaxError, Some(2));
        refused("$filter=a%4", "$filter", QueryErrorCode::SyntaxError, Some(1));
        refused("$filter=ab%ff", "$filter", QueryErrorCode::SyntaxError, Some(2));
    }

    #[test]
    fn an_option_may_be_as_long_as_the_limit_and_no_longer() {
        let value = "a".repeat(limits::OPTION_BYTES);
        check(&format!("$filter={value}"), &[("$filter", &value)]);
        refused(&format!("$filter={value}a"), "$filter", QueryErrorCode::LimitExceeded, None);
    }
}

//! JSON as clients write it: a tree that keeps the order of members and refuses what two readers could read in two
//! ways.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value. A member given twice makes the text invalid.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number within 64 bits.
    Integer(i64),
    /// Any other number.
    Number,
    /// A text.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, its members in the order they came.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a whole text.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub(crate) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What kind of value this is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "a number",
            Self::Number => "a number with a fraction, or beyond 64 bits",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// The paths of members whose name or text holds U+0000, which stores cut or refuse; at most `most` of them.
pub(crate) fn nul_paths(members: &[(String, Json)], most: usize) -> Vec<String> {
    let mut search = NulSearch { most, found: Vec::new() };
    search.members(members, &Place::Whole);
    search.found
}

/// Where a value stands. It becomes text only where something is found there.
enum Place<'a> {
    Whole,
    Member(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

/// Characters of a name that a path shows.
const SHOWN: usize = 100;

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Member(outer, name) => {
                let name: String = name.chars().take(SHOWN).collect();
                let name = name.replace('\0', "\u{fffd}");
                let slash = if matches!(outer, Self::Whole) { "" } else { "/" };
                write!(f, "{outer}{slash}{name}")
            }
            Self::Item(outer, at) => write!(f, "{outer}[{at}]"),
        }
    }
}

struct NulSearch {
    most: usize,
    found: Vec<String>,
}

impl NulSearch {
    fn check(&mut self, text: &str, place: &Place<'_>) {
        if self.found.len() < self.most && text.contains('\0') {
            self.found.push(place.to_string());
        }
    }

    fn members(&mut self, members: &[(String, Json)], outer: &Place<'_>) {
        for (name, value) in members {
            let place = Place::Member(outer, name);
            self.check(name, &place);
            self.value(value, &place);
        }
    }

    fn value(&mut self, value: &Json, place: &Place<'_>) {
        match value {
            Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Number => {}
            Json::String(text) => self.check(text, place),
            Json::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.value(item, &Place::Item(place, at));
                }
            }
            Json::Object(members) => self.members(members, place),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(i64::try_from(number).map_or(Json::Number, Json::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format_args!("the member `{name}` is there twice")));
            }
            members.push((name, map.next_value()?));
        }
        Ok(Json::Object(members))
    }
}

/// The members of an object, their values as text.
#[derive(Debug)]
pub(crate) struct Members<'a>(pub(crate) Vec<(std::borrow::Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersReader;

        impl<'de> Visitor<'de> for MembersReader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersReader)
    }
}

/// A member's name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_member_given_twice_at_any_depth_is_no_json() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":[{"b":1,"\u0062":2}]}"#] {
            assert!(Json::parse(text).unwrap_err().to_string().contains("twice"), "{text}");
        }
        assert!(Json::parse(r#"{"a":{"a":1},"A":2}"#).is_ok());
    }

    #[test]
    fn nesting_without_end_is_refused_and_not_followed() {
        let text = "[".repeat(100_000);
        assert!(Json::parse(&text).unwrap_err().to_string().contains("recursion limit"));
    }

    #[test]
    fn zero_characters_are_found_wherever_they_hide() {
        let text = r#"{"a":"\u0000","b":[1,"x\u0000"],"c":{"d\u0000":1}}"#;
        let Ok(Json::Object(members)) = Json::parse(text) else { unreachable!("an object") };
        assert_eq!(nul_paths(&members, 20), ["a", "b[1]", "c/d\u{fffd}"]);
        assert_eq!(nul_paths(&members, 1), ["a"]);
    }
}

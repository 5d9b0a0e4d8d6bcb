//! JSON objects without a doubled member: two readers of the same token must not see two different things.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// A JSON object in which no member is written twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct StrictObject(Map<String, Value>);

impl StrictObject {
    /// Reads the whole of `bytes`; `None` where it is not one object in UTF-8 with members that all differ.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn has_null(&self) -> bool {
        self.0.values().any(Value::is_null)
    }

    /// The members as a type that some library reads more loosely.
    pub(crate) fn into_typed<T: DeserializeOwned>(self) -> serde_json::Result<T> {
        serde_json::from_value(Value::Object(self.0))
    }

    /// The text of a member: `Ok(None)` where it is not there, `Err` where it is something else than text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, NotText> {
        self.get(name).map(|value| value.as_str().ok_or(NotText)).transpose()
    }
}

/// A member is there but is no string.
#[derive(Debug)]
pub(crate) struct NotText;

impl<'de> Deserialize<'de> for StrictObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = StrictObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StrictObject, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(de::Error::custom("a member is written twice"));
                    }
                }
                Ok(StrictObject(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_written_twice_is_refused_also_behind_an_escape() {
        assert!(StrictObject::parse(br#"{"a":1,"b":{"c":2}}"#).is_some());
        for text in
            [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, "[]", "null", "1", "", "{}{}", "{\"a\":1e400}"]
        {
            assert!(StrictObject::parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}

//! The text of a batch: its items, before anything is made of them. What is wrong here refuses the whole.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::Members;
use crate::{GraphError, GraphResult};

/// Requests of one batch: Graph's number.
pub(super) const ITEMS_MAX: usize = 20;
/// Members of one object, more than have a meaning.
const MEMBERS_MAX: usize = 20;
/// Characters of an item's id.
const ID_MAX: usize = 256;

/// One request, as the client wrote it.
#[derive(Clone, Debug, Default)]
pub(super) struct Item<'a> {
    /// Its name within the batch, given back with its answer.
    pub(super) id: String,
    /// The method, in any case.
    pub(super) method: String,
    /// The address: below the version, with one, or absolute.
    pub(super) url: String,
    /// The headers, in the order they came.
    pub(super) headers: Vec<(String, String)>,
    /// The body as it is written; none where it is null.
    pub(super) body: Option<&'a RawValue>,
    /// The ids of items that must succeed first.
    pub(super) depends_on: Vec<String>,
}

/// Reads a batch.
///
/// # Errors
/// 400, with the path of the first fault.
pub(super) fn read(text: &str) -> GraphResult<Vec<Item<'_>>> {
    let mut requests = None;
    for (name, value) in members(text, "")? {
        match &*name.to_ascii_lowercase() {
            "requests" => requests = Some(value),
            _ => return Err(unknown("", &name)),
        }
    }
    let Some(requests) = requests else {
        return Err(fault("required", "requests", "the member `requests` is missing"));
    };
    let AtMost { first, count } = serde_json::from_str(requests.get())
        .map_err(|_| fault("typeMismatch", "requests", "`requests` must be an array of objects"))?;
    if count > ITEMS_MAX {
        let message = format!("Number of batch request steps exceeds the maximum value of {ITEMS_MAX}.");
        return Err(GraphError::bad_request("tooLong", "requests", message));
    }
    if first.is_empty() {
        return Err(fault("required", "requests", "`requests` is empty: a batch has 1 to 20 requests"));
    }
    first.into_iter().enumerate().map(|(at, text)| item(text, &format!("requests[{at}]"))).collect()
}

fn item<'a>(text: &'a RawValue, path: &str) -> GraphResult<Item<'a>> {
    let mut item = Item::default();
    for (name, value) in members(text.get(), path)? {
        let place = format!("{path}/{name}");
        let null = value.get() == "null";
        match &*name.to_ascii_lowercase() {
            "id" => item.id = string(value, &place)?,
            "method" => item.method = string(value, &place)?,
            "url" => item.url = string(value, &place)?,
            "headers" if !null => item.headers = headers(value, &place)?,
            "body" => item.body = (!null).then_some(value),
            // Microsoft's Python helper writes the second form.
            "dependson" | "depends_on" if !null => {
                item.depends_on = serde_json::from_str(value.get()).map_err(|_| {
                    fault("typeMismatch", &place, "the ids of earlier requests must be an array of strings")
                })?;
            }
            // Parts of OData's own batches that say when a request is not to run.
            "atomicitygroup" | "if" if !null => {
                return Err(fault(
                    "unsupported",
                    &place,
                    &format!("`{name}` is not supported: use `dependsOn`"),
                ));
            }
            "headers" | "dependson" | "depends_on" | "atomicitygroup" | "if" => {}
            _ => return Err(unknown(path, &name)),
        }
    }
    for (name, value) in [("id", &item.id), ("method", &item.method), ("url", &item.url)] {
        if value.is_empty() {
            return Err(fault(
                "required",
                &format!("{path}/{name}"),
                "each request has `id`, `method` and `url`",
            ));
        }
    }
    if item.id.chars().count() > ID_MAX {
        return Err(fault("tooLong", &format!("{path}/id"), "an id has at most 256 characters"));
    }
    Ok(item)
}

/// The members of an object, its annotations left out; each is there once.
fn members<'a>(text: &'a str, path: &str) -> GraphResult<Vec<(Cow<'a, str>, &'a RawValue)>> {
    let Members(mut members) = serde_json::from_str(text).map_err(|error| {
        let message = if path.is_empty() {
            format!("the body is no JSON object: {error}")
        } else {
            format!("`{path}` is no JSON object")
        };
        fault(if error.is_data() { "typeMismatch" } else { "invalidJson" }, path, &message)
    })?;
    members.retain(|(name, _)| !name.contains('@'));
    // Each is compared with those before it.
    if members.len() > MEMBERS_MAX {
        return Err(fault("tooLong", path, "an object of a batch has at most 20 members"));
    }
    let plain = |name: &str| name.to_ascii_lowercase().replace("depends_on", "dependson");
    for (at, (name, _)) in members.iter().enumerate() {
        if members.iter().take(at).any(|(earlier, _)| plain(earlier) == plain(name)) {
            return Err(fault("invalidJson", path, &format!("the member `{}` is there twice", shown(name))));
        }
    }
    Ok(members)
}

fn string(value: &RawValue, place: &str) -> GraphResult<String> {
    serde_json::from_str(value.get())
        .map_err(|_| fault("typeMismatch", place, &format!("`{place}` must be a string")))
}

fn headers(value: &RawValue, place: &str) -> GraphResult<Vec<(String, String)>> {
    let Members(members) = serde_json::from_str(value.get())
        .map_err(|_| fault("typeMismatch", place, &format!("`{place}` must be an object of strings")))?;
    let text = |(name, value): (Cow<'_, str>, &RawValue)| {
        let value = string(value, &format!("{place}/{}", shown(&name)))?;
        Ok((name.into_owned(), value))
    };
    members.into_iter().map(text).collect()
}

fn unknown(path: &str, name: &str) -> Box<GraphError> {
    let name = shown(name);
    let place = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
    // A misspelt `dependsOn` that is passed over would run what should have waited.
    fault("unknownProperty", &place, &format!("a batch has no member `{name}`"))
}

/// A 400 for the whole, in Graph's words and ours.
pub(super) fn fault(code: &'static str, place: &str, message: &str) -> Box<GraphError> {
    GraphError::bad_request(code, place, format!("Invalid batch payload format: {message}."))
}

/// Names can be long; what is shown of them need not be.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(100).collect()
}

/// The first items of an array, and how many there are: what is beyond the limit is counted and not kept.
struct AtMost<'a> {
    first: Vec<&'a RawValue>,
    count: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for AtMost<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = AtMost<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AtMost<'de>, A::Error> {
                let mut first = Vec::new();
                while first.len() < ITEMS_MAX {
                    let Some(item) = seq.next_element()? else { break };
                    first.push(item);
                }
                let mut count = first.len();
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(AtMost { first, count })
            }
        }

        deserializer.deserialize_seq(Reader)
    }
}

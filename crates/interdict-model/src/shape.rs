//! Reads JSON into one of our types, and says at which member it does not fit.

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use crate::{Fault, FaultCode};

/// Reads a text.
///
/// # Errors
/// The first fault: its target is a path such as `parameters[1]/name`, and a member that the type does not have is
/// [`FaultCode::UnknownProperty`].
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let target = target(error.path());
        let inner = error.into_inner();
        fault(&inner, target)
    })?;
    json.end().map_err(|error| fault(&error, String::new()))?;
    Ok(value)
}

fn fault(error: &serde_json::Error, mut target: String) -> Fault {
    let text = error.to_string();
    if error.classify() != serde_json::error::Category::Data {
        return Fault::new(FaultCode::InvalidJson, "", text);
    }
    // The place in the text says nothing that the path does not.
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let (code, names_member) = code(message);
    // Of a member that is not there, or twice, the path has the object alone.
    if names_member && let Some(member) = message.split('`').nth(1) {
        push(&mut target, member);
    }
    Fault::new(code, target, message)
}

/// The kind of fault, by the words that serde's derived code has for each, and whether they name a member that the path
/// does not have.
fn code(message: &str) -> (FaultCode, bool) {
    const WORDS: [(&str, FaultCode, bool); 4] = [
        ("unknown field", FaultCode::UnknownProperty, false),
        ("missing field", FaultCode::Required, true),
        ("duplicate field", FaultCode::InvalidJson, true),
        ("invalid type", FaultCode::TypeMismatch, false),
    ];
    WORDS
        .into_iter()
        .find(|(words, ..)| message.starts_with(words))
        .map_or((FaultCode::InvalidValue, false), |(_, code, names_member)| (code, names_member))
}

fn push(target: &mut String, member: &str) {
    if !target.is_empty() {
        target.push('/');
    }
    target.push_str(member);
}

/// The path as faults write it.
fn target(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                push(&mut text, key);
            }
            Segment::Unknown => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::catalog::Definition;

    #[test]
    fn each_fault_is_named_at_its_member() {
        for (text, code, target) in [
            (r#"{"name":"A","nmae":1}"#, FaultCode::UnknownProperty, "nmae"),
            (
                r#"{"name":"A","parameters":[{"name":"x","type":"text","lst":true}]}"#,
                FaultCode::UnknownProperty,
                "parameters[0]/lst",
            ),
            (
                r#"{"name":"A","parameters":[{"name":"x","type":"ip"}]}"#,
                FaultCode::InvalidValue,
                "parameters[0]/type",
            ),
            (r#"{"name":1}"#, FaultCode::TypeMismatch, "name"),
            (r#"{"name":"A","name":"B"}"#, FaultCode::InvalidJson, "name"),
            (r#"{"name":"A","startBy":"1h"}"#, FaultCode::InvalidValue, "startBy"),
            ("{}", FaultCode::Required, "name"),
            ("{", FaultCode::InvalidJson, ""),
            (r#"{"name":"A"} x"#, FaultCode::InvalidJson, ""),
        ] {
            let fault = read::<Definition>(text).unwrap_err();
            assert_eq!((fault.code, fault.target.as_str()), (code, target), "{text}: {}", fault.message);
        }
    }
}

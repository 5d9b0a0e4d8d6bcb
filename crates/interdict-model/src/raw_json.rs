//! JSON that is passed on as it was written: a provider's results and handles.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// JSON text that nobody here looks into.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(pub Box<RawValue>);

impl RawJson {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

//! What clients write down of actions that are carried out: one JSON line before a filing or a report is sent, one when its
//! outcome is known, and one for whatever a program is handed and does.

use serde::{Deserialize, Serialize};

use crate::log::{Dated, Event};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Nanoseconds since the log began.
    pub t: u64,
    /// The client.
    pub c: u32,
    /// What it is about.
    #[serde(flatten)]
    pub what: What,
    /// What is known.
    pub ev: Event,
    /// The status of the answer; 0 where there was none, and at `send`.
    pub status: u16,
    /// Why the answer is none that a client may get; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fault: String,
}

/// What a line is about. Instants are nanoseconds since the log began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub enum What {
    /// An action is filed.
    File {
        /// Its `clientContext`. A filing that is sent again keeps it.
        key: String,
    },
    /// Work is asked for, and who asked does not know what it was given.
    Ask,
    /// A program was handed an action.
    HandOut(HandOut),
    /// A program changes what a target is, while its claim holds.
    Act {
        /// The target.
        target: String,
        /// Whether it lifts what was in force.
        lifts: bool,
    },
    /// A program holds on to its claim; the first time it begins.
    Renew {
        /// The claim.
        fence: i64,
        /// Until when it holds, where that was acknowledged; else 0.
        expires: i64,
    },
    /// A program says that it is done.
    Complete {
        /// The claim.
        fence: i64,
    },
}

/// A claim on an action, as it was handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandOut {
    /// The action's id.
    pub action: String,
    /// What it acts on.
    pub target: String,
    /// Whether it undoes another one.
    pub lifts: bool,
    /// The number that grows with each hand-out.
    pub fence: i64,
    /// When it was handed out, as the server says.
    pub handed: i64,
    /// Until when it holds, as the server says.
    pub expires: i64,
}

impl Dated for Note {
    fn date(&mut self, t: u64) {
        self.t = t;
    }
}

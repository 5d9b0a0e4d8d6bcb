//! Whether a case held, and why not.

use std::fmt;

use crate::client::Answer;
use crate::failure::Failure;

/// Why it is not said of a case that it held.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It did not hold.
    Broken(String),
    /// It could not be tried, for want of something.
    Needs(&'static str),
}

/// Whether a case held.
pub(super) type Outcome<T = ()> = Result<T, Wrong>;

impl Wrong {
    /// The failure of a command that cannot go on for it.
    pub(super) fn into_failure(self) -> Failure {
        Failure::failed(self.to_string())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(why) => f.write_str(why),
            Self::Needs(what) => write!(f, "not run: needs {what}"),
        }
    }
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure.message().to_owned())
    }
}

/// Holds a case to something.
pub(super) fn holds(condition: bool, otherwise: impl Into<String>) -> Outcome {
    if condition { Ok(()) } else { Err(Wrong::Broken(otherwise.into())) }
}

/// Holds a case to what something must be.
pub(super) fn is<T: PartialEq + fmt::Debug>(what: &str, found: &T, wanted: &T) -> Outcome {
    holds(found == wanted, format!("{what} is {found:?}, not {wanted:?}"))
}

/// Holds a case to a refusal: its status and its details.
pub(super) fn refused(answer: &Answer, status: u16, details: &[&str]) -> Outcome {
    let found = (answer.status, answer.details());
    is(&format!("the answer to {} {}", answer.method, answer.path), &found, &(status, owned(details)))
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

//! Why a command ends without success: one line that says what is wrong, lines that say how to mend it, and the
//! exit status.

use std::fmt;
use std::process::ExitCode;

/// A command that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    status: u8,
    message: String,
    hints: Vec<String>,
    refused: bool,
}

impl Failure {
    /// The command was tried and failed: exit status 1.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { status: 1, message: message.into(), hints: Vec::new(), refused: false }
    }

    /// The command cannot be tried as it was asked or configured: exit status 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { status: 2, message: message.into(), hints: Vec::new(), refused: false }
    }

    /// A server answered, and refused: trying it again as it is makes no sense.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { refused: true, ..Self::failed(message) }
    }

    /// Whether a server refused.
    pub(crate) const fn is_refusal(&self) -> bool {
        self.refused
    }

    /// The same failure with a word on how to mend it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What went wrong.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The exit status.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.status)
    }

    /// What clap found wrong, in our form. Help and version are no failures and never get here.
    pub(crate) fn from_clap(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let mut blocks = text.split("\n\n");
        let first = blocks.next().unwrap_or_default();
        let message = one_line(first).trim_start_matches("error: ").to_owned();
        let mut failure = Self::usage(message);
        for block in blocks {
            let line = one_line(block);
            if let Some(tip) = line.strip_prefix("tip: ") {
                failure = failure.hint(tip);
            } else if let Some(usage) = line.strip_prefix("Usage: ") {
                failure = failure.hint(format!("usage: {usage}"));
            }
        }
        failure.hint("`--help` lists the flags")
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One `error:` line, then `hint:` lines. Line breaks in what others told us are flattened.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", one_line(&self.message))?;
        self.hints.iter().try_for_each(|hint| writeln!(f, "hint: {}", one_line(hint)))
    }
}

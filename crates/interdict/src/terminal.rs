//! What people see: lines on stdout and stderr, coloured only on a terminal and without `NO_COLOR`.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use crate::failure::Failure;

/// Writes a line of data to stdout. A reader that went away is no error of ours.
pub(crate) fn print(line: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Writes a line to stderr: notices and failures.
pub(crate) fn notice(line: impl Display) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{line}");
}

/// Asks somebody at a terminal; only `y` and `yes` are consent.
pub(crate) fn confirm(question: &str) -> Result<bool, Failure> {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "{question} [y/N] ");
    let _ = err.flush();
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.map_err(|error| Failure::failed(format!("cannot read the answer: {error}")))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Whether `stream` may be coloured.
pub(crate) fn coloured(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How text is set off. Without colour it is left as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Paint for stdout.
    pub(crate) fn for_stdout() -> Self {
        Self { on: coloured(&std::io::stdout()) }
    }

    /// None at all.
    #[cfg(test)]
    pub(crate) const fn none() -> Self {
        Self { on: false }
    }

    fn set(self, code: &str, text: impl Display) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// Headings.
    pub(crate) fn bold(self, text: impl Display) -> String {
        self.set("1", text)
    }

    /// What may be skipped.
    pub(crate) fn dim(self, text: impl Display) -> String {
        self.set("2", text)
    }

    /// What went well.
    pub(crate) fn good(self, text: impl Display) -> String {
        self.set("32", text)
    }

    /// What went wrong.
    pub(crate) fn bad(self, text: impl Display) -> String {
        self.set("31", text)
    }
}

/// Rows as aligned columns, two spaces apart, without trailing space.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let mut widths = Vec::new();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(index) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "long cell".to_owned()], vec!["bbb".to_owned(), String::new()]];
        assert_eq!(columns(&rows), ["a    long cell", "bbb"]);
    }
}

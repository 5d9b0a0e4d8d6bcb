//! What the demonstration prints: requests with their answers, what was checked of each, and a verdict.

use crate::client::Answer;
use crate::failure::Failure;
use crate::terminal::{self, Paint, columns};

/// The demonstration's page.
#[derive(Debug)]
pub(super) struct Screen {
    paint: Paint,
    held: usize,
    failed: Vec<String>,
    steps: usize,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { paint: Paint::for_stdout(), held: 0, failed: Vec::new(), steps: 0 }
    }

    /// The page's heading.
    pub(super) fn title(&self, title: &str) {
        terminal::print(self.paint.bold(title));
    }

    /// Names and values, aligned.
    pub(super) fn facts(&self, facts: &[(&str, String)]) {
        let rows: Vec<_> =
            facts.iter().map(|(name, value)| vec![(*name).to_owned(), value.clone()]).collect();
        self.lines(&rows);
    }

    fn lines(&self, rows: &[Vec<String>]) {
        columns(rows).iter().for_each(|line| terminal::print(format_args!("  {line}")));
    }

    /// The heading of the next step.
    pub(super) fn step(&mut self, title: &str) {
        self.steps += 1;
        terminal::print(self.paint.bold(format_args!("\n{}  {title}", self.steps)));
    }

    /// One request and its answer.
    pub(super) fn request(&self, answer: &Answer) {
        let milliseconds = answer.elapsed.as_secs_f64() * 1e3;
        let (method, path) = (answer.method.as_str(), shortened(&answer.path));
        let line = format!("   {method:<5} {path:<61} {}  {milliseconds:>6.1} ms", answer.status);
        terminal::print(self.paint.dim(line));
    }

    /// Whether something held that should.
    pub(super) fn check(&mut self, claim: &str, holds: bool) {
        if holds {
            self.held += 1;
            terminal::print(format_args!("   {} {claim}", self.paint.good("✓")));
        } else {
            self.failed.push(claim.to_owned());
            terminal::print(format_args!("   {} {claim}", self.paint.bad("✗")));
        }
    }

    /// A table under its own heading, the first row being the columns' names.
    pub(super) fn table(&self, title: &str, rows: &[Vec<String>]) {
        terminal::print(self.paint.bold(format_args!("\n{title}")));
        for (index, line) in columns(rows).iter().enumerate() {
            let line = format!("   {line}");
            terminal::print(if index == 0 { self.paint.dim(line) } else { line });
        }
    }

    /// Says whether everything held.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        if self.failed.is_empty() {
            let line = format!("\nAll {} checks of {} steps held.", self.held, self.steps);
            terminal::print(self.paint.good(line));
            return Ok(());
        }
        Err(Failure::failed(format!(
            "{} of {} checks did not hold: {}",
            self.failed.len(),
            self.held + self.failed.len(),
            self.failed.join("; ")
        )))
    }

    /// Lines to copy, and how this ends.
    pub(super) fn try_it(&self, url: &str, token: &str, provider: &str) {
        terminal::print(self.paint.bold("\nTry it (the token lives for an hour):"));
        terminal::print(format_args!("\nexport INTERDICT_URL={url} INTERDICT_TOKEN={token}"));
        terminal::print(
            "curl -sS -H \"Authorization: Bearer $INTERDICT_TOKEN\" $INTERDICT_URL/v1.0/security/securityActions",
        );
        terminal::print(format_args!(
            "interdict actions create --name BlockIp --parameter IP=203.0.113.8 --vendor Interdict --provider '{provider}' \
             --duration PT10S\n"
        ));
        terminal::print(self.paint.dim("The server and the provider stay up until Ctrl-C."));
    }
}

/// A path with its GUIDs cut to what tells them apart.
fn shortened(path: &str) -> String {
    let short = |segment: &str| match segment.get(30..) {
        Some(end) if segment.len() == 36 && segment.matches('-').count() == 4 => format!("…{end}"),
        _ => segment.to_owned(),
    };
    path.split('/').map(short).collect::<Vec<_>>().join("/")
}

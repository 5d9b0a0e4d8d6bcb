//! Faults of a query: the option with its value, a caret under the place, and what is wrong.

use interdict_app::explain::{Given, QueryError};

use crate::failure::Failure;
use crate::terminal::Paint;

/// Characters of a value that are shown before and behind the place of a fault.
const AROUND: usize = 60;

/// Each fault as some lines.
pub(super) fn blocks(given: &[Given], faults: &[QueryError], paint: Paint) -> Vec<String> {
    faults
        .iter()
        .map(|fault| {
            let option = given.iter().find(|given| given.name == fault.option);
            let mut lines = match option {
                Some(option) => pointed(option, fault.position, paint),
                None => vec![fault.option.clone()],
            };
            lines.push(format!("{}: {}", paint.bad(fault.code.name()), fault.message));
            lines.join("\n") + "\n"
        })
        .collect()
}

/// One line with the value around the place, and one with the caret.
fn pointed(option: &Given, position: Option<usize>, paint: Paint) -> Vec<String> {
    let start = position.unwrap_or(0).saturating_sub(AROUND);
    let before = if start > 0 { "…" } else { "" };
    let mut value: String = option.value.chars().skip(start).take(2 * AROUND).map(visible).collect();
    if option.value.chars().nth(start + 2 * AROUND).is_some() {
        value.push('…');
    }
    let shown = format!("{}={before}", option.name);
    let mut lines = vec![format!("{shown}{value}")];
    if let Some(position) = position {
        let indent = shown.chars().count() + (position - start);
        lines.push(format!("{}{}", " ".repeat(indent), paint.bad("^")));
    }
    lines
}

/// A character that takes one column and changes nothing on a terminal.
fn visible(character: char) -> char {
    if character.is_control() { '\u{b7}' } else { character }
}

/// The first fault in one line, and how many there are.
pub(super) fn failure(faults: &[QueryError]) -> Failure {
    let Some(first) = faults.first() else { return Failure::failed("the query has a fault") };
    let failure = Failure::failed(format!("`{}`: {}", first.option, first.message));
    match faults.len() {
        1 => failure,
        more => failure.hint(format!("there are {more} faults; all are on stdout")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(value: &str) -> Given {
        Given { name: "$filter".to_owned(), value: value.to_owned(), canonical: value.to_owned() }
    }

    #[test]
    fn the_caret_stands_under_the_character_and_long_values_are_cut() {
        let at = |value: &str, position| pointed(&given(value), position, Paint::none());
        assert_eq!(at("é eq 'a'", Some(5)), ["$filter=é eq 'a'", "             ^"]);
        assert_eq!(at("a\nb", Some(3)), ["$filter=a·b", "           ^"]);
        assert_eq!(at("a", None), ["$filter=a"]);
        let lines = at(&format!("{}!{}", "a".repeat(500), "b".repeat(500)), Some(500));
        let caret = lines.last().map(|line| line.chars().count() - 1).unwrap_or(0);
        assert_eq!(lines.first().and_then(|line| line.chars().nth(caret)), Some('!'));
        assert!(lines.iter().all(|line| line.chars().count() < 140), "{lines:?}");
    }
}

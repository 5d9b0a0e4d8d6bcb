//! `interdict help`: pages of the documentation that are part of the program, and the help of commands.

use std::io::IsTerminal;

use clap::{Args, CommandFactory};

use crate::cli::Cli;
use crate::failure::Failure;
use crate::terminal::{self, Paint};

/// The pages, by name.
const PAGES: [(&str, &str); 1] = [("filter", include_str!("../../../../docs/reference/filter.md"))];

/// The flags of `help`.
#[derive(Args, Debug)]
pub(crate) struct HelpFlags {
    /// `filter`: the language of $filter, $orderby and $search; or a command
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

/// Prints a page as it is, or set for reading on a terminal; or what `--help` prints.
pub(crate) fn run(flags: &HelpFlags) -> Result<(), Failure> {
    if let [topic] = flags.topic.as_slice()
        && let Some((_, page)) = PAGES.iter().find(|(name, _)| name == topic)
    {
        let is_read = std::io::stdout().is_terminal();
        terminal::print(if is_read { set(page, Paint::for_stdout()) } else { page.trim_end().to_owned() });
        return Ok(());
    }
    let mut command = Cli::command();
    // So that usage lines begin with the program's name.
    command.build();
    let mut found = &mut command;
    for name in &flags.topic {
        found = found.find_subcommand_mut(name).ok_or_else(|| {
            Failure::usage(format!("there is no help on `{}`", flags.topic.join(" ")))
                .hint("`interdict help filter` explains the language of $filter")
                .hint("`interdict --help` lists the commands")
        })?;
    }
    terminal::print(found.render_long_help().to_string().trim_end());
    Ok(())
}

/// A page for a terminal, which has no room for tables: each row is its first cell, then a line for each other cell behind
/// its heading.
fn set(page: &str, paint: Paint) -> String {
    let mut lines = Vec::new();
    let mut headings: Option<Vec<String>> = None;
    for line in page.trim_end().lines() {
        if let Some(row) = line.strip_prefix('|') {
            let row = cells(row);
            match &headings {
                None => headings = Some(row),
                Some(_) if row.iter().all(|cell| cell.chars().all(|character| "-: ".contains(character))) => {
                }
                Some(headings) => lines.extend(block(headings, &row, paint)),
            }
            continue;
        }
        headings = None;
        let text = line.trim_start_matches('#');
        lines.push(if text.len() == line.len() {
            line.replace('`', "")
        } else {
            paint.bold(text.trim().replace('`', ""))
        });
    }
    lines.join("\n")
}

/// The cells of a row behind its first bar; `\|` is a bar within a cell.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim_end().strip_suffix('|').unwrap_or(row);
    let kept = row.replace("\\|", "\u{0}");
    kept.split('|').map(|cell| cell.trim().replace('\u{0}', "|").replace('`', "")).collect()
}

fn block(headings: &[String], row: &[String], paint: Paint) -> Vec<String> {
    let mut cells = headings.iter().zip(row);
    let first = cells.next().map(|(_, cell)| paint.bold(cell)).unwrap_or_default();
    let others = cells.filter(|(_, cell)| !cell.is_empty());
    let mut lines = vec![format!("  {first}")];
    lines.extend(others.map(|(heading, cell)| format!("      {} {cell}", paint.dim(format!("{heading}:")))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_a_table_is_a_block_and_the_rest_is_text() {
        let page = "# A `page`\n\nText `a`.\n\n| form | means |\n|---|---|\n| `a \\| b` | either |\n| `c` | |\n\nEnd\n";
        assert_eq!(set(page, Paint::none()), "A page\n\nText a.\n\n  a | b\n      means: either\n  c\n\nEnd");
    }

    #[test]
    fn no_page_leaves_a_table_or_a_mark_behind() {
        for (name, page) in PAGES {
            let set = set(page, Paint::none());
            assert!(set.lines().all(|line| !line.starts_with(['|', '#'])), "{name}");
            assert!(set.lines().count() > page.lines().count(), "{name}");
        }
    }
}

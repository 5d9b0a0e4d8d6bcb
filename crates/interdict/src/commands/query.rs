//! `interdict query`: what query options mean, without a server or a store.

mod faults;
mod typed;

use clap::{Args, Subcommand};
use interdict_app::explain::{Explained, Outcome, explain};
use interdict_model::clock::Clock;

use crate::failure::Failure;
use crate::system::SystemClock;
use crate::terminal::{self, Paint};

/// The commands of `query`.
#[derive(Debug, Subcommand)]
pub(crate) enum QueryCommand {
    /// Show what the query options of a list mean, and what both engines are asked; needs no server
    Explain(ExplainFlags),
}

/// The flags of `query explain`.
#[derive(Args, Debug)]
pub(crate) struct ExplainFlags {
    /// The options, as in an address or as they are typed; single quotes keep the shell away from `$`
    #[arg(value_name = "QUERY")]
    query: String,
}

/// Runs a command.
pub(crate) fn run(command: &QueryCommand) -> Result<(), Failure> {
    let QueryCommand::Explain(flags) = command;
    let query = typed::in_address(&flags.query);
    let explained = super::runtime()?
        .block_on(explain(&query, SystemClock.now()))
        .map_err(|error| Failure::failed(format!("SQLite cannot plan in memory: {error}")))?;
    let paint = Paint::for_stdout();
    for name in &explained.ignored {
        terminal::notice(ignored(name));
    }
    match &explained.outcome {
        Ok(outcome) => {
            terminal::print(page(&explained, outcome, paint).join("\n"));
            Ok(())
        }
        Err(found) => {
            terminal::print(faults::blocks(&explained.given, found, paint).join("\n"));
            Err(faults::failure(found))
        }
    }
}

/// Why a name that means nothing may be there.
fn ignored(name: &str) -> String {
    if name.is_empty() {
        return "warning: an option without a name is ignored; within double quotes a shell takes `$filter` for a \
                variable: use single quotes"
            .to_owned();
    }
    let shown: String = name.chars().take(60).collect();
    format!(
        "warning: `{shown}` is no option of OData and ignored, as servers do; options look like `$filter=…`"
    )
}

/// Everything about a query without fault, a line each.
fn page(explained: &Explained, outcome: &Outcome, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.bold("Query")];
    for given in &explained.given {
        lines.push(format!("  {}={}", given.name, given.canonical));
    }
    lines.push(paint.dim(format!("  pages of {} rows", outcome.page)));
    if outcome.continued {
        lines
            .push(paint.dim(
                "  goes on from an earlier page; below is its first: only a server can read $skiptoken",
            ));
    }
    if !outcome.filter.is_empty() {
        lines.extend([String::new(), paint.bold("$filter")]);
        lines.extend(tree(&outcome.filter, paint));
    }
    if let Some(search) = &outcome.search {
        lines.extend([String::new(), paint.bold("$search"), format!("  {search}")]);
    }
    let default = if outcome.order_is_default { " (where none is given)" } else { "" };
    lines.extend([String::new(), format!("{}{}", paint.bold("$orderby"), paint.dim(default))]);
    for (branches, descending) in &outcome.order_by {
        let mut key = tree(branches, paint);
        if let Some(first) = key.first_mut() {
            first.push_str(if *descending { "  descending" } else { "  ascending" });
        }
        lines.extend(key);
    }
    for asked in &outcome.asked {
        lines.extend([String::new(), paint.bold(asked.engine)]);
        lines.extend(broken(&asked.sql).into_iter().map(|line| format!("  {line}")));
        for (number, value) in (1..).zip(&asked.parameters) {
            let tenant =
                if number == 1 { paint.dim("  the tenant's key; 1 stands for it") } else { String::new() };
            lines.push(format!("  ${number} = {value}{tenant}"));
        }
    }
    if outcome.rechecked {
        let why = "Each row is looked at again in the program, by patterns or $search, which no engine is asked: this \
                   reads every row that the statement selects.";
        lines.extend([String::new(), why.to_owned()]);
    }
    lines.extend([String::new(), paint.bold("SQLite's plan")]);
    lines.extend(outcome.plan.iter().map(|step| format!("  {step}")));
    lines
}

/// A tree, with the types behind it in a column.
fn tree(branches: &[interdict_app::explain::Branch], paint: Paint) -> Vec<String> {
    let texts: Vec<_> =
        branches.iter().map(|branch| format!("{}{}", "  ".repeat(branch.depth + 1), branch.text)).collect();
    let width = texts.iter().map(|text| text.chars().count()).filter(|width| *width <= 60).max().unwrap_or(0);
    texts
        .iter()
        .zip(branches)
        .map(|(text, branch)| {
            let nullable = if branch.nullable { ", or null" } else { "" };
            format!("{text:width$}  {}", paint.dim(format!("{}{nullable}", branch.ty)))
        })
        .collect()
}

/// A statement, broken before the clauses and conditions that are in no parentheses.
fn broken(sql: &str) -> Vec<String> {
    const BEFORE: [&str; 6] = [" FROM ", " WHERE ", " AND ", " UNION ALL ", " ORDER BY ", " LIMIT "];
    let (mut lines, mut line, mut depth) = (Vec::new(), String::new(), 0_usize);
    let mut quoted = false;
    for (at, character) in sql.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ' ' if !quoted && depth == 0 => {
                let rest = sql.get(at..).unwrap_or_default();
                if BEFORE.iter().any(|word| rest.starts_with(word)) {
                    lines.push(std::mem::take(&mut line));
                    continue;
                }
            }
            _ => {}
        }
        line.push(character);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn statements_are_broken_outside_of_parentheses_and_quotes_alone() {
        assert_eq!(
            broken("SELECT (a AND b) FROM t WHERE a = ' AND (' AND b ORDER BY c LIMIT $1"),
            ["SELECT (a AND b)", "FROM t", "WHERE a = ' AND ('", "AND b", "ORDER BY c", "LIMIT $1"]
        );
    }
}

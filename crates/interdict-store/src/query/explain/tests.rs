#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

use std::fmt::Write as _;

use interdict_model::edm::SECURITY_ACTION;
use interdict_odata::bind::bind_query;
use interdict_odata::{QueryError, QueryErrorCode};

use super::*;
use crate::unsupported;

/// The page of the language, whose tables say what the engines are asked.
const MANUAL: &str = include_str!("../../../../../docs/reference/filter.md");
/// Set, the test below writes the page anew where it would fail.
const UPDATE: &str = "INTERDICT_UPDATE_MANUAL";
/// What the column says of a pattern.
const NOT_ASKED: &str = "nothing: rows are looked at again";
/// What it says where no property fits.
const NO_PROPERTY: &str = "no property is such a collection";

/// Binds a filter as a list does.
fn bound(filter: &str) -> Result<BoundQuery, Vec<QueryError>> {
    let encoded = filter.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").unwrap();
        encoded
    });
    let query = bind_query(&format!("$filter={encoded}"), &SECURITY_ACTION)?;
    unsupported(&query).map_or(Ok(query), |fault| Err(vec![fault]))
}

/// What an engine is asked for a filter, behind the condition on the tenant.
fn condition(dialect: Dialect, query: &BoundQuery) -> String {
    let recheck = Recheck::of(query.filter.as_ref(), None, 99);
    let statement = count(dialect, TENANT, recheck.filter.as_deref(), 99).unwrap();
    let of_tenant = "SELECT count(*) FROM action WHERE action.tenant = $1";
    let rest = statement.sql.strip_prefix(of_tenant).unwrap();
    rest.strip_prefix(" AND ").unwrap_or(rest).to_owned()
}

/// What the column says of an example.
fn shown_in_manual(example: &str) -> String {
    let query = bound(example).unwrap_or_else(|faults| panic!("`{example}`: {faults:?}"));
    let [sqlite, postgres] =
        [Dialect::Sqlite, Dialect::Postgres].map(|dialect| condition(dialect, &query).replace('|', "\\|"));
    if sqlite.is_empty() {
        NOT_ASKED.to_owned()
    } else if sqlite == postgres {
        format!("`{sqlite}`")
    } else {
        format!("SQLite `{sqlite}`, PostgreSQL `{postgres}`")
    }
}

/// A row of a table: what stands under each heading.
struct Row<'a> {
    at: usize,
    cells: Vec<(&'a str, &'a str)>,
}

impl<'a> Row<'a> {
    fn cell(&self, heading: &str) -> Option<&'a str> {
        self.cells.iter().find(|(name, _)| *name == heading).map(|(_, cell)| *cell)
    }
}

/// The cells of a line of a table; a bar behind a backslash is part of a cell.
fn cells(line: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let mut start = 1;
    for (at, _) in line.match_indices('|').skip(1) {
        if !line[..at].ends_with('\\') {
            cells.push(line[start..at].trim());
            start = at + 1;
        }
    }
    cells
}

/// The rows that have examples.
fn rows() -> Vec<Row<'static>> {
    let mut rows = Vec::new();
    let mut headings = Vec::new();
    for (at, line) in MANUAL.lines().enumerate() {
        if !line.starts_with('|') {
            headings.clear();
        } else if headings.is_empty() {
            headings = cells(line);
        } else if headings.contains(&"example") && !line.starts_with("|--") {
            let cells = cells(line);
            assert_eq!(cells.len(), headings.len(), "{line}");
            rows.push(Row { at, cells: headings.iter().copied().zip(cells).collect() });
        }
    }
    rows
}

/// What stands between backticks.
fn codes(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_manual_shows_what_the_engines_are_asked_for_each_example() {
    let rows = rows();
    assert!(rows.len() > 40, "{}", rows.len());
    let mut page: Vec<String> = MANUAL.lines().map(str::to_owned).collect();
    let mut stale = Vec::new();
    let mut without = Vec::new();
    for row in &rows {
        let examples = codes(row.cell("example").unwrap());
        let expected = if examples.is_empty() {
            without.push(row.cells[0].1);
            NO_PROPERTY.to_owned()
        } else {
            examples.iter().map(|example| shown_in_manual(example)).collect::<Vec<_>>().join("; ")
        };
        if row.cell("SQL") != Some(&expected) {
            let cells = row.cells.iter().map(|(name, cell)| if *name == "SQL" { &*expected } else { *cell });
            let written =
                cells.map(|cell| if cell.is_empty() { " |".to_owned() } else { format!(" {cell} |") });
            page[row.at] = format!("|{}", written.collect::<String>());
            stale.push(page[row.at].clone());
        }
    }
    if std::env::var_os(UPDATE).is_some() && !stale.is_empty() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/filter.md");
        std::fs::write(path, page.join("\n") + "\n").unwrap();
    }
    assert!(
        stale.is_empty(),
        "set {UPDATE}=1 to write docs/reference/filter.md anew; it should say:\n{}",
        stale.join("\n")
    );
    assert_eq!(without, ["`in`"], "rows without an example");
}

#[test]
fn each_row_of_the_manual_has_an_example_of_all_that_it_is_about() {
    for row in rows() {
        let examples = row.cell("example").unwrap();
        for subject in codes(row.cells[0].1) {
            let name = subject.split('(').next().unwrap().trim_start_matches('…');
            assert!(examples.is_empty() || examples.contains(name.trim()), "{name}: {examples}");
        }
    }
}

#[test]
fn the_errors_of_the_manual_are_answered_as_it_says() {
    const CODES: [QueryErrorCode; 5] = [
        QueryErrorCode::SyntaxError,
        QueryErrorCode::UnknownProperty,
        QueryErrorCode::TypeMismatch,
        QueryErrorCode::Unsupported,
        QueryErrorCode::LimitExceeded,
    ];
    let mut seen = 0;
    for row in rows() {
        let Some(errors) = row.cell("errors") else { continue };
        let mut code = None;
        for text in codes(errors) {
            if let Some(named) = CODES.into_iter().find(|code| code.name() == text) {
                code = Some(named);
                continue;
            }
            let faults = bound(text).err().unwrap_or_default();
            assert_eq!(faults.first().map(|fault| fault.code), code, "`{text}`: {faults:?}");
            seen += 1;
        }
        assert!(errors.is_empty() || code.is_some(), "{errors}");
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn the_limits_of_the_manual_are_kept() {
    let values = |count| vec!["'a'"; count].join(",");
    let patterns = |count| vec!["matchesPattern(name,'a')"; count].join(" and ");
    let texts = |count| format!("matchesPattern(name,'{}')", "a".repeat(count));
    for (within, beyond) in [
        (format!("name in ({})", values(500)), format!("name in ({})", values(501))),
        (patterns(10), patterns(11)),
        (texts(1_000), texts(1_001)),
    ] {
        assert!(bound(&within).is_ok(), "{within}");
        let faults = bound(&beyond).unwrap_err();
        assert_eq!(faults[0].code, QueryErrorCode::LimitExceeded, "{faults:?}");
    }
}

//! Documents name only what is there: relative links, paths in ARCHITECTURE.md, pages named in comments.

use anyhow::Result;

use crate::tree::{Finding, Tree};

/// Text in backticks is taken for a path of the tree when it starts so.
const TOP: [&str; 10] = [
    "crates/",
    "docs/",
    "deploy/",
    "providers/",
    "xtask/",
    "bench/",
    "tests/",
    ".ci/",
    ".config/",
    ".cargo/",
];

/// Checks every document, and the pages that Rust files name.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (number, line) in (1..).zip(text.lines()) {
            let place = || format!("{path}:{number}");
            for target in links(line) {
                if !tree.has(&resolve(path, target)) {
                    findings.push(Finding::new(place(), format!("the link to `{target}` leads nowhere")));
                }
            }
            for named in quoted(line) {
                if TOP.iter().any(|top| named.starts_with(top)) && !named.contains(['*', '…', '{', '<', ' '])
                {
                    // `path:function` names a test; `path:12` a line.
                    let (named, inside) = named.split_once(':').unwrap_or((named, ""));
                    let function =
                        inside.starts_with(|c: char| c.is_alphabetic()).then(|| format!("fn {inside}("));
                    if !tree.has(named) {
                        findings.push(Finding::new(place(), format!("`{named}` is not there")));
                    } else if let Some(function) =
                        function.filter(|it| !tree.text(named).is_some_and(|text| text.contains(it)))
                    {
                        findings.push(Finding::new(place(), format!("`{named}` has no `{function}`")));
                    }
                }
            }
        }
    }
    for (path, text) in tree.ending(".rs").filter(|(path, _)| *path != "xtask/src/tidy/links.rs") {
        for (number, line) in (1..).zip(text.lines()) {
            for page in line.split(['`', ' ', '"', '(', ')', ',']).filter(|word| is_page(word)) {
                if !tree.has(page) {
                    findings.push(Finding::new(format!("{path}:{number}"), format!("`{page}` is not there")));
                }
            }
        }
    }
    Ok(findings)
}

fn is_page(word: &str) -> bool {
    word.starts_with("docs/") && word.ends_with(".md")
}

/// The targets of `[text](target)` that are paths, without their anchors.
fn links(line: &str) -> Vec<&str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| {
            !target.contains("://") && !target.starts_with(['#', '<']) && !target.starts_with("mailto:")
        })
        .filter_map(|target| target.split('#').next())
        .collect()
}

/// The texts in backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// `target` as seen from the folder of `path`.
fn resolve(path: &str, target: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::tree::testing::{places, tree};

    fn found(path: &str, text: &str) -> Vec<Finding> {
        check(&tree(&[(path, text), ("docs/adr/0001-one.md", ""), ("crates/a/src/lib.rs", "")])).unwrap()
    }

    #[test]
    fn links_and_paths_that_are_there_are_fine() {
        let text = "[one](adr/0001-one.md#why) and [up](../crates/a) and `crates/a/src/lib.rs:12` and [w](https://x.test)";
        assert_eq!(found("docs/README.md", text), []);
    }

    #[test]
    fn a_dead_link_is_found() {
        assert_eq!(places(&found("docs/README.md", "\n[two](adr/0002-two.md)")), ["docs/README.md:2"]);
    }

    #[test]
    fn a_path_of_something_long_gone_is_found() {
        assert_eq!(places(&found("ARCHITECTURE.md", "open `crates/a/src/gone.rs`")), ["ARCHITECTURE.md:1"]);
    }

    #[test]
    fn a_test_that_is_named_must_be_there() {
        let named = "guarded by `crates/a/src/b.rs:it_holds`";
        let with = |text| check(&tree(&[("ARCHITECTURE.md", named), ("crates/a/src/b.rs", text)])).unwrap();
        assert_eq!(with("fn it_holds() {}"), []);
        assert_eq!(places(&with("fn it_holds_no_more() {}")), ["ARCHITECTURE.md:1"]);
    }

    #[test]
    fn a_page_that_a_comment_names_must_be_there() {
        assert_eq!(
            places(&found("crates/a/src/b.rs", "//! See `docs/reference/none.md`.")),
            ["crates/a/src/b.rs:1"]
        );
        assert_eq!(found("crates/a/src/b.rs", "//! See `docs/adr/0001-one.md`."), []);
    }
}

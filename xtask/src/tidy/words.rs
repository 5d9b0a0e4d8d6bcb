//! Words that must not be in the tree: unfinished code, places that exist on one machine only.

use anyhow::Result;

use crate::tree::{Finding, Tree};

/// Marks of unfinished code. Written in halves, so that this file does not find itself.
const UNFINISHED: [&str; 4] =
    [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!("), concat!("FIX", "ME")];

/// Package registries' hosts (clients know where to go) and folders of one machine.
const PLACES: [&str; 8] = [
    concat!("registry.npm", "js"),
    concat!("pypi", ".org"),
    concat!("files.python", "hosted"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("deb.deb", "ian"),
    concat!("\"/ro", "ot/"),
    concat!("/wo", "rk/"),
];

/// Checks every text file.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        for (number, line) in (1..).zip(text.lines()) {
            let place = || format!("{path}:{number}");
            if path.ends_with(".rs") {
                for word in UNFINISHED.iter().filter(|word| line.contains(**word)) {
                    findings.push(Finding::new(place(), format!("unfinished: `{word}`")));
                }
            }
            for word in PLACES.iter().filter(|word| line.contains(**word)) {
                findings
                    .push(Finding::new(place(), format!("`{word}` names a place that others do not have")));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::tree::testing::{places, tree};

    #[test]
    fn plain_text_is_fine() {
        assert_eq!(check(&tree(&[("a.rs", "fn todo() {}"), ("b.md", "crates.io")])).unwrap(), []);
    }

    #[test]
    fn unfinished_code_is_found() {
        let text = format!("fn f() {{\n    {}\n}}", UNFINISHED.join("\n    "));
        assert_eq!(check(&tree(&[("a.rs", &text)])).unwrap().len(), UNFINISHED.len());
    }

    #[test]
    fn a_registrys_host_is_found_in_any_file() {
        for word in PLACES {
            assert_eq!(places(&check(&tree(&[("lock", word)])).unwrap()), ["lock:1"], "{word}");
        }
    }
}

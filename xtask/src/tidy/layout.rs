//! The shape of the source tree: `foo.rs` beside `foo/`, one test binary a crate, no file that nothing compiles.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::tree::{Finding, Package, Tree};

/// Checks every Rust file of every crate.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in tree.packages()? {
        let mut reached = BTreeSet::new();
        for root in roots(tree, &package) {
            reach(tree, &root, &mut reached);
        }
        let tests = format!("{}/tests/", package.folder);
        for (path, _) in tree.within(&package.folder).filter(|(path, _)| path.ends_with(".rs")) {
            if path.ends_with("/mod.rs") {
                findings.push(Finding::new(path, "name the file after the module, beside its folder"));
            } else if path.strip_prefix(&tests).is_some_and(|rest| !rest.starts_with("it/")) {
                findings.push(Finding::new(
                    path,
                    "a crate has one test binary: make it a module of tests/it/main.rs",
                ));
            } else if !reached.contains(path) {
                findings.push(Finding::new(path, "no `mod` line leads to this file"));
            }
        }
    }
    Ok(findings)
}

/// The files that cargo compiles by itself.
fn roots(tree: &Tree, package: &Package) -> Vec<String> {
    let folder = &package.folder;
    let fixed = ["src/lib.rs", "src/main.rs", "build.rs", "tests/it/main.rs"];
    let mut roots: Vec<String> = fixed.iter().map(|path| format!("{folder}/{path}")).collect();
    for programs in ["src/bin", "examples", "benches"] {
        let programs = format!("{folder}/{programs}");
        roots.extend(tree.within(&programs).map(|(path, _)| path.to_owned()));
    }
    roots
}

/// Follows the `mod` lines from `path`.
fn reach(tree: &Tree, path: &str, reached: &mut BTreeSet<String>) {
    let Some(text) = tree.text(path) else { return };
    if !reached.insert(path.to_owned()) {
        return;
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let children = match file {
        "lib.rs" | "main.rs" => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    };
    for line in text.lines() {
        if let Some(name) = module(line) {
            reach(tree, &format!("{children}/{name}.rs"), reached);
            reach(tree, &format!("{children}/{name}/mod.rs"), reached);
        }
    }
}

/// The name in a line such as `pub(crate) mod name;`.
fn module(line: &str) -> Option<&str> {
    let name = line.trim().strip_suffix(';')?;
    let (before, name) = name.rsplit_once("mod ")?;
    let public =
        before.is_empty() || before == "pub " || (before.starts_with("pub(") && before.ends_with(") "));
    (public && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::tree::testing::{places, tree};

    fn found(files: &[(&str, &str)]) -> Vec<Finding> {
        let mut all = vec![("crates/a/Cargo.toml", "[package]\nname = \"a\"")];
        all.extend(files);
        check(&tree(&all)).unwrap()
    }

    #[test]
    fn files_that_mod_lines_lead_to_are_fine() {
        let files = [
            ("crates/a/src/lib.rs", "pub mod one;\n#[cfg(test)]\nmod two;"),
            ("crates/a/src/one.rs", "pub(crate) mod inner;"),
            ("crates/a/src/one/inner.rs", ""),
            ("crates/a/src/two.rs", ""),
            ("crates/a/tests/it/main.rs", "mod api;"),
            ("crates/a/tests/it/api.rs", ""),
        ];
        assert_eq!(found(&files), []);
    }

    #[test]
    fn an_orphan_is_found() {
        let files = [("crates/a/src/lib.rs", "// mod one;"), ("crates/a/src/one.rs", "")];
        assert_eq!(places(&found(&files)), ["crates/a/src/one.rs"]);
    }

    #[test]
    fn a_mod_rs_is_found() {
        let files = [("crates/a/src/lib.rs", "mod one;"), ("crates/a/src/one/mod.rs", "")];
        assert_eq!(places(&found(&files)), ["crates/a/src/one/mod.rs"]);
    }

    #[test]
    fn a_second_test_binary_is_found() {
        assert_eq!(places(&found(&[("crates/a/tests/api.rs", "")])), ["crates/a/tests/api.rs"]);
    }
}

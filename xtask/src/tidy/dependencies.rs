//! Dependencies: every one comes through the workspace's table and is used; some are not shipped at any depth.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use crate::tree::{Finding, Package, Tree};

/// Not shipped, whoever asks for them: a second crypto provider, a second calendar, an unmaintained RSA.
const BANNED: [&str; 7] = ["ring", "openssl", "openssl-sys", "native-tls", "chrono", "time", "rsa"];

/// Checks the workspace's table, each crate's use of it, and what the binary links.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut wanted = BTreeSet::new();
    for package in tree.packages()? {
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in package.dependencies(table) {
                wanted.insert(name.to_owned());
                let place = format!("{}/Cargo.toml", package.folder);
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    findings.push(Finding::new(&place, format!("`{name}` must say `workspace = true`")));
                }
                if !is_named(tree, &package, table, name) {
                    findings.push(Finding::new(
                        &place,
                        format!("`{name}` is used nowhere in the crate; remove it"),
                    ));
                }
            }
        }
    }
    let root: toml::Table =
        tree.text("Cargo.toml").unwrap_or_default().parse().context("`Cargo.toml` is not TOML")?;
    let table = root.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    for name in table.and_then(toml::Value::as_table).into_iter().flatten().map(|(name, _)| name) {
        if !wanted.contains(name) {
            findings.push(Finding::new("Cargo.toml", format!("no crate uses `{name}`; remove it")));
        }
    }
    for name in tree.shipped().iter().filter(|name| BANNED.contains(&name.as_str())) {
        findings
            .push(Finding::new("Cargo.lock", format!("`{name}` is not wanted; see `cargo tree -i {name}`")));
    }
    Ok(findings)
}

/// Whether the crate's sources name the dependency; those outside `src` count for tests alone.
fn is_named(tree: &Tree, package: &Package, table: &str, name: &str) -> bool {
    let identifier = name.replace('-', "_");
    let folder =
        if table == "dependencies" { format!("{}/src", package.folder) } else { package.folder.clone() };
    tree.within(&folder)
        .filter(|(path, _)| path.ends_with(".rs"))
        .any(|(_, text)| text.lines().any(|line| !is_comment(line) && has_word(line, &identifier)))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn has_word(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, rest) = line.split_at(at);
        let after = rest.strip_prefix(word).unwrap_or_default();
        !before.ends_with(inside) && !after.starts_with(inside)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::tree::testing::{places, tree};

    const MANIFEST: &str = "crates/a/Cargo.toml";

    fn findings_for(dependency: &str, source: &str) -> Vec<Finding> {
        let manifest = format!("[package]\nname = \"a\"\n[dependencies]\n{dependency}");
        check(&tree(&[(MANIFEST, &manifest), ("crates/a/src/lib.rs", source)])).unwrap()
    }

    #[test]
    fn a_used_dependency_of_the_workspace_is_fine() {
        assert_eq!(findings_for("serde-json.workspace = true", "use serde_json::Value;"), []);
    }

    #[test]
    fn a_version_of_a_crates_own_is_found() {
        assert_eq!(places(&findings_for("serde = \"1\"", "use serde::Serialize;")), [MANIFEST]);
    }

    #[test]
    fn an_unused_dependency_is_found() {
        assert_eq!(
            places(&findings_for("serde.workspace = true", "// serde\nuse serde_json::Value;")),
            [MANIFEST]
        );
    }

    #[test]
    fn a_table_entry_that_no_crate_uses_is_found() {
        let found = check(&tree(&[("Cargo.toml", "[workspace.dependencies]\nuuid = \"1\"")])).unwrap();
        assert_eq!(places(&found), ["Cargo.toml"]);
    }

    #[test]
    fn a_banned_library_at_any_depth_is_found() {
        assert_eq!(check(&tree(&[]).shipping("rustls")).unwrap(), []);
        assert_eq!(places(&check(&tree(&[]).shipping("ring")).unwrap()), ["Cargo.lock"]);
    }
}

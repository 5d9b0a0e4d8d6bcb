//! Every crate inherits the workspace's lints, edition and licence.

use anyhow::Result;

use crate::tree::{Finding, Tree};

const INHERITED: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// Checks every manifest.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in tree.packages()? {
        let place = format!("{}/Cargo.toml", package.folder);
        let inherits = |value: Option<&toml::Value>| {
            value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
        };
        if !inherits(package.manifest.get("lints")) {
            findings.push(Finding::new(&place, "add `[lints]` with `workspace = true`"));
        }
        for key in INHERITED {
            if !inherits(package.manifest.get("package").and_then(|package| package.get(key))) {
                findings.push(Finding::new(&place, format!("`{key}` must say `workspace = true`")));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::tree::testing::tree;

    const PACKAGE: &str = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
                           rust-version.workspace = true\n";

    fn count(manifest: &str) -> usize {
        check(&tree(&[("crates/a/Cargo.toml", manifest)])).unwrap().len()
    }

    #[test]
    fn a_crate_that_inherits_everything_is_fine() {
        assert_eq!(count(&format!("{PACKAGE}license.workspace = true\n[lints]\nworkspace = true")), 0);
    }

    #[test]
    fn missing_lints_and_a_licence_of_its_own_are_found() {
        assert_eq!(count(&format!("{PACKAGE}license = \"MIT\"")), 2);
    }
}

//! The floors: which crate may depend on which, and which outside libraries stay on one floor.

use anyhow::Result;

use crate::tree::{Finding, Tree};

/// What each crate may depend on. Downward only: odata < model < auth, store < app < http < interdict. A new edge
/// is a decision: add it here together with a page in `docs/adr`.
const ALLOWED: &[(&str, &[&str])] = &[
    ("interdict-odata", &[]),
    ("interdict-model", &["interdict-odata"]),
    ("interdict-auth", &["interdict-model"]),
    ("interdict-store", &["interdict-model", "interdict-odata"]),
    ("interdict-app", &["interdict-model", "interdict-odata", "interdict-store"]),
    ("interdict-http", &["interdict-app", "interdict-auth", "interdict-model", "interdict-odata"]),
    (
        "interdict",
        &["interdict-app", "interdict-auth", "interdict-http", "interdict-model", "interdict-store"],
    ),
    ("interdict-cluster", &[]),
    ("interdict-checker", TOOLS),
    ("interdict-testkit", TOOLS),
    ("interdict-bench", TOOLS),
    ("interdict-fuzz", TOOLS),
    ("xtask", &["interdict-cluster"]),
];

/// What tests and measurements may use.
const TOOLS: &[&str] = &[
    "interdict-testkit",
    "interdict-cluster",
    "interdict-app",
    "interdict-auth",
    "interdict-http",
    "interdict-model",
    "interdict-odata",
    "interdict-store",
];

/// The crates that tests may add to their floor's own edges.
const FOR_TESTS: &[&str] = &["interdict-checker", "interdict-cluster", "interdict-testkit"];

/// Outside libraries that some floors must not know: no async and no I/O in the pure floors, no SQL above the store,
/// no HTTP framework below the HTTP floor.
const CONFINED: &[(&str, &[&str])] = &[
    ("rusqlite", &["interdict-store", "interdict-testkit", "interdict-bench"]),
    ("tokio-postgres", &["interdict-store"]),
    ("axum", &["interdict-http", "interdict-testkit", "interdict-bench"]),
    ("hyper", &["interdict-http", "interdict-testkit", "interdict-bench"]),
    ("jsonwebtoken", &["interdict-auth", "interdict-testkit"]),
    (
        "tokio",
        &[
            "interdict-app",
            "interdict-auth",
            "interdict-http",
            "interdict-store",
            "interdict",
            "interdict-checker",
            "interdict-testkit",
            "interdict-bench",
            "xtask",
        ],
    ),
];

/// Checks every edge of every crate.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in tree.packages()? {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == package.name) else {
            let message = format!("`{}` has no floor; give it one in xtask/src/tidy/edges.rs", package.name);
            findings.push(Finding::new(manifest, message));
            continue;
        };
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (dependency, _) in package.dependencies(table) {
                let ours = dependency == "interdict" || dependency.starts_with("interdict-");
                let for_tests = table == "dev-dependencies" && FOR_TESTS.contains(&dependency);
                if ours && !allowed.contains(&dependency) && !for_tests {
                    let message = format!("`{}` must not depend on `{dependency}`", package.name);
                    findings.push(Finding::new(&manifest, message));
                }
                let confined = CONFINED.iter().find(|(name, _)| *name == dependency);
                if table == "dependencies"
                    && confined.is_some_and(|(_, to)| !to.contains(&package.name.as_str()))
                {
                    let message = format!("`{dependency}` is not for the floor of `{}`", package.name);
                    findings.push(Finding::new(&manifest, message));
                }
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

    const MODEL: &str = "crates/interdict-model/Cargo.toml";

    fn findings_for(dependencies: &str) -> Vec<Finding> {
        let manifest = format!("[package]\nname = \"interdict-model\"\n{dependencies}");
        check(&tree(&[(MODEL, &manifest)])).unwrap()
    }

    #[test]
    fn a_downward_edge_is_allowed() {
        assert_eq!(findings_for("[dependencies]\ninterdict-odata.workspace = true"), []);
    }

    #[test]
    fn an_upward_edge_is_found() {
        assert_eq!(places(&findings_for("[dependencies]\ninterdict-store.workspace = true")), [MODEL]);
    }

    #[test]
    fn tests_may_use_what_is_made_for_them_and_no_upper_floor() {
        assert_eq!(findings_for("[dev-dependencies]\ninterdict-testkit.workspace = true"), []);
        assert_eq!(findings_for("[dev-dependencies]\ninterdict-cluster.workspace = true"), []);
        assert_eq!(places(&findings_for("[dev-dependencies]\ninterdict-http.workspace = true")), [MODEL]);
    }

    #[test]
    fn a_runtime_on_a_pure_floor_is_found() {
        assert_eq!(places(&findings_for("[dependencies]\ntokio.workspace = true")), [MODEL]);
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        let found = check(&tree(&[("crates/extra/Cargo.toml", "[package]\nname = \"extra\"")])).unwrap();
        assert_eq!(places(&found), ["crates/extra/Cargo.toml"]);
    }
}

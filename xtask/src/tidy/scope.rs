//! No query without a tenant: a tenant scope is made by authentication, or by the server itself in few files.

use anyhow::Result;

use crate::tree::{Finding, Tree};

/// Each constructor, with the files (or folders, ending in `/`) that may call it. Tests may everywhere.
const MAKERS: [(&str, &[&str]); 2] = [
    ("TenantScope::authenticated", &["crates/interdict-auth/src/"]),
    ("TenantScope::system", &["crates/interdict-app/src/system.rs", "crates/interdict/src/commands/"]),
];

/// Where a scope is defined, or made for tests and measurements.
const EXEMPT: [&str; 4] =
    ["crates/interdict-model/src/actor.rs", "crates/interdict-testkit/", "bench/", "xtask/src/tidy/scope.rs"];

/// Checks every Rust file outside tests.
pub(super) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        if path.contains("/tests/") || path.ends_with("/tests.rs") || is_in(path, &EXEMPT) {
            continue;
        }
        // By convention the unit tests are the last thing in a file.
        let code = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
        for (number, line) in (1..).zip(code) {
            for (maker, allowed) in MAKERS {
                if line.contains(maker) && !line.trim_start().starts_with("//") && !is_in(path, allowed) {
                    findings.push(Finding::new(
                        format!("{path}:{number}"),
                        format!("`{maker}` is not for this file"),
                    ));
                }
            }
        }
    }
    Ok(findings)
}

fn is_in(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| path == *place || (place.ends_with('/') && path.starts_with(place)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::tree::testing::{places, tree};

    fn found(path: &str, text: &str) -> Vec<Finding> {
        check(&tree(&[(path, text)])).unwrap()
    }

    #[test]
    fn the_token_verifier_may_make_a_scope() {
        assert_eq!(found("crates/interdict-auth/src/claims.rs", "TenantScope::authenticated(tenant)"), []);
    }

    #[test]
    fn a_handler_may_not() {
        let path = "crates/interdict-http/src/handler.rs";
        let text = "\nlet scope = TenantScope::authenticated(tenant);\nTenantScope::system(tenant)";
        let expected = ["crates/interdict-http/src/handler.rs:2", "crates/interdict-http/src/handler.rs:3"];
        assert_eq!(places(&found(path, text)), expected);
    }

    #[test]
    fn unit_tests_may() {
        let text = "fn f() {}\n#[cfg(test)]\nmod tests { TenantScope::system(tenant) }";
        assert_eq!(found("crates/interdict-store/src/store.rs", text), []);
    }
}

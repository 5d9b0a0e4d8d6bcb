//! `cargo xtask tidy`: what the compiler cannot check. One module a rule; each is tested to fail where it should.

mod dependencies;
mod edges;
mod layout;
mod links;
mod lints;
mod scope;
mod words;

use anyhow::{Result, bail};

use crate::process::root;
use crate::tree::{Finding, Tree};

/// One rule.
type Rule = fn(&Tree) -> Result<Vec<Finding>>;

const RULES: [(&str, Rule); 7] = [
    ("floors", edges::check),
    ("dependencies", dependencies::check),
    ("lints", lints::check),
    ("layout", layout::check),
    ("tenant scope", scope::check),
    ("links", links::check),
    ("words", words::check),
];

/// Runs every rule and prints what it finds.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read(&root())?;
    let mut count = 0;
    for (name, rule) in RULES {
        for Finding { place, message } in rule(&tree)? {
            println!("{name}: {place}: {message}");
            count += 1;
        }
    }
    if count > 0 {
        bail!("{count} findings");
    }
    println!("tidy: {} rules, nothing found", RULES.len());
    Ok(())
}

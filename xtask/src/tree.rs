//! The files of the workspace as plain data, so that every rule can be tested on a tree made up for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, command};

/// Every text file that git tracks or would, by its path from the root.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    shipped: BTreeSet<String>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, and the line where one is to blame.
    pub(crate) place: String,
    /// What is wrong, and how to mend it.
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

/// One crate of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// Its folder, such as `crates/interdict-model`.
    pub(crate) folder: String,
    /// Its name.
    pub(crate) name: String,
    /// Its `Cargo.toml`.
    pub(crate) manifest: toml::Table,
}

impl Tree {
    /// Reads the tree; files that are not text are left out.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let list =
            printed(command("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
        let files = list
            .split_terminator('\0')
            .filter_map(|path| Some((path.to_owned(), std::fs::read_to_string(root.join(path)).ok()?)))
            .collect();
        let edges = ["tree", "--package", "interdict", "--edges", "normal,build", "--target", "all"];
        let shipped = printed(cargo().args(edges).args(["--prefix", "none"]))?;
        let shipped = shipped.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
        Ok(Self { files, shipped })
    }

    /// The names of all crates that the binary is built from.
    pub(crate) const fn shipped(&self) -> &BTreeSet<String> {
        &self.shipped
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every file with its text.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every file whose name ends so.
    pub(crate) fn ending(&self, end: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    /// Every file in that folder, at any depth.
    pub(crate) fn within(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        let prefix = format!("{folder}/");
        self.files().filter(move |(path, _)| path.starts_with(&prefix))
    }

    /// Whether there is such a file or folder.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path) || self.within(path).next().is_some()
    }

    /// The members of the workspace.
    pub(crate) fn packages(&self) -> Result<Vec<Package>> {
        let mut packages = Vec::new();
        for (path, text) in self.ending("/Cargo.toml") {
            let manifest: toml::Table =
                text.parse().with_context(|| format!("`{path}` is not valid TOML"))?;
            let name =
                manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
            let name = name.with_context(|| format!("`{path}` has no package name"))?.to_owned();
            let folder = path.trim_end_matches("/Cargo.toml").to_owned();
            packages.push(Package { folder, name, manifest });
        }
        Ok(packages)
    }
}

impl Package {
    /// The names in one table of dependencies, with what is said of each.
    pub(crate) fn dependencies(&self, table: &str) -> impl Iterator<Item = (&str, &toml::Value)> {
        let table = self.manifest.get(table).and_then(toml::Value::as_table);
        table.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }
}

/// What a command prints.
fn printed(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !output.status.success() {
        bail!(
            "{:?} ended with {}: {}",
            command.get_program(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("a name is not UTF-8")
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{Finding, Tree};

    /// A tree of these files.
    pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Tree { files, ..Tree::default() }
    }

    impl Tree {
        /// This tree, with a crate that the binary is built from.
        pub(crate) fn shipping(mut self, name: &str) -> Self {
            self.shipped.insert(name.to_owned());
            self
        }
    }

    /// The places of findings.
    pub(crate) fn places(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.place.as_str()).collect()
    }
}

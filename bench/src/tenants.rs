//! The tenants that share the actions, and the files that tell the load generator whose token may ask for which action.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use interdict_model::{ActionId, TenantId};

/// How many.
pub(crate) const TENANTS: u32 = 20;

/// An action, and the number of its tenant, from 1.
pub(crate) type Owned = (u32, ActionId);

/// The tenant of that number. They are the same in every run, and so are the lanes that they fall to.
pub(crate) fn tenant(number: u32) -> Result<TenantId> {
    TenantId::parse(&guid(number)).context("a tenant's GUID cannot be read")
}

/// Its GUID.
pub(crate) fn guid(number: u32) -> String {
    format!("7e4a0000-0000-4000-8000-{number:012x}")
}

/// Which actions a load asks for.
#[derive(Debug)]
pub(crate) struct Lines {
    /// Everybody's.
    pub(crate) all: PathBuf,
    /// Everybody's, but no more than the smaller store has, from all over the larger one: what is changed is then changed
    /// as often in both.
    pub(crate) changed: PathBuf,
    /// One tenant's.
    pub(crate) hot: PathBuf,
    /// The first half of the tenants'.
    pub(crate) low: PathBuf,
    /// The second half's.
    pub(crate) high: PathBuf,
}

impl Lines {
    /// Writes the files. The store is so many `times` as large as the smaller one.
    pub(crate) fn write(folder: &Path, actions: &[Owned], times: u32) -> Result<Self> {
        let of = |name: &str, wanted: &dyn Fn(u32, u32) -> bool| {
            let path = folder.join(name);
            let mut file = BufWriter::new(File::create(&path)?);
            for (place, (number, id)) in (0..).zip(actions) {
                // Tenants are filed for in turns.
                if wanted(*number, place / TENANTS) {
                    write_line(&mut file, *number, &id.to_string())?;
                }
            }
            file.flush()?;
            Ok::<_, std::io::Error>(path)
        };
        Ok(Self {
            all: of("actions", &|_, _| true)?,
            changed: of("actions-changed", &|_, turn| turn % times == 0)?,
            hot: of("actions-hot", &|number, _| number == 1)?,
            low: of("actions-low", &|number, _| number <= TENANTS / 2)?,
            high: of("actions-high", &|number, _| number > TENANTS / 2)?,
        })
    }
}

/// Writes such a file for a server that has no tenants, out of one with an id a line.
pub(crate) fn write_unowned(ids: &Path, path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for id in fs::read_to_string(ids)?.lines() {
        write_line(&mut file, 1, id)?;
    }
    Ok(file.flush()?)
}

/// Every line is as long as the others: the scripts count on it.
fn write_line(file: &mut impl std::io::Write, number: u32, id: &str) -> std::io::Result<()> {
    writeln!(file, "{number:02} {id}")
}

//! The data directory: its mode, the names of its files, and the bootstrap credentials.

use std::fs::DirBuilder;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use interdict_model::TenantId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// A data directory.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

/// A tenant and an app of it: the first ones, as `bootstrap.json` holds them, or as `interdict app add` writes them.
#[derive(Clone, Debug)]
pub(crate) struct Bootstrap {
    pub(crate) tenant: TenantId,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct BootstrapFile<'a> {
    tenant_id: TenantId,
    client_id: std::borrow::Cow<'a, str>,
    client_secret: std::borrow::Cow<'a, str>,
}

impl Bootstrap {
    /// The credentials in the file at `path`; `None` where there is none.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Failure> {
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::failed(format!("cannot read `{}`: {error}", path.display()))
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(&error)),
        };
        let file: BootstrapFile<'_> = serde_json::from_str(&text).map_err(|error| {
            wrong(&format!("not the client credentials that Interdict writes (line {})", error.line()))
        })?;
        Ok(Some(Self {
            tenant: file.tenant_id,
            client_id: file.client_id.into_owned(),
            client_secret: file.client_secret.into_owned().into(),
        }))
    }
}

impl DataDir {
    /// The directory at `path`, which need not be there yet.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Makes the directory, for its owner alone, where it is not there.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        let failed =
            |error| Failure::failed(format!("cannot use the data directory `{}`: {error}", self.0.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(failed)?;
        let metadata = std::fs::metadata(&self.0).map_err(failed)?;
        if metadata.permissions().mode() & 0o077 != 0 {
            // Not ours to change: it may be a mounted volume. Every file within is the owner's alone in any case.
            tracing::warn!(data_dir = %self.0.display(), "the data directory is open to other users; `chmod 700` closes it");
        }
        Ok(())
    }

    /// The directory's path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The built-in issuer's key.
    pub(crate) fn issuer_key(&self) -> PathBuf {
        self.0.join("issuer-key.json")
    }

    /// The key that seals journals.
    pub(crate) fn seal_key(&self) -> PathBuf {
        self.0.join("seal-key.json")
    }

    /// The socket through which operators' commands reach a running server.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("admin.sock")
    }

    /// The bootstrap credentials' file.
    pub(crate) fn bootstrap_file(&self) -> PathBuf {
        self.0.join("bootstrap.json")
    }

    /// The bootstrap credentials; `None` where there is no such file (it may be deleted once they are kept elsewhere).
    pub(crate) fn bootstrap(&self) -> Result<Option<Bootstrap>, Failure> {
        Bootstrap::read(&self.bootstrap_file())
    }

    /// Writes the bootstrap credentials, whole or not at all, for the owner alone.
    pub(crate) fn write_bootstrap(&self, bootstrap: &Bootstrap) -> Result<(), Failure> {
        let path = self.bootstrap_file();
        let file = BootstrapFile {
            tenant_id: bootstrap.tenant,
            client_id: bootstrap.client_id.as_str().into(),
            client_secret: bootstrap.client_secret.expose_secret().into(),
        };
        let write = || -> std::io::Result<()> {
            let text = serde_json::to_string_pretty(&file)?;
            let unfinished = self.0.join("bootstrap.json.new");
            match std::fs::remove_file(&unfinished) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut out =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
            writeln!(out, "{text}")?;
            out.sync_all()?;
            std::fs::rename(&unfinished, &path)?;
            std::fs::File::open(&self.0)?.sync_all()
        };
        write().map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", path.display())))
    }

    /// Removes the bootstrap credentials, which were never of use.
    pub(crate) fn remove_bootstrap(&self) -> Result<(), Failure> {
        let path = self.bootstrap_file();
        std::fs::remove_file(&path)
            .map_err(|error| Failure::failed(format!("cannot remove `{}`: {error}", path.display())))
    }
}

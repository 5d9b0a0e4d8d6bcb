//! Client credentials of the built-in issuer: apps, their secrets and roles.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AppId, Timestamp};

/// One client application of the built-in issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// The client id, a GUID.
    pub app_id: AppId,
    /// A name for people.
    pub name: String,
    /// The application permissions its tokens carry.
    pub roles: Vec<String>,
    /// SHA-256 of the secret (256 random bits), base64; the secret itself is shown once and kept nowhere.
    pub secret_hash: String,
    /// When it was added.
    #[serde(rename = "createdDateTime")]
    pub created: Timestamp,
    /// When its secret was last made.
    #[serde(rename = "rotatedDateTime")]
    pub rotated: Timestamp,
}

/// A change of the tenant's apps, asked for by an operator.
#[derive(Clone, Debug)]
pub enum AppCommand {
    /// Add an app.
    Add {
        /// The client id.
        app: AppId,
        /// A name for people.
        name: String,
        /// Its application permissions.
        roles: Vec<String>,
        /// SHA-256 of its secret, base64.
        secret_hash: String,
    },
    /// Give it another secret; the old one ends at once.
    Rotate {
        /// Which.
        app: AppId,
        /// SHA-256 of the new secret, base64.
        secret_hash: String,
    },
    /// Remove it.
    Remove {
        /// Which.
        app: AppId,
    },
}

impl AppCommand {
    /// The app that the command is about.
    #[must_use]
    pub const fn app(&self) -> &AppId {
        match self {
            Self::Add { app, .. } | Self::Rotate { app, .. } | Self::Remove { app } => app,
        }
    }

    /// The app's id as the journal's subject; the built-in issuer's app ids are GUIDs.
    #[must_use]
    pub fn subject(&self) -> Uuid {
        Uuid::try_parse(&self.app().0).unwrap_or_default()
    }
}

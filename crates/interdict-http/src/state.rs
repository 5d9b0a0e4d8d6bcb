//! What every handler may reach.

use std::sync::Arc;

use interdict_app::Service;
use interdict_auth::{Authenticator, BuiltinIssuer};
use interdict_model::clock::{Clock, Ids};

use crate::metrics::Metrics;
use crate::observe::Origins;

/// What every handler may reach.
#[derive(Debug)]
pub struct HttpState {
    /// The use cases.
    pub service: Arc<Service>,
    /// Verifies tokens.
    pub authenticator: Arc<Authenticator>,
    /// The built-in issuer, where it is on.
    pub issuer: Option<Arc<BuiltinIssuer>>,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// Counters and histograms.
    pub metrics: Arc<Metrics>,
    /// The address that clients use, where the operator gave one: scheme, host and any base path.
    pub public_url: Option<String>,
    /// Whose pages may read answers.
    pub origins: Origins,
}

//! Every route on one page.

use std::sync::Arc;

use axum::Router;

use crate::HttpState;

/// The routes of the public port.
pub fn router(_state: Arc<HttpState>) -> Router {
    todo!()
}

/// The routes of the admin port: metrics and health alone.
pub fn admin_router(_state: Arc<HttpState>) -> Router {
    todo!()
}

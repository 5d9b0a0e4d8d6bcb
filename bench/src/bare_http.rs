//! The bare server: a bearer token looked up in a hash map, a constant body. Nothing can be served with less.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG};
use http::{HeaderMap, StatusCode};

/// What the handler knows.
#[derive(Debug)]
struct Known {
    tokens: HashMap<String, u32>,
    body: Bytes,
}

/// Serves until it is ended; prints the same ready line as the real server.
pub(crate) fn serve(tokens: &Path, bytes: usize) -> Result<()> {
    let tokens = std::fs::read_to_string(tokens)?;
    let known = Arc::new(Known {
        tokens: tokens.lines().map(str::to_owned).zip(1..).collect(),
        body: vec![b'x'; bytes].into(),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("bare ready http://{}", listener.local_addr()?);
        let router =
            Router::new().route("/beta/security/securityActions/{id}", get(answer)).with_state(known);
        Ok(axum::serve(listener, router).await?)
    })
}

async fn answer(State(known): State<Arc<Known>>, headers: HeaderMap) -> impl IntoResponse {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if token.is_none_or(|token| !known.tokens.contains_key(token)) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(([(CONTENT_TYPE, "application/json"), (ETAG, "W/\"1\"")], known.body.clone()))
}

//! From an item to a request of its own, and to its answer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header};
use interdict_model::Actor;

use super::address::Addresses;
use super::answer::Answer;
use super::envelope::{Item, shown};
use super::payload;
use crate::graph::path::{self, Address, Resource};
use crate::graph::{self, Exchange};
use crate::observe::{self, CLIENT_REQUEST_ID, HEADER_LINES, RequestIds};
use crate::server::Transport;
use crate::{GraphError, GraphResult, HttpState};

/// Bytes of all answers to reads; each of 20 items may ask for a page of its own.
const READS_MAX: usize = 16 * 1024 * 1024;

/// Headers that are the connection's or the whole batch's, and no item's.
const NOT_OF_AN_ITEM: [HeaderName; 9] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What the items of a batch have in common.
#[derive(Debug)]
pub(super) struct Batch {
    state: Arc<HttpState>,
    /// The caller of the whole, and of each item.
    actor: Arc<Actor>,
    addresses: Addresses,
    version: Version,
    host: Option<HeaderValue>,
    client_id: Option<HeaderValue>,
    transport: Option<Transport>,
    /// Bytes of the answers to reads so far.
    read: AtomicUsize,
}

impl Batch {
    pub(super) fn of(exchange: &Exchange<'_>) -> Self {
        let parts = exchange.parts;
        Self {
            state: Arc::clone(exchange.state),
            actor: Arc::clone(&exchange.caller.actor),
            addresses: Addresses::of(exchange),
            version: parts.version,
            host: parts.headers.get(header::HOST).cloned(),
            client_id: parts.headers.get(CLIENT_REQUEST_ID).cloned(),
            transport: parts.extensions.get().copied(),
            read: AtomicUsize::new(0),
        }
    }

    fn request(&self, at: usize, item: &Item<'_>, headers: HeaderMap) -> GraphResult<Request> {
        let method = Method::from_bytes(item.method.to_ascii_uppercase().as_bytes()).map_err(|_| {
            let message = format!("`{}` is no HTTP method", shown(&item.method));
            GraphError::bad_request("invalidValue", format!("requests[{at}]/method"), message)
        })?;
        let uri = self.addresses.resolve(&item.url, at)?;
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.version_mut() = self.version;
        *request.headers_mut() = headers;
        if let Some(written) = item.body {
            let headers = request.headers_mut();
            let kind = headers.entry(header::CONTENT_TYPE).or_insert(payload::JSON);
            *request.body_mut() = Body::from(payload::read(written.get(), kind));
        }
        if let Some(transport) = self.transport {
            request.extensions_mut().insert(transport);
        }
        // The checks that every head passes before it is routed.
        observe::check_head(&mut request)?;
        Ok(request)
    }

    /// The item's own headers, and those that it takes over from the whole.
    fn headers(&self, at: usize, item: &Item<'_>) -> GraphResult<HeaderMap> {
        // A map of headers has an end of its own, far beyond.
        if item.headers.len() > HEADER_LINES {
            return Err(observe::head_too_large());
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &item.headers {
            let parsed = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::try_from(value).ok());
            let Some((parsed, value)) = parsed else {
                let place = format!("requests[{at}]/headers/{}", shown(name));
                return Err(GraphError::bad_request("invalidValue", place, "this is no HTTP header"));
            };
            if !NOT_OF_AN_ITEM.contains(&parsed) {
                headers.append(parsed, value);
            }
        }
        for (name, value) in [(header::HOST, &self.host), (CLIENT_REQUEST_ID, &self.client_id)] {
            if let Some(value) = value {
                headers.entry(name).or_insert_with(|| value.clone());
            }
        }
        Ok(headers)
    }
}

/// An item before it runs.
#[derive(Debug)]
pub(super) struct Prepared {
    ids: RequestIds,
    request: GraphResult<Request>,
}

impl Prepared {
    pub(super) fn of(batch: &Batch, at: usize, item: &Item<'_>) -> Self {
        let fresh = batch.state.ids.request();
        match batch.headers(at, item) {
            Ok(headers) => {
                Self { ids: RequestIds::of(&headers, fresh), request: batch.request(at, item, headers) }
            }
            Err(error) => Self { ids: RequestIds::of(&HeaderMap::new(), fresh), request: Err(error) },
        }
    }

    /// Whether it reads one action by its id, which the store does for many at once.
    pub(super) fn is_small(&self) -> bool {
        let is_item = |address: Address| matches!(address.resource, Resource::Item(_));
        self.request.as_ref().is_ok_and(|request| {
            request.method() == Method::GET && path::read(request.uri().path()).is_ok_and(is_item)
        })
    }

    /// The item, to run or to be refused. What is taken a second time can only be refused.
    pub(super) fn take(&mut self, refused: Option<Box<GraphError>>) -> Self {
        let request = std::mem::replace(&mut self.request, Err(GraphError::internal()));
        Self { ids: self.ids.clone(), request: refused.map_or(request, Err) }
    }
}

/// The item's answer. Boxed and named, since a batch is among the requests that items could be.
pub(super) fn answer(batch: Arc<Batch>, item: Prepared) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(async move {
        match item.request {
            Ok(request) => run(&batch, request, &item.ids).await,
            Err(error) => refuse(&batch, &item.ids, error).await,
        }
    })
}

async fn run(batch: &Batch, request: Request, ids: &RequestIds) -> Answer {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let response = graph::answer(&batch.state, &parts, body, ids, Some(&batch.actor)).await;
    observe::record(&batch.state.metrics, ids, &parts.method, &response, started.elapsed());
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let answer = Answer::of(response, &parts.method, ids).await;
    if reads && batch.read.fetch_add(answer.body.len(), Ordering::Relaxed) + answer.body.len() > READS_MAX {
        let message = "the answers to the reads of this batch are larger than 16 MiB: ask for smaller pages";
        return refuse(batch, ids, GraphError::bad_request("limitExceeded", "requests", message)).await;
    }
    answer
}

async fn refuse(batch: &Batch, ids: &RequestIds, error: Box<GraphError>) -> Answer {
    Answer::of(ids.refuse(error, batch.state.clock.now()), &Method::GET, ids).await
}

//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::activity::{Activity, TrackedBody};
use super::body::TimedBody;
use super::guard::Guarded;
use super::{Limits, Transport};
use crate::port::Port;

/// What every connection of a server needs.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) port: Arc<ArcSwap<Port>>,
    pub(super) limits: Limits,
    pub(super) tls: Option<TlsAcceptor>,
    /// Turns true once the server stops.
    pub(super) stopping: watch::Receiver<bool>,
}

impl Connections {
    /// Serves one accepted connection until it ends.
    pub(super) async fn serve(mut self, stream: TcpStream, mut transport: Transport) {
        // Answers are written whole; waiting to join them with later ones only costs time.
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = self.tls.clone() else {
            return self.http1(stream, transport).await;
        };
        let handshake = tokio::time::timeout(self.limits.handshake, acceptor.accept(stream));
        let shaken = tokio::select! {
            shaken = handshake => shaken,
            () = stop(&mut self.stopping) => return,
        };
        match shaken {
            Ok(Ok(stream)) => {
                transport.tls = true;
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    self.http2(stream, transport).await;
                } else {
                    self.http1(stream, transport).await;
                }
            }
            Ok(Err(error)) => tracing::debug!(peer = %transport.peer, %error, "TLS handshake failed"),
            Err(_) => tracing::debug!(peer = %transport.peer, "TLS handshake took too long"),
        }
    }

    async fn http1<S>(mut self, stream: S, transport: Transport)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Activity::new(self.limits, true);
        let io = TokioIo::new(Guarded::new(stream, Arc::clone(&activity), self.limits.write_stall));
        let mut builder = http1::Builder::new();
        builder
            .max_header_size(self.limits.head_bytes)
            // Read deadlines are the transport's.
            .header_read_timeout(None);
        let service = requests(Arc::clone(&self.port), self.limits, transport, Arc::clone(&activity));
        let mut connection = std::pin::pin!(builder.serve_connection(io, service));
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            () = stop(&mut self.stopping) => {
                activity.stop();
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        log_end(transport, ended);
    }

    async fn http2<S>(mut self, stream: S, transport: Transport)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Activity::new(self.limits, false);
        let io = TokioIo::new(Guarded::new(stream, Arc::clone(&activity), self.limits.write_stall));
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(100)
            .max_header_list_size(u32::try_from(self.limits.head_bytes).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(20)
            .max_local_error_reset_streams(256)
            .keep_alive_interval(std::time::Duration::from_secs(20))
            .keep_alive_timeout(std::time::Duration::from_secs(10))
            .adaptive_window(false);
        let service = requests(Arc::clone(&self.port), self.limits, transport, Arc::clone(&activity));
        let mut connection = std::pin::pin!(builder.serve_connection(io, service));
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            () = stop(&mut self.stopping) => {
                activity.stop();
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        log_end(transport, ended);
    }
}

/// Hands each request of a connection to what then answers.
fn requests(
    port: Arc<ArcSwap<Port>>,
    limits: Limits,
    transport: Transport,
    activity: Arc<Activity>,
) -> impl Service<
    Request<Incoming>,
    Response = Response<TrackedBody>,
    Error = Infallible,
    Future: Future<Output = Result<Response<TrackedBody>, Infallible>> + Send + 'static,
> {
    service_fn(move |request: Request<Incoming>| {
        let in_flight = activity.begin();
        let port = port.load_full();
        let mut request = request.map(|body| Body::new(TimedBody::new(body, limits.body)));
        request.extensions_mut().insert(transport);
        async move {
            let response = port.answer(request).await;
            Ok(response.map(|body| TrackedBody::new(body, in_flight)))
        }
    })
}

/// Resolves once the server stops; never, where it is gone without a word.
async fn stop(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn log_end(transport: Transport, ended: hyper::Result<()>) {
    if let Err(error) = ended {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::debug!(peer = %transport.peer, %error, cause, "connection ended early");
    }
}

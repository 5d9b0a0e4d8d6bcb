//! The accept loop and the outer layer, over real sockets.

mod head;
mod slow;
mod stop;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, body::Body};
use http::StatusCode;
use http_body_util::BodyExt as _;
use interdict_http::metrics::Metrics;
use interdict_http::observe::{Observer, Origins};
use interdict_http::server::{Limits, ListenOptions, Server, TlsFiles};
use interdict_http::{Label, Port, RequestIds};
use interdict_model::clock::{Clock, Ids};
use interdict_model::{ActionId, RequestId, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

/// Long enough for anything that should happen; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
struct Fixed(AtomicU64);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::parse_lenient("2026-01-01T00:00:00Z").unwrap().instant
    }
}

impl Ids for Fixed {
    fn action(&self) -> ActionId {
        ActionId(Uuid::from_u128(1))
    }

    fn request(&self) -> RequestId {
        RequestId(Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1))
    }
}

/// A server on a spare port, which stops with the test.
struct Running {
    address: SocketAddr,
    server: Arc<Server>,
    /// The certificate's file, where TLS is on.
    certificate: Option<PathBuf>,
    metrics: Arc<Metrics>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Limits short enough to wait for.
fn short() -> Limits {
    Limits {
        handshake: Duration::from_millis(200),
        head: Duration::from_millis(200),
        idle: Duration::from_millis(400),
        body: Duration::from_millis(200),
        write_stall: Duration::from_millis(300),
        response_stall: Duration::from_millis(600),
        farewell: Duration::from_millis(100),
        ..Limits::default()
    }
}

impl Running {
    async fn start(limits: Limits) -> Self {
        Self::start_with(limits, None, Duration::from_secs(3)).await
    }

    async fn start_with(limits: Limits, tls: Option<TlsFiles>, drain: Duration) -> Self {
        let metrics = Arc::new(Metrics::default());
        let certificate = tls.as_ref().map(|files| files.certificate.clone());
        let options = ListenOptions { address: "127.0.0.1:0".parse().unwrap(), tls, drain, threads: 2 };
        let server = Server::bind(options, port(&metrics)).await.unwrap();
        let server = Arc::new(server.limited(limits).counted(Arc::clone(&metrics)));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = Arc::clone(&server);
        let task = tokio::spawn(async move {
            serving
                .serve(async {
                    let _ = stopped.await;
                })
                .await;
        });
        Self { address: server.local_address(), server, certificate, metrics, stop: Some(stop), task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes on a connection of their own and reads until the server closes it.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A refused head may be closed while we still send.
        let _ = stream.write_all(bytes).await;
        read_to_end(&mut stream).await
    }

    /// Asks the server to stop.
    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

fn port(metrics: &Arc<Metrics>) -> Port {
    let observer = Observer {
        clock: Arc::new(Fixed::default()),
        ids: Arc::new(Fixed::default()),
        metrics: Arc::clone(metrics),
        origins: Origins::default(),
    };
    Port::new(observer, routes())
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ =
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the server closes the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

fn routes() -> Router {
    Router::new()
        .route("/hello", get(hello))
        .route("/echo", post(echo))
        .route("/wait", get(wait))
        .route("/panic", get(broken))
        .route("/flood", get(flood))
        .fallback(|| async { StatusCode::NOT_FOUND })
}

async fn hello(Extension(ids): Extension<RequestIds>) -> Response {
    (Extension(Label::of("/hello")), ids.request_text().to_owned()).into_response()
}

async fn echo(request: Request) -> Response {
    match request.into_body().collect().await {
        Ok(body) => body.to_bytes().into_response(),
        Err(error) => (StatusCode::REQUEST_TIMEOUT, error.to_string()).into_response(),
    }
}

/// Answers a while later.
async fn wait() -> &'static str {
    tokio::time::sleep(Duration::from_millis(300)).await;
    "waited"
}

async fn broken() -> &'static str {
    panic!("this handler is broken")
}

/// More than every buffer on the way holds.
async fn flood() -> Body {
    Body::from(Bytes::from(vec![b'x'; 64 * 1024 * 1024]))
}

/// The status of an answer.
fn status(answer: &str) -> Option<u16> {
    answer.split(' ').nth(1)?.parse().ok()
}

/// The body of an answer.
fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

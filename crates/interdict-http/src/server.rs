//! The accept loop: hyper with deadlines for heads, bodies, idle and stalled connections, TLS, and a graceful stop.

mod activity;
mod body;
mod connection;
mod cores;
mod guard;
mod limits;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub use limits::Limits;

use crate::metrics::Metrics;
use crate::port::Port;
use connection::Connections;
use cores::Cores;
use tls::Certificate;

/// How to listen.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    /// The address; port 0 picks one.
    pub address: SocketAddr,
    /// Certificate and key files (PEM), where TLS is on.
    pub tls: Option<TlsFiles>,
    /// How long requests in flight may take once the server stops.
    pub drain: Duration,
    /// Threads that serve connections, each those that were given to it; 0 serves them on the caller's runtime.
    pub threads: usize,
}

/// Certificate and key, PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// How a request came; in its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    /// Whether over TLS of ours, so that the scheme is https.
    pub tls: bool,
    /// The other end of the connection.
    pub peer: SocketAddr,
}

/// A bound listener.
#[derive(Debug)]
pub struct Server {
    /// Taken by [`Server::serve`], which closes it when it stops.
    listener: Mutex<Option<TcpListener>>,
    address: SocketAddr,
    certificate: Option<Arc<Certificate>>,
    port: Arc<ArcSwap<Port>>,
    drain: Duration,
    threads: usize,
    limits: Limits,
    metrics: Arc<Metrics>,
}

/// Connections that the kernel holds for us before they are accepted.
const BACKLOG: u32 = 1024;
/// How long to wait after `accept` failed for want of something, such as file descriptors.
const ACCEPT_BACK_OFF: Duration = Duration::from_millis(100);

impl Server {
    /// Binds the address and reads the certificate. Requests will be answered by `port`.
    ///
    /// # Errors
    /// Where the address is taken, or the files are no certificate and key; the message names which.
    pub async fn bind(options: ListenOptions, port: Port) -> io::Result<Self> {
        let certificate = options.tls.map(Certificate::read).transpose()?;
        let listener = listen(options.address).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen on `{}`: {error}", options.address))
        })?;
        Ok(Self {
            address: listener.local_addr()?,
            listener: Mutex::new(Some(listener)),
            certificate,
            port: Arc::new(ArcSwap::from_pointee(port)),
            drain: options.drain,
            threads: options.threads,
            limits: Limits::default(),
            metrics: Arc::default(),
        })
    }

    /// The same server with other limits.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same server, its connections counted in `metrics`.
    #[must_use]
    pub fn counted(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// The address that was bound.
    #[must_use]
    pub const fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// Has each request that comes from here on answered by `port`.
    pub fn exchange(&self, port: Port) {
        self.port.store(Arc::new(port));
    }

    /// Reads the certificate files again; the old ones stay where the new are not valid. Open connections keep
    /// theirs. Without TLS there is nothing to do.
    ///
    /// # Errors
    /// Where the files are no certificate and key; the message names which.
    pub fn reload_certificate(&self) -> io::Result<()> {
        self.certificate.as_ref().map_or(Ok(()), |certificate| certificate.reload())
    }

    /// Serves until `stop` resolves, then closes the listener, lets requests in flight finish within the drain
    /// time, and cuts what is left. A server serves once.
    pub async fn serve(&self, stop: impl Future<Output = ()> + Send) {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(listener) = listener else { return };
        let tls = match self.certificate.as_ref().map(Certificate::config).transpose() {
            Ok(config) => config.map(|config| TlsAcceptor::from(Arc::new(config))),
            Err(error) => return tracing::error!(%error, "TLS cannot be set up"),
        };
        let cores = match Cores::start(self.threads) {
            Ok(cores) => cores,
            Err(error) => return tracing::error!(%error, "there is no thread to serve connections"),
        };
        let (stopping, stopped) = watch::channel(false);
        let connections =
            Connections { port: Arc::clone(&self.port), limits: self.limits, tls, stopping: stopped };
        let mut tasks = JoinSet::new();
        self.accept(listener, &cores, &connections, &mut tasks, stop).await;

        self.metrics.drain();
        stopping.send_replace(true);
        let drained = tokio::time::timeout(self.drain, async { while tasks.join_next().await.is_some() {} });
        if drained.await.is_err() {
            tracing::warn!(connections = tasks.len(), "requests in flight took longer than the drain time");
            tasks.shutdown().await;
        }
    }

    async fn accept(
        &self,
        listener: TcpListener,
        cores: &Cores,
        connections: &Connections,
        tasks: &mut JoinSet<()>,
        stop: impl Future<Output = ()> + Send,
    ) {
        let room = Arc::new(Semaphore::new(self.limits.connections));
        let mut stop = pin!(stop);
        loop {
            let next = async {
                // Beyond the cap new connections wait in the kernel's queue.
                let permit = Arc::clone(&room).acquire_owned().await;
                (permit, listener.accept().await)
            };
            tokio::select! {
                biased;
                () = stop.as_mut() => return,
                Some(_) = tasks.join_next() => {}
                (permit, accepted) = next => match accepted {
                    Ok((stream, peer)) => {
                        let open = Open::new(&self.metrics);
                        let connections = connections.clone();
                        let served = cores.serve(tasks, stream, move |stream| async move {
                            connections.serve(stream, Transport { tls: false, peer }).await;
                            drop((open, permit));
                        });
                        if let Err(error) = served {
                            tracing::warn!(%error, "a connection cannot be served");
                        }
                    }
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(error) => {
                        tracing::warn!(%error, "connections cannot be accepted now");
                        tokio::time::sleep(ACCEPT_BACK_OFF).await;
                    }
                },
            }
        }
    }
}

/// Counts a connection for as long as it lives, however it ends.
struct Open(Arc<Metrics>);

impl Open {
    fn new(metrics: &Arc<Metrics>) -> Self {
        metrics.opened();
        Self(Arc::clone(metrics))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.closed();
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restarted server must not wait for the old one's connections to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Whether the peer gave up before it was accepted, which says nothing about the next.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

//! The accept loop: hyper with header, body and idle limits, TLS, and a graceful stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;

/// How to listen.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    /// The address; port 0 picks one.
    pub address: SocketAddr,
    /// Certificate and key files (PEM), where TLS is on.
    pub tls: Option<TlsFiles>,
    /// How long requests in flight may take once the server stops.
    pub drain: Duration,
}

/// Certificate and key, PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// A bound listener.
#[derive(Debug)]
pub struct Server {}

impl Server {
    /// Binds the address and reads the certificate.
    ///
    /// # Errors
    /// Where the address is taken, or the files are no certificate and key.
    pub async fn bind(_options: ListenOptions) -> std::io::Result<Self> {
        todo!()
    }

    /// The address that was bound.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        todo!()
    }

    /// Reads the certificate files again; the old ones stay where the new are not valid.
    ///
    /// # Errors
    /// Where the files are no certificate and key.
    pub fn reload_certificate(&self) -> std::io::Result<()> {
        todo!()
    }

    /// Serves until `stop` resolves, then finishes requests in flight within the drain time.
    pub async fn serve(&self, _router: Router, _stop: impl Future<Output = ()> + Send) {
        todo!()
    }
}

//! The addresses that are bound, and the routes that they have by now.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Fuse, join};
use interdict_http::metrics::Metrics;
use interdict_http::observe::{Observer, Origins};
use interdict_http::router::{admin_port, public_port, public_port_without_metrics};
use interdict_http::server::{ListenOptions, Server};
use interdict_http::{HttpState, Port, Router, waiting_port};
use interdict_store::StoreOptions;
use tokio::sync::watch;

use crate::config::Settings;
use crate::failure::Failure;
use crate::system::{SystemClock, SystemIds};

/// The bound addresses: the public one, and the admin one where there is one.
pub(crate) struct Servers {
    public: Arc<Server>,
    admin: Option<Arc<Server>>,
    scheme: &'static str,
    metrics: Arc<Metrics>,
    origins: Origins,
    /// Dropped to stop.
    running: Mutex<Option<watch::Sender<()>>>,
    /// All of them at work; requests wait while nobody polls it.
    serving: tokio::sync::Mutex<Fuse<BoxFuture<'static, ()>>>,
}

impl Servers {
    /// Binds every address.
    pub(crate) async fn bind(settings: &Settings, metrics: &Arc<Metrics>) -> Result<Self, Failure> {
        let (running, stop) = watch::channel(());
        let (public, serving) =
            bind(settings, settings.listen, threads(settings), metrics, stop.clone()).await?;
        let (admin, serving) = match settings.admin_listen {
            Some(address) => {
                let (admin, also) = bind(settings, address, 0, metrics, stop).await?;
                (Some(admin), join(serving, also).map(drop).boxed())
            }
            None => (None, serving),
        };
        Ok(Self {
            public,
            admin,
            scheme: if settings.tls.is_some() { "https" } else { "http" },
            metrics: Arc::clone(metrics),
            origins: settings.origins.clone(),
            running: Mutex::new(Some(running)),
            serving: tokio::sync::Mutex::new(serving.fuse()),
        })
    }

    /// The public address, as a URL.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.public.local_address())
    }

    /// From here on requests are told why the store cannot be used.
    pub(crate) fn say(&self, cause: &watch::Receiver<String>) {
        for server in std::iter::once(&self.public).chain(&self.admin) {
            let observer = observer(&self.metrics, &self.origins);
            server.exchange(waiting_port(observer, cause.clone()));
        }
    }

    /// From here on requests are answered.
    pub(crate) fn answer(&self, state: &Arc<HttpState>) {
        // Metrics leave the public port where they have one of their own.
        let public = if self.admin.is_some() { public_port_without_metrics } else { public_port };
        self.public.exchange(public(Arc::clone(state)));
        if let Some(admin) = &self.admin {
            admin.exchange(admin_port(Arc::clone(state)));
        }
    }

    /// Serves while `work` is done.
    pub(crate) async fn serve_while<T>(&self, work: impl Future<Output = T>) -> T {
        let mut serving = self.serving.lock().await;
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                outcome = work.as_mut() => return outcome,
                () = &mut *serving => tracing::error!("no requests are served any more"),
            }
        }
    }

    /// Stops listening, and finishes requests in flight.
    pub(crate) async fn stop(&self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut serving = self.serving.lock().await;
        if !futures_util::future::FusedFuture::is_terminated(&*serving) {
            (&mut *serving).await;
        }
    }

    /// Reads certificates again; what cannot be read stays as it was.
    pub(crate) fn reload_certificates(&self) {
        for server in std::iter::once(&self.public).chain(&self.admin) {
            if let Err(error) = server.reload_certificate() {
                tracing::error!(%error, "the certificate was not reloaded");
            }
        }
    }
}

/// Threads for the public port (docs/adr/0020-connections-stay-with-a-core.md): one for each core where the store is a file,
/// whose requests seldom wait for anything else. Those that wait for a database server do best where its answers arrive.
fn threads(settings: &Settings) -> usize {
    match settings.store.options {
        StoreOptions::Sqlite(_) => std::thread::available_parallelism().map_or(2, usize::from),
        StoreOptions::Postgres(_) => 0,
    }
}

fn observer(metrics: &Arc<Metrics>, origins: &Origins) -> Observer {
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    Observer { clock, ids, metrics: Arc::clone(metrics), origins: origins.clone() }
}

/// Binds an address; what serves it until `stop` loses its sender.
async fn bind(
    settings: &Settings,
    address: SocketAddr,
    threads: usize,
    metrics: &Arc<Metrics>,
    mut stop: watch::Receiver<()>,
) -> Result<(Arc<Server>, BoxFuture<'static, ()>), Failure> {
    let options = ListenOptions { address, tls: settings.tls.clone(), drain: settings.drain, threads };
    let port = Port::new(observer(metrics, &settings.origins), Router::new());
    let server = Server::bind(options, port).await.map_err(|error| {
        // It names the address or the file that is wrong.
        let message = error.to_string();
        match error.kind() {
            ErrorKind::AddrInUse => Failure::failed(message)
                .hint("another program listens there; --listen ADDR:0 picks a free port"),
            ErrorKind::NotFound | ErrorKind::InvalidData | ErrorKind::InvalidInput => Failure::usage(message)
                .hint("--tls-cert and --tls-key name PEM files: a chain and its private key"),
            _ => Failure::failed(message),
        }
    })?;
    let server = Arc::new(server.counted(Arc::clone(metrics)));
    let serving = Arc::clone(&server);
    let serving = async move {
        let until_stopped = async move { while stop.changed().await.is_ok() {} };
        serving.serve(until_stopped).await;
    };
    Ok((server, serving.boxed()))
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Servers").field("url", &self.url()).finish_non_exhaustive()
    }
}

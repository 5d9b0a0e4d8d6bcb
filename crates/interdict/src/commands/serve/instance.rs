//! One running server: every floor, wired.

use std::io::ErrorKind;
use std::sync::Arc;

use interdict_app::Service;
use interdict_auth::{Authenticator, BuiltinIssuer};
use interdict_http::HttpState;
use interdict_http::metrics::Metrics;
use interdict_http::router::{admin_router, router, router_without_metrics};
use interdict_http::server::{ListenOptions, Server};
use interdict_model::TenantId;
use interdict_store::{Store, StoreError, StoreOptions};
use tokio::sync::watch;

use super::bootstrap::bootstrap;
use crate::commands::app::socket::AdminSocket;
use crate::config::{PublicUrl, Settings, StoreLocation};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::system::{self, SystemClock, SystemIds};

/// One running server.
#[derive(Debug)]
pub(crate) struct Instance {
    state: Arc<HttpState>,
    public: Server,
    admin: Option<Server>,
    socket: AdminSocket,
    url: String,
    made: Option<TenantId>,
}

impl Instance {
    /// Opens the store, makes what a first start makes, and binds every address. Requests wait until
    /// [`Instance::run`].
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Failure> {
        let dir = DataDir::at(&settings.store.data_dir);
        dir.create()?;
        let metrics = Arc::new(Metrics::default());
        let (service, store) = start_service(&settings.store, Arc::clone(&metrics))?;
        // From here on the committer's thread runs: it is told to stop where the rest fails.
        match Self::assemble(settings, &dir, metrics, Arc::clone(&service), &store).await {
            Ok(instance) => Ok(instance),
            Err(failure) => {
                service.stop().await;
                Err(failure)
            }
        }
    }

    async fn assemble(
        settings: &Settings,
        dir: &DataDir,
        metrics: Arc<Metrics>,
        service: Arc<Service>,
        store: &Store,
    ) -> Result<Self, Failure> {
        let public = bind(settings, settings.listen, &metrics).await?;
        let admin = match settings.admin_listen {
            Some(address) => Some(bind(settings, address, &metrics).await?),
            None => None,
        };
        let public_url = settings.public_url.as_ref().map(PublicUrl::as_str);
        let (issuer, made) = if settings.builtin_issuer {
            let key = dir.issuer_key();
            let issuer = BuiltinIssuer::load_or_create(&key, public_url).map_err(|error| {
                Failure::failed(format!("cannot use the issuer key `{}`: {error}", key.display()))
            })?;
            let made = bootstrap(&service, store, dir).await?;
            (Some(Arc::new(issuer)), made)
        } else {
            (None, None)
        };
        let authenticator =
            Authenticator::new(issuer.clone(), settings.issuers.clone(), settings.clock_skew_seconds);
        let socket = AdminSocket::bind(&dir.socket())?;
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", public.local_address());
        let state = Arc::new(HttpState {
            service,
            authenticator: Arc::new(authenticator),
            issuer,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            metrics,
            public_url: public_url.map(str::to_owned),
        });
        Ok(Self { state, public, admin, socket, url, made })
    }

    /// The address that was bound, as a URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The tenant that this start made, if it was the first.
    pub(crate) const fn first_tenant(&self) -> Option<TenantId> {
        self.made
    }

    /// What the floors share.
    pub(crate) fn state(&self) -> &HttpState {
        &self.state
    }

    /// Serves until `stop` resolves, then finishes requests in flight.
    pub(crate) async fn run(&self, stop: impl Future<Output = ()>) {
        let (ended, ending) = watch::channel(());
        let until_ended = |mut ending: watch::Receiver<()>| async move {
            // An error means that the sender is gone: that is the word to end.
            while ending.changed().await.is_ok() {}
        };
        let admin = async {
            if let Some(admin) = &self.admin {
                admin.serve(admin_router(Arc::clone(&self.state)), until_ended(ending.clone())).await;
            }
        };
        let stopping = async {
            stop.await;
            drop(ended);
        };
        // Metrics leave the public port where they have one of their own.
        let routes = if self.admin.is_some() { router_without_metrics } else { router };
        tokio::join!(
            self.public.serve(routes(Arc::clone(&self.state)), until_ended(ending.clone())),
            admin,
            self.socket.serve(&self.state.service, until_ended(ending.clone())),
            stopping,
        );
    }

    /// Commits what waits and ends the committer.
    pub(crate) async fn close(&self) {
        self.state.service.stop().await;
    }

    /// Reads certificates and issuers' key sets again; what cannot be read stays as it was.
    pub(crate) async fn reload(&self) {
        for server in [Some(&self.public), self.admin.as_ref()].into_iter().flatten() {
            if let Err(error) = server.reload_certificate() {
                tracing::error!(%error, "the certificate was not reloaded");
            }
        }
        self.state.authenticator.reload_keys(self.state.clock.now()).await;
    }
}

/// Opens the store under its lock and starts the committer.
pub(crate) fn start_service(
    location: &StoreLocation,
    metrics: Arc<Metrics>,
) -> Result<(Arc<Service>, Store), Failure> {
    let (store, writer) =
        Store::open(&store_options(location), system::birth()).map_err(|error| store_failure(&error))?;
    let service = Service::start(store.clone(), writer, Arc::new(SystemClock), Arc::new(SystemIds), metrics);
    Ok((service, store))
}

/// How to open the store at `location`.
pub(crate) fn store_options(location: &StoreLocation) -> StoreOptions {
    StoreOptions::new(location.database.clone(), location.readers)
}

/// What to say where the store cannot be opened.
pub(crate) fn store_failure(error: &StoreError) -> Failure {
    Failure::failed(format!("cannot open the store: {error}"))
}

async fn bind(
    settings: &Settings,
    address: std::net::SocketAddr,
    metrics: &Arc<Metrics>,
) -> Result<Server, Failure> {
    let options = ListenOptions { address, tls: settings.tls.clone(), drain: settings.drain };
    let server = Server::bind(options).await.map_err(|error| {
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
    Ok(server.counted(Arc::clone(metrics)))
}

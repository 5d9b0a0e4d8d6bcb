//! One running server: every floor, wired.

use std::sync::Arc;
use std::time::Duration;

use interdict_app::Service;
use interdict_auth::{Authenticator, SealKey};
use interdict_http::HttpState;
use interdict_http::metrics::Metrics;
use interdict_model::TenantId;
use interdict_store::Store;

use super::bootstrap::bootstrap;
use super::opening::{opened, refuse_half, started};
use super::servers::Servers;
use super::shared_keys::{shared_issuer, shared_seal_key};
use crate::commands::app::socket::AdminSocket;
use crate::config::{PublicUrl, Settings};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::system::{SystemClock, SystemIds};

/// One running server.
#[derive(Debug)]
pub(crate) struct Instance {
    state: Arc<HttpState>,
    store: Store,
    servers: Servers,
    socket: Option<AdminSocket>,
    seal_key: Option<SealKey>,
    made: Option<TenantId>,
    notice: Duration,
}

impl Instance {
    /// Binds every address, opens the store and makes what a first start makes. Requests wait until
    /// [`Instance::run`], unless the store is out of reach: then they are told so until it is there.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Failure> {
        let dir = DataDir::at(&settings.store.data_dir);
        dir.create()?;
        let metrics = Arc::new(Metrics::default());
        let servers = Servers::bind(settings, &metrics).await?;
        let (store, writers) = opened(&settings.store.options, &servers).await?;
        refuse_half(&store).await?;
        let service = started(&store, writers, Arc::clone(&metrics) as _);
        // From here on the committer runs: it is told to stop where the rest fails.
        match Self::assemble(settings, &dir, metrics, Arc::clone(&service), store, servers).await {
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
        store: Store,
        servers: Servers,
    ) -> Result<Self, Failure> {
        let public_url = settings.public_url.as_ref().map(PublicUrl::as_str);
        let (issuer, made) = if settings.builtin_issuer {
            let issuer = shared_issuer(dir, &store, public_url).await?;
            let made = bootstrap(&service, &store, dir).await?;
            (Some(Arc::new(issuer)), made)
        } else {
            (None, None)
        };
        let seal_key = shared_seal_key(dir, &store).await?;
        let authenticator =
            Authenticator::new(issuer.clone(), settings.issuers.clone(), settings.clock_skew_seconds);
        let socket = AdminSocket::bind(&dir.socket()).await?;
        let state = Arc::new(HttpState {
            service,
            authenticator: Arc::new(authenticator),
            issuer,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            metrics,
            public_url: public_url.map(str::to_owned),
        });
        Ok(Self { state, store, servers, socket, seal_key, made, notice: settings.notice })
    }

    /// The address that was bound, as a URL.
    pub(crate) fn url(&self) -> String {
        self.servers.url()
    }

    /// The tenant that this start made, if it was the first.
    pub(crate) const fn first_tenant(&self) -> Option<TenantId> {
        self.made
    }

    /// What the floors share.
    pub(crate) fn state(&self) -> &HttpState {
        &self.state
    }

    /// Serves until `stop` resolves. Then it is unready for a while, with answers that end their connections, so that
    /// clients go to another node; and only then it stops listening and finishes requests in flight.
    pub(crate) async fn run(&self, stop: impl Future<Output = ()>) {
        self.servers.answer(&self.state);
        let until_noticed = async {
            stop.await;
            self.state.metrics.drain();
            tokio::time::sleep(self.notice).await;
        };
        let serving = async {
            self.servers.serve_while(until_noticed).await;
            self.servers.stop().await;
        };
        let operators = async {
            match &self.socket {
                Some(socket) => socket.serve(&self.state.service).await,
                None => std::future::pending().await,
            }
        };
        let sealing = async {
            match &self.seal_key {
                Some(key) => self.state.service.keep_sealed(key).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = serving => {}
            () = operators => {}
            () = sealing => {}
            () = self.store.watch(&SystemClock) => {}
        }
    }

    /// Commits what waits and ends the committer.
    pub(crate) async fn close(&self) {
        self.state.service.stop().await;
    }

    /// Reads certificates and issuers' key sets again; what cannot be read stays as it was.
    pub(crate) async fn reload(&self) {
        self.servers.reload_certificates();
        self.state.authenticator.reload_keys(self.state.clock.now()).await;
    }
}

//! One running server: every floor, wired.

use std::sync::Arc;
use std::time::Duration;

use interdict_app::Service;
use interdict_auth::{Authenticator, SealKeys};
use interdict_http::HttpState;
use interdict_http::metrics::Metrics;
use interdict_model::{TenantId, Timestamp};
use interdict_store::Store;

use super::addresses;
use super::bootstrap::bootstrap;
use super::opening::{opened, refuse_half, started};
use super::servers::Servers;
use super::shared_keys::{shared_issuer, shared_seal_key};
use crate::commands::keys::Keyring;
use crate::commands::operators::AdminSocket;
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
    seal_keys: Option<SealKeys>,
    /// From when on what other nodes changed is not known.
    current_until: Timestamp,
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
        service.protect(addresses::own());
        let seal_keys = shared_seal_key(dir, &store).await?;
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
            origins: settings.origins.clone(),
        });
        let current_until = Timestamp::from_ticks(0);
        let notice = settings.notice;
        let mut instance = Self { state, store, servers, socket, seal_keys, current_until, made, notice };
        instance.keyring().share_own().await?;
        instance.current_until = instance.catch_up(current_until).await?;
        Ok(instance)
    }

    /// What makes keys here.
    pub(super) fn keyring(&self) -> Keyring<'_> {
        let state = &*self.state;
        Keyring { service: &state.service, issuer: state.issuer.as_deref(), seal: self.seal_keys.as_ref() }
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
                Some(socket) => socket.serve(self.keyring()).await,
                None => std::future::pending().await,
            }
        };
        let sealing = async {
            match &self.seal_keys {
                Some(keys) => self.state.service.keep_sealed(|| keys.current()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = serving => {}
            () = operators => {}
            () = sealing => {}
            () = self.state.service.keep_time() => {}
            () = self.keep_up(self.current_until) => {}
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

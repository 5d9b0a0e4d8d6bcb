//! A whole server within the test: a store of its own, committer, issuer, routes. Requests go to them without a socket;
//! [`TestServer::listen`] listens on loopback for what needs one.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use interdict_app::Service;
use interdict_auth::{Authenticator, BuiltinIssuer, TokenRequest};
use interdict_http::metrics::Metrics;
use interdict_http::observe::Origins;
use interdict_http::server::{ListenOptions, Server};
use interdict_http::{HttpState, Port, public_port};
use interdict_model::clock::{Clock, Ids};
use interdict_model::{ActionId, AppId, Permission, RequestId, TenantId, Timestamp};
use interdict_store::{Birth, Store};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use uuid::Uuid;

use crate::hostile_tokens::Forge;
use crate::store::TestStore;

/// The tenant of tokens that name no other.
pub const TENANT: TenantId = TenantId(Uuid::from_u128(0x1a1a_1111_1111_4111_8111_1111_1111_1111));
/// The app of tokens that name no other.
pub const APP: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Moves the clock by whole seconds.
    pub fn advance(&self, seconds: i64) {
        let now = self.now().plus_seconds(seconds);
        self.0.store(now.ticks(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ticks(self.0.load(Ordering::SeqCst))
    }
}

/// Ids that count.
#[derive(Debug, Default)]
pub struct TestIds(AtomicU64);

impl TestIds {
    fn next(&self, kind: u128) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Uuid::from_u128(kind << 96 | 0x7000_8000_0000_0000_0000 | u128::from(number))
    }
}

impl Ids for TestIds {
    fn action(&self) -> ActionId {
        ActionId(self.next(0xac))
    }

    fn request(&self) -> RequestId {
        RequestId(self.next(0x4e))
    }
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header's text, empty where it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// `error.details[]` as `code target` pairs.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        let details = self.json().pointer("/error/details").and_then(|d| d.as_array().cloned());
        let text =
            |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
        details
            .unwrap_or_default()
            .iter()
            .map(|detail| format!("{} {}", text(detail, "code"), text(detail, "target")))
            .collect()
    }
}

/// A server within the test. It ends with the value.
#[derive(Debug)]
pub struct TestServer {
    /// What its handlers reach.
    pub state: Arc<HttpState>,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// What answers its requests.
    pub port: Port,
    issuer: Arc<BuiltinIssuer>,
    home: TestStore,
}

impl TestServer {
    /// A server on an empty store, its clock at 2026-01-02T03:04:05.6789012Z.
    ///
    /// # Errors
    /// Where the temporary directory cannot be used.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_for(Origins::default()).await
    }

    /// A server whose answers pages of these origins may read.
    ///
    /// # Errors
    /// As [`TestServer::start`].
    pub async fn start_for(origins: Origins) -> std::io::Result<Self> {
        Self::start_at(0x5f, origins).await
    }

    /// A server on an empty store of an epoch, whose tokens have the same key as those of others: a store restored.
    ///
    /// # Errors
    /// As [`TestServer::start`].
    pub async fn start_at(epoch: u32, origins: Origins) -> std::io::Result<Self> {
        let home = TestStore::new();
        let birth = Birth { epoch, skip_token_key: [7; 32] };
        let (store, writers) = Store::open(&home.options(), birth).await.map_err(std::io::Error::other)?;
        let start = Timestamp::parse_lenient("2026-01-02T03:04:05.6789012Z")
            .unwrap_or_else(|| unreachable!("the date above is one"));
        let clock = Arc::new(TestClock(AtomicI64::new(start.instant.ticks())));
        let ids: Arc<TestIds> = Arc::default();
        let metrics: Arc<Metrics> = Arc::default();
        let issuer =
            Arc::new(BuiltinIssuer::load_or_create(&home.directory().join("issuer-key.json"), None)?);
        let service = Service::start(
            store,
            writers,
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::clone(&ids) as Arc<dyn Ids>,
            Arc::clone(&metrics) as _,
        );
        let state = Arc::new(HttpState {
            service,
            authenticator: Arc::new(Authenticator::new(Some(Arc::clone(&issuer)), Vec::new(), 60)),
            issuer: Some(Arc::clone(&issuer)),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids,
            metrics,
            public_url: None,
            origins,
        });
        Ok(Self { port: public_port(Arc::clone(&state)), state, clock, issuer, home })
    }

    /// What a verification of its store finds wrong, if anything is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn fault(&self) -> std::io::Result<Option<String>> {
        let store = Store::open_read_only(&self.home.options()).await.map_err(std::io::Error::other)?;
        let report = store.verify().await.map_err(std::io::Error::other)?;
        Ok(report.fault.map(|fault| format!("{fault:?}")))
    }

    /// A token of [`TENANT`] and [`APP`] with these application permissions.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn token(&self, permissions: &[Permission]) -> std::io::Result<String> {
        self.token_of(TENANT, permissions)
    }

    /// A token of another tenant.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn token_of(&self, tenant: TenantId, permissions: &[Permission]) -> std::io::Result<String> {
        self.mint(&TokenRequest {
            tenant,
            app: AppId(APP.into()),
            roles: permissions.iter().map(|permission| permission.name().to_owned()).collect(),
            scopes: Vec::new(),
            user: None,
            expires_in: 3600,
        })
    }

    /// Any token of the built-in issuer.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn mint(&self, request: &TokenRequest) -> std::io::Result<String> {
        Ok(self.issuer.mint(request, self.clock.now())?.expose_secret().to_owned())
    }

    /// Forges tokens with this server's own key. A key server that no token may make us ask is at `trap`.
    #[must_use]
    pub fn forge(&self, trap: &str) -> Forge {
        let key_file = self.home.directory().join("issuer-key.json");
        let now = self.clock.now().unix_seconds();
        Forge::open(&key_file, "https://interdict.invalid", &TENANT.to_string(), now, trap)
    }

    /// Sends a request to the port. `headers` override the usual ones (`Host`, and for a body
    /// `Content-Type`); one with an empty value is left out.
    ///
    /// # Errors
    /// Where the request cannot be built, or the body of the answer breaks off.
    pub async fn send(
        &self,
        method: &str,
        address: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> std::io::Result<Answer> {
        let mut all = BTreeMap::from([("host", "interdict.test")]);
        if !body.is_empty() {
            all.insert("content-type", "application/json");
        }
        all.extend(headers.iter().copied());
        let mut request = Request::builder().method(method).uri(address);
        for (name, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.to_owned())).map_err(std::io::Error::other)?;
        let (parts, body) = self.port.answer(request).await.into_parts();
        let bytes = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let text = String::from_utf8(bytes.to_vec()).map_err(std::io::Error::other)?;
        Ok(Answer { status: parts.status, headers: parts.headers, text })
    }

    /// Serves on a spare loopback port until the runtime ends.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn listen(&self) -> std::io::Result<SocketAddr> {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let options = ListenOptions { address, tls: None, drain: Duration::ZERO, threads: 0 };
        let server = Server::bind(options, self.port.clone()).await?;
        let address = server.local_address();
        tokio::spawn(async move { server.serve(std::future::pending()).await });
        Ok(address)
    }
}

//! A small client of a running server.

use interdict_testkit::process::RunningServer;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) const READ_WRITE: &str = "SecurityActions.ReadWrite.All";
pub(crate) const ACTIONS: &str = "/v1.0/security/securityActions";

/// A client that neither proxies nor the machine's certificates touch.
pub(crate) fn builder() -> ClientBuilder {
    Client::builder().no_proxy().tls_certs_only([])
}

#[derive(Clone)]
pub(crate) struct Http {
    client: Client,
    url: String,
    token: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) etag: String,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Value,
}

impl Http {
    /// A client of `server` that may read and write.
    pub(crate) fn of(server: &RunningServer) -> Self {
        Self::with_token(server, server.token(&[READ_WRITE]))
    }

    pub(crate) fn with_token(server: &RunningServer, token: String) -> Self {
        Self::to(server.url(), token)
    }

    /// A client of whoever answers at `url`.
    pub(crate) fn to(url: &str, token: String) -> Self {
        Self { client: builder().build().unwrap(), url: url.to_owned(), token }
    }

    /// The same for a restarted server. Connections to the former one are dead.
    pub(crate) fn at(&self, server: &RunningServer) -> Self {
        Self::with_token(server, self.token.clone())
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Answer> {
        let request = self.request(method, path);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        Answer::of(request.send().await?).await
    }

    /// The same, on the version that `etag` names.
    pub(crate) async fn call_on(
        &self,
        etag: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> reqwest::Result<Answer> {
        Answer::of(self.request(method, path).header("if-match", etag).json(&body).send().await?).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await.unwrap()
    }

    pub(crate) async fn file(&self, reason: &str) -> reqwest::Result<Answer> {
        self.call(Method::POST, ACTIONS, Some(block(reason))).await
    }
}

impl Answer {
    async fn of(response: Response) -> reqwest::Result<Self> {
        let status = response.status();
        let etag =
            response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned()).unwrap_or_default();
        let retry_after =
            response.headers().get("retry-after").map(|it| it.to_str().unwrap().parse().unwrap());
        let text = response.text().await?;
        Ok(Self {
            status,
            etag,
            retry_after,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    /// Whether this is an error as Graph shapes them.
    pub(crate) fn is_graph_error(&self) -> bool {
        let error = &self.body["error"];
        error["code"].is_string()
            && error["message"].is_string()
            && error["innerError"]["request-id"].is_string()
    }
}

/// A body that files a BlockIp.
pub(crate) fn block(reason: &str) -> Value {
    json!({
        "name": "BlockIp",
        "actionReason": reason,
        "parameters": [{"name": "IP", "value": "1.2.3.4"}],
        "vendorInformation": {"provider": "Windows Defender ATP", "vendor": "Microsoft"}
    })
}

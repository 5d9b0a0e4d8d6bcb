//! An external issuer for tests: keys of every kind, and a server on loopback that answers as it is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interdict_auth::{Algorithm, Authenticator, ClaimNames, IssuerConfig};
use interdict_model::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const TENANT: &str = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb";
pub(crate) const OTHER_TENANT: &str = "cccccccc-1111-4222-8333-dddddddddddd";
pub(crate) const ISSUER: &str = "https://issuer.example/{tenantid}/v2.0";
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::default().plus_seconds(seconds)
}

/// A key of an issuer, with the algorithm that its tokens have.
pub(crate) enum Key {
    Rsa(KeyPair),
    Ec(Algorithm, EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Key {
    pub(crate) fn rsa() -> Self {
        Self::Rsa(KeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub(crate) fn ec(algorithm: Algorithm) -> Self {
        let curve = match algorithm {
            Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            _ => &ECDSA_P384_SHA384_FIXED_SIGNING,
        };
        Self::Ec(algorithm, EcdsaKeyPair::generate(curve).unwrap())
    }

    pub(crate) fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().unwrap())
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(pair) => {
                let public = pair.public_key();
                let n = encode(public.modulus().big_endian_without_leading_zero());
                json!({ "kty": "RSA", "kid": kid, "use": "sig", "n": n,
                    "e": encode(public.exponent().big_endian_without_leading_zero()) })
            }
            Self::Ec(algorithm, pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let crv = if *algorithm == Algorithm::ES256 { "P-256" } else { "P-384" };
                json!({ "kty": "EC", "crv": crv, "kid": kid, "x": encode(x), "y": encode(y) })
            }
            Self::Ed(pair) => {
                let x = encode(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x })
            }
        }
    }

    pub(crate) fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => {
                let encoding: &'static dyn signature::RsaEncoding = match algorithm {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
            Self::Ec(_, pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A token of this key.
    pub(crate) fn token(&self, algorithm: &str, kid: Option<&str>, claims: &Value) -> String {
        let mut header = json!({ "alg": algorithm, "typ": "JWT" });
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        let message = message(&header, claims);
        let signature = self.sign(algorithm, message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

pub(crate) fn message(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// The claims of an app of [`TENANT`], valid for two days from [`NOW`]; a null takes a claim away.
pub(crate) fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER.replace("{tenantid}", TENANT), "aud": "api://interdict", "tid": TENANT,
        "iat": NOW, "nbf": NOW, "exp": NOW + 2 * 86_400,
        "azp": "the-app", "roles": ["SecurityActions.Read.All"],
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// An issuer that may assert [`TENANT`], its keys at `jwks_uri`.
pub(crate) fn config(jwks_uri: &str) -> IssuerConfig {
    IssuerConfig {
        issuer: ISSUER.to_owned(),
        audiences: vec!["api://interdict".to_owned()],
        jwks_uri: Some(jwks_uri.to_owned()),
        discovery: None,
        algorithms: vec![Algorithm::RS256],
        tenants: vec![TENANT.parse().unwrap()],
        any_tenant: false,
        tenant: None,
        claims: ClaimNames::default(),
    }
}

pub(crate) fn authenticator(config: IssuerConfig) -> Authenticator {
    Authenticator::new(None, vec![config], 60)
}

/// What the server answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Json(Value),
    Status(u16),
    Redirect(String),
    /// Zeros without an end.
    Endless,
    /// A byte every 200 ms, without an end.
    Drip,
    /// The document, after this long.
    Late(Duration, Value),
}

/// A server on loopback that gives one answer to every request.
pub(crate) struct Server {
    pub(crate) address: String,
    answer: Arc<Mutex<Answer>>,
    requests: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            answer: Arc::new(Mutex::new(answer)),
            requests: Arc::default(),
            sent: Arc::default(),
        };
        let (answer, requests, sent) =
            (Arc::clone(&server.answer), Arc::clone(&server.requests), Arc::clone(&server.sent));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                requests.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                tokio::spawn(serve(stream, answer, Arc::clone(&sent)));
            }
        });
        server
    }

    pub(crate) async fn with_keys(keys: &[Value]) -> Self {
        Self::start(Answer::Json(json!({ "keys": keys }))).await
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(crate) fn keys(&self, keys: &[Value]) {
        self.answer(Answer::Json(json!({ "keys": keys })));
    }

    /// Connections so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Bytes of endless answers that went out.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, sent: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
    let head = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\nconnection: close\r\n{more}\r\n");
    let whole = |document: &Value| {
        let body = document.to_string();
        head("200 OK", &format!("content-length: {}\r\n", body.len())) + &body
    };
    let text = match &answer {
        Answer::Json(document) => whole(document),
        Answer::Late(after, document) => {
            tokio::time::sleep(*after).await;
            whole(document)
        }
        Answer::Status(status) => head(&format!("{status} No"), "content-length: 0\r\n"),
        Answer::Redirect(to) => head("302 Found", &format!("location: {to}\r\ncontent-length: 0\r\n")),
        Answer::Endless | Answer::Drip => head("200 OK", ""),
    };
    if stream.write_all(text.as_bytes()).await.is_err() {
        return;
    }
    let (piece, pause) = match answer {
        Answer::Endless => (vec![b' '; 16 * 1024], Duration::ZERO),
        Answer::Drip => (vec![b' '], Duration::from_millis(200)),
        _ => return,
    };
    while stream.write_all(&piece).await.is_ok() {
        sent.fetch_add(piece.len(), Ordering::SeqCst);
        tokio::time::sleep(pause).await;
    }
}

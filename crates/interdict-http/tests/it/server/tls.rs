//! TLS: protocols, certificates that are replaced, handshakes that stall, files that are wrong.

use std::path::Path;

use rcgen::{CertifiedKey, KeyPair};
use reqwest::{Certificate, Client, Version};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

fn write_certificate(files: &TlsFiles) -> Certificate {
    let CertifiedKey { cert, signing_key }: CertifiedKey<KeyPair> =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&files.certificate, cert.pem()).unwrap();
    std::fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    Certificate::from_pem(cert.pem().as_bytes()).unwrap()
}

fn files(directory: &Path) -> TlsFiles {
    TlsFiles { certificate: directory.join("cert.pem"), key: directory.join("key.pem") }
}

fn client(server: &Running, trusted: Certificate) -> reqwest::ClientBuilder {
    Client::builder().tls_certs_only([trusted]).resolve("localhost", server.address).timeout(PATIENCE)
}

fn url(server: &Running, path: &str) -> String {
    format!("https://localhost:{}{path}", server.address.port())
}

async fn start(files: &TlsFiles) -> Running {
    Running::start_with(short(), Some(files.clone()), Duration::from_secs(1)).await
}

/// A server with a fresh certificate and these limits.
pub(super) async fn start_here(directory: &Path, limits: Limits) -> Running {
    let files = files(directory);
    write_certificate(&files);
    Running::start_with(limits, Some(files), Duration::from_secs(1)).await
}

/// A connection that has agreed on HTTP/2 and said nothing in it.
pub(super) async fn connect_http2(server: &Running) -> TlsStream<TcpStream> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let pem = std::fs::read(server.certificate.as_ref().unwrap()).unwrap();
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = server.connect().await;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn clients_get_http_2_where_they_offer_it_and_http_1_otherwise() {
    let directory = tempfile::tempdir().unwrap();
    let files = files(directory.path());
    let trusted = write_certificate(&files);
    let server = start(&files).await;

    let answer =
        client(&server, trusted.clone()).build().unwrap().get(url(&server, "/hello")).send().await.unwrap();
    assert_eq!((answer.version(), answer.status()), (Version::HTTP_2, StatusCode::OK));
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");

    let http1 = client(&server, trusted).http1_only().build().unwrap();
    let answer = http1.get(url(&server, "/hello")).send().await.unwrap();
    assert_eq!((answer.version(), answer.status()), (Version::HTTP_11, StatusCode::OK));
}

#[tokio::test]
async fn a_new_certificate_is_used_once_reloaded_and_a_broken_one_never() {
    let directory = tempfile::tempdir().unwrap();
    let files = files(directory.path());
    let old = write_certificate(&files);
    let server = start(&files).await;
    let ask = async |trusted: &Certificate| {
        client(&server, trusted.clone()).build().unwrap().get(url(&server, "/hello")).send().await
    };
    let new = write_certificate(&files);
    assert!(ask(&new).await.is_err(), "not before the reload");
    server.server.reload_certificate().unwrap();
    assert!(ask(&new).await.is_ok());
    assert!(ask(&old).await.is_err());

    std::fs::write(&files.certificate, "no certificate").unwrap();
    let error = server.server.reload_certificate().unwrap_err();
    assert!(error.to_string().contains("cert.pem"), "{error}");
    assert!(ask(&new).await.is_ok(), "the old one stays");
}

#[tokio::test]
async fn wrong_files_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let (good, other) = (files(directory.path()), files(other.path()));
    write_certificate(&good);
    write_certificate(&other);
    let bind = async |tls: TlsFiles| {
        let options = ListenOptions {
            address: "127.0.0.1:0".parse().unwrap(),
            tls: Some(tls),
            drain: PATIENCE,
            threads: 0,
        };
        Server::bind(options, port(&Arc::default())).await.unwrap_err().to_string()
    };
    let mixed = TlsFiles { certificate: good.certificate.clone(), key: other.key.clone() };
    let error = bind(mixed).await;
    assert!(error.contains("is not the key of the certificate"), "{error}");
    let swapped = TlsFiles { certificate: good.key.clone(), key: good.certificate.clone() };
    let error = bind(swapped).await;
    assert!(error.contains("key.pem` holds no certificate"), "{error}");
    std::fs::remove_file(&good.key).unwrap();
    let error = bind(good).await;
    assert!(error.contains("cannot read `") && error.contains("key.pem"), "{error}");
}

#[tokio::test]
async fn a_stalled_handshake_ends() {
    let directory = tempfile::tempdir().unwrap();
    let files = files(directory.path());
    write_certificate(&files);
    let server = start(&files).await;
    // Silence, and the first bytes of a ClientHello.
    for bytes in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        assert_eq!(server.exchange(bytes).await, "", "{bytes:?}");
    }
}

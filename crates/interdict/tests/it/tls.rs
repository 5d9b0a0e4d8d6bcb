use std::path::Path;
use std::time::Duration;

use interdict_testkit::process::Signal;
use reqwest::{Certificate, Client};

use crate::program;

/// A fresh certificate for loopback, written to `directory`.
fn issue(directory: &Path) -> Certificate {
    let made =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let pem = made.cert.pem();
    std::fs::write(directory.join("tls.crt"), &pem).unwrap();
    std::fs::write(directory.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    Certificate::from_pem(pem.as_bytes()).unwrap()
}

/// Whether a client that trusts this certificate alone gets an answer over a new connection.
async fn answers(trusted: &Certificate, url: &str) -> bool {
    let client = Client::builder().no_proxy().tls_certs_only([trusted.clone()]).build().unwrap();
    client.get(url).send().await.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test]
async fn sighup_changes_the_certificate_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let first = issue(directory.path());
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let server = program().serve_with(
        &directory.path().join("data"),
        &["--tls-cert", &path("tls.crt"), "--tls-key", &path("tls.key")],
    );
    assert!(server.url().starts_with("https://127.0.0.1:"), "{}", server.url());
    let health = format!("{}/healthz", server.url());
    assert!(answers(&first, &health).await);

    let second = issue(directory.path());
    assert!(!answers(&second, &health).await, "not before the signal");
    server.process().signal(Signal::HUP);
    until(|| answers(&second, &health)).await;
    assert!(!answers(&first, &health).await, "the old certificate is gone");

    // What is no certificate leaves the old one in place.
    std::fs::write(path("tls.crt"), "not a certificate").unwrap();
    server.process().signal(Signal::HUP);
    until(|| async { server.process().stderr().contains("the certificate was not reloaded") }).await;
    assert!(answers(&second, &health).await);
    assert_eq!(server.terminate().status.code(), Some(0));
}

#[test]
fn a_command_trusts_the_authorities_that_it_is_given() {
    let directory = tempfile::tempdir().unwrap();
    issue(directory.path());
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let flags = ["--tls-cert", &path("tls.crt"), "--tls-key", &path("tls.key")];
    let server = program().serve_with(&directory.path().join("data"), &flags);
    let token = server.token(&["SecurityActions.Read.All"]);
    let client = program().with("INTERDICT_TOKEN", &token).with("INTERDICT_URL", server.url());
    assert_eq!(client.run(&["catalog", "list"]).status.code(), Some(1), "nobody knows its certificate");
    let trusting = client.run(&["catalog", "list", "--ca", &path("tls.crt")]);
    assert!(trusting.stdout.contains("BlockIp"), "{}", trusting.stderr);
    assert_eq!(client.run(&["catalog", "list", "--ca", &path("tls.key")]).status.code(), Some(2));
}

async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it did not happen within ten seconds");
}

//! TLS to the database: asked for, and checked as far as the address says.

use std::path::Path;

use interdict_cluster::{Cluster, Options, psql};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};

use super::cluster;
use crate::http::{ACTIONS, Http};
use crate::program;

/// A certificate for `names` with its key, and its authority's certificate in a file.
struct Identity {
    certificate: String,
    key: String,
}

fn identity(names: &[&str], authority_file: &Path) -> Identity {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority.distinguished_name.push(DnType::CommonName, "Interdict test authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(authority_file, authority.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    Identity { certificate: leaf.pem(), key: key.serialize_pem() }
}

/// A server with this identity, and an empty database in it.
fn with_tls(identity: &Identity) -> Cluster {
    let files = [("server.crt", identity.certificate.as_str()), ("server.key", identity.key.as_str())];
    let options = Options { settings: &[("ssl", "on")], files: &files, ..Options::default() };
    let cluster = Cluster::start(options).unwrap();
    psql(&cluster.url("postgres"), "CREATE DATABASE store").unwrap();
    cluster
}

async fn assert_serves(url: &str, data_dir: &Path) {
    let server = program().on(url).serve(data_dir);
    let http = Http::of(&server);
    assert_eq!(http.file("over TLS").await.unwrap().status, 201, "{url}");
    assert_eq!(http.get(ACTIONS).await.status, 200, "{url}");
    server.kill();
}

/// Asserts that a node does not start, and says why.
fn assert_refused(url: &str, why: &str) {
    let directory = tempfile::tempdir().unwrap();
    let finished = program().on(url).launch("127.0.0.1:0", directory.path(), &[]).wait();
    assert_eq!(finished.status.code(), Some(2), "{url}: {}", finished.stderr);
    assert!(
        finished.stderr.contains("error: ") && finished.stderr.contains(why),
        "{url}: {}",
        finished.stderr
    );
    assert_eq!(finished.stdout, "");
}

#[tokio::test]
async fn the_databases_certificate_is_checked_as_far_as_the_address_says() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let right = identity(&["localhost", "127.0.0.1"], &file("right.pem"));
    let _ = identity(&["localhost", "127.0.0.1"], &file("wrong.pem"));
    let cluster = with_tls(&right);
    let (port, data) = (cluster.port(), file("data"));
    let url = |host: &str, options: &str| format!("postgres://interdict@{host}:{port}/store?{options}");
    let trusting = |name: &str| format!("&sslrootcert={}", file(name).display());

    for options in ["sslmode=require".to_owned(), format!("sslmode=verify-ca{}", trusting("right.pem"))] {
        assert_serves(&url("127.0.0.1", &options), &data).await;
    }
    for host in ["localhost", "127.0.0.1"] {
        assert_serves(&url(host, &format!("sslmode=verify-full{}", trusting("right.pem"))), &data).await;
    }
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE application_name = 'interdict'";
    let server = program().on(&url("127.0.0.1", "sslmode=require")).serve(&data);
    assert_eq!(psql(&cluster.url("postgres"), encrypted).unwrap().trim(), "t");
    server.kill();

    for mode in ["verify-ca", "verify-full"] {
        let options = format!("sslmode={mode}{}", trusting("wrong.pem"));
        assert_refused(&url("127.0.0.1", &options), "certificate");
    }
    let missing = format!("sslmode=verify-full{}", trusting("missing.pem"));
    assert_refused(&url("127.0.0.1", &missing), "missing.pem");
}

#[tokio::test]
async fn another_hosts_certificate_is_refused_where_the_name_is_checked_and_there_alone() {
    let directory = tempfile::tempdir().unwrap();
    let authority = directory.path().join("authority.pem");
    let cluster = with_tls(&identity(&["db.example"], &authority));
    let url = |mode: &str| {
        let (port, authority) = (cluster.port(), authority.display());
        format!("postgres://interdict@127.0.0.1:{port}/store?sslmode={mode}&sslrootcert={authority}")
    };
    assert_serves(&url("verify-ca"), &directory.path().join("data")).await;
    assert_refused(&url("verify-full"), "certificate");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_asked_for() {
    let cluster = cluster(&[]);
    let url = |mode: &str| format!("{}?sslmode={mode}", cluster.url("postgres"));
    assert_refused(&url("require"), "TLS");
    let directory = tempfile::tempdir().unwrap();
    assert_serves(&url("prefer"), directory.path()).await;
}

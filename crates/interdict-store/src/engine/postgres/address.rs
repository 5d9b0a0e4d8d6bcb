//! Where a PostgreSQL is: a URL as libpq's programs take it, with its TLS modes.

mod each;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;

/// PostgreSQL's own.
const PORT: u16 = 5432;
/// How long a connection may take to be made to one host.
const CONNECT: Duration = Duration::from_secs(3);
/// Without an answer of the peer's kernel for so long, a connection is given up.
const UNANSWERED: Duration = Duration::from_secs(10);

/// Where a PostgreSQL is, and who we are there. Its text form never shows the password.
#[derive(Clone)]
pub struct Address {
    config: Box<Config>,
    trust: Trust,
    /// The highest timeline that was seen at any of the hosts; copies of the address share it.
    newest: Arc<AtomicI64>,
}

/// Whose certificates are believed (libpq's `sslmode` and `sslrootcert`).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trust {
    check: Check,
    authorities: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// `disable`, `allow`, `prefer`, `require`: whoever answers.
    Nobody,
    /// `verify-ca`: whoever an authority vouches for.
    Authority,
    /// `verify-full`: whoever an authority vouches for under the name that was asked.
    Name,
}

/// The text itself goes into no message: it may hold a password.
impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, options) = text.split_once('?').unwrap_or((text, ""));
        let mut trust = Trust { check: Check::Nobody, authorities: None };
        let mut kept: Vec<&str> = Vec::new();
        // These two are libpq's, but the driver does not know them in full.
        for option in options.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", "verify-ca")) => trust.check = Check::Authority,
                Some(("sslmode", "verify-full")) => trust.check = Check::Name,
                Some(("sslmode", "allow")) => kept.push("sslmode=prefer"),
                Some(("sslrootcert", path)) => trust.authorities = Some(path.replace("%2F", "/").into()),
                _ => kept.push(option),
            }
        }
        let mut config: Config =
            format!("{address}?{}", kept.join("&")).parse().map_err(|error| wrong(&error))?;
        if trust.check == Check::Nobody && trust.authorities.is_some() {
            return Err(
                "`sslrootcert` has a meaning with `sslmode=verify-ca` or `verify-full` alone".to_owned()
            );
        }
        if trust.check != Check::Nobody {
            config.ssl_mode(SslMode::Require);
        }
        if config.get_hosts().is_empty() {
            return Err("it names no host, such as `postgres://interdict@db.example/interdict`".to_owned());
        }
        if config.get_hosts().len() > 1 && config.get_target_session_attrs() == TargetSessionAttrs::Any {
            // Of several servers one takes writes.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED);
        }
        if config.get_application_name().is_none() {
            config.application_name("interdict");
        }
        config.keepalives_idle(UNANSWERED);
        Ok(Self { config: Box::new(config), trust, newest: Arc::default() })
    }
}

/// What is wrong, without what was written: the driver's message may quote it.
fn wrong(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let known = ["invalid value for option", "unknown option"].iter().any(|known| cause.starts_with(known));
    if known { cause } else { "it must be `postgres://USER@HOST:PORT/DATABASE?OPTION=VALUE`".to_owned() }
}

impl Address {
    /// The same, with a password that does not stand in the URL.
    #[must_use]
    pub fn with_password(mut self, password: &SecretString) -> Self {
        self.config.password(password.expose_secret());
        self
    }

    /// Whether a password is known.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Host, port, database and user, for each host that is named, as libpq's password file looks for them.
    pub fn parts(&self) -> impl Iterator<Item = [String; 4]> {
        let ports = self.config.get_ports();
        let user = self.config.get_user().unwrap_or_default().to_owned();
        let database = self.config.get_dbname().unwrap_or(&user).to_owned();
        self.config.get_hosts().iter().enumerate().map(move |(index, host)| {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(PORT);
            let host = match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(_) => "localhost".to_owned(),
            };
            [host, port.to_string(), database.clone(), user.clone()]
        })
    }

    /// The highest timeline that was seen at any of the hosts.
    pub(super) fn newest(&self) -> i64 {
        self.newest.load(Ordering::Relaxed)
    }

    /// Notes that a host that takes writes is on this timeline.
    pub(super) fn saw(&self, timeline: i64) {
        self.newest.fetch_max(timeline, Ordering::Relaxed);
    }

    /// What makes TLS connections to it.
    pub(crate) fn tls(&self) -> Result<MakeRustlsConnect, StoreError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?;
        let config = match self.trust.check {
            Check::Name => builder.with_root_certificates(self.authorities()?).with_no_client_auth(),
            Check::Authority => {
                let roots = Arc::new(self.authorities()?);
                let inner = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
                    .build()
                    .map_err(|error| unusable(&error))?;
                let verifier = Arc::new(Lenient { inner: Some(inner), provider });
                builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
            }
            Check::Nobody => {
                let verifier = Arc::new(Lenient { inner: None, provider });
                builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
            }
        };
        Ok(MakeRustlsConnect::new(config))
    }

    fn authorities(&self) -> Result<RootCertStore, StoreError> {
        let mut roots = RootCertStore::empty();
        match &self.trust.authorities {
            Some(path) => {
                let unread = |error: &dyn fmt::Display| {
                    StoreError::Unfit(format!("`sslrootcert` `{}`: {error}", path.display()))
                };
                for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unread(&error))? {
                    let certificate = certificate.map_err(|error| unread(&error))?;
                    roots.add(certificate).map_err(|error| unread(&error))?;
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(StoreError::Unfit(
                "no certificate authority is known to check the database's certificate with; name a file by `sslrootcert`"
                    .to_owned(),
            ));
        }
        Ok(roots)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            let between = if index == 0 { "" } else { "," };
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(PORT);
            match host {
                Host::Tcp(name) => write!(f, "{between}{name}:{port}")?,
                Host::Unix(path) => write!(f, "{between}{}:{port}", path.display())?,
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

fn unusable(error: &dyn fmt::Display) -> StoreError {
    StoreError::Unfit(format!("TLS to the database cannot be set up: {error}"))
}

/// Believes more than a browser would, as libpq's lesser modes do: any name, or without `inner` any certificate.
#[derive(Debug)]
struct Lenient {
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            // The name is looked at last: everything else holds.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn address(text: &str) -> Result<Address, String> {
        text.parse()
    }

    #[test]
    fn no_text_form_shows_the_password() {
        let address = address("postgres://us:se%20cret@a:1,b:2/store").unwrap();
        assert_eq!(address.to_string(), "a:1,b:2/store");
        assert_eq!(format!("{address:?}"), "Address(a:1,b:2/store)");
        for text in [
            "postgres://us:secret@a:port/x",
            "postgres://us:secret@a/x?sslmode=secret&x",
            "postgres://u:secret@[/x",
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_tls_modes_of_libpq_are_known() {
        for (text, check) in [
            ("postgres://a/b", Check::Nobody),
            ("postgres://a/b?sslmode=allow", Check::Nobody),
            ("postgres://a/b?sslmode=require", Check::Nobody),
            ("postgres://a/b?sslmode=verify-ca", Check::Authority),
            ("postgres://a/b?sslmode=verify-full&sslrootcert=/x", Check::Name),
        ] {
            assert_eq!(address(text).unwrap().trust.check, check, "{text}");
        }
        assert!(
            address("postgres://a/b?sslmode=verify-ca").unwrap().config.get_ssl_mode() == SslMode::Require
        );
        address("postgres://a/b?sslrootcert=/x").unwrap_err();
        address("postgres://a/b?sslmode=sometimes").unwrap_err();
        address("postgres:///b").unwrap_err();
    }

    #[test]
    fn of_several_hosts_the_one_that_takes_writes_is_meant() {
        let several = address("postgres://a,b/c").unwrap();
        assert_eq!(several.config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        let one = address("postgres://a/c").unwrap();
        assert_eq!(one.config.get_target_session_attrs(), TargetSessionAttrs::Any);
    }
}

//! The server's certificate, which can be replaced while connections are open.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::TlsFiles;

/// The certificate in use and where it was read from.
#[derive(Debug)]
pub(super) struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
}

impl Certificate {
    pub(super) fn read(files: TlsFiles) -> io::Result<Arc<Self>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let current = ArcSwap::from_pointee(certified(&files, &provider)?);
        Ok(Arc::new(Self { files, provider, current }))
    }

    /// Reads the files again; the certificate in use stays where they are not valid.
    pub(super) fn reload(&self) -> io::Result<()> {
        self.current.store(Arc::new(certified(&self.files, &self.provider)?));
        Ok(())
    }

    /// TLS 1.2 and 1.3; HTTP/2 where the client offers it, else HTTP/1.1.
    pub(super) fn config(self: &Arc<Self>) -> io::Result<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn certified(files: &TlsFiles, provider: &CryptoProvider) -> io::Result<CertifiedKey> {
    let chain = CertificateDer::pem_slice_iter(&contents(&files.certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(&files.certificate, "is no PEM certificate chain", &error))?;
    if chain.is_empty() {
        return Err(wrong(&files.certificate, "holds no certificate", &"no CERTIFICATE section"));
    }
    let key = PrivateKeyDer::from_pem_slice(&contents(&files.key)?)
        .map_err(|error| wrong(&files.key, "is no PEM private key", &error))?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|error| wrong(&files.key, "holds a key that cannot be used", &error))?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        // A key that cannot tell its public half is taken at its word.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(certified),
        Err(error) => Err(wrong(
            &files.key,
            &format!("is not the key of the certificate in `{}`", files.certificate.display()),
            &error,
        )),
    }
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot read `{}`: {error}", path.display())))
}

fn wrong(path: &Path, what: &str, cause: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("`{}` {what}: {cause}", path.display()))
}

//! TLS by rustls: a certificate and its key from files, read again when told to.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// Why a certificate cannot be served with; each is one clear line.
#[derive(Debug, thiserror::Error)]
pub enum BadTls {
    /// A file cannot be read, or has nothing of the kind in it.
    #[error("cannot read {what} in {path}: {error}")]
    Unreadable {
        /// What was looked for.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What is wrong.
        error: pem::Error,
    },
    /// The two do not fit, or are of no kind that can be used.
    #[error("cannot serve with the certificate in {path}: {error}")]
    Unusable {
        /// The certificate's file.
        path: PathBuf,
        /// What is wrong.
        error: rustls::Error,
    },
}

/// A certificate to serve with. Clones share it.
#[derive(Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    acceptor: Arc<RwLock<TlsAcceptor>>,
}

impl Tls {
    /// The certificate and its chain (PEM), and the key of the first.
    pub fn of_files(certificate: &Path, key: &Path) -> Result<Tls, BadTls> {
        let acceptor = acceptor(certificate, key)?;
        Ok(Tls {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            acceptor: Arc::new(RwLock::new(acceptor)),
        })
    }

    /// Reads the files again: connections from now on have what is in them. What cannot be used changes nothing.
    pub fn reload(&self) -> Result<(), BadTls> {
        let fresh = acceptor(&self.certificate, &self.key)?;
        *self
            .acceptor
            .write()
            .unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, BadTls> {
    let unreadable = |what, path: &Path| {
        let path = path.to_owned();
        move |error| BadTls::Unreadable { what, path, error }
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(unreadable("a certificate", certificate))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(unreadable("a private key", key))?;
    let unusable = |error| BadTls::Unusable {
        path: certificate.to_owned(),
        error,
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

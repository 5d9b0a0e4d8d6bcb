//! Fetching an issuer's documents: bounded in time and size, no redirects, no proxy.

use std::{sync::OnceLock, time::Duration};

use reqwest::{Client, StatusCode, Url, redirect};

/// The largest document, in bytes.
const LARGEST: usize = 512 * 1024;

/// The longest that one document may take, from connecting to its last byte.
const LONGEST: Duration = Duration::from_secs(5);

/// Why a document could not be had; for the operator's log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("no answer: {0}")]
    Transport(#[from] reqwest::Error),
    #[error("status {0}")]
    Status(StatusCode),
    #[error("larger than 512 KiB")]
    TooLarge,
    #[error("{0}")]
    Document(&'static str),
}

/// The client of every issuer. It is made at the first fetch: reading the machine's root certificates takes longer
/// than the rest of the start-up.
#[derive(Debug, Default)]
pub(crate) struct Fetcher(OnceLock<Client>);

impl Fetcher {
    /// The body at `url`.
    pub(crate) async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let client = match self.0.get() {
            Some(client) => client,
            None => {
                let client = Client::builder()
                    .timeout(LONGEST)
                    .connect_timeout(LONGEST)
                    // The operator named an address; where it says "elsewhere" we do not follow.
                    .redirect(redirect::Policy::none())
                    .no_proxy()
                    .build()?;
                self.0.get_or_init(|| client)
            }
        };
        let mut response = client.get(url.clone()).send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

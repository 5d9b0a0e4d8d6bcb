//! Where an issuer's documents may be: https anywhere, plain http on this machine only.

use std::net::IpAddr;

use reqwest::Url;

/// Reads the address of an issuer's document.
///
/// # Errors
/// What is wrong with it, to be put behind the name of its key.
pub(crate) fn read(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not an absolute URL")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not carry a user name or password");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("must be https; plain http is for loopback addresses only"),
        _ => Err("must be https"),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

//! Values that flags and the file share, each read and checked in one place.

use std::fmt;
use std::str::FromStr;

use reqwest::header::HeaderValue;
use serde::{Deserialize, Deserializer};

/// The address that clients use: scheme, host and any base path, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = reqwest::Url::parse(text).map_err(|error| format!("it is no URL ({error})"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it must begin with `https://` or `http://`".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it must not hold a user or password".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it must end with its path: no `?` and no `#`".to_owned());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

/// An origin whose pages may read answers, as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CorsOrigin {
    /// `*`
    Any,
    /// Scheme, host, and a port that is not the scheme's own.
    One(HeaderValue),
}

impl FromStr for CorsOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let plain = reqwest::Url::parse(text).ok().filter(|url| {
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            bare && url.username().is_empty() && url.password().is_none()
        });
        // Of other schemes no page has an origin that could be named; a `*` within a host is no wildcard to browsers.
        let named = plain.filter(|url| matches!(url.scheme(), "http" | "https") && !text.contains('*'));
        let origin = named.map(|url| url.origin().ascii_serialization());
        let value = origin.and_then(|origin| HeaderValue::try_from(origin).ok());
        value
            .map(Self::One)
            .ok_or_else(|| "it must be `*` or an origin such as `https://app.example`".to_owned())
    }
}

impl<'de> Deserialize<'de> for CorsOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

/// A duration in whole seconds, written as `90s`, `1h 30m` or `PT1H`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    seconds: u32,
}

impl Span {
    /// Its whole seconds.
    pub(crate) const fn seconds(self) -> u32 {
        self.seconds
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let duration: jiff::SignedDuration =
            text.parse().map_err(|_| "it is no duration such as `90s`, `1h` or `1h 30m`".to_owned())?;
        let seconds = u32::try_from(duration.as_secs())
            .map_err(|_| "it must be zero or more, and less than 136 years".to_owned())?;
        if duration.subsec_nanos() != 0 {
            return Err("it must be whole seconds".to_owned());
        }
        Ok(Self { seconds })
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

/// Reads a string and parses it.
pub(super) fn from_text<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn durations_are_whole_seconds_in_friendly_words() {
        for (text, seconds) in
            [("90s", 90), ("1h", 3600), ("1h 30m", 5400), ("PT5M", 300), ("0s", 0), ("2 hours", 7200)]
        {
            assert_eq!(text.parse::<Span>().map(Span::seconds), Ok(seconds), "{text}");
        }
        for text in ["", "1", "1.5s", "-1s", "200 y", "soon", "300000h 1000000h"] {
            text.parse::<Span>().unwrap_err();
        }
    }

    #[test]
    fn an_origin_is_kept_as_browsers_write_it() {
        for (text, kept) in [
            ("https://app.example", "https://app.example"),
            ("HTTPS://App.Example:443/", "https://app.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(text.parse(), Ok(CorsOrigin::One(HeaderValue::from_static(kept))), "{text}");
        }
        assert_eq!("*".parse(), Ok(CorsOrigin::Any));
        for text in [
            "",
            "null",
            "app.example",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "file:///a",
            "https://*.a",
        ] {
            text.parse::<CorsOrigin>().unwrap_err();
        }
    }

    #[test]
    fn a_public_url_is_an_absolute_http_address_without_secrets() {
        let good = "https://interdict.example/base/".parse::<PublicUrl>().unwrap();
        assert_eq!(good.as_str(), "https://interdict.example/base");
        for text in ["interdict.example", "ftp://a", "https://u:p@a", "https://a?b", "https://a#b", ""] {
            text.parse::<PublicUrl>().unwrap_err();
        }
    }
}

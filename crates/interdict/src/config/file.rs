//! `interdict.toml`: its keys, and what is said about a wrong one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use interdict_auth::IssuerConfig;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{CorsOrigin, Database, PublicUrl, Span};
use crate::failure::Failure;
use crate::logging::{LogFormat, LogLevel};

/// The file that is read where `--config` names none, if it is there.
pub(crate) const DEFAULT_FILE: &str = "interdict.toml";

/// What `interdict.toml` may say. `docs/reference/config.md` explains every key.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileConfig {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) admin_listen: Option<SocketAddr>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) database: Option<Database>,
    pub(crate) database_password_file: Option<PathBuf>,
    pub(crate) pooler: Option<bool>,
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) insecure_http: Option<bool>,
    pub(crate) log_format: Option<LogFormat>,
    pub(crate) log_level: Option<LogLevel>,
    pub(crate) builtin_issuer: Option<bool>,
    pub(crate) clock_skew: Option<Span>,
    pub(crate) limits: LimitsConfig,
    pub(crate) cors: CorsConfig,
    pub(crate) issuer: Vec<IssuerConfig>,
}

/// `[limits]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsConfig {
    pub(crate) notice: Option<Span>,
    pub(crate) drain: Option<Span>,
    pub(crate) readers: Option<u8>,
    pub(crate) lanes: Option<u8>,
}

/// `[cors]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CorsConfig {
    pub(crate) origins: Option<Vec<CorsOrigin>>,
}

impl FileConfig {
    /// Reads the named file, or `interdict.toml` in the working directory where it is there.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => {
                Err(Failure::usage(format!("cannot read the configuration `{}`: {error}", path.display())))
            }
        }
    }

    /// Reads the text of the file at `path`.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        parse(text, path, "docs/reference/config.md")
    }
}

/// Reads TOML. What is wrong is named with its file, line and key; `page` explains the keys.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, path: &Path, page: &str) -> Result<T, Failure> {
    let wrong = |key: Option<String>, error: &toml::de::Error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map(|before| before.matches('\n').count() + 1);
        let place = match line {
            Some(line) => format!("`{}` line {line}", path.display()),
            None => format!("`{}`", path.display()),
        };
        let key = key.map(|key| format!("key `{key}`: ")).unwrap_or_default();
        Failure::usage(format!("{place}: {key}{}", error.message()))
            .hint(format!("{page} lists every key with an example"))
    };
    let document = toml::Deserializer::parse(text).map_err(|error| wrong(None, &error))?;
    serde_path_to_error::deserialize(document).map_err(|error| {
        let key = error.path().to_string();
        wrong((key != ".").then_some(key), error.inner())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn fault(text: &str) -> String {
        FileConfig::parse(text, Path::new("interdict.toml")).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_key_is_named_with_its_file_and_line() {
        for (text, expected) in [
            (
                "listen = '127.0.0.1:0'\nlisten_address = 'x'",
                "error: `interdict.toml` line 2: key `listen_address`: unknown field",
            ),
            ("[limits]\ndrian = '3s'", "error: `interdict.toml` line 2: key `limits.drian`: unknown field"),
            ("[limits]\ndrain = 3", "error: `interdict.toml` line 2: key `limits.drain`: invalid type"),
            ("[cors]\norigins = ['a.example']", "key `cors.origins[0]`: it must be `*` or an origin such as"),
            ("[cors]\norigins = '*'", "line 2: key `cors.origins`: invalid type"),
            ("clock_skew = 'soon'", "error: `interdict.toml` line 1: key `clock_skew`: it is no duration"),
            ("[[issuer]]\nissuer = 'x'\naudience = ['a']", "key `issuer[0].audience`: unknown field"),
            ("database = 'mysql://u:secret@h/d'", "key `database`: it must be `sqlite:PATH` or `postgres://"),
            ("database = 'postgres://u:secret@h:x/d'", "key `database`: invalid value for option `port`"),
            ("database = 'postgres://u:secret@h/d?x=secret'", "key `database`: unknown option"),
            ("listen = ", "error: `interdict.toml` line 1: "),
        ] {
            let fault = fault(text);
            assert!(fault.contains(expected), "{text}: {fault}");
            assert!(!fault.contains("secret"), "{fault}");
        }
    }

    #[test]
    fn the_example_of_the_reference_is_a_valid_file_that_names_every_key() {
        let page = include_str!("../../../../docs/reference/config.md");
        let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        let config = FileConfig::parse(example, Path::new("interdict.toml")).unwrap();
        assert_eq!(config.issuer.len(), 1);
        // Debug names every field; each must be a key of the example, set or commented out.
        let fields = format!("{config:#?}");
        for field in fields
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split_once(": ").map(|(name, _)| name))
        {
            if !field.starts_with(' ') {
                assert!(example.contains(field), "`{field}` is not in the example");
            }
        }
    }
}

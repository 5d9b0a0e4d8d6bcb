//! `agent.toml`: its keys, and what they come to with flags and variables.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::AgentFlags;
use super::credentials::{self, TokenSource};
use super::programs::{ProgramTable, Programs};
use crate::config::PublicUrl;
use crate::failure::Failure;

/// The page that explains every key.
const PAGE: &str = "docs/providers/agent.md";

/// What `agent.toml` may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AgentFile {
    url: Option<String>,
    token_file: Option<PathBuf>,
    credentials_file: Option<PathBuf>,
    ca: Option<PathBuf>,
    insecure_http: bool,
    provider: Option<String>,
    #[serde(alias = "instanceId")]
    instance_id: Option<String>,
    parallel: Option<u16>,
    #[serde(alias = "leaseSeconds")]
    lease_seconds: Option<u32>,
    #[serde(alias = "convergeSeconds")]
    converge_seconds: Option<u32>,
    #[serde(alias = "graceSeconds")]
    grace_seconds: Option<u32>,
    program: Vec<ProgramTable>,
}

/// What the agent works by.
#[derive(Debug)]
pub(super) struct AgentSettings {
    pub(super) url: Url,
    pub(super) token: TokenSource,
    /// File of the authorities that the server's certificate may be of.
    pub(super) ca: Option<PathBuf>,
    /// The provider's id, or its name.
    pub(super) provider: String,
    pub(super) instance_id: String,
    /// How many programs run at once.
    pub(super) parallel: u16,
    pub(super) lease: Duration,
    /// Between two runs of the programs that are given the whole desired state.
    pub(super) converge: Duration,
    /// For running programs, once the agent is told to end.
    pub(super) grace: Duration,
    pub(super) programs: Programs,
}

impl AgentSettings {
    /// Joins flags, variables and the file.
    pub(super) fn load(flags: &AgentFlags) -> Result<Self, Failure> {
        let path = &flags.config;
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("cannot read the configuration `{}`: {error}", path.display()))
                .hint(format!("--config names another; {PAGE} has an example"))
        })?;
        let token = std::env::var("INTERDICT_TOKEN").ok().filter(|token| !token.is_empty());
        Self::joined(flags, &text, path, token)
    }

    fn joined(flags: &AgentFlags, text: &str, path: &Path, token: Option<String>) -> Result<Self, Failure> {
        let file: AgentFile = crate::config::parse(text, path, PAGE)?;
        let missing = |key: &str| {
            Failure::usage(format!("`{}` has no key `{key}`", path.display()))
                .hint(format!("{PAGE} lists every key with an example"))
        };
        let url = flags.url.as_ref().or(file.url.as_ref()).ok_or_else(|| missing("url"))?;
        let source = match (&flags.token_file, token) {
            (Some(flag), _) => TokenSource::File(flag.clone()),
            (None, Some(token)) => TokenSource::Fixed(token.into()),
            (None, None) => match (file.token_file, file.credentials_file) {
                (Some(_), Some(_)) => {
                    return Err(Failure::usage("`token_file` and `credentials_file` exclude each other"));
                }
                (Some(token), None) => TokenSource::File(token),
                (None, Some(client)) => TokenSource::Client(client),
                (None, None) => return Err(missing("credentials_file")),
            },
        };
        credentials::check(&source)?;
        let seconds = |key: &str, value: Option<u32>, default: u32, least: u32| match value.unwrap_or(default)
        {
            value if (least..=3600).contains(&value) => Ok(Duration::from_secs(value.into())),
            _ => Err(Failure::usage(format!("`{key}` must be from {least} to 3600"))),
        };
        let parallel = file.parallel.unwrap_or(4);
        if !(1..=256).contains(&parallel) {
            return Err(Failure::usage("`parallel` must be from 1 to 256"));
        }
        Ok(Self {
            url: address(url, flags.insecure_http || file.insecure_http)?,
            token: source,
            ca: flags.ca.clone().or(file.ca),
            provider: file.provider.filter(|it| !it.is_empty()).ok_or_else(|| missing("provider"))?,
            instance_id: file.instance_id.filter(|it| !it.is_empty()).unwrap_or_else(host_name),
            parallel,
            lease: seconds("lease_seconds", file.lease_seconds, 60, 3)?,
            converge: seconds("converge_seconds", file.converge_seconds, 30, 1)?,
            grace: seconds("grace_seconds", file.grace_seconds, 30, 0)?,
            programs: Programs::new(file.program)?,
        })
    }
}

/// The server's address: a token is sent there, so it is encrypted unless it stays on this machine.
fn address(text: &str, insecure: bool) -> Result<Url, Failure> {
    let wrong = |why: String| Failure::usage(format!("the server's address `{text}`: {why}"));
    let plain: PublicUrl = text.parse().map_err(|error: String| {
        // Not repeated: a password may stand in it.
        Failure::usage(format!("the server's address: {error}"))
    })?;
    let url = Url::parse(plain.as_str()).map_err(|error| wrong(error.to_string()))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if url.scheme() == "http" && !is_here && !insecure {
        return Err(wrong("plain HTTP beyond loopback would show the token to the network".to_owned())
            .hint("use https, or say --insecure-http where something else keeps the way safe"));
    }
    Ok(url)
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const PROGRAM: &str = "\n[[program]]\naction = 'A'\nadd = ['/a']";

    fn flags() -> AgentFlags {
        AgentFlags {
            config: "agent.toml".into(),
            url: None,
            token_file: None,
            ca: None,
            insecure_http: false,
        }
    }

    fn joined(flags: &AgentFlags, text: &str) -> Result<AgentSettings, Failure> {
        AgentSettings::joined(
            flags,
            &format!("{text}{PROGRAM}"),
            Path::new("agent.toml"),
            Some("t".to_owned()),
        )
    }

    #[test]
    fn little_need_be_said() {
        let settings = joined(&flags(), "url = 'https://a.example/base/'\nprovider = 'p'").unwrap();
        assert_eq!(settings.url.as_str(), "https://a.example/base");
        assert_eq!((settings.parallel, settings.lease.as_secs(), settings.converge.as_secs()), (4, 60, 30));
        assert_eq!(settings.instance_id, host_name());
        assert!(!settings.instance_id.is_empty());
        assert!(matches!(settings.token, TokenSource::Fixed(_)));
    }

    #[test]
    fn a_flag_goes_before_the_file() {
        let flags = AgentFlags { url: Some("http://[::1]:8080".to_owned()), ..flags() };
        let text = "url = 'https://a.example'\nprovider = 'p'\ninstanceId = 'host-a'\nleaseSeconds = 9";
        let settings = joined(&flags, text).unwrap();
        assert_eq!((settings.url.as_str(), settings.instance_id.as_str()), ("http://[::1]:8080/", "host-a"));
        assert_eq!(settings.lease.as_secs(), 9);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expected) in [
            ("provider = 'p'", "`agent.toml` has no key `url`"),
            ("url = 'https://a'", "`agent.toml` has no key `provider`"),
            ("url = 'http://10.0.0.1'\nprovider = 'p'", "plain HTTP beyond loopback"),
            ("url = 'https://u:secret@a'\nprovider = 'p'", "it must not hold a user or password"),
            ("url = 'https://a'\nprovider = 'p'\nparallel = 0", "`parallel` must be from 1 to 256"),
            (
                "url = 'https://a'\nprovider = 'p'\nlease_seconds = 2",
                "`lease_seconds` must be from 3 to 3600",
            ),
            ("url = 'https://a'\nprovidr = 'p'", "error: `agent.toml` line 2: key `providr`: unknown field"),
        ] {
            let fault = joined(&flags(), text).unwrap_err().to_string();
            assert!(fault.contains(expected) && !fault.contains("secret"), "{text}: {fault}");
        }
        let named = "url = 'https://a'\nprovider = 'p'\ntoken_file = 'a'\ncredentials_file = 'b'";
        let fault = AgentSettings::joined(&flags(), named, Path::new("agent.toml"), None).unwrap_err();
        assert!(fault.to_string().contains("exclude each other"), "{fault}");
        let insecure = AgentFlags { insecure_http: true, ..flags() };
        joined(&insecure, "url = 'http://10.0.0.1'\nprovider = 'p'").unwrap();
    }

    #[test]
    fn the_examples_are_valid_files() {
        let page = include_str!("../../../../../docs/providers/agent.md");
        let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        for text in [example, include_str!("../../../../../providers/nftables/agent.toml")] {
            let settings =
                AgentSettings::joined(&flags(), text, Path::new("agent.toml"), Some("t".to_owned()));
            assert!(settings.unwrap().programs.job("UnblockIp").is_some());
        }
        // Debug names every field; each must be a key of the page's example, set or commented out.
        let fields = format!("{:#?}", AgentFile::default());
        for line in fields.lines().filter_map(|line| line.strip_prefix("    ")) {
            let field = line.split(':').next().unwrap();
            assert!(example.contains(field), "`{field}` is not in the example");
        }
    }
}

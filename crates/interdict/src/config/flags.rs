//! The flags of `serve` and those that other commands share with it. Each has an `INTERDICT_…` variable.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::PublicUrl;
use crate::logging::{LogFormat, LogLevel};

/// Where a server's files are.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Place {
    /// Configuration file [default: interdict.toml, where it is there]
    #[arg(long, value_name = "FILE", env = "INTERDICT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Directory of the database, the issuer's key and the bootstrap credentials [default: ./interdict-data]
    #[arg(long, value_name = "DIR", env = "INTERDICT_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Where a server's files and its store are.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct StorePlace {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The store, sqlite:PATH or postgres://USER@HOST/DATABASE [default: interdict.db in the data directory]
    /// [env: INTERDICT_DATABASE]
    // Clap reads neither the value, since its messages would repeat it, nor the variable: a password may stand in the
    // one and not in the other.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// File with the password of the PostgreSQL user
    #[arg(long, value_name = "FILE", env = "INTERDICT_DATABASE_PASSWORD_FILE")]
    pub(crate) database_password_file: Option<PathBuf>,
}

/// The variable of `--database`.
pub(crate) const DATABASE_VARIABLE: &str = "INTERDICT_DATABASE";

/// How to log; every command takes these.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct LogFlags {
    /// Form of log lines on stderr [default: text]
    #[arg(
        long,
        global = true,
        help_heading = "Logging",
        value_name = "FORMAT",
        env = "INTERDICT_LOG_FORMAT"
    )]
    pub(crate) log_format: Option<LogFormat>,
    /// Least severity that is logged [default: info for serve and agent, else warn]
    #[arg(long, global = true, help_heading = "Logging", value_name = "LEVEL", env = "INTERDICT_LOG_LEVEL")]
    pub(crate) log_level: Option<LogLevel>,
}

/// The flags of `serve`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeFlags {
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// Address to listen on; port 0 picks one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT", env = "INTERDICT_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// A second address for metrics and health alone
    #[arg(long, value_name = "ADDR:PORT", env = "INTERDICT_ADMIN_LISTEN")]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Certificate chain, PEM; turns TLS on
    #[arg(long, value_name = "FILE", env = "INTERDICT_TLS_CERT")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", env = "INTERDICT_TLS_KEY")]
    pub(crate) tls_key: Option<PathBuf>,
    /// The address that clients use, where it is not the one listened on
    #[arg(long, value_name = "URL", env = "INTERDICT_PUBLIC_URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// Allow plain HTTP beyond loopback: a proxy terminates TLS
    #[arg(
        long,
        value_name = "BOOL",
        env = "INTERDICT_INSECURE_HTTP",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub(crate) insecure_http: Option<bool>,
}

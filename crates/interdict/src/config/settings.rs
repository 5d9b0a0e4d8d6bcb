//! The settings of one server, merged and checked.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use interdict_auth::IssuerConfig;
use interdict_http::observe::Origins;
use interdict_http::server::TlsFiles;
use interdict_store::{PostgresOptions, SqliteOptions, StoreOptions};

use super::flags::DATABASE_VARIABLE;
use super::password::with_password;
use super::{CorsOrigin, Database, FileConfig, LogFlags, Place, PublicUrl, ServeFlags, StorePlace};
use crate::failure::Failure;
use crate::faults;
use crate::logging::{LogFormat, LogLevel};

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_DATA_DIR: &str = "interdict-data";
const DATABASE_FILE: &str = "interdict.db";
const DEFAULT_SKEW_SECONDS: u32 = 60;
const DEFAULT_DRAIN: Duration = Duration::from_secs(30);
/// Some rounds of a balancer's checks.
const DEFAULT_NOTICE: Duration = Duration::from_secs(5);

/// Readers where the configuration names no number: one for every worker, so that no read by key waits for another.
fn default_readers() -> usize {
    std::thread::available_parallelism().map_or(4, usize::from).max(2)
}

/// Everything that `serve` goes by.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where the store is.
    pub(crate) store: StoreLocation,
    /// The public address.
    pub(crate) listen: SocketAddr,
    /// The address of metrics and health alone.
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Certificate and key.
    pub(crate) tls: Option<TlsFiles>,
    /// The address that clients use.
    pub(crate) public_url: Option<PublicUrl>,
    /// The form of log lines.
    pub(crate) log_format: LogFormat,
    /// The least severity that is logged.
    pub(crate) log_level: LogLevel,
    /// Whether the built-in issuer is on.
    pub(crate) builtin_issuer: bool,
    /// External issuers.
    pub(crate) issuers: Vec<IssuerConfig>,
    /// Clock skew that tokens are forgiven.
    pub(crate) clock_skew_seconds: u32,
    /// Whose pages may read answers.
    pub(crate) origins: Origins,
    /// How long the server is unready before it stops, so that a balancer can notice.
    pub(crate) notice: Duration,
    /// How long requests in flight may take once the server stops.
    pub(crate) drain: Duration,
}

/// The data directory and the store.
#[derive(Clone, Debug)]
pub(crate) struct StoreLocation {
    /// The data directory.
    pub(crate) data_dir: PathBuf,
    /// How to open the store.
    pub(crate) options: StoreOptions,
}

/// The data directory, and the file that may have named it.
pub(crate) fn data_dir(place: &Place, file: &FileConfig) -> PathBuf {
    let named = place.data_dir.as_deref().or(file.data_dir.as_deref());
    named.unwrap_or(Path::new(DEFAULT_DATA_DIR)).to_owned()
}

impl StoreLocation {
    /// Where flags, environment and file place the store.
    pub(crate) fn load(flags: &StorePlace) -> Result<Self, Failure> {
        let file = FileConfig::read(flags.place.config.as_deref())?;
        Self::merge(flags, &file)
    }

    fn merge(flags: &StorePlace, file: &FileConfig) -> Result<Self, Failure> {
        let data_dir = data_dir(&flags.place, file);
        let wrong = |name: &str, why| Failure::usage(format!("{name}: {why}"));
        let named = match (&flags.database, std::env::var(DATABASE_VARIABLE)) {
            (Some(text), _) => {
                let database = text.parse::<Database>().map_err(|why| wrong("--database", why))?;
                if matches!(&database, Database::Postgres(address) if address.has_password()) {
                    return Err(password_in_the_open());
                }
                Some(database)
            }
            (None, Ok(text)) => Some(text.parse().map_err(|why| wrong(DATABASE_VARIABLE, why))?),
            (None, Err(_)) => file.database.clone(),
        };
        let readers = file.limits.readers.map_or_else(default_readers, |readers| usize::from(readers.max(1)));
        let options = match named {
            None => SqliteOptions::new(data_dir.join(DATABASE_FILE), readers).into(),
            Some(Database::Sqlite(path)) => SqliteOptions::new(path, readers).into(),
            Some(Database::Postgres(address)) => {
                let file_of =
                    flags.database_password_file.as_deref().or(file.database_password_file.as_deref());
                let mut options = PostgresOptions::new(with_password(*address, file_of)?);
                options.pooler = file.pooler.unwrap_or(false);
                options.readers = file.limits.readers.map_or(options.readers, |it| usize::from(it.max(1)));
                options.lanes = file.limits.lanes.map_or(options.lanes, |it| usize::from(it.max(1)));
                options.into()
            }
        };
        Ok(Self { data_dir, options })
    }
}

fn password_in_the_open() -> Failure {
    Failure::usage("--database: a password on the command line can be read by every user of this machine")
        .hint("--database-password-file names a file that holds it")
        .hint(format!("or give the whole URL in the variable {DATABASE_VARIABLE}"))
        .hint("or leave it out and use PGPASSWORD, PGPASSFILE or ~/.pgpass")
}

impl Settings {
    /// Reads the file and merges it with the flags.
    pub(crate) fn load(flags: &ServeFlags, log: LogFlags) -> Result<Self, Failure> {
        let file = FileConfig::read(flags.store.place.config.as_deref())?;
        Self::merge(flags, log, file)
    }

    /// A server in `data_dir` on a spare loopback port that no file and no environment touches.
    pub(crate) fn temporary(data_dir: &Path, log: LogFlags) -> Self {
        let location = StoreLocation {
            data_dir: data_dir.to_owned(),
            options: SqliteOptions::new(data_dir.join(DATABASE_FILE), default_readers()).into(),
        };
        Self {
            store: location,
            listen: SocketAddr::new(DEFAULT_LISTEN.ip(), 0),
            admin_listen: None,
            tls: None,
            public_url: None,
            log_format: log.log_format.unwrap_or_default(),
            log_level: log.log_level.unwrap_or(LogLevel::Warn),
            builtin_issuer: true,
            issuers: Vec::new(),
            clock_skew_seconds: DEFAULT_SKEW_SECONDS,
            origins: Origins::default(),
            notice: Duration::ZERO,
            drain: DEFAULT_DRAIN,
        }
    }

    fn merge(flags: &ServeFlags, log: LogFlags, file: FileConfig) -> Result<Self, Failure> {
        let store = StoreLocation::merge(&flags.store, &file)?;
        let seconds = |span: super::Span| Duration::from_secs(span.seconds().into());
        // One node alone has an SQLite store: nobody could take over meanwhile.
        let is_alone = matches!(store.options, StoreOptions::Sqlite(_));
        let settings = Self {
            store,
            listen: flags.listen.or(file.listen).unwrap_or(DEFAULT_LISTEN),
            admin_listen: flags.admin_listen.or(file.admin_listen),
            tls: tls(flags.tls_cert.clone().or(file.tls_cert), flags.tls_key.clone().or(file.tls_key))?,
            public_url: flags.public_url.clone().or(file.public_url),
            log_format: log.log_format.or(file.log_format).unwrap_or_default(),
            log_level: log.log_level.or(file.log_level).unwrap_or(LogLevel::Info),
            builtin_issuer: file.builtin_issuer.unwrap_or(true),
            issuers: file.issuer,
            clock_skew_seconds: file.clock_skew.map_or(DEFAULT_SKEW_SECONDS, super::Span::seconds),
            origins: origins(file.cors.origins)?,
            notice: file
                .limits
                .notice
                .map_or(if is_alone { Duration::ZERO } else { DEFAULT_NOTICE }, seconds),
            drain: file.limits.drain.map_or(DEFAULT_DRAIN, seconds),
        };
        settings.check(flags.insecure_http.or(file.insecure_http).unwrap_or(false))?;
        Ok(settings)
    }

    fn check(&self, insecure_http: bool) -> Result<(), Failure> {
        if !self.builtin_issuer && self.issuers.is_empty() {
            return Err(Failure::usage(
                "the built-in issuer is off and no `[[issuer]]` is configured: nobody could call",
            )
            .hint("add an `[[issuer]]`, or leave `builtin_issuer` on"));
        }
        let mut addresses = [Some(self.listen), self.admin_listen].into_iter().flatten();
        faults::refuse_exposed(addresses.clone())?;
        let exposed = addresses.find(|it| !it.ip().is_loopback());
        if let Some(address) = exposed.filter(|_| self.tls.is_none() && !insecure_http) {
            return Err(Failure::usage(format!("`{address}` is open to other machines and there is no TLS"))
                .hint("give --tls-cert and --tls-key")
                .hint("or say --insecure-http, where a proxy in front terminates TLS"));
        }
        Ok(())
    }
}

/// All where nothing is said, as with Graph.
fn origins(named: Option<Vec<CorsOrigin>>) -> Result<Origins, Failure> {
    let Some(named) = named else { return Ok(Origins::Any) };
    match &*named {
        [CorsOrigin::Any] => Ok(Origins::Any),
        _ if named.contains(&CorsOrigin::Any) => {
            Err(Failure::usage("cors.origins: `*` stands for every origin, and others are named beside it")
                .hint("leave one or the other"))
        }
        _ => {
            let one = |origin| if let CorsOrigin::One(value) = origin { Some(value) } else { None };
            Ok(Origins::These(named.into_iter().filter_map(one).collect()))
        }
    }
}

fn tls(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<TlsFiles>, Failure> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => {
            Err(Failure::usage("there is a certificate (tls_cert) without its key").hint("give --tls-key"))
        }
        (None, Some(_)) => {
            Err(Failure::usage("there is a key (tls_key) without its certificate").hint("give --tls-cert"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn merged(flags: &ServeFlags, file: &str) -> Result<Settings, Failure> {
        Settings::merge(flags, LogFlags::default(), FileConfig::parse(file, Path::new("f")).unwrap())
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let flags = ServeFlags { listen: Some("127.0.0.1:1".parse().unwrap()), ..ServeFlags::default() };
        let file = "listen = '127.0.0.1:2'\nadmin_listen = '127.0.0.1:3'\n[limits]\ndrain = '5s'";
        let settings = merged(&flags, file).unwrap();
        assert_eq!(settings.listen.port(), 1);
        assert_eq!(settings.admin_listen.unwrap().port(), 3);
        assert_eq!(settings.drain, Duration::from_secs(5));
        assert!(
            matches!(&settings.store.options, StoreOptions::Sqlite(it) if it.path == Path::new("interdict-data/interdict.db"))
        );
        assert_eq!(settings.notice, Duration::ZERO);
        assert_eq!(merged(&ServeFlags::default(), "").unwrap().listen, DEFAULT_LISTEN);
    }

    fn with_database(url: &str) -> ServeFlags {
        let store = StorePlace { database: Some(url.to_owned()), ..StorePlace::default() };
        ServeFlags { store, ..ServeFlags::default() }
    }

    #[test]
    fn a_postgresql_store_takes_its_own_settings_and_a_password_from_anywhere_but_the_command_line() {
        let flags = with_database("postgres://u@h/d");
        let settings = merged(&flags, "pooler = true\n[limits]\nlanes = 4\nreaders = 3").unwrap();
        let StoreOptions::Postgres(options) = &settings.store.options else { unreachable!() };
        assert_eq!((options.pooler, options.lanes, options.readers), (true, 4, 3));
        assert_eq!(settings.notice, DEFAULT_NOTICE);

        let refused = merged(&with_database("postgres://u:secret@h/d"), "").unwrap_err().to_string();
        assert!(refused.contains("--database-password-file") && !refused.contains("secret"), "{refused}");
        let in_file = merged(&ServeFlags::default(), "database = 'postgres://u:secret@h/d'").unwrap();
        assert!(matches!(&in_file.store.options, StoreOptions::Postgres(it) if it.address.has_password()));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for file in [
            "builtin_issuer = false",
            "tls_cert = 'c'",
            "tls_key = 'k'",
            "listen = '0.0.0.0:80'",
            "admin_listen = '[::]:80'",
        ] {
            merged(&ServeFlags::default(), file).unwrap_err();
        }
        merged(&ServeFlags::default(), "listen = '0.0.0.0:80'\ninsecure_http = true").unwrap();
        merged(&ServeFlags::default(), "listen = '0.0.0.0:80'\ntls_cert = 'c'\ntls_key = 'k'").unwrap();
    }
}

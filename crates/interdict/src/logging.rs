//! Logs: to stderr, as text or JSON lines, at a level that SIGHUP can change.

use serde::Deserialize;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use crate::terminal;

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The least severity that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    /// Nothing.
    Off,
    /// What needs somebody now.
    Error,
    /// What may need somebody.
    Warn,
    /// What happened.
    Info,
    /// What it happened with.
    Debug,
    /// Everything, libraries included.
    Trace,
}

impl LogLevel {
    /// Ours at this level; libraries no chattier than `warn`, unless everything is asked for.
    fn filter(self) -> Targets {
        let level = match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        };
        let libraries = if self == Self::Trace { level } else { level.min(LevelFilter::WARN) };
        Targets::new().with_target("interdict", level).with_default(libraries)
    }
}

/// Changes the level of running logs.
#[derive(Clone, Debug)]
pub(crate) struct LogControl(reload::Handle<Targets, Registry>);

impl LogControl {
    /// Logs from `level` on from now on.
    pub(crate) fn set(&self, level: LogLevel) {
        // Fails only where the subscriber is gone, that is at the end of the process.
        let _ = self.0.reload(level.filter());
    }
}

/// Starts logging. A second call (tests within one process) leaves the first one's form.
pub(crate) fn start(format: LogFormat, level: LogLevel) -> LogControl {
    let (filter, handle) = reload::Layer::new(level.filter());
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(terminal::coloured(&std::io::stderr())).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    LogControl(handle)
}

//! Running one program: without a shell, with hardly any environment, in a process group of its own, for a limited time.

use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

/// Between asking a program to end and ending it.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// For what a program that has ended left in its pipes, where another one holds them open.
const LEFTOVERS: Duration = Duration::from_secs(1);
/// What is kept of each of its two outputs, in bytes: the last of it.
pub(super) const OUTPUT_LIMIT: usize = 64 * 1024;
/// Where the agent has no `PATH` itself.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Why a program was told to end before it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Somebody cancelled the action.
    Cancelled,
    /// Another member of the provider has the action now.
    LeaseLost,
    /// The agent ends.
    Shutdown,
    /// It took too long.
    TimeLimit,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// It never began.
    NotStarted(String),
}

/// A program that has ended.
#[derive(Clone, Debug)]
pub(super) struct Finished {
    pub(super) end: End,
    /// Why it was told to end, where it was.
    pub(super) stopped: Option<Stopped>,
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
}

/// The last bytes of an output.
#[derive(Clone, Debug, Default)]
pub(super) struct Captured {
    bytes: VecDeque<u8>,
    /// Whether earlier ones were left out.
    pub(super) is_cut: bool,
}

impl Captured {
    /// An output that was this text.
    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        let mut captured = Self::default();
        captured.push(text.as_bytes());
        captured
    }

    fn push(&mut self, chunk: &[u8]) {
        self.bytes.extend(chunk);
        let excess = self.bytes.len().saturating_sub(OUTPUT_LIMIT);
        self.is_cut |= excess > 0;
        self.bytes.drain(..excess);
    }

    /// As text: what is no UTF-8, and control characters that a log or a database would choke on, are replaced.
    pub(super) fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace(odd, "\u{fffd}")
    }
}

/// Runs `command` with `input` on its stdin until it ends, its time is up, or `stop` says why it must end.
pub(super) async fn run(
    command: &[String],
    input: Vec<u8>,
    time_limit: Duration,
    stop: impl Future<Output = Stopped>,
) -> Finished {
    let mut child = match spawn(command) {
        Ok(child) => child,
        Err(error) => {
            return Finished {
                end: End::NotStarted(error.to_string()),
                stopped: None,
                stdout: Captured::default(),
                stderr: Captured::default(),
            };
        }
    };
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    if let Some(mut stdin) = child.stdin.take() {
        // A program need not read all that it is told.
        tokio::spawn(async move { stdin.write_all(&input).await });
    }
    let (stdout, stderr) = (capture(child.stdout.take()), capture(child.stderr.take()));
    let told = async {
        tokio::select! {
            why = stop => why,
            () = tokio::time::sleep(time_limit) => Stopped::TimeLimit,
        }
    };
    let (status, stopped) = tokio::select! {
        status = child.wait() => (status, None),
        why = told => (end(&mut child, group).await, Some(why)),
    };
    // Whatever it started and left behind. Its own id is free now, but ids are not given anew that soon.
    signal(group, Signal::KILL);
    let (stdout, stderr) = tokio::join!(stdout, stderr);
    let end = match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited(code),
            (None, signal) => End::Signalled(signal.unwrap_or_default()),
        },
        Err(error) => End::NotStarted(error.to_string()),
    };
    Finished { end, stopped, stdout, stderr }
}

fn spawn(command: &[String]) -> std::io::Result<Child> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| std::io::Error::other("there is no program to run"))?;
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into()))
        .envs(std::env::var_os("LANG").map(|lang| ("LANG", lang)))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// Asks the program to end, and ends it where it does not.
async fn end(child: &mut Child, group: Option<Pid>) -> std::io::Result<std::process::ExitStatus> {
    signal(group, Signal::TERM);
    match tokio::time::timeout(PATIENCE, child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            signal(group, Signal::KILL);
            child.wait().await
        }
    }
}

fn signal(group: Option<Pid>, signal: Signal) {
    // Fails where nothing of the group is left.
    let _ = group.map(|group| kill_process_group(group, signal));
}

/// Reads an output to its end from now on; what is there a while after the program's end, where that does not come.
fn capture(pipe: Option<impl AsyncRead + Unpin + Send + 'static>) -> impl Future<Output = Captured> {
    let captured = Arc::new(Mutex::new(Captured::default()));
    let heard = Arc::clone(&captured);
    let reading = tokio::spawn(async move {
        let Some(mut pipe) = pipe else { return };
        let mut chunk = vec![0; 8192];
        while let Ok(length @ 1..) = pipe.read(&mut chunk).await {
            heard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(chunk.get(..length).unwrap_or_default());
        }
    });
    let stop = reading.abort_handle();
    async move {
        let _ = tokio::time::timeout(LEFTOVERS, reading).await;
        stop.abort();
        std::mem::take(&mut *captured.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests;

//! The operators' socket of a running server: one JSON line in, one JSON line out. Whoever may open the socket
//! (mode 0600, in a directory of mode 0700) is the operator.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use super::app::operate::{AppReply, AppRequest, operate};
use super::audit::prune::{JournalReply, JournalRequest, change};
use super::keys::{Keyring, KeysReply, KeysRequest};
use crate::failure::Failure;

/// Bytes that one line may have.
const LINE: u64 = 64 * 1024;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Request {
    Keys(KeysRequest),
    Journal(JournalRequest),
    App(AppRequest),
}

/// The answer, each of the form that its question has.
#[derive(Serialize)]
#[serde(untagged)]
enum Reply {
    Keys(KeysReply),
    Journal(JournalReply),
    App(AppReply),
}

/// What goes back: the reply, or why there is none.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum Line<R> {
    Ok(R),
    Error(String),
}

/// The socket; removed when the server ends.
#[derive(Debug)]
pub(crate) struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl AdminSocket {
    /// Binds the socket; `None` where another server of this data directory has it, as two over one database may. One
    /// that nobody answers is left from a dead server.
    pub(crate) async fn bind(path: &Path) -> Result<Option<Self>, Failure> {
        let failed = |error: std::io::Error| {
            let failure = Failure::failed(format!("cannot make the socket `{}`: {error}", path.display()));
            // The kernel's limit is 108 bytes.
            if path.as_os_str().len() > 107 {
                failure.hint("its path is too long; use a shorter --data-dir")
            } else {
                failure
            }
        };
        if UnixStream::connect(path).await.is_ok() {
            tracing::info!(socket = %path.display(), "another server of this data directory answers operators");
            return Ok(None);
        }
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        // The umask has taken away everybody else's rights already; this takes the owner's execute bit.
        let listener = UnixListener::bind(path).map_err(failed)?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, mode).map_err(failed)?;
        Ok(Some(Self { listener, path: path.to_owned() }))
    }

    /// Answers, one operator at a time.
    pub(crate) async fn serve(&self, ring: Keyring<'_>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    if let Ok(Err(error)) = timeout(PATIENCE, answer(stream, ring)).await {
                        tracing::debug!(%error, "an operator's connection ended early");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the operators' socket cannot accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn answer(mut stream: UnixStream, ring: Keyring<'_>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut text = String::new();
    BufReader::new(reader.take(LINE)).read_line(&mut text).await?;
    let reply = match serde_json::from_str(&text) {
        Ok(Request::Keys(request)) => ring.operate(request).await.map(Reply::Keys),
        Ok(Request::Journal(request)) => change(ring.service, request).await.map(Reply::Journal),
        Ok(Request::App(request)) => operate(ring.service, request).await.map(Reply::App),
        Err(error) => Err(Failure::failed(format!("the request is not understood: {error}"))),
    };
    let line = match reply {
        Ok(reply) => Line::Ok(reply),
        Err(failure) => Line::Error(failure.message().to_owned()),
    };
    let mut out = serde_json::to_vec(&line)?;
    out.push(b'\n');
    writer.write_all(&out).await?;
    writer.shutdown().await
}

/// Asks the running server; `None` where none listens.
pub(crate) async fn ask<R: DeserializeOwned>(path: &Path, request: &Request) -> Result<Option<R>, Failure> {
    let stream = match UnixStream::connect(path).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => {
            return Err(Failure::failed(format!(
                "cannot reach the server through `{}`: {error}",
                path.display()
            )));
        }
    };
    let lost = |cause: &dyn std::fmt::Display| {
        Failure::failed(format!("the server's answer was lost: {cause}"))
            .hint("the `list` command shows whether it happened")
    };
    let text = match timeout(PATIENCE, exchange(stream, request)).await {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => return Err(lost(&error)),
        Err(_) => return Err(lost(&"it took too long")),
    };
    match serde_json::from_str(&text) {
        Ok(Line::Ok(reply)) => Ok(Some(reply)),
        Ok(Line::Error(message)) => Err(Failure::failed(message)),
        Err(error) => Err(lost(&error)),
    }
}

async fn exchange(mut stream: UnixStream, request: &Request) -> std::io::Result<String> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut text = String::new();
    // Answers grow with the number of apps; the server is trusted.
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

//! One client on one connection, which waits for each answer before it asks again: for pages whose addresses are only known
//! from the page before, and for batches.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::figures::Figures;
use crate::server::Child;

/// A connection that stays open.
#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Client {
    /// Connects to a server with a token.
    pub(crate) fn connect(server: &Child, token: &str) -> Result<Self> {
        let host = server.url.trim_start_matches("http://");
        let stream = TcpStream::connect(host).with_context(|| format!("cannot connect to `{host}`"))?;
        stream.set_nodelay(true)?;
        let head = format!("Host: {host}\r\nAuthorization: Bearer {}\r\n", token.trim());
        Ok(Self { stream: BufReader::new(stream), head })
    }

    /// The body of the answer to a GET of that path.
    pub(crate) fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        self.send("GET", path, "")
    }

    /// The body of the answer to a POST of that JSON.
    pub(crate) fn post(&mut self, path: &str, body: &str) -> Result<Vec<u8>> {
        self.send("POST", path, body)
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
        let head = &self.head;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.trim().to_owned();
        let mut length = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        let mut body = vec![0; length.with_context(|| format!("`{status}` to {path} has no length"))?];
        self.stream.read_exact(&mut body)?;
        if status.split(' ').nth(1) != Some("200") {
            bail!("{method} {path}: `{status}` {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }
}

/// Repeats a request for so long. Rates are of what one request has, `each` of it.
pub(crate) fn repeat(
    server: &Child,
    (seconds, each): (u32, u32),
    mut request: impl FnMut() -> Result<()>,
) -> Result<Figures> {
    let (begun, before) = (Instant::now(), server.cpu_seconds()?);
    let mut times = Vec::new();
    while begun.elapsed() < Duration::from_secs(seconds.into()) {
        let asked = Instant::now();
        request()?;
        times.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    let taken = begun.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(times.len())?) * f64::from(each);
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    Ok(Figures {
        rate: count / taken,
        p50: at(50),
        p99: at(99),
        max: times.last().copied().unwrap_or_default(),
        cpu_micros: (server.cpu_seconds()? - before) * 1e6 / count,
        memory: server.memory()?,
    })
}

//! Patroni's own HTTP, as far as it is used here: the status of an answer says it all.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A Patroni that is frozen takes connections and does not answer.
const LOOK: Duration = Duration::from_secs(2);
/// A switchover is answered when it is done.
const DEED: Duration = Duration::from_secs(60);

/// Sends a request to the Patroni at a port of loopback; the status of its answer.
pub(super) fn status(port: u16, method: &str, path: &str, body: &str) -> io::Result<u16> {
    let patience = if method == "GET" { LOOK } else { DEED };
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), LOOK)?;
    stream.set_read_timeout(Some(patience))?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::other(format!("Patroni answered `{}`", line.trim())))
}

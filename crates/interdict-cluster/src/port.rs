//! Ports that nothing listens on.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io;
use std::net::TcpListener;

/// Below them are those of well-known services.
const LOWEST: u16 = 10_000;
/// What Linux gives to outgoing connections where it is not told otherwise begins here.
const OUTGOING: u16 = 32_768;
const ATTEMPTS: usize = 100;

/// A free port of loopback that stays free while the server on it is restarted: it is below those that outgoing
/// connections get, of which one could take it meanwhile.
///
/// # Errors
/// Where there is none.
pub fn spare_port() -> io::Result<u16> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let outgoing = range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(OUTGOING);
    let width = u64::from(outgoing.saturating_sub(LOWEST));
    for _ in 0..ATTEMPTS {
        // Tests look for ports at the same time, so each begins elsewhere. Zero lets the system choose.
        let draw = RandomState::new().hash_one(0).checked_rem(width);
        let port = draw.and_then(|it| u16::try_from(it).ok()).map_or(0, |it| LOWEST + it);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return Ok(listener.local_addr()?.port());
        }
    }
    Err(io::Error::other("no port of loopback is free"))
}

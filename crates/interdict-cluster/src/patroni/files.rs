//! The files of a cluster: the example's settings filled in, and the ports for those who come later.

use std::io;
use std::path::{Path, PathBuf};

use super::MEMBERS;
use crate::port::spare_port;
use crate::programs::Programs;

const PATRONI: &str = include_str!("../../../../deploy/patroni/patroni.yml");
const ETCD: &str = include_str!("../../../../deploy/patroni/etcd.yml");

/// Of every role: the cluster is reached from this machine alone, and keeps nothing.
pub(super) const PASSWORD: &str = "for-tests-alone";
/// What is remembered of a cluster: its ports, and whether commits wait for a standby.
const MEMORY: &str = "cluster";

/// Where the parts listen.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) postgres: Vec<u16>,
    pub(super) rest: Vec<u16>,
}

pub(super) fn member_name(member: usize) -> String {
    format!("node{}", member + 1)
}

pub(super) fn data_of(home: &Path, member: usize) -> PathBuf {
    home.join(member_name(member)).join("data")
}

pub(super) fn is_cluster(home: &Path) -> bool {
    home.join(MEMORY).exists()
}

/// Writes the settings of every part, on ports that nobody listens on.
pub(super) fn write(home: &Path, programs: &Programs, synchronous: bool) -> io::Result<Ports> {
    let spare = |count: usize| (0..count).map(|_| spare_port()).collect::<io::Result<Vec<_>>>();
    let (postgres, rest, etcd) = (spare(MEMBERS)?, spare(MEMBERS)?, spare(2)?);
    let folder = |path: &Path| {
        std::fs::create_dir(path)?;
        programs.own(path)
    };
    let port = |ports: &[u16], index: usize| ports.get(index).copied().unwrap_or_default().to_string();
    let client = port(&etcd, 0);
    let data = home.join("etcd");
    folder(&data)?;
    let etcd = [
        ("NAME", "etcd1".to_owned()),
        ("HOST", "127.0.0.1".to_owned()),
        ("DATA_DIR", data.display().to_string()),
        ("CLIENT_PORT", client.clone()),
        ("PEER_PORT", port(&etcd, 1)),
    ];
    std::fs::write(home.join("etcd.yml"), filled(ETCD, &etcd)?)?;
    for member in 0..MEMBERS {
        let name = member_name(member);
        folder(&home.join(&name))?;
        let values = [
            ("NAME", name.clone()),
            ("HOST", "127.0.0.1".to_owned()),
            ("REST_PORT", port(&rest, member)),
            ("POSTGRES_PORT", port(&postgres, member)),
            ("ETCD_HOSTS", format!("127.0.0.1:{client}")),
            ("DATA_DIR", data_of(home, member).display().to_string()),
            ("PGPASS", home.join(&name).join("pgpass").display().to_string()),
            ("PASSWORD", PASSWORD.to_owned()),
            ("NETWORK", "127.0.0.1/32".to_owned()),
            ("SYNCHRONOUS", synchronous.to_string()),
            // The control run is to lose what it can: no standby is too far behind.
            ("MAXIMUM_LAG", if synchronous { "1048576" } else { "1073741824" }.to_owned()),
            ("MAX_WAL_SIZE", "256MB".to_owned()),
            ("SHARED_BUFFERS", "32MB".to_owned()),
            ("WATCHDOG", "\"off\"".to_owned()),
        ];
        std::fs::write(home.join(format!("{name}.yml")), filled(PATRONI, &values)?)?;
    }
    let list = |ports: &[u16]| ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
    let memory = format!("{}\n{}\n{synchronous}\n", list(&postgres), list(&rest));
    std::fs::write(home.join(MEMORY), memory)?;
    Ok(Ports { postgres, rest })
}

/// What [`write`] has written.
pub(super) fn read(home: &Path) -> io::Result<(Ports, bool)> {
    let memory = std::fs::read_to_string(home.join(MEMORY))?;
    let mut lines = memory.lines();
    let mut ports = || {
        let line = lines.next().unwrap_or_default().split(' ');
        line.map(|port| port.parse().map_err(io::Error::other)).collect::<io::Result<Vec<u16>>>()
    };
    let (postgres, rest) = (ports()?, ports()?);
    Ok((Ports { postgres, rest }, lines.next() == Some("true")))
}

/// The text with each `{{NAME}}` replaced.
fn filled(text: &str, values: &[(&str, String)]) -> io::Result<String> {
    let named =
        |text: String, (name, value): &(&str, String)| text.replace(&format!("{{{{{name}}}}}"), value);
    let text = values.iter().fold(text.replace("{{…}}", "what is named so"), named);
    match text.split_once("{{") {
        Some((_, rest)) => {
            let name = rest.split("}}").next().unwrap_or_default();
            Err(io::Error::other(format!("the example asks for `{name}`, which nobody gives")))
        }
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_place_of_a_text_is_filled_or_named() {
        let values = [("A", "1".to_owned())];
        assert_eq!(filled("a: {{A}}{{A}}", &values).unwrap(), "a: 11");
        assert!(filled("a: {{A}}\nb: {{B}}", &values).unwrap_err().to_string().contains("`B`"));
    }
}

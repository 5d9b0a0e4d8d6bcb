//! The addresses of this machine and of its gateways: an action that blocked one of them would cut the server off.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use interdict_model::guard::{self, ProtectedTarget};

const OWN: &str = "an address of the machine that runs Interdict";
const GATEWAY: &str = "the gateway of the machine that runs Interdict";

/// What is protected because this machine needs it. Where the system does not tell, nothing is.
pub(super) fn own() -> Vec<ProtectedTarget> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the addresses of this machine are not known, and not protected");
        Vec::new()
    });
    let own = interfaces.iter().filter(|it| !it.is_loopback()).map(|it| guard::own(it.ip(), OWN));
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let (v4, v6) = (read("/proc/net/route"), read("/proc/net/ipv6_route"));
    let gateways = gateways_v4(&v4).chain(gateways_v6(&v6)).map(|address| guard::own(address, GATEWAY));
    let mut all: Vec<_> = own.chain(gateways).collect();
    all.sort_by(|a, b| a.value.cmp(&b.value));
    all.dedup_by(|a, b| a.value == b.value);
    all
}

/// Linux's table of IPv4 routes: destination and gateway in hexadecimal, in the order of the machine's bytes.
fn gateways_v4(table: &str) -> impl Iterator<Item = IpAddr> {
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter_map(|row| {
        let (destination, gateway) = (*row.get(1)?, *row.get(2)?);
        let address = u32::from_str_radix(gateway, 16).ok()?;
        let is_default = destination == "00000000" && address != 0;
        is_default.then(|| IpAddr::V4(Ipv4Addr::from(address.to_ne_bytes())))
    })
}

/// Linux's table of IPv6 routes: destination, its length, source, its length, next hop.
fn gateways_v6(table: &str) -> impl Iterator<Item = IpAddr> {
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter_map(|row| {
        let (length, hop) = (*row.get(1)?, *row.get(4)?);
        let address = u128::from_str_radix(hop, 16).ok()?;
        (length == "00" && address != 0).then(|| IpAddr::V6(Ipv6Addr::from(address)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_gateways_are_read_from_the_tables_of_routes() {
        let v4 = "Iface\tDestination\tGateway \tFlags\neth0\t00000000\t010011AC\t0003\neth0\t000011AC\t00000000\t0001\n";
        let expected: IpAddr = if cfg!(target_endian = "little") {
            Ipv4Addr::new(172, 17, 0, 1).into()
        } else {
            Ipv4Addr::new(1, 0, 17, 172).into()
        };
        assert_eq!(gateways_v4(v4).collect::<Vec<_>>(), [expected]);
        let zero = "0".repeat(32);
        let v6 = format!(
            "{zero} 00 {zero} 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n"
        );
        let expected = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1);
        assert_eq!(gateways_v6(&v6).collect::<Vec<_>>(), [IpAddr::V6(expected)]);
    }
}

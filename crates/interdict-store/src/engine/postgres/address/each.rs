//! The hosts of an address, each by itself: which of them answered matters, and the driver does not tell.

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::{Address, PORT};

impl Address {
    /// How to connect to each host by itself, in order.
    pub(in super::super) fn hosts(&self) -> Vec<Config> {
        let (ports, addresses) = (self.config.get_ports(), self.config.get_hostaddrs());
        let each = self.config.get_hosts().iter().enumerate();
        each.map(|(index, host)| {
            let mut config = self.without_host();
            match host {
                Host::Tcp(name) => config.host(name),
                Host::Unix(path) => config.host_path(path),
            };
            config.port(ports.get(index).or(ports.first()).copied().unwrap_or(PORT));
            if let Some(address) = addresses.get(index) {
                config.hostaddr(*address);
            }
            config
        })
        .collect()
    }

    fn without_host(&self) -> Config {
        let (known, mut config) = (&self.config, Config::new());
        if let Some(user) = known.get_user() {
            config.user(user);
        }
        if let Some(password) = known.get_password() {
            config.password(password);
        }
        if let Some(name) = known.get_dbname() {
            config.dbname(name);
        }
        if let Some(options) = known.get_options() {
            config.options(options);
        }
        if let Some(name) = known.get_application_name() {
            config.application_name(name);
        }
        if let Some(limit) = known.get_connect_timeout() {
            config.connect_timeout(*limit);
        }
        if let Some(limit) = known.get_tcp_user_timeout() {
            config.tcp_user_timeout(*limit);
        }
        if let Some(interval) = known.get_keepalives_interval() {
            config.keepalives_interval(interval);
        }
        if let Some(retries) = known.get_keepalives_retries() {
            config.keepalives_retries(retries);
        }
        config.keepalives(known.get_keepalives()).keepalives_idle(known.get_keepalives_idle());
        config.ssl_mode(known.get_ssl_mode()).ssl_negotiation(known.get_ssl_negotiation());
        config.target_session_attrs(known.get_target_session_attrs());
        config.channel_binding(known.get_channel_binding());
        config
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use tokio_postgres::config::TargetSessionAttrs;

    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn each_host_by_itself_is_reached_as_the_address_says() {
        let text = "postgres://us:word@a:1,b:2/c?connect_timeout=7&keepalives_retries=4&options=-cx%3Dy&sslmode=require";
        let hosts = address(text).hosts();
        let one = |host: &str| {
            let mut one = *address(&text.replace("a:1,b:2", host)).config;
            // Which of several is meant is asked of each.
            one.target_session_attrs(TargetSessionAttrs::ReadWrite);
            one
        };
        assert_eq!(hosts, [one("a:1"), one("b:2")]);
    }
}

//! Hosts with wires between them: network namespaces that live as long as the test.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A network namespace.
#[derive(Debug)]
pub(crate) struct Host {
    namespace: String,
    pub(crate) ipv4: String,
    pub(crate) ipv6: String,
}

/// Two hosts that reach each other.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) here: Host,
    pub(crate) there: Host,
}

impl Wire {
    /// Makes the hosts.
    pub(crate) fn new() -> Self {
        let [here, there] = Host::make();
        here.wire(&there, "wire");
        let wire = Self { here, there };
        for host in [&wire.here, &wire.there] {
            host.come_up();
        }
        wire
    }
}

/// Hosts that all reach each other, by a switch that the first one is.
#[derive(Debug)]
pub(crate) struct Lan<const COUNT: usize>(pub(crate) [Host; COUNT]);

impl<const COUNT: usize> Lan<COUNT> {
    /// Makes the hosts.
    pub(crate) fn new() -> Self {
        let hosts = Host::make();
        let (switch, others) = hosts.split_first().expect("a host");
        ip(&["-n", &switch.namespace, "link", "add", "wire", "type", "bridge"]);
        for (number, host) in others.iter().enumerate() {
            let port = format!("port{number}");
            host.wire(switch, &port);
            ip(&["-n", &switch.namespace, "link", "set", &port, "master", "wire", "up"]);
        }
        hosts.iter().for_each(Host::come_up);
        Self(hosts)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The wire goes with its ends. A namespace that was never made cannot be removed, and need not be.
        let _ = Command::new("ip").args(["netns", "delete", &self.namespace]).output();
    }
}

impl Host {
    /// Hosts without a wire. Their addresses are for documentation: nothing else has them.
    fn make<const COUNT: usize>() -> [Self; COUNT] {
        static LANS: AtomicU32 = AtomicU32::new(0);
        let own = format!("{}-{}", std::process::id(), LANS.fetch_add(1, Ordering::Relaxed));
        std::array::from_fn(|number| {
            let namespace = format!("interdict-{own}-{number}");
            ip(&["netns", "add", &namespace]);
            let number = number + 1;
            Self { namespace, ipv4: format!("192.0.2.{number}"), ipv6: format!("2001:db8::{number}") }
        })
    }

    /// Lays a wire to the other host, which calls its end `end`.
    fn wire(&self, other: &Self, end: &str) {
        let words = ["link", "add", "wire", "type", "veth", "peer", "name", end, "netns", &other.namespace];
        ip(&[&["-n", &self.namespace][..], &words].concat());
    }

    fn come_up(&self) {
        let (ipv4, ipv6) = (format!("{}/24", self.ipv4), format!("{}/64", self.ipv6));
        ip(&["-n", &self.namespace, "link", "set", "lo", "up"]);
        ip(&["-n", &self.namespace, "address", "add", &ipv4, "dev", "wire"]);
        ip(&["-n", &self.namespace, "address", "add", &ipv6, "dev", "wire", "nodad"]);
        ip(&["-n", &self.namespace, "link", "set", "wire", "up"]);
    }

    /// Has this thread, and all that it starts from now on, be on this host.
    pub(crate) fn enter(&self) {
        let namespace = File::open(Path::new("/run/netns").join(&self.namespace)).expect("`ip` made it");
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
            .expect("root may enter it");
    }

    /// A command on this host.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace]).args(words).stdin(Stdio::null());
        command
    }

    /// What the command says; it must succeed.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        succeeded(&mut self.command(words))
    }

    /// Whether the address answers.
    pub(crate) fn reaches(&self, address: &str) -> bool {
        // The first packet may wait for the neighbour's address.
        let ping = ["ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "1", address];
        let output = self.command(&ping).output().expect("`ip` can be started");
        String::from_utf8_lossy(&output.stdout).contains(" 2 received")
    }

    /// Whether a datagram from `sender` arrives at this host's port.
    pub(crate) fn hears(&self, sender: &Self, port: u16) -> bool {
        let listen = format!(
            "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\ns.bind(('{}', {port}))\ns.settimeout(1)\n\
             print('ready', flush=True)\ntry:\n    print(s.recv(9).decode())\nexcept TimeoutError:\n    print('nothing')",
            self.ipv4
        );
        let listener = self.command(&["python3", "-c", &listen]).stdout(Stdio::piped()).spawn();
        let mut listener = Listener(listener.expect("`ip` can be started"));
        let mut lines = BufReader::new(listener.0.stdout.take().expect("stdout is piped")).lines();
        let mut line = || lines.next().expect("a line").expect("text");
        assert_eq!(line(), "ready");
        let send = format!(
            "import socket\ntry:\n    socket.socket(type=socket.SOCK_DGRAM).sendto(b'heard', ('{}', {port}))\nexcept PermissionError:\n    pass",
            self.ipv4
        );
        sender.run(&["python3", "-c", &send]);
        line() == "heard"
    }

    /// Runs the firewall's program with a request on its stdin.
    pub(crate) fn firewall(&self, arguments: &[&str], request: &str) -> Output {
        let program = program();
        let words = [&[program.to_str().expect("a path in UTF-8")], arguments].concat();
        feed(&mut self.command(&words), request)
    }
}

struct Listener(Child);

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The firewall's program.
pub(crate) fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../providers/nftables/nftables");
    path.canonicalize().expect("the program is there")
}

/// Runs a command with that on its stdin.
pub(crate) fn feed(command: &mut Command, input: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the command can be started");
    child.stdin.take().expect("stdin is piped").write_all(input.as_bytes()).expect("it reads its input");
    child.wait_with_output().expect("a child can be waited for")
}

fn ip(words: &[&str]) {
    succeeded(Command::new("ip").args(words));
}

fn succeeded(command: &mut Command) -> String {
    let output = command.output().expect("the command can be started; `cargo xtask setup` installs it");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said} (namespaces and firewalls are root's)");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

//! The nodes of Interdict over a cluster.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use interdict_testkit::process::{Program, RunningServer};

use crate::api::{Api, Outages};

/// Two nodes of one store, each with a directory of its own and the same key.
pub(super) struct Nodes {
    /// Where their logs are kept.
    home: PathBuf,
    nodes: Vec<(RunningServer, Outages)>,
    crashes: usize,
}

impl Nodes {
    pub(super) fn start(program: &Program, home: &Path) -> Result<Self> {
        let [first, second] = ["node-0", "node-1"].map(|name| home.join(name));
        let a = program.serve(&first);
        DirBuilder::new().mode(0o700).create(&second)?;
        std::fs::copy(first.join("issuer-key.json"), second.join("issuer-key.json"))?;
        std::fs::set_permissions(second.join("issuer-key.json"), Permissions::from_mode(0o600))?;
        let nodes = [a, program.serve(&second)].map(|node| (node, Outages::default())).into();
        Ok(Self { home: home.to_owned(), nodes, crashes: 0 })
    }

    pub(super) fn last(&self) -> Result<&RunningServer> {
        self.nodes.last().map(|(node, _)| node).context("no node")
    }

    /// Each node, as a program of the tenant sees it that may do that.
    pub(super) fn apis(&self, tenant: usize, roles: &[&str]) -> Result<Vec<Api>> {
        let tenant = format!("0f000000-0000-4000-8000-{tenant:012}");
        let roles = roles.iter().flat_map(|role| ["--role", *role]);
        let minted =
            self.last()?.run(&["token", "--tenant", &tenant].into_iter().chain(roles).collect::<Vec<_>>());
        anyhow::ensure!(minted.status.success(), "no token: {}", minted.stderr);
        let token = minted.stdout.trim();
        self.nodes
            .iter()
            .map(|(node, outages)| Api::new(node.url(), token.to_owned(), outages.clone()))
            .collect()
    }

    /// The first of them.
    pub(super) fn api(&self, tenant: usize, roles: &[&str]) -> Result<Api> {
        self.apis(tenant, roles)?.into_iter().next().context("no node")
    }

    /// Kills a node and starts it again: the first one, then the next.
    pub(super) fn crash_next(&mut self) -> Result<()> {
        let number = self.crashes % self.nodes.len();
        let (node, outages) = self.nodes.remove(number);
        self.keep_log(number, &node)?;
        self.crashes += 1;
        outages.turn();
        let node = node.crash();
        outages.turn();
        self.nodes.insert(number, (node, outages));
        Ok(())
    }

    /// Writes what the nodes said into the directory.
    pub(super) fn keep_logs(&self) -> Result<()> {
        self.nodes.iter().enumerate().try_for_each(|(number, (node, _))| self.keep_log(number, node))
    }

    fn keep_log(&self, number: usize, node: &RunningServer) -> Result<()> {
        let name = format!("node-{number}-after-{}-crashes.log", self.crashes);
        Ok(std::fs::write(self.home.join(name), node.process().stderr())?)
    }
}

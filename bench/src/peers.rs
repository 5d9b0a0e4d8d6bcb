//! SAP CAP on the same entity, rows and engine: the OData server that people would otherwise use.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use anyhow::Result;

use crate::Arguments;
use crate::figures::Measured;
use crate::load::Load;
use crate::report::Aim;
use crate::server::Child;
use crate::stage::Stage;
use crate::tenants;

/// What is compared: the script for us, the one for CAP, the name, and how many times CAP's rate is aimed at.
const COMPARED: [(&str, &str, &str, f64); 3] = [
    ("get", "get", "GET", 60.0),
    ("patch", "patch", "PATCH", 20.0),
    ("list", "cap-list", "list of 50", 50.0),
];

/// The peer.
#[derive(Debug)]
pub(crate) struct Cap;

impl Cap {
    /// Starts it on `engine`, measures it in turns with us, and ends it.
    pub(crate) async fn beside(
        stage: &Stage,
        node: &Child,
        engine: &str,
        variables: &[(&str, &str)],
        arguments: &Arguments,
        measured: &mut Measured,
    ) -> Result<Vec<Aim>> {
        println!("starting CAP on {engine} …");
        let folder = stage.folder.join("cap");
        fs::create_dir_all(&folder)?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port().to_string();
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/cap/start.sh"));
        command.args([engine, &port, &arguments.rows.to_string()]).env("CAP_DATA", &folder);
        let cap = Child::start(command.envs(variables.iter().copied()), &stage.folder.join("cap.log"))?;
        let lines = stage.folder.join("cap-actions");
        tenants::write_unowned(&folder.join("ids"), &lines)?;
        let load = Load { lines, ..stage.load() };
        // What is compiled while it runs is compiled by then.
        for (_, script, ..) in COMPARED {
            load.run(script, &cap)?;
        }
        for round in 1..=arguments.rounds {
            println!("CAP on {engine}, round {round} of {} …", arguments.rounds);
            for (ours, theirs, name, _) in COMPARED {
                measured.add(&format!("{name}, beside CAP"), stage.load().run(ours, node)?);
                stage.settle().await?;
                measured.add(&format!("CAP: {name}"), load.run(theirs, &cap)?);
            }
        }
        // It has nothing to lose.
        drop(cap);
        COMPARED
            .into_iter()
            .map(|(_, _, name, wanted)| {
                let times = measured.rates(&format!("{name}, beside CAP"), &format!("CAP: {name}"))?;
                Ok(Aim::times(&format!("{name} beside CAP"), times, wanted))
            })
            .collect()
    }
}

//! A database that fails over: the leader of a synchronous cluster dies under the load of two nodes, and then a node does.
//!
//! One round; `cargo xtask soak` makes every kind of fault, and `cargo xtask cluster demo --async` is the control in which
//! the same judge must find losses.

use std::time::Duration;

use interdict_checker::failover::{Experiment, Kind, directory};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_dies_under_load_takes_no_acknowledged_write_and_no_claim_with_it() {
    let directory = directory(&std::env::temp_dir()).unwrap();
    let experiment = Experiment {
        binary: env!("CARGO_BIN_EXE_interdict").into(),
        home: directory.path().to_owned(),
        synchronous: true,
        faults: vec![Kind::Machine, Kind::Node],
        load: Duration::from_secs(3),
        clients: 8,
    };
    let report = experiment.run(|word| eprintln!("{word}")).await.unwrap();
    eprintln!("{report}");
    if !report.is_well() {
        panic!("{report}\nthe logs are in {}", directory.keep().display());
    }
    assert!(report.verdict.acknowledged > 200, "the load was none: {report}");
    let carried = &report.carried;
    assert!(carried.completed > 10 && carried.undone > 10, "too little was carried out: {report}");
    assert!(carried.over_a_kill > 0, "no kill hit a program that had work: {report}");
    assert!(carried.rejected > 0, "no program said anything too late: {report}");
    assert_ne!(report.timeline, "1", "nobody was promoted: {report}");
}

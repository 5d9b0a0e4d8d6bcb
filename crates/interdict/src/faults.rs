//! What a build with seeded bugs says and refuses. `interdict_store::faults` has the bugs.

use std::net::SocketAddr;

use interdict_store::faults;

use crate::failure::Failure;

/// What `--version` says.
#[cfg(not(feature = "faults"))]
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What `--version` says.
#[cfg(feature = "faults")]
pub(crate) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " with seeded bugs, for tests alone");

/// Arms the bug that the environment names.
#[cfg(feature = "faults")]
pub(crate) fn arm() -> Result<(), Failure> {
    const VARIABLE: &str = "INTERDICT_FAULT";
    let Ok(name) = std::env::var(VARIABLE) else { return Ok(()) };
    match faults::Fault::ALL.into_iter().find(|fault| fault.name() == name) {
        Some(fault) if fault.arm() => Ok(()),
        Some(_) => Err(Failure::failed("a bug is armed already")),
        None => {
            let names = faults::Fault::ALL.map(faults::Fault::name).join(", ");
            Err(Failure::usage(format!("{VARIABLE}: `{name}` is none of {names}")))
        }
    }
}

/// Keeps a build with seeded bugs from other machines.
pub(crate) fn refuse_exposed(mut addresses: impl Iterator<Item = SocketAddr>) -> Result<(), Failure> {
    match addresses.find(|address| faults::BUILT_IN && !address.ip().is_loopback()) {
        Some(address) => Err(Failure::usage(format!(
            "this build has seeded bugs, so it does not listen at `{address}`, which is open to other machines"
        ))),
        None => Ok(()),
    }
}

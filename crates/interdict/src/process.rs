//! The process itself: what its files may be read by, its limits, its signals.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// Makes new files the owner's alone, keeps secrets out of core dumps, and allows as many open connections as the
/// machine does. None of these can be refused in a way that matters.
pub(crate) fn harden() {
    umask(Mode::RWXG | Mode::RWXO);
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let files = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files });
}

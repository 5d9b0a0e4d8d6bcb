//! Telling of what was committed: counts for metrics, and a line in the log where somebody must look.

use interdict_model::execution::Phase;
use interdict_model::view::Turn;

use super::CommitObserver;

/// Tells of each, once: the node that committed it does.
pub(super) fn tell(turns: &[Turn], observer: &dyn CommitObserver) {
    for turn in turns {
        observer.turned(turn);
        log(turn);
    }
}

fn log(turn: &Turn) {
    match turn {
        Turn::Phase { tenant, action, name, provider, target, phase, exhausted } => {
            let what = match phase {
                Phase::Unknown => {
                    "nobody knows what came of an action: look at its target; what it may have done is undone at its end, or \
                     by hand"
                }
                Phase::TimedOut => {
                    "an action was begun and not finished in time: look at its provider; what it may have done is undone at \
                     its end, or by hand"
                }
                Phase::Failed if *exhausted => {
                    "an action failed at the last of its attempts: look at its `errorInfo` and its provider, then file it \
                     anew"
                }
                _ => return,
            };
            tracing::warn!(
                %tenant, %action, name, %provider, target, phase = phase.name(), "{what}"
            );
        }
        Turn::UndoFailed { tenant, action, provider, target } => {
            tracing::error!(
                %tenant, %action, %provider, target,
                "an effect that should have ended could not be lifted so far: look at the provider, or lift it there by hand"
            );
        }
    }
}

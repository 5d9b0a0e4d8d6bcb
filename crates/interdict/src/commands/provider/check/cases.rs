//! The cases, in the order of their numbers. A number keeps its case: new ones are added at the end.

mod approval;
mod bulk;
mod cancelling;
mod effects;
mod filing;
mod leasing;
mod order;
mod reporting;
mod standing;

use std::pin::Pin;

use super::outcome::Outcome;
use super::stage::Stage;

/// A case while it runs.
type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// One case.
pub(super) struct Case {
    /// What must hold.
    pub(super) name: &'static str,
    /// Tries it.
    pub(super) run: for<'a> fn(&'a Stage<'a>) -> Running<'a>,
}

macro_rules! cases {
    ($($name:literal => $run:path,)*) => {
        &[$(Case { name: $name, run: |stage| Box::pin($run(stage)) }),*]
    };
}

/// Every case.
pub(super) const CASES: &[Case] = cases! {
    "a lease says which action, which attempt, and until when" => leasing::shape,
    "an action is handed out once" => leasing::once,
    "a request that waits is answered when work arrives" => leasing::wakes,
    "a request that waits in vain is answered empty, in time" => leasing::waits_in_vain,
    "the first renewal is the start" => leasing::start,
    "a renewal makes the lease hold longer" => leasing::renewal,
    "a lease that runs out unbegun is handed out again, with a greater fence" => leasing::runs_out,
    "a report with an older fence is refused and changes nothing" => leasing::old_fence,
    "a request out of bounds is refused" => leasing::bounds,
    "a target waits for its unfinished action" => order::per_target,
    "what is urgent goes first, then what is old" => order::priority,
    "a provider has no more at once than it may" => order::cap,
    "a paused provider is given nothing but undo work" => order::pause,
    "a disabled provider is given nothing" => order::disabled,
    "undo work goes before what waits longer" => order::undo_first,
    "a success is kept with its result" => reporting::success,
    "a success reported again is answered as the first" => reporting::again,
    "a failure is kept in the provider's own words" => reporting::failure,
    "a failure that may be repeated is tried again, when it was asked" => reporting::retry,
    "what is given back is handed out again, after the delay" => reporting::release,
    "progress is shown" => reporting::progress,
    "what fell silent and must not be done twice is unknown, until the truth comes late" => reporting::silent,
    "what fell silent and may be repeated is tried again" => reporting::silent_repeatable,
    "what waits is cancelled at once" => cancelling::queued,
    "a provider that has not begun is told to stop" => cancelling::delivered,
    "a provider that has begun is told to stop" => cancelling::executing,
    "a cancel that comes too late changes nothing" => cancelling::too_late,
    "what has an effect in force is undone, not cancelled or deleted" => cancelling::in_force,
    "an undo comes with the handle that the provider gave" => effects::handle,
    "a time-boxed effect is undone at its end, and not before" => effects::duration,
    "a second block of one target joins, and the last to end undoes" => effects::join,
    "a provider sees what is to be in force, then what changed" => effects::snapshot,
    "an effect ends when somebody says so" => effects::manual_undo,
    "an effect can be made to last longer" => effects::extension,
    "what is in force on a target is found within a range" => effects::on_target,
    "a protected target is refused" => filing::protected,
    "a wrong or unknown parameter is refused by name" => filing::parameters,
    "an action that the provider does not offer is refused" => filing::not_offered,
    "what was not begun in time is never handed out" => filing::expires,
    "what does not end in time is timed out, however often renewed" => filing::times_out,
    "what is not to begin yet is not handed out" => filing::scheduled,
    "a provider that is bound to an app is that app's alone" => standing::bound,
    "nobody but the provider says where an action stands" => standing::not_the_provider,
    "the bound app reports by PATCH, as a Graph client does" => standing::by_patch,
    "two providers do not answer to one name" => standing::rivals,
    "a provider with work to do cannot be removed" => standing::in_use,
    "a dry run is checked like a filing, and changes nothing" => filing::dry_run,
    "a filing under a key happens once" => filing::key,
    "a range that is too wide awaits approval" => filing::too_wide,
    "what was protected meanwhile is not handed out" => filing::protected_meanwhile,
    "each member of a fleet does its part" => order::fleet,
    "what a filter selects is shown, then cancelled by one decision" => bulk::cancel,
    "what a filter selects is shown, then undone by one decision" => bulk::undo,
    "what somebody else agreed to is handed out" => approval::agreed,
    "what somebody else refused is never handed out" => approval::refused,
    "a member of a fleet that falls silent is named, and what others did is undone" => order::silent_member,
    "what a provider may have done is unknown, and undone at its end" => effects::uncertain,
};

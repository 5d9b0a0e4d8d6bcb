//! What may happen, and the commands that it comes with.

use interdict_model::action::Status;
use interdict_model::body::{ActionBody, Field};
use interdict_model::command::{Lasting, Operation};
use interdict_model::guard::ProtectedTarget;
use interdict_model::provider::Provider;
use interdict_model::request::Request;
use interdict_model::settings::Setting;
use interdict_model::version::Precondition;
use interdict_model::{Actor, Command};
use proptest::prelude::*;

use super::Machine;
use super::providers::{PROVIDERS, Word};
use crate::world::carried::{app, command, filing};
use crate::world::{TENANT, migrator, person, status, writer};

#[derive(Clone, Debug)]
pub(super) enum Step {
    File(usize, usize, Asked),
    Lease { provider: usize, member: usize, stranger: bool, max: u32, seconds: Option<i64> },
    Report { claim: usize, word: Word, lie: i64, stranger: bool },
    Act(usize),
    Doubt { claim: usize, retryable: bool, cancelled: bool },
    Pass(i64),
    Sweeping(bool),
    Restored,
    Cancel(usize),
    Undo(usize),
    Extend(usize, Option<i64>),
    Delete(usize),
    Reword { action: usize, what: usize, provider: usize, migrates: bool, judge: bool },
    Patch { action: usize, status: Status, bound: bool },
    PauseTenant(bool),
    Provider { provider: usize, enabled: bool },
    PauseProvider(usize, bool),
    Protect { protects: bool, denies: bool },
    Guard(usize),
    Judge { action: usize, approved: bool, stale: bool },
    Batch(Vec<Step>),
}

/// What is asked for beside the action, in seconds from now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    duration: Option<i64>,
    until: Option<i64>,
    not_before: Option<i64>,
    start_by: Option<i64>,
    run_for: Option<i64>,
    finish_by: Option<i64>,
    priority: Option<u8>,
}

/// What is filed: few targets, so that they meet.
const FILINGS: &[(&str, &[(&str, &str)])] = &[
    ("BlockIp", &[("IP", "1.2.3.4")]),
    ("UnblockIp", &[("IP", "1.2.3.4")]),
    ("BlockIp", &[("IP", "1.2.3.4")]),
    ("BlockIp", &[("IP", "1.2.3.5")]),
    ("LimitIp", &[("IP", "1.2.3.4")]),
    ("LimitIp", &[("IP", "1.2.3.4")]),
    ("UnlimitIp", &[("IP", "1.2.3.4")]),
    ("IsolateHost", &[("machineId", "pc-1")]),
    ("ReleaseHost", &[("machineId", "pc-1")]),
    ("RunScan", &[("machineId", "pc-1")]),
    ("QuarantineFile", &[("machineId", "pc-1"), ("fileHash", HASH)]),
    ("StopAndQuarantineFile", &[("machineId", "pc-1"), ("fileHash", HASH)]),
    ("RestoreFile", &[("machineId", "pc-1"), ("fileHash", HASH)]),
];
const HASH: &str = "d41d8cd98f00b204e9800998ecf8427e";

fn seconds() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![4 => Just(None), 1 => prop::sample::select(vec![1, 5, 30, 90, 300, 1_000]).prop_map(Some)]
}

prop_compose! {
    fn any_asked()(
        duration in prop_oneof![1 => Just(None), 2 => prop::sample::select(vec![5, 40, 200, 3_000]).prop_map(Some)],
        until in seconds(), not_before in seconds(), start_by in seconds(), run_for in seconds(),
        finish_by in seconds(), priority in prop::option::of(0..10_u8),
    ) -> Asked {
        Asked { duration: duration.filter(|_| until.is_none()), until, not_before, start_by, run_for, finish_by, priority }
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let provider = || 0..PROVIDERS.len();
    // Most is about what came last.
    let recent = || prop_oneof![3 => 0..4_usize, 1 => 0..40_usize];
    let seldom = || prop::bool::weighted(0.1);
    let lease = (
        provider(),
        0..2_usize,
        seldom(),
        1..4_u32,
        prop::option::of(prop::sample::select(vec![1, 20, 200])),
    );
    let lie = prop_oneof![12 => Just(0_i64), 1 => Just(-1), 1 => Just(1)];
    prop_oneof![
        10 => (provider(), 0..FILINGS.len(), any_asked()).prop_map(|(at, what, asked)| Step::File(at, what, asked)),
        12 => lease.prop_map(|(provider, member, stranger, max, seconds)| Step::Lease { provider, member, stranger, max, seconds }),
        24 => (recent(), any_word(), lie, seldom())
            .prop_map(|(claim, word, lie, stranger)| Step::Report { claim, word, lie, stranger }),
        8 => recent().prop_map(Step::Act),
        3 => (recent(), any::<bool>(), seldom())
            .prop_map(|(claim, retryable, cancelled)| Step::Doubt { claim, retryable, cancelled }),
        10 => prop::sample::select(vec![2, 10, 40, 65, 130, 400, 1_000, 4_000]).prop_map(Step::Pass),
        2 => any::<bool>().prop_map(Step::Sweeping),
        1 => Just(Step::Restored),
        4 => recent().prop_map(Step::Cancel),
        4 => recent().prop_map(Step::Undo),
        2 => (recent(), prop::option::of(prop::sample::select(vec![1, 60, 2_000])))
            .prop_map(|(at, until)| Step::Extend(at, until)),
        2 => recent().prop_map(Step::Delete),
        2 => (recent(), 0..FILINGS.len(), provider(), seldom(), seldom()).prop_map(
            |(action, what, provider, migrates, judge)| Step::Reword { action, what, provider, migrates, judge }
        ),
        5 => (recent(), prop::sample::select(Status::ALL.to_vec()), prop::bool::weighted(0.8))
            .prop_map(|(action, status, bound)| Step::Patch { action, status, bound }),
        1 => any::<bool>().prop_map(Step::PauseTenant),
        2 => (provider(), any::<bool>()).prop_map(|(provider, paused)| Step::PauseProvider(provider, paused)),
        2 => (provider(), prop::bool::weighted(0.8)).prop_map(|(provider, enabled)| Step::Provider { provider, enabled }),
        1 => (seldom(), any::<bool>()).prop_map(|(protects, denies)| Step::Protect { protects, denies }),
        2 => recent().prop_map(Step::Guard),
        3 => (recent(), prop::bool::weighted(0.8), seldom())
            .prop_map(|(action, approved, stale)| Step::Judge { action, approved, stale }),
    ]
}

fn any_word() -> impl Strategy<Value = Word> {
    prop_oneof![
        5 => (prop::option::of(prop::sample::select(vec![1, 20, 200])), prop::option::of(0..3_u8))
            .prop_map(|(seconds, progress)| Word::Renew { seconds, progress }),
        5 => any::<bool>().prop_map(Word::Complete),
        2 => (any::<bool>(), prop::option::of(0..90_i64), prop::bool::weighted(0.3), prop::bool::weighted(0.3))
            .prop_map(|(retryable, after, cancelled, uncertain)| Word::Fail { retryable, after, cancelled, uncertain }),
        2 => prop::option::of(0..300_i64).prop_map(Word::Release),
    ]
}

/// What happens, and what it is about: what is filed here is a few of [`FILINGS`], so that they meet.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) about: Vec<usize>,
    pub(super) only: Option<usize>,
    pub(super) steps: Vec<Step>,
}

prop_compose! {
    pub(super) fn any_story()(
        about in prop::collection::vec(0..FILINGS.len(), 1..5),
        only in prop::option::weighted(0.7, 0..PROVIDERS.len()),
        steps in prop::collection::vec(
            prop_oneof![6 => any_step(), 1 => prop::collection::vec(any_step(), 2..5).prop_map(Step::Batch)],
            1..60,
        ),
    ) -> Story {
        Story { about, only, steps }
    }
}

impl Machine {
    /// The action `back` filings ago.
    fn named(&self, back: usize) -> Option<interdict_model::ActionId> {
        let at = self.ids.len().checked_sub(back + 1)?;
        self.ids.get(at).copied().filter(|id| self.world.has(*id))
    }

    fn filed(&self, what: usize, provider: usize) -> ActionBody {
        let (name, parameters) = FILINGS[self.about[what % self.about.len()]];
        filing(PROVIDERS[self.only.unwrap_or(provider)].0, name, parameters)
    }

    /// The command that a step comes with, where it makes sense now.
    pub(super) fn command(&mut self, step: &Step) -> Option<Command> {
        let fresh = self.world.fresh();
        let by = |operation| Some(command(&writer(), operation));
        match step {
            Step::File(provider, what, asked) => {
                let body = ActionBody {
                    request: Some(Box::new(self.request(asked))),
                    ..self.filed(*what, *provider)
                };
                by(Operation::Create { id: fresh, body: Box::new(body), strict: false, idempotency: None })
            }
            Step::Lease { provider, member, stranger, max, seconds } => {
                let at = self.only.unwrap_or(*provider);
                let instance =
                    Self::members(at).into_iter().cycle().nth(*member).flatten().map(str::to_owned);
                let actor = if *stranger { app("stranger") } else { Self::app_of(at) };
                let provider = self.provider(at).id;
                let operation = Operation::Lease {
                    provider,
                    max: *max,
                    seconds: *seconds,
                    noted: instance.is_some(),
                    instance,
                };
                Some(command(&actor, operation))
            }
            Step::Report { claim, word, lie, stranger } => self.report(*claim, *word, *lie, *stranger),
            Step::Cancel(at) => by(Operation::Cancel {
                id: self.named(*at)?,
                precondition: Precondition::None,
                comment: None,
                fresh,
            }),
            Step::Undo(at) => by(Operation::Undo { id: self.named(*at)?, comment: None, fresh }),
            Step::Extend(at, seconds) => {
                let until = seconds.map_or(Lasting::Forever, Lasting::For);
                by(Operation::Extend { id: self.named(*at)?, until })
            }
            Step::Delete(at) => {
                by(Operation::Delete { id: self.named(*at)?, precondition: Precondition::None })
            }
            Step::Reword { action, what, provider, migrates, judge } => {
                let actor = match (migrates, judge) {
                    (true, _) => migrator(),
                    (false, true) => person("judge"),
                    (false, false) => writer(),
                };
                self.patch(&actor, *action, self.filed(*what, *provider))
            }
            Step::Patch { action, status: becomes, bound } => {
                let id = self.named(*action)?;
                let of = self.provider_of(id)?;
                let actor = if *bound { Self::app_of(of) } else { writer() };
                let own_word = *bound && PROVIDERS[of].1.is_some();
                if own_word && !self.may_say(id, *becomes) {
                    return None;
                }
                self.patch(&actor, *action, status(*becomes))
            }
            Step::PauseTenant(paused) => by(Operation::PauseTenant(*paused)),
            Step::PauseProvider(provider, paused) => {
                by(Operation::PauseProvider(self.provider(*provider).id, *paused))
            }
            Step::Provider { provider, enabled } => {
                let changed = Provider { enabled: *enabled, ..self.provider(*provider).clone() };
                by(Operation::PutSetting { setting: Box::new(Setting::Provider(changed)), exists: None })
            }
            Step::Guard(at) => by(Operation::Guard { ids: vec![self.named(*at)?], met: None }),
            Step::Judge { action, approved, stale } => {
                let id = self.named(*action)?;
                let approval = self.execution(id)?.approval.as_ref()?;
                let hash = if *stale { String::new() } else { approval.hash.clone() };
                let judge = Actor { app: Some(interdict_model::AppId("app-9".into())), ..person("judge") };
                Some(command(&judge, Operation::Judge { id, hash, approved: *approved, comment: None }))
            }
            Step::Protect { protects, denies } => {
                let mode = if *denies { "deny" } else { "needsApproval" };
                let protected: ProtectedTarget = serde_json::from_value(serde_json::json!({
                    "id": uuid::Uuid::from_u128(0xdead), "kind": "ip", "value": "1.2.3.5", "mode": mode,
                    "reason": "the boss's",
                }))
                .unwrap();
                let setting = Setting::ProtectedTarget(protected);
                if *protects {
                    by(Operation::PutSetting { setting: Box::new(setting), exists: None })
                } else {
                    by(Operation::RemoveSetting(setting.key()))
                }
            }
            Step::Pass(_)
            | Step::Sweeping(_)
            | Step::Restored
            | Step::Act(_)
            | Step::Doubt { .. }
            | Step::Batch(_) => None,
        }
    }

    /// What a provider says by PATCH, and what one does whose lease ran out, depends on what it saw last: not on what
    /// happens in the same batch.
    pub(super) fn command_in_batch(&mut self, step: &Step) -> Option<Command> {
        match step {
            Step::Patch { .. } => None,
            Step::Report { claim, .. } if !self.is_in_order(*claim) => None,
            step => self.command(step),
        }
    }

    fn patch(&self, actor: &Actor, at: usize, body: ActionBody) -> Option<Command> {
        let (id, precondition) = (self.named(at)?, Precondition::None);
        Some(command(actor, Operation::Update { id, body: Box::new(body), precondition, strict: false }))
    }

    fn request(&self, asked: &Asked) -> Request {
        let now = self.world.view.next_instant(TENANT, self.world.clock);
        let at = |seconds: Option<i64>| seconds.map(|seconds| now.plus_seconds(seconds));
        Request {
            duration: asked.duration,
            until: at(asked.until),
            not_before: at(asked.not_before),
            start_by: asked.start_by,
            run_for: asked.run_for,
            finish_by: at(asked.finish_by),
            priority: asked.priority,
            ..Request::default()
        }
    }
}

pub(super) fn is_patch(operation: &Operation) -> Option<(interdict_model::ActionId, Status)> {
    let Operation::Update { id, body, .. } = operation else { return None };
    match &body.status {
        Field::Value(status) => Some((*id, *status)),
        Field::Absent | Field::Null => None,
    }
}

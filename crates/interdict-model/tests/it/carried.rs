//! What becomes of actions and effects where it is easily got wrong: each of these was.

mod guards;

use interdict_model::action::{ResultInfo, Status};
use interdict_model::body::ActionBody;
use interdict_model::command::{Operation, Report, ReportKind};
use interdict_model::effect::EffectState;
use interdict_model::execution::Phase;
use interdict_model::request::Request;
use interdict_model::settings::Setting;
use interdict_model::version::Precondition;
use interdict_model::view::{Answer, Handed};
use interdict_model::{ActionId, FaultCode, ProviderId, Refusal};
use uuid::Uuid;

use crate::world::carried::{app, command, filing, provider};
use crate::world::{TENANT, World, migrator, status, writer};

pub(crate) const ACTIONS: &[&str] = &[
    "BlockIp",
    "UnblockIp",
    "AllowIp",
    "UnallowIp",
    "QuarantineFile",
    "StopAndQuarantineFile",
    "RestoreFile",
];
const ONE: ProviderId = ProviderId(Uuid::from_u128(0xb0));
const TWO: ProviderId = ProviderId(Uuid::from_u128(0xb1));
const HASH: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// Provider `One`, and `Two`, which is bound to the app `two`.
fn world() -> World {
    let mut world = World::new();
    world.set(Setting::Provider(provider(0xb0, "One", None, ACTIONS, 10)));
    world.set(Setting::Provider(provider(0xb1, "Two", Some("two"), ACTIONS, 10)));
    world
}

fn block(request: Request) -> ActionBody {
    ActionBody { request: Some(Box::new(request)), ..filing("One", "BlockIp", &[("IP", "1.2.3.4")]) }
}

pub(crate) fn lasting(seconds: i64) -> Request {
    Request { duration: Some(seconds), ..Request::default() }
}

impl World {
    pub(crate) fn lease(&mut self) -> Vec<Handed> {
        let operation =
            Operation::Lease { provider: ONE, max: 10, seconds: None, instance: None, noted: false };
        match self.run(&writer(), operation).unwrap() {
            Answer::Leases(leases) => leases,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn lease_one(&mut self) -> Handed {
        let mut leases = self.lease();
        assert_eq!(leases.len(), 1, "{leases:?}");
        leases.remove(0)
    }

    pub(crate) fn say(&mut self, handed: &Handed, kind: ReportKind) -> Result<Answer, Refusal> {
        let report = Box::new(Report { fence: handed.lease.fence, kind });
        self.run(&writer(), Operation::Report { lease: handed.lease, report })
    }

    pub(crate) fn begin(&mut self) -> Handed {
        let handed = self.lease_one();
        self.say(&handed, RENEW).unwrap();
        handed
    }

    pub(crate) fn carry_out(&mut self) -> ActionId {
        let handed = self.begin();
        self.say(&handed, DONE).unwrap();
        self.fire();
        handed.lease.action
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.clock = self.clock.plus_seconds(seconds);
        self.fire();
    }

    pub(crate) fn undo(&mut self, id: ActionId) {
        let fresh = self.fresh();
        self.run(&writer(), Operation::Undo { id, comment: None, fresh }).unwrap();
    }

    pub(crate) fn phase(&self, id: ActionId) -> Phase {
        self.record(id).execution.as_ref().unwrap().phase
    }

    /// How an action holds its effect.
    pub(crate) fn held(&self, id: ActionId) -> EffectState {
        self.record(id).execution.as_ref().unwrap().effect.as_ref().unwrap().state
    }

    /// How the one effect that there is stands.
    pub(crate) fn effect(&self) -> EffectState {
        let mut states = self.view.effects.values().map(|effect| effect.state);
        let state = states.next().unwrap();
        assert_eq!(states.next(), None);
        state
    }
}

pub(crate) const RENEW: ReportKind = ReportKind::Renew { seconds: None, progress: None };
pub(crate) const DONE: ReportKind = ReportKind::Complete { result: None, undo: None };

/// It may have been done, in part or as a whole.
pub(crate) fn uncertain(retryable: bool, cancelled: bool) -> ReportKind {
    match failed(retryable, cancelled) {
        ReportKind::Fail { error_info, result, retryable, retry_after, cancelled, .. } => {
            ReportKind::Fail { error_info, result, retryable, retry_after, cancelled, uncertain: true }
        }
        other => other,
    }
}

pub(crate) fn failed(retryable: bool, cancelled: bool) -> ReportKind {
    ReportKind::Fail {
        error_info: ResultInfo { code: 7, message: None, subcode: 0 },
        result: None,
        retryable,
        retry_after: None,
        cancelled,
        uncertain: false,
    }
}

#[test]
fn what_nobody_confirmed_is_lifted_though_another_run_of_it_failed() {
    let mut world = world();
    let lost = world.create(&writer(), block(Request { run_for: Some(30), ..lasting(600) })).unwrap();
    world.begin();
    world.pass(31);
    assert_eq!((world.phase(lost), world.effect()), (Phase::TimedOut, EffectState::Unconfirmed));
    let again = world.create(&writer(), block(lasting(3_600))).unwrap();
    let handed = world.begin();
    assert_eq!(world.effect(), EffectState::Unconfirmed);
    world.undo(lost);
    assert_eq!(world.held(lost), EffectState::Released);
    world.say(&handed, failed(false, false)).unwrap();
    world.fire();
    assert_eq!((world.phase(again), world.effect()), (Phase::Failed, EffectState::Ending));
    world.carry_out();
    assert_eq!((world.held(again), world.effect()), (EffectState::Ended, EffectState::Ended));
    world.assert_replay_gives_the_rows();
}

#[test]
fn a_success_that_is_told_after_the_undo_is_undone_again() {
    for undone in [false, true] {
        let mut world = world();
        let late = world.create(&writer(), block(Request { run_for: Some(30), ..lasting(60) })).unwrap();
        let handed = world.begin();
        world.pass(31);
        world.pass(61);
        assert_eq!(world.effect(), EffectState::Ending);
        if undone {
            world.carry_out();
            assert_eq!(world.effect(), EffectState::Ended);
        }
        world.say(&handed, DONE).unwrap();
        assert_eq!((world.phase(late), world.action(late).status), (Phase::Succeeded, Status::Completed));
        world.fire();
        assert_eq!(world.effect(), EffectState::Ending, "it is not in force silently");
        let undo = world.carry_out();
        if !undone {
            assert_eq!(world.phase(undo), Phase::Retrying, "it may have been put in force since");
            assert_eq!(world.carry_out(), undo);
        }
        assert_eq!((world.held(late), world.effect()), (EffectState::Ended, EffectState::Ended));
        assert!(world.lease().is_empty());
        world.assert_replay_gives_the_rows();
    }
}

#[test]
fn a_person_can_give_up_an_undo_that_a_provider_has() {
    for kind in [failed(false, true), failed(true, false), ReportKind::Release { delay: None }] {
        let mut world = world();
        let id = world.create(&writer(), block(lasting(60))).unwrap();
        world.carry_out();
        world.pass(61);
        let undo = world.begin();
        world.cancel(&writer(), undo.lease.action).unwrap();
        world.say(&undo, kind).unwrap();
        assert_eq!(
            (world.phase(undo.lease.action), world.effect()),
            (Phase::Cancelled, EffectState::UndoFailed)
        );
        world.undo(id);
        assert_eq!(world.effect(), EffectState::Ending);
        world.carry_out();
        assert_eq!(world.held(id), EffectState::Ended);
        world.assert_replay_gives_the_rows();
    }
}

#[test]
fn an_undo_that_was_given_back_is_tried_on() {
    let mut world = world();
    let id = world.create(&writer(), block(lasting(60))).unwrap();
    world.carry_out();
    world.pass(61);
    let undo = world.begin();
    world.say(&undo, ReportKind::Release { delay: Some(2_000) }).unwrap();
    world.pass(1_000);
    world.pass(1_001);
    world.carry_out();
    assert_eq!(world.held(id), EffectState::Ended);
}

#[test]
fn what_may_have_been_done_before_a_cancel_is_undone() {
    let mut world = world();
    let id = world.create(&writer(), block(Request { run_for: Some(100), ..Request::default() })).unwrap();
    world.begin();
    world.cancel(&writer(), id).unwrap();
    // Before the provider would have had to answer.
    world.pass(101);
    assert_eq!((world.phase(id), world.effect()), (Phase::TimedOut, EffectState::Ending));
    world.carry_out();

    let id = world.create(&writer(), block(Request::default())).unwrap();
    world.begin();
    world.pass(61);
    world.pass(60);
    let second = world.begin();
    world.cancel(&writer(), id).unwrap();
    world.say(&second, failed(false, true)).unwrap();
    world.fire();
    assert_eq!((world.phase(id), world.effect()), (Phase::Cancelled, EffectState::Ending));
    world.carry_out();
    assert_eq!(world.effect(), EffectState::Ended);
    world.assert_replay_gives_the_rows();
}

#[test]
fn what_a_provider_may_have_done_is_undone_with_the_action() {
    let mut world = world();
    // For a while: at its end.
    let timed = world.create(&writer(), block(lasting(600))).unwrap();
    let handed = world.begin();
    for _ in 0..2 {
        world.say(&handed, uncertain(false, false)).unwrap();
    }
    world.fire();
    assert_eq!((world.phase(timed), world.effect()), (Phase::Unknown, EffectState::Unconfirmed));
    assert_eq!(world.record(timed).action.error_info.as_ref().unwrap().code, 7, "in the provider's words");
    world.pass(600);
    assert_eq!(world.effect(), EffectState::Ending);
    world.carry_out();
    assert_eq!((world.held(timed), world.effect()), (EffectState::Ended, EffectState::Ended));
    // Because of a cancel: at once.
    for cancelled in [true, false] {
        let id = world.create(&writer(), block(Request::default())).unwrap();
        let handed = world.begin();
        world.cancel(&writer(), id).unwrap();
        world.say(&handed, uncertain(true, cancelled)).unwrap();
        world.fire();
        assert_eq!((world.phase(id), world.effect()), (Phase::Unknown, EffectState::Ending));
        world.carry_out();
        assert_eq!(world.effect(), EffectState::Ended);
    }
    world.assert_replay_gives_the_rows();
}

#[test]
fn what_a_provider_may_have_done_is_tried_again_where_repeating_is_safe() {
    let mut world = world();
    let id = world.create(&writer(), block(Request::default())).unwrap();
    let handed = world.begin();
    world.say(&handed, uncertain(true, false)).unwrap();
    assert_eq!(world.phase(id), Phase::Retrying);
    world.pass(60);
    let handed = world.begin();
    world.say(&handed, failed(false, false)).unwrap();
    assert_eq!((world.phase(id), world.effect()), (Phase::Failed, EffectState::Unconfirmed), "of the first");

    world.set(Setting::Provider(provider(0xb0, "One", None, &["RunScan"], 10)));
    let id = world.create(&writer(), filing("One", "RunScan", &[("machineId", "pc-1")])).unwrap();
    let handed = world.begin();
    world.say(&handed, uncertain(true, false)).unwrap();
    assert_eq!(world.phase(id), Phase::Unknown);
    world.assert_replay_gives_the_rows();
}

#[test]
fn a_doubt_that_is_told_after_the_undo_has_it_undone_again() {
    let mut world = world();
    let id = world.create(&writer(), block(Request::default())).unwrap();
    let handed = world.begin();
    world.cancel(&writer(), id).unwrap();
    world.pass(121);
    assert_eq!((world.phase(id), world.effect()), (Phase::Unknown, EffectState::Ending));
    world.carry_out();
    assert_eq!(world.effect(), EffectState::Ended);
    for _ in 0..2 {
        world.say(&handed, uncertain(false, true)).unwrap();
        world.fire();
    }
    assert_eq!((world.phase(id), world.effect()), (Phase::Unknown, EffectState::Ending));
    world.carry_out();
    assert_eq!((world.held(id), world.effect()), (EffectState::Ended, EffectState::Ended));
    world.assert_replay_gives_the_rows();
}

#[test]
fn nothing_is_handed_out_behind_its_end_though_nobody_has_noticed_yet() {
    let mut world = world();
    let until = world.clock.plus_seconds(60);
    let asked = [
        Request { start_by: Some(50), ..Request::default() },
        Request { until: Some(until), ..Request::default() },
        Request { finish_by: Some(until), ..Request::default() },
    ];
    let ids: Vec<_> = asked.into_iter().map(|it| world.create(&writer(), block(it)).unwrap()).collect();
    world.clock = world.clock.plus_seconds(60);
    assert!(world.lease().is_empty());
    world.fire();
    assert!(ids.iter().all(|id| world.phase(*id) == Phase::Expired));
    let again = world.create(
        &writer(),
        block(Request { until: Some(world.clock.plus_seconds(200)), ..Request::default() }),
    );
    let handed = world.lease_one();
    world.say(&handed, ReportKind::Release { delay: Some(100) }).unwrap();
    world.pass(300);
    assert_eq!(world.phase(again.unwrap()), Phase::Expired);
}

#[test]
fn what_is_corrected_goes_where_it_then_belongs() {
    let mut world = world();
    let id = world.create(&writer(), block(Request::default())).unwrap();
    let update = |body| {
        let precondition = Precondition::None;
        command(&writer(), Operation::Update { id, body: Box::new(body), precondition, strict: false })
    };
    let lease = |provider, by: &str| {
        let operation = Operation::Lease { provider, max: 10, seconds: None, instance: None, noted: false };
        command(&app(by), operation)
    };
    // In one batch with the one that it goes to no more.
    let elsewhere = filing("Two", "BlockIp", &[("IP", "1.2.3.5")]);
    let answers = world.commit(&[update(elsewhere), lease(ONE, "app-1"), lease(TWO, "two")]);
    let none = Ok(Answer::Leases(Vec::new()));
    assert_eq!((&answers[1], &answers[2]), (&none, &none));
    let by_migration = filing("Two", "BlockIp", &[("IP", "1.2.3.6")]);
    world.update(&migrator(), id, by_migration).unwrap();
    assert_eq!(world.phase(id), Phase::Queued, "it is carried out all the same");
    let both = ActionBody {
        status: status(Status::Completed).status,
        ..filing("Two", "BlockIp", &[("IP", "1.2.3.7")])
    };
    let Err(Refusal::Conflict(fault)) = world.update(&app("two"), id, both) else { panic!() };
    assert_eq!(fault.code, FaultCode::Immutable);
    world.update(&app("two"), id, status(Status::Completed)).unwrap();
    world.undo(id);
    let undo =
        world.records().find(|it| it.execution.as_ref().unwrap().undo_of == Some(id)).unwrap().action.id;
    let Err(Refusal::Conflict(fault)) =
        world.update(&writer(), undo, filing("Two", "BlockIp", &[("IP", "1.2.3.6")]))
    else {
        panic!()
    };
    assert_eq!(fault.code, FaultCode::Immutable, "what the server asks is nobody's to change");
    let again = ActionBody { ..filing("Two", "BlockIp", &[("IP", "1.2.3.6")]) };
    let again = world.create(&writer(), again).unwrap();
    let Err(Refusal::Conflict(fault)) = world.update(&app("two"), again, status(Status::Completed)) else {
        panic!()
    };
    assert_eq!(fault.code, FaultCode::InvalidTransition, "the effect is just being lifted");
    world.assert_replay_gives_the_rows();
}

#[test]
fn whoever_has_let_go_learns_of_the_end_by_whatever_hand() {
    let mut world = world();
    let id = world.create(&writer(), block(Request::default())).unwrap();
    world.carry_out();
    world.create(&writer(), filing("One", "UnblockIp", &[("IP", "1.2.3.4")])).unwrap();
    let by_hand = world.begin();
    world.undo(id);
    world.say(&by_hand, DONE).unwrap();
    world.fire();
    assert_eq!((world.effect(), world.held(id)), (EffectState::Ended, EffectState::Ended));
    world.carry_out();
    world.delete(&writer(), id).unwrap();
    world.fire();
}

#[test]
fn a_holder_behind_a_hundred_others_lets_go_in_time() {
    let mut world = world();
    for _ in 0..120 {
        world.create(&writer(), block(lasting(1_000))).unwrap();
    }
    world.carry_out();
    while world.view.effects.values().any(|effect| effect.holders.len() < 120) {
        assert!(world.lease().is_empty(), "they join");
    }
    let short = world.create(&writer(), block(lasting(10))).unwrap();
    assert!(world.lease().is_empty());
    world.pass(11);
    assert_eq!((world.held(short), world.effect()), (EffectState::Released, EffectState::Active));
}

#[test]
fn two_actions_with_one_undo_have_one_effect_and_each_is_done() {
    let mut world = world();
    let file: &[_] = &[("machineId", "pc-1"), ("fileHash", HASH)];
    let first = world.create(&writer(), filing("One", "QuarantineFile", file)).unwrap();
    world.carry_out();
    let second = world.create(&writer(), filing("One", "StopAndQuarantineFile", file)).unwrap();
    assert_eq!(world.carry_out(), second, "it does more than the first");
    world.undo(first);
    assert!(world.lease().is_empty(), "the undo would be that of both");
    world.undo(second);
    world.carry_out();
    assert_eq!((world.effect(), world.held(second)), (EffectState::Ended, EffectState::Ended));
    assert_eq!(world.view.effects.keys().next().unwrap().0, TENANT);
}

#[test]
fn a_claim_that_was_given_back_says_nothing_else() {
    let mut world = world();
    let id = world.create(&writer(), block(Request::default())).unwrap();
    let handed = world.begin();
    world.say(&handed, failed(true, false)).unwrap();
    world.say(&handed, failed(true, false)).unwrap();
    let Ok(Answer::Refused(Refusal::Conflict(fault))) = world.say(&handed, DONE) else { panic!() };
    assert_eq!((fault.code, world.phase(id)), (FaultCode::LeaseLost, Phase::Retrying));
    world.pass(60);
    assert_eq!(world.carry_out(), id);
}

#[test]
fn a_renewal_for_another_time_is_kept() {
    let mut world = world();
    let id = world.create(&writer(), block(Request::default())).unwrap();
    let handed = world.begin();
    world.say(&handed, ReportKind::Renew { seconds: Some(5), progress: None }).unwrap();
    world.cancel(&writer(), id).unwrap();
    world.say(&handed, RENEW).unwrap();
    world.pass(11);
    assert_eq!(world.phase(id), Phase::Unknown);
}

#[test]
fn hand_outs_that_nobody_began_are_no_attempts() {
    let mut world = world();
    let id = world.create(&writer(), block(Request::default())).unwrap();
    for _ in 0..6 {
        let handed = world.lease_one();
        world.say(&handed, ReportKind::Release { delay: None }).unwrap();
    }
    world.lease_one();
    world.pass(61);
    assert_eq!(world.phase(id), Phase::Retrying);
    let handed = world.begin();
    world.say(&handed, failed(true, false)).unwrap();
    assert_eq!(world.phase(id), Phase::Retrying, "it is the first attempt that came to anything");
}

#[test]
fn what_waits_for_a_twin_is_refused_once_that_is_in_force() {
    let mut world = world();
    let mut definition = interdict_model::catalog::find("BlockIp").unwrap().clone();
    definition.duplicates = interdict_model::catalog::Duplicates::Reject;
    world.set(Setting::Definition(definition));
    let first = world.create(&writer(), block(Request::default())).unwrap();
    let second = world.create(&writer(), block(Request::default())).unwrap();
    assert_eq!(world.carry_out(), first);
    assert_eq!(world.lease().len(), 0);
    assert_eq!((world.phase(first), world.phase(second)), (Phase::Succeeded, Phase::Rejected));
    world.assert_replay_gives_the_rows();
}

#[test]
fn an_undo_that_was_given_up_keeps_nobody_from_the_same_effect() {
    let mut world = world();
    let first = world.create(&writer(), block(Request::default())).unwrap();
    world.carry_out();
    world.undo(first);
    let undo = world.lease_one();
    world.cancel(&writer(), undo.lease.action).unwrap();
    world.say(&undo, failed(false, true)).unwrap();
    assert_eq!(world.effect(), EffectState::UndoFailed);
    let second = world.create(&writer(), block(Request::default())).unwrap();
    let handed = world.begin();
    assert_eq!(handed.lease.action, second);
    world.say(&handed, failed(false, false)).unwrap();
    assert_eq!(world.phase(second), Phase::Failed);
    world.fire();
    let undo = world.begin();
    assert!(
        undo.record.execution.as_ref().is_some_and(|it| it.undo_of.is_some()),
        "the first one may be in force"
    );
    world.say(&undo, DONE).unwrap();
    world.fire();
    assert_eq!(world.effect(), EffectState::Ended);
    world.assert_replay_gives_the_rows();
}

#[test]
fn an_undo_that_fails_keeps_others_from_its_target_only_while_it_is_tried() {
    let mut world = world();
    let first = world.create(&writer(), block(Request::default())).unwrap();
    world.carry_out();
    world.undo(first);
    let undo = world.begin();
    let other = world.create(&writer(), filing("One", "AllowIp", &[("IP", "1.2.3.4")])).unwrap();
    assert_eq!(world.lease().len(), 0);
    world.say(&undo, failed(false, false)).unwrap();
    assert_eq!(world.held(first), EffectState::Ending, "it learns of the end, not of each attempt");
    assert_eq!(world.carry_out(), other);
    world.pass(60);
    assert_eq!(world.begin().record.execution.as_ref().unwrap().undo_of, Some(first));
}

#[test]
fn a_heartbeat_shortens_leases_that_name_no_time() {
    let mut world = world();
    let mut definition = interdict_model::catalog::find("BlockIp").unwrap().clone();
    definition.heartbeat = Some(20);
    world.set(Setting::Definition(definition));
    let id = world.create(&writer(), block(Request::default())).unwrap();
    let handed = world.begin();
    world.pass(15);
    world.say(&handed, RENEW).unwrap();
    world.pass(15);
    assert_eq!(world.phase(id), Phase::Executing);
    world.pass(21);
    assert_eq!(world.phase(id), Phase::Retrying);
}

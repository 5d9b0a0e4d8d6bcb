//! Fleets: what becomes of an action that every member of a provider carries out.

use interdict_model::command::{Operation, ReportKind};
use interdict_model::effect::EffectState;
use interdict_model::execution::Phase;
use interdict_model::provider::{Provider, Scope};
use interdict_model::raw_json::RawJson;
use interdict_model::settings::Setting;
use interdict_model::view::{Answer, Handed};
use interdict_model::{ActionId, FaultCode, ProviderId, Refusal};
use uuid::Uuid;

use crate::carried::{ACTIONS, DONE, RENEW, failed, uncertain};
use crate::world::carried::{filing, provider};
use crate::world::{World, writer};

const EACH: ProviderId = ProviderId(Uuid::from_u128(0xb2));

/// Provider `Each`, every member of which does its part.
fn world() -> World {
    let mut world = World::new();
    let each = Provider { scope: Scope::All, ..provider(0xb2, "Each", None, ACTIONS, 10) };
    world.set(Setting::Provider(each));
    world
}

fn block(address: &str) -> interdict_model::body::ActionBody {
    filing("Each", "BlockIp", &[("IP", address)])
}

impl World {
    fn parts(&mut self, name: &str, max: u32) -> Vec<Handed> {
        let instance = Some(name.to_owned());
        let operation = Operation::Lease { provider: EACH, max, seconds: None, instance, noted: true };
        match self.run(&writer(), operation).unwrap() {
            Answer::Leases(leases) => leases,
            other => panic!("{other:?}"),
        }
    }

    /// A member's part of what there is.
    fn part(&mut self, name: &str) -> Handed {
        let mut parts = self.parts(name, 10);
        assert_eq!(parts.len(), 1, "{parts:?}");
        parts.remove(0)
    }

    /// Has the members do what there is, and whatever they are told then.
    fn each(&mut self, names: &[&str], kind: &ReportKind) {
        for name in names {
            let part = self.parts(name, 1).remove(0);
            self.say(&part, RENEW).unwrap();
            self.say(&part, kind.clone()).unwrap();
        }
        self.fire();
    }
}

#[test]
fn a_member_of_a_fleet_is_held_to_its_word_too() {
    let mut world = world();
    let id = world.create(&writer(), filing("Each", "BlockIp", &[("IP", "1.2.3.4")])).unwrap();
    let first = world.part("m1");
    world.say(&first, failed(true, false)).unwrap();
    let Ok(Answer::Refused(Refusal::Conflict(fault))) = world.say(&first, DONE) else { panic!() };
    assert_eq!((fault.code, world.phase(id)), (FaultCode::LeaseLost, Phase::Delivered));
    world.pass(60);
    let again = world.part("m1");
    world.say(&again, RENEW).unwrap();
    world.say(&again, DONE).unwrap();
    assert_eq!((world.phase(id), world.effect()), (Phase::Succeeded, EffectState::Active));
    world.undo(id);
    let other = world.part("m2");
    let undo = world.part("m1");
    world.say(&other, DONE).unwrap();
    world.say(&undo, failed(false, true)).unwrap();
    assert_eq!(
        world.effect(),
        EffectState::UndoFailed,
        "nobody asked it to stop, and it says that it cannot"
    );
    world.pass(60);
    let undo = world.part("m1");
    world.say(&undo, DONE).unwrap();
    assert_eq!(world.effect(), EffectState::Ended);
    world.assert_replay_gives_the_rows();
}

#[test]
fn an_undo_is_not_done_while_a_live_member_cannot_do_it() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    world.parts("m2", 0);
    world.each(&["m1", "m2"], &DONE);
    assert_eq!(world.phase(id), Phase::Succeeded);
    world.undo(id);
    world.each(&["m1"], &DONE);
    for attempt in 1..8 {
        world.each(&["m2"], &failed(true, false));
        let state = if attempt < 3 { EffectState::Ending } else { EffectState::UndoFailed };
        assert_eq!(world.effect(), state, "after attempt {attempt}");
        world.pass(500);
    }
    world.each(&["m2"], &DONE);
    assert_eq!(world.effect(), EffectState::Ended);
    world.assert_replay_gives_the_rows();
}

#[test]
fn an_undo_waits_a_quarter_of_an_hour_for_a_member_that_asks_no_more() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    world.parts("m2", 0);
    world.each(&["m1", "m2"], &DONE);
    world.undo(id);
    // Without a renewal, too.
    let part = world.part("m1");
    world.say(&part, DONE).unwrap();
    world.pass(890);
    assert_eq!(world.effect(), EffectState::Ending);
    world.pass(20);
    assert_eq!(world.effect(), EffectState::Ended, "m2 converges by what is in force once it returns");
    world.assert_replay_gives_the_rows();
}

#[test]
fn an_undo_that_nobody_does_is_an_alert_and_goes_to_whoever_is_live_then() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    world.each(&["m1"], &DONE);
    world.undo(id);
    let part = world.part("m1");
    world.say(&part, RENEW).unwrap();
    for _ in 0..40 {
        world.pass(60);
    }
    assert_eq!(world.effect(), EffectState::UndoFailed);
    world.pass(600);
    world.each(&["m9"], &DONE);
    assert_eq!(world.effect(), EffectState::Ended);
    world.assert_replay_gives_the_rows();
}

#[test]
fn a_member_that_is_gone_keeps_no_other_from_its_work() {
    let mut world = world();
    let ids: Vec<_> =
        (0..60).map(|last| world.create(&writer(), block(&format!("1.2.3.{last}"))).unwrap()).collect();
    world.parts("gone", 0);
    for _ in &ids {
        world.each(&["m1"], &DONE);
    }
    let waiting = ids.iter().filter(|id| world.phase(**id) == Phase::Executing).count();
    assert!(waiting > 26, "more than a request looks at, and than the provider may be at: {waiting}");
    world.pass(901);
    let ended = |id: &ActionId| matches!(world.phase(*id), Phase::TimedOut | Phase::Succeeded);
    assert!(ids.iter().all(ended));
}

#[test]
fn each_member_is_given_back_what_it_gave() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    world.parts("m2", 0);
    let handle = |text: &str| Some(serde_json::from_str::<RawJson>(text).unwrap());
    for (name, undo) in [("m1", "1"), ("m2", "2")] {
        let part = world.part(name);
        world.say(&part, ReportKind::Complete { result: None, undo: handle(undo) }).unwrap();
    }
    world.undo(id);
    assert_eq!(world.part("m1").undo, handle("1"));
    assert_eq!(world.part("m2").undo, handle("2"));
}

#[test]
fn a_member_that_was_given_up_may_tell_the_truth_late() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    world.parts("m2", 0);
    world.each(&["m1"], &DONE);
    let late = world.part("m2");
    world.say(&late, RENEW).unwrap();
    world.pass(901);
    assert_eq!((world.phase(id), world.effect()), (Phase::TimedOut, EffectState::Unconfirmed));
    world.say(&late, DONE).unwrap();
    assert_eq!((world.phase(id), world.effect()), (Phase::Succeeded, EffectState::Active));
    assert!(world.record(id).execution.as_ref().unwrap().late);
    world.assert_replay_gives_the_rows();
}

#[test]
fn a_late_failure_of_the_only_member_leaves_nothing_in_force() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    let late = world.part("m1");
    world.say(&late, RENEW).unwrap();
    while !world.phase(id).is_final() {
        world.say(&late, RENEW).unwrap();
        world.pass(50);
    }
    assert_eq!(world.phase(id), Phase::TimedOut);
    world.say(&late, failed(false, false)).unwrap();
    assert_eq!(world.phase(id), Phase::Failed);
    world.fire();
    assert!(matches!(world.effect(), EffectState::Ending | EffectState::Ended));
    world.assert_replay_gives_the_rows();
}

#[test]
fn a_provider_keeps_its_scope_while_its_members_are_at_work_or_hold_something() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    let alone = Provider { scope: Scope::Any, ..provider(0xb2, "Each", None, ACTIONS, 10) };
    let change = |world: &mut World| {
        let setting = Box::new(Setting::Provider(alone.clone()));
        world.run(&writer(), Operation::PutSetting { setting, exists: None })
    };
    let refused =
        |outcome| matches!(outcome, Err(Refusal::Conflict(fault)) if fault.code == FaultCode::InUse);
    assert!(refused(change(&mut world)));
    world.each(&["m1"], &DONE);
    assert!(refused(change(&mut world)));
    world.undo(id);
    world.each(&["m1"], &DONE);
    change(&mut world).unwrap();
}

#[test]
fn a_members_renewals_without_news_are_no_entries() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    let part = world.part("m1");
    world.say(&part, RENEW).unwrap();
    let entries = world.journal.len();
    for _ in 0..4 {
        world.pass(50);
        world.say(&part, RENEW).unwrap();
    }
    assert_eq!(world.journal.len(), entries);
    world.pass(50);
    assert_eq!(world.phase(id), Phase::Executing, "it was renewed all the same");
    world.say(&part, DONE).unwrap();
    assert_eq!(world.phase(id), Phase::Succeeded);
    world.assert_replay_gives_the_rows();
}

#[test]
fn a_provider_has_a_thousand_programs_at_the_most() {
    let mut world = world();
    for number in 0..1_000 {
        world.parts(&format!("m{number}"), 1);
    }
    let lease = |name: &str| Operation::Lease {
        provider: EACH,
        max: 1,
        seconds: None,
        instance: Some(name.to_owned()),
        noted: true,
    };
    let refused = world.run(&writer(), lease("one more"));
    assert!(matches!(refused, Err(Refusal::Invalid(faults)) if faults[0].code == FaultCode::TooLong));
    world.parts("m7", 1);
    world.pass(700_000);
    world.parts("one more", 1);
}

#[test]
fn what_a_member_may_have_done_is_undone() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    let part = world.part("m1");
    world.say(&part, RENEW).unwrap();
    world.cancel(&writer(), id).unwrap();
    world.say(&part, uncertain(false, true)).unwrap();
    world.fire();
    assert_eq!((world.phase(id), world.effect()), (Phase::Unknown, EffectState::Ending));
    world.assert_replay_gives_the_rows();
}

#[test]
fn an_undo_that_is_to_stop_is_over_once_its_leases_are_and_due_no_sooner() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    world.each(&["m1"], &DONE);
    world.undo(id);
    let undo = world.part("m1");
    let hours = ReportKind::Renew { seconds: Some(3_600), progress: None };
    world.say(&undo, hours).unwrap();
    world.cancel(&writer(), undo.lease.action).unwrap();
    let entries = world.journal.len();
    // `pass` fails where something stays due.
    world.pass(1_000);
    world.pass(1_000);
    assert_eq!((world.phase(undo.lease.action), world.journal.len()), (Phase::Cancelling, entries));
    world.pass(7_200);
    assert_eq!(world.phase(undo.lease.action), Phase::Cancelled);
    world.assert_replay_gives_the_rows();
}

#[test]
fn members_are_told_of_what_was_just_handed_out_and_of_no_more() {
    let mut world = world();
    let id = world.create(&writer(), block("1.2.3.4")).unwrap();
    for name in ["m1", "m2", "m3"] {
        world.parts(name, 0);
    }
    let news = |world: &World| world.record(id).execution.as_ref().unwrap().fleet.as_ref().unwrap().is_news();
    let first = world.part("m1");
    assert!(news(&world));
    world.part("m2");
    assert!(news(&world), "two may have asked in one batch");
    world.say(&first, RENEW).unwrap();
    assert!(!news(&world));
    world.part("m3");
    assert!(!news(&world), "nobody waits");
}

//! Guard rails: nothing is begun that is not approved, whoever says so and however often it was asked before.

use interdict_model::action::Status;
use interdict_model::actor::User;
use interdict_model::body::ActionBody;
use interdict_model::command::{Lasting, Operation, Report, ReportKind};
use interdict_model::execution::{Approval, Phase};
use interdict_model::guard::Met;
use interdict_model::journal::Kind;
use interdict_model::provider::ProviderChange;
use interdict_model::request::Request;
use interdict_model::settings::{AT_MOST, CatalogMode, Setting, SettingKey, Tenancy};
use interdict_model::view::Answer;
use interdict_model::{ActionId, Actor, FaultCode, Permission, Refusal};
use serde_json::{Value, json};

use super::{RENEW, TENANT, World, failed, filing, status, world, writer};
use crate::world::carried::{app, provider};

/// Somebody with that id, by an app.
fn user(id: &str) -> Actor {
    let user = User { id: id.into(), name: Some(format!("{id}@example.com").into()) };
    Actor { user: Some(user), ..writer() }
}

fn rule(id: u128, mut members: Value) -> Setting {
    members["id"] = json!(uuid::Uuid::from_u128(id));
    members["ttl"] = json!("PT1H");
    Setting::ApprovalRule(serde_json::from_value(members).unwrap())
}

/// That address is protected.
fn protected(id: u128, value: &str, mode: &str) -> Setting {
    let members = json!({ "id": uuid::Uuid::from_u128(id), "kind": "ip", "value": value, "mode": mode });
    Setting::ProtectedTarget(serde_json::from_value(members).unwrap())
}

fn block(provider: &str, address: &str) -> ActionBody {
    filing(provider, "BlockIp", &[("IP", address)])
}

impl World {
    fn approval(&self, id: ActionId) -> &Approval {
        self.record(id).execution.as_ref().unwrap().approval.as_ref().expect("it takes an approval")
    }

    fn judge(&mut self, by: &Actor, id: ActionId, approved: bool) -> Result<Answer, Refusal> {
        let hash = self.approval(id).hash.clone();
        self.run(by, Operation::Judge { id, hash, approved, comment: None })
    }
}

/// The code of a refusal, whether anything was written along with it or not.
fn code(outcome: Result<Answer, Refusal>) -> FaultCode {
    match outcome {
        Err(Refusal::Conflict(fault) | Refusal::Forbidden(fault))
        | Ok(Answer::Refused(Refusal::Conflict(fault) | Refusal::Forbidden(fault))) => fault.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_filed_it_or_changed_it_has_no_say_in_it() {
    let mut world = world();
    world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 1 })));
    let (ann, bob, eve) = (user("ann"), user("bob"), user("eve"));
    let id = world.create(&ann, block("One", "1.2.3.4")).unwrap();
    let before = world.approval(id).hash.clone();
    // Another one changes it, and so does an app without a user.
    world.update(&bob, id, block("One", "1.2.3.5")).unwrap();
    world.update(&app("app-2"), id, block("One", "1.2.3.6")).unwrap();
    assert_ne!(world.approval(id).hash, before);
    for by in [&ann, &bob] {
        assert_eq!(code(world.judge(by, id, true)), FaultCode::NotApprovable);
    }
    let by_another_name =
        Actor { app: app("app-9").app, user: Some(User { id: "ANN".into(), name: None }), ..writer() };
    assert_eq!(code(world.judge(&by_another_name, id, true)), FaultCode::NotApprovable);
    world.judge(&eve, id, true).unwrap();
    assert_eq!(world.phase(id), Phase::Queued);
    world.assert_replay_gives_the_rows();
}

#[test]
fn whoever_filed_what_was_only_recorded_has_no_say_in_it_either() {
    let mut world = world();
    world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 1 })));
    let (ann, eve) = (user("ann"), user("eve"));
    let id = world.create(&ann, block("Nobody", "1.2.3.4")).unwrap();
    world.update(&app("app-2"), id, block("One", "1.2.3.4")).unwrap();
    assert_eq!(code(world.judge(&ann, id, true)), FaultCode::NotApprovable);
    world.judge(&eve, id, true).unwrap();
}

#[test]
fn a_rule_about_somebody_is_theirs_whoever_changes_the_action() {
    let mut world = world();
    world.set(rule(1, json!({ "actions": ["*"], "requesters": ["ann"], "required": 1 })));
    let id = world.create(&user("ann"), block("One", "1.2.3.4")).unwrap();
    assert_eq!(world.phase(id), Phase::AwaitingApproval);
    world.update(&user("bob"), id, block("One", "1.2.3.5")).unwrap();
    assert_eq!(world.phase(id), Phase::AwaitingApproval, "it is still what she wants");
    let other = world.create(&user("bob"), block("One", "1.2.3.6")).unwrap();
    assert_eq!(world.phase(other), Phase::Queued);
    world.update(&user("ann"), other, block("One", "1.2.3.7")).unwrap();
    assert_eq!(world.phase(other), Phase::AwaitingApproval, "it has become what she wants");
}

#[test]
fn what_is_agreed_to_is_for_one_provider() {
    let mut world = world();
    world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 1 })));
    let id = world.create(&user("ann"), block("One", "1.2.3.4")).unwrap();
    let hash = world.approval(id).hash.clone();
    world.update(&user("ann"), id, block("Two", "1.2.3.4")).unwrap();
    let judge = Operation::Judge { id, hash, approved: true, comment: None };
    assert_eq!(code(world.run(&user("bob"), judge)), FaultCode::NotApprovable);
    world.judge(&user("bob"), id, true).unwrap();
    world.update(&user("eve"), id, block("One", "1.2.3.4")).unwrap();
    assert_eq!(world.phase(id), Phase::AwaitingApproval, "another person's change voids it too");
    assert!(world.approval(id).decisions.is_empty());
}

#[test]
fn every_rule_must_be_met_by_those_that_it_names() {
    let mut world = world();
    world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 1, "approvers": ["carl"] })));
    world.set(rule(2, json!({ "actions": ["BlockIp"], "required": 2 })));
    let id = world.create(&user("ann"), block("One", "1.2.3.4")).unwrap();
    world.judge(&user("bob"), id, true).unwrap();
    world.judge(&user("eve"), id, true).unwrap();
    assert_eq!(world.phase(id), Phase::AwaitingApproval, "carl must");
    world.judge(&user("CARL"), id, true).unwrap();
    assert_eq!(world.phase(id), Phase::Queued);

    let mut world = super::world();
    world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 1, "approvers": ["carl", "dora"] })));
    let id = world.create(&user("dora"), block("One", "1.2.3.4")).unwrap();
    for by in ["bob", "dora"] {
        assert_eq!(code(world.judge(&user(by), id, true)), FaultCode::NotApprovable, "{by}");
        assert_eq!(code(world.judge(&user(by), id, false)), FaultCode::NotApprovable, "{by}");
    }
    world.judge(&user("carl"), id, true).unwrap();
    assert_eq!(world.phase(id), Phase::Queued);
    world.lease_one();
    assert_eq!(code(world.judge(&user("dora"), id, false)), FaultCode::NotApprovable, "it is too late");
}

#[test]
fn what_was_handed_out_and_not_begun_is_still_kept_from_a_protected_target() {
    for lapses in [false, true] {
        for mode in ["deny", "needsApproval"] {
            let mut world = world();
            let id = world.create(&writer(), block("One", "1.2.3.4")).unwrap();
            let handed = world.lease_one();
            world.set(protected(0xdead, "1.2.3.4", mode));
            if lapses {
                world.pass(61);
            } else {
                let release = ReportKind::Release { delay: None };
                world.say(&handed, release).unwrap();
            }
            assert!(world.lease().is_empty());
            assert_eq!((world.phase(id), world.action(id).status), (Phase::Rejected, Status::Failed));
            assert_eq!(world.effect(), interdict_model::effect::EffectState::Ended, "it holds nothing");
            world.assert_replay_gives_the_rows();
        }
    }
}

#[test]
fn what_failed_for_certain_is_not_tried_again_on_a_protected_target() {
    let mut world = world();
    let id = world.create(&writer(), block("One", "1.2.3.4")).unwrap();
    let handed = world.begin();
    world.set(protected(0xdead, "1.2.3.4", "deny"));
    world.say(&handed, RENEW).unwrap();
    assert_eq!(world.phase(id), Phase::Executing, "what was begun goes on");
    world.say(&handed, failed(true, false)).unwrap();
    world.pass(60);
    assert!(world.lease().is_empty());
    assert_eq!(world.phase(id), Phase::Rejected);
}

#[test]
fn an_approval_counts_for_what_it_was_asked_for_alone() {
    let mut world = world();
    world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 1 })));
    let id = world.create(&user("ann"), block("One", "1.2.3.4")).unwrap();
    world.judge(&user("bob"), id, true).unwrap();
    assert_eq!(world.phase(id), Phase::Queued);
    let before = world.approval(id).hash.clone();
    world.set(protected(0xa, "1.2.3.4", "needsApproval"));
    world.set(protected(0xb, "1.2.3.0/24", "needsApproval"));
    assert!(world.lease().is_empty());
    assert_eq!(world.phase(id), Phase::AwaitingApproval, "nobody was asked about the target");
    assert_ne!(world.approval(id).hash, before);
    assert_eq!(code(world.judge(&user("ann"), id, true)), FaultCode::NotApprovable, "she filed it");
    world.judge(&user("bob"), id, true).unwrap();
    assert_eq!(world.phase(id), Phase::Queued);
    assert_eq!(world.lease_one().lease.action, id);
    assert_eq!(world.view.settings(TENANT).protected.len(), 2);
}

#[test]
fn a_bound_app_begins_by_patch_what_it_would_be_handed_and_nothing_else() {
    let two = || app("two");
    let patched = |world: &mut World, id, becomes| code(world.update(&two(), id, status(becomes)));
    let both = [Status::Running, Status::Completed];

    let mut world = world();
    world.set(rule(
        1,
        json!({ "actions": ["BlockIp"], "targets": [{ "kind": "ip", "value": "9.9.9.9" }], "required": 1 }),
    ));
    let unapproved = world.create(&user("ann"), block("Two", "9.9.9.9")).unwrap();
    let request = Request { not_before: Some(world.clock.plus_seconds(100)), ..Request::default() };
    let early = ActionBody { request: Some(Box::new(request)), ..block("Two", "1.2.3.4") };
    let early = world.create(&user("ann"), early).unwrap();
    for becomes in both {
        assert_eq!(patched(&mut world, unapproved, becomes), FaultCode::NeedsApproval);
        assert_eq!(patched(&mut world, early, becomes), FaultCode::NotReady);
    }
    world
        .update(&two(), unapproved, status(Status::Failed))
        .expect("what cannot be done may be said to be so");

    // What is paused or switched off; an undo is not kept by a pause.
    world.pass(101);
    let pauses = [
        (Operation::PauseTenant(true), Operation::PauseTenant(false)),
        (Operation::PauseProvider(super::TWO, true), Operation::PauseProvider(super::TWO, false)),
    ];
    for (pause, resume) in pauses {
        world.run(&writer(), pause).unwrap();
        for becomes in both {
            assert_eq!(patched(&mut world, early, becomes), FaultCode::Paused);
        }
        world.run(&writer(), resume).unwrap();
    }
    world.update(&two(), early, status(Status::Running)).unwrap();
    assert_eq!(world.phase(early), Phase::Executing);

    // One on a target at a time, as many as the provider may have.
    let same = world.create(&user("ann"), filing("Two", "UnblockIp", &[("IP", "1.2.3.4")])).unwrap();
    for becomes in both {
        assert_eq!(patched(&mut world, same, becomes), FaultCode::NotReady);
    }
    world.set(Setting::Provider(provider(0xb1, "Two", Some("two"), super::ACTIONS, 1)));
    let other = world.create(&user("ann"), block("Two", "1.2.3.9")).unwrap();
    assert_eq!(patched(&mut world, other, Status::Running), FaultCode::NotReady, "it has as many as it may");
    world.update(&two(), early, status(Status::Completed)).unwrap();
    world.update(&two(), same, status(Status::Running)).unwrap();
    world.update(&two(), same, status(Status::Completed)).unwrap();

    // What is protected by now, and what is over.
    world.set(protected(0xdead, "1.2.3.9", "needsApproval"));
    let reworded = ActionBody { action_reason: crate::world::text("done"), ..status(Status::Completed) };
    assert_eq!(code(world.update(&two(), other, reworded)), FaultCode::NeedsApproval);
    assert_eq!(world.phase(other), Phase::AwaitingApproval);
    assert_eq!(
        world.action(other).action_reason,
        None,
        "what is refused changes nothing of the action itself"
    );
    world.judge(&user("bob"), other, true).unwrap();
    world.set(protected(0xdead, "1.2.3.9", "deny"));
    assert_eq!(patched(&mut world, other, Status::Running), FaultCode::ProtectedTarget);
    assert_eq!(world.phase(other), Phase::Rejected);
    let late = world.create(&user("ann"), block("Two", "1.2.3.10")).unwrap();
    world.clock = world.clock.plus_seconds(86_401);
    assert_eq!(patched(&mut world, late, Status::Completed), FaultCode::NotReady);
    world.assert_replay_gives_the_rows();
}

#[test]
fn a_bound_app_takes_up_by_patch_what_it_gave_back_as_if_it_were_handed_it() {
    let mut world = world();
    let id = world.create(&writer(), block("Two", "1.2.3.4")).unwrap();
    let operation =
        Operation::Lease { provider: super::TWO, max: 1, seconds: None, instance: None, noted: false };
    let Answer::Leases(leases) = world.run(&app("two"), operation).unwrap() else { panic!() };
    let report = |kind| {
        let report = Box::new(Report { fence: leases[0].lease.fence, kind });
        Operation::Report { lease: leases[0].lease, report }
    };
    world.run(&app("two"), report(ReportKind::Release { delay: Some(60) })).unwrap();
    let done = || status(Status::Completed);
    assert_eq!(code(world.update(&app("two"), id, done())), FaultCode::NotReady);
    world.pass(60);
    world.set(protected(0xdead, "1.2.3.4", "deny"));
    assert_eq!(code(world.update(&app("two"), id, done())), FaultCode::ProtectedTarget);
    assert_eq!(world.phase(id), Phase::Rejected);
}

#[test]
fn who_decides_once_the_provider_has_begun_decides_too_late() {
    let mut world = world();
    world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 1 })));
    let id = world.create(&user("ann"), block("Two", "1.2.3.4")).unwrap();
    world.judge(&user("bob"), id, true).unwrap();
    world.update(&app("two"), id, status(Status::Running)).unwrap();
    for approved in [true, false] {
        assert_eq!(code(world.judge(&user("eve"), id, approved)), FaultCode::NotApprovable);
    }
    world.update(&app("two"), id, status(Status::Completed)).unwrap();
    assert_eq!(code(world.judge(&user("eve"), id, false)), FaultCode::NotApprovable);
    assert_eq!(world.phase(id), Phase::Succeeded);
}

#[test]
fn a_pause_outlives_what_was_read_before_it() {
    let mut world = world();
    let (one, tenancy) = (provider(0xb0, "One", None, super::ACTIONS, 5), Tenancy::default());
    world.run(&writer(), Operation::PauseProvider(super::ONE, true)).unwrap();
    world.run(&writer(), Operation::PauseTenant(true)).unwrap();
    world.set(Setting::Provider(one));
    world.set(Setting::Tenant(Tenancy { catalog_mode: CatalogMode::Strict, ..tenancy }));
    let change = ProviderChange { enabled: Some(false), ..ProviderChange::default() };
    world.run(&writer(), Operation::ChangeProvider(super::ONE, Box::new(change))).unwrap();
    let settings = world.view.settings(TENANT);
    let one = &settings.providers[&super::ONE];
    assert_eq!((one.paused, one.enabled, one.max_concurrent), (true, false, 5));
    assert_eq!(
        settings.tenant,
        Tenancy { catalog_mode: CatalogMode::Strict, paused: true, ..Tenancy::default() }
    );
    world.run(&writer(), Operation::PauseProvider(super::ONE, false)).unwrap();
    assert!(!world.view.settings(TENANT).providers[&super::ONE].paused);
}

#[test]
fn a_full_list_keeps_nobody_from_changing_what_is_there() {
    let mut world = world();
    let settings = std::sync::Arc::make_mut(world.view.settings.get_mut(&TENANT).unwrap());
    for number in 0..u128::try_from(AT_MOST).unwrap() {
        settings.put(protected(0x10_000 + number, "10.0.0.1", "deny"));
        settings.put(rule(0x20_000 + number, json!({ "actions": ["RunScan"], "required": 1 })));
    }
    let put = |world: &mut World, setting| {
        world.run(&writer(), Operation::PutSetting { setting: Box::new(setting), exists: None })
    };
    for more in [protected(1, "10.0.0.1", "deny"), rule(1, json!({ "actions": ["*"], "required": 1 }))] {
        let Err(Refusal::Invalid(faults)) = put(&mut world, more) else { panic!() };
        assert_eq!(faults[0].code, FaultCode::TooLong);
    }
    put(&mut world, protected(0x10_000, "10.0.0.2", "deny")).unwrap();
    put(&mut world, rule(0x20_000, json!({ "actions": ["*"], "required": 1 }))).unwrap();
    put(&mut world, Setting::Provider(provider(0xb0, "One", None, super::ACTIONS, 5))).unwrap();
    put(&mut world, Setting::Provider(provider(0xb7, "Seven", None, super::ACTIONS, 5))).unwrap();
    put(&mut world, Setting::Tenant(Tenancy::default())).unwrap();
}

#[test]
fn what_was_agreed_to_for_a_time_lasts_no_longer() {
    let mut world = world();
    let five_minutes = || Some(Box::new(super::lasting(300)));
    let free = world.create(&user("ann"), ActionBody { request: five_minutes(), ..block("One", "1.2.3.4") });
    world.carry_out();
    world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 1 })));
    let body = ActionBody { request: five_minutes(), ..block("One", "1.2.3.5") };
    let agreed = world.create(&user("ann"), body).unwrap();
    world.judge(&user("bob"), agreed, true).unwrap();
    world.carry_out();
    let extend =
        |world: &mut World, by: &str, id, until| world.run(&user(by), Operation::Extend { id, until });
    for by in ["ann", "bob"] {
        for until in [Lasting::Forever, Lasting::For(86_400)] {
            assert_eq!(code(extend(&mut world, by, agreed, until)), FaultCode::NeedsApproval);
        }
    }
    extend(&mut world, "ann", agreed, Lasting::For(60)).expect("shorter is no more than was agreed to");
    let free = free.unwrap();
    extend(&mut world, "ann", free, Lasting::For(86_400)).unwrap();
    world.set(protected(0xdead, "1.2.3.4", "needsApproval"));
    assert_eq!(code(extend(&mut world, "ann", free, Lasting::Forever)), FaultCode::NeedsApproval);
    world.set(protected(0xdead, "1.2.3.4", "deny"));
    assert_eq!(code(extend(&mut world, "ann", free, Lasting::Forever)), FaultCode::ProtectedTarget);
    extend(&mut world, "ann", free, Lasting::For(60)).unwrap();
    // The way that is left: another action holds the same effect.
    let again = world.create(&user("ann"), block("One", "1.2.3.5")).unwrap();
    world.judge(&user("bob"), again, true).unwrap();
    assert!(world.lease().is_empty());
    assert_eq!(world.phase(again), Phase::Succeeded, "it joins");
}

#[test]
fn a_definition_hides_nothing_from_guard_rails_and_takes_no_others_name() {
    let keeper =
        || Actor { permissions: [Permission::GuardrailsReadWrite].into_iter().collect(), ..writer() };
    let put = |world: &mut World, by: &Actor, definition: &Value| {
        let setting = Setting::Definition(serde_json::from_value(definition.clone()).unwrap());
        world.run(by, Operation::PutSetting { setting: Box::new(setting), exists: None })
    };
    let remove = |world: &mut World, by: &Actor, name: &str| {
        world.run(by, Operation::RemoveSetting(SettingKey::Definition(name.to_owned())))
    };
    let ip = |kind: &str| json!({ "name": "IP", "type": kind, "required": true });
    let undo = json!({ "action": "UnblockIp", "parameters": { "IP": "IP" } });
    let own = json!({ "name": "BlockIp", "target": "IP", "undo": undo, "parameters": [ip("cidr")] });

    // Aliases and names of others.
    let mut world = world();
    for (name, alias) in [("TagIp", "BlockIp"), ("TagIp", "isolatemachine"), ("IsolateMachine", "TagHost")] {
        let taken = json!({ "name": name, "aliases": [alias], "target": "IP", "parameters": [ip("cidr")] });
        assert_eq!(code(put(&mut world, &keeper(), &taken)), FaultCode::AlreadyExists, "{name} {alias}");
    }
    put(&mut world, &app("admin"), &json!({ "name": "TagIp", "aliases": ["MarkIp"] })).unwrap();
    let twice = json!({ "name": "MarkIp", "parameters": [] });
    assert_eq!(code(put(&mut world, &keeper(), &twice)), FaultCode::AlreadyExists);

    // What is overridden stays seen.
    let note = json!({ "name": "note", "type": "text" });
    let hidden = [
        json!({ "name": "BlockIp", "target": "IP", "undo": undo, "parameters": [ip("text")] }),
        json!({ "name": "BlockIp", "target": "IP", "parameters": [ip("cidr")] }),
        json!({ "name": "BlockIp", "parameters": [ip("cidr")] }),
        json!({ "name": "BlockIp", "target": "address", "parameters": [
            { "name": "address", "type": "text", "required": true } ] }),
        json!({ "name": "BlockIp", "target": "IP", "anyOf": [["IP", "note"]], "parameters": [
            { "name": "IP", "type": "cidr" }, note ] }),
        json!({ "name": "BlockIp", "target": "IP", "undo": undo, "parameters": [ip("cidr")], "risk": "low" }),
    ];
    for definition in &hidden {
        assert_eq!(code(put(&mut world, &app("admin"), definition)), FaultCode::GuardRail, "{definition}");
    }
    put(&mut world, &app("admin"), &own).expect("what guard rails see is the same");

    // Nobody is asked about an undo: it is no way to do what others would be asked about.
    let x = json!({ "name": "x", "type": "cidr", "required": true });
    let aside = json!({ "name": "TagHost", "target": "IP", "parameters": [ip("cidr"), x],
        "undo": { "action": "BlockIp", "parameters": { "IP": "x" } } });
    let Err(Refusal::Invalid(faults)) = put(&mut world, &keeper(), &aside) else { panic!() };
    assert_eq!(faults[0].target, "undo/parameters/IP");
    let dear = json!({ "name": "TagHost", "target": "machineId",
        "parameters": [{ "name": "machineId", "type": "deviceId", "required": true }],
        "undo": { "action": "IsolateHost", "parameters": { "machineId": "machineId" } } });
    assert_eq!(code(put(&mut world, &app("admin"), &dear)), FaultCode::GuardRail);
    let other = json!({ "name": "AllowIp", "target": "IP", "parameters": [ip("cidr")],
        "undo": { "action": "BlockIp", "parameters": { "IP": "IP" } } });
    assert_eq!(code(put(&mut world, &app("admin"), &other)), FaultCode::GuardRail);
    put(&mut world, &keeper(), &hidden[2]).expect("whoever keeps them may");

    // What its keeper made stricter stays so, by whichever name and whoever removes it.
    let mut strict = own.clone();
    strict["approval"] = json!({ "required": 1, "ttl": "PT1H" });
    put(&mut world, &keeper(), &strict).unwrap();
    assert_eq!(code(put(&mut world, &app("admin"), &own)), FaultCode::GuardRail);
    assert_eq!(code(remove(&mut world, &app("admin"), "blockip")), FaultCode::GuardRail);
    remove(&mut world, &keeper(), "blockip").unwrap();
    let isolate = json!({ "name": "IsolateHost", "target": "machineId", "risk": "high",
        "undo": { "action": "ReleaseHost", "parameters": { "machineId": "machineId" } },
        "parameters": [{ "name": "machineId", "type": "deviceId", "required": true }],
        "approval": { "required": 1, "ttl": "PT1H" } });
    put(&mut world, &keeper(), &isolate).unwrap();
    world.set(Setting::Provider(provider(0xb0, "One", None, &["IsolateHost"], 5)));
    let by_alias = filing("One", "IsolateMachine", &[("machineId", "pc-1")]);
    let by_alias = world.create(&user("ann"), by_alias).unwrap();
    assert_eq!(world.phase(by_alias), Phase::AwaitingApproval, "an alias stands for what overrides the name");
    let risky = json!({ "name": "Wipe", "risk": "irreversible", "parameters": [] });
    assert_eq!(code(put(&mut world, &app("admin"), &risky)), FaultCode::GuardRail);
    put(&mut world, &keeper(), &risky).unwrap();
    assert_eq!(code(remove(&mut world, &app("admin"), "wipe")), FaultCode::GuardRail);
    remove(&mut world, &app("admin"), "tagip").unwrap();
}

#[test]
fn an_entry_that_is_put_holds_for_what_is_not_begun_and_for_nothing_else() {
    for mode in ["deny", "needsApproval"] {
        let mut world = world();
        let later = Request { not_before: Some(world.clock.plus_seconds(1_000)), ..Request::default() };
        let scheduled = ActionBody { request: Some(Box::new(later)), ..block("One", "1.2.3.4") };
        let in_force = world.create(&user("ann"), block("One", "1.2.3.4")).unwrap();
        world.carry_out();
        let running = world.create(&user("ann"), filing("One", "UnblockIp", &[("IP", "1.2.3.4")])).unwrap();
        world.begin();
        let queued = world.create(&user("ann"), block("Two", "1.2.3.4")).unwrap();
        let scheduled = world.create(&user("ann"), scheduled).unwrap();
        let elsewhere = world.create(&user("ann"), block("Two", "1.2.3.9")).unwrap();
        world.set(rule(1, json!({ "actions": ["BlockIp"], "required": 2 })));
        let awaiting = world.create(&user("ann"), block("Two", "1.2.3.4")).unwrap();
        world.judge(&user("bob"), awaiting, true).unwrap();
        let hash = world.approval(awaiting).hash.clone();
        world.set(protected(0xdead, "1.2.3.4/30", mode));
        world.set(protected(0xbeef, "1.2.3.4", mode));

        let ids =
            vec![in_force, running, queued, scheduled, elsewhere, awaiting, ActionId(uuid::Uuid::nil())];
        let met = Met { running: vec![running], in_force: vec![in_force], more: false };
        let met = Some((uuid::Uuid::from_u128(0xdead), Box::new(met)));
        let guard = Operation::Guard { ids, met };
        let (rejected, withheld) = if mode == "deny" { (3, 0) } else { (0, 3) };
        let answer = world.run(&writer(), guard.clone()).unwrap();
        assert_eq!(answer, Answer::Guarded { rejected, withheld });
        let phases = [in_force, running, elsewhere].map(|id| world.phase(id));
        assert_eq!(phases, [Phase::Succeeded, Phase::Executing, Phase::Queued], "these are told alone");
        let held = if mode == "deny" { Phase::Rejected } else { Phase::AwaitingApproval };
        assert_eq!([queued, scheduled, awaiting].map(|id| world.phase(id)), [held; 3]);
        let told = world.journal.iter().filter(|entry| entry.kind == Kind::GuardMet.number());
        assert_eq!(told.count(), 1);
        if mode == "needsApproval" {
            assert_ne!(world.approval(awaiting).hash, hash);
            assert!(world.approval(awaiting).decisions.is_empty(), "bob was not asked about the target");
            assert_eq!(world.approval(awaiting).needs.len(), 3);
            world.judge(&user("bob"), queued, true).unwrap();
            world.judge(&user("bob"), scheduled, true).unwrap();
            assert_eq!([queued, scheduled].map(|id| world.phase(id)), [Phase::Queued, Phase::Scheduled]);
        }
        let again = world.run(&writer(), guard).unwrap();
        assert_eq!(again, Answer::Guarded { rejected: 0, withheld: 0 }, "it can be done again");
        world.assert_replay_gives_the_rows();
    }
}

#[test]
fn a_twin_is_refused_to_a_patch_as_it_is_to_a_lease_and_an_undo_that_was_given_up_is_in_nobodys_way() {
    let mut world = world();
    let two = || app("two");
    let mut definition = interdict_model::catalog::find("BlockIp").unwrap().clone();
    definition.duplicates = interdict_model::catalog::Duplicates::Reject;
    world.set(Setting::Definition(definition));
    let first = world.create(&writer(), block("Two", "1.2.3.4")).unwrap();
    let second = world.create(&writer(), block("Two", "1.2.3.4")).unwrap();
    let third = world.create(&writer(), block("Two", "1.2.3.4")).unwrap();
    world.update(&two(), first, status(Status::Completed)).unwrap();
    assert_eq!(code(world.update(&two(), second, status(Status::Completed))), FaultCode::Duplicate);
    assert_eq!(world.phase(second), Phase::Rejected);

    world.undo(first);
    let undo = world.records().find(|it| it.execution.as_ref().unwrap().undo_of == Some(first));
    let undo = undo.unwrap().action.id;
    assert_eq!(
        code(world.update(&two(), third, status(Status::Completed))),
        FaultCode::InvalidTransition,
        "the effect is just being lifted"
    );
    world.cancel(&writer(), undo).unwrap();
    world.update(&two(), third, status(Status::Completed)).unwrap();
    assert_eq!(world.effect(), interdict_model::effect::EffectState::Active);
    world.assert_replay_gives_the_rows();
}

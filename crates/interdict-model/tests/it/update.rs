use interdict_model::action::{KeyValuePair, Status};
use interdict_model::body::{ActionBody, Field, ResultInfoBody, StateBody, VendorBody};
use interdict_model::command::Operation;
use interdict_model::version::Precondition;
use interdict_model::view::{Change, Columns};
use interdict_model::{ActionId, Command, FaultCode, Refusal, RequestId, decide, result_code};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::world::{World, block_ip, date, person, status, text, writer};

fn filed() -> (World, ActionId) {
    let mut world = World::new();
    let id = world.create(&writer(), block_ip()).unwrap();
    (world, id)
}

fn code(refusal: Refusal) -> (FaultCode, String) {
    match refusal {
        Refusal::Conflict(fault) => (fault.code, fault.target),
        Refusal::Invalid(mut faults) => {
            let fault = faults.remove(0);
            (fault.code, fault.target)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_status_change_is_in_the_history_and_moves_the_dates() {
    let (mut world, id) = filed();
    let before = world.action(id).last_action;
    world.update(&person("bob@contoso.com"), id, status(Status::Running)).unwrap();
    world.update(&writer(), id, status(Status::Completed)).unwrap();
    let action = world.action(id);
    let history: Vec<_> = action.states.iter().map(|entry| (entry.status, entry.user.as_deref())).collect();
    assert_eq!(history, [(Some(Status::Running), Some("bob@contoso.com")), (Some(Status::Completed), None)]);
    assert_eq!(action.states[1].updated, Some(action.last_action));
    assert_eq!(action.completed, Some(action.last_action));
    assert!(action.last_action > before);
}

#[test]
fn an_update_names_what_lists_are_found_by_only_where_it_changes() {
    let (world, id) = filed();
    let columns = |body: ActionBody, seconds: i64| {
        let (body, precondition) = (Box::new(body), Precondition::None);
        let operation = Operation::Update { id, body, precondition, strict: false };
        let command = Command { actor: writer(), request: RequestId(Uuid::from_u128(9)), operation };
        let now = world.action(id).last_action.plus_seconds(seconds);
        match decide(&world.view, &command, now).unwrap().changes.as_slice() {
            [Change::UpdateAction(_, _, columns)] => *columns,
            other => panic!("{other:?}"),
        }
    };
    let code = Field::Value(ResultInfoBody { code: Field::Value(4), ..ResultInfoBody::default() });
    let progress = ActionBody { error_info: code, ..ActionBody::default() };
    assert_eq!(columns(progress.clone(), 1), Columns::Detail);
    assert_eq!(columns(progress, 430), Columns::Period, "a period has 429.5 s");
    assert_eq!(columns(status(Status::Running), 1), Columns::Progress);
    let reason = ActionBody { action_reason: text("another"), ..ActionBody::default() };
    assert_eq!(columns(reason, 1), Columns::All);
}

#[test]
fn a_status_goes_forward_only_and_a_final_one_stays() {
    for (from, to, allowed) in [
        (Status::NotStarted, Status::Completed, true),
        (Status::NotStarted, Status::Failed, true),
        (Status::Running, Status::Failed, true),
        (Status::Running, Status::NotStarted, false),
        (Status::Completed, Status::Failed, false),
        (Status::Failed, Status::Completed, false),
        (Status::Failed, Status::Running, false),
    ] {
        let (mut world, id) = filed();
        world.update(&writer(), id, status(from)).unwrap();
        let outcome = world.update(&writer(), id, status(to));
        match outcome {
            Ok(_) => assert!(allowed, "{from} to {to}"),
            Err(refusal) => {
                assert!(!allowed, "{from} to {to}");
                assert_eq!(code(refusal), (FaultCode::InvalidTransition, "status".into()));
            }
        }
    }
}

#[test]
fn what_repeats_the_stored_value_changes_nothing() {
    let (mut world, id) = filed();
    world.update(&writer(), id, status(Status::Running)).unwrap();
    let action = world.action(id).clone();
    let cut = |at: interdict_model::Timestamp| date(&format!("{}+00:00", &at.to_string()[..26]));
    let whole = ActionBody {
        id: text(&id.to_string()),
        name: text("BlockIp"),
        action_reason: text("Test"),
        created: cut(action.created),
        last_action: cut(action.last_action),
        parameters: block_ip().parameters,
        vendor_information: block_ip().vendor_information,
        states: Field::Value(vec![]),
        status: Field::Value(Status::Running),
        user: Field::Null,
        ..ActionBody::default()
    };
    let entries = world.journal.len();
    world.update(&writer(), id, whole).unwrap();
    assert_eq!(world.journal.len(), entries);
    assert_eq!(*world.action(id), action);
}

#[test]
fn what_was_asked_is_fixed_once_the_action_has_begun() {
    let (mut world, id) = filed();
    let vendor = VendorBody { sub_provider: text("Edge"), ..VendorBody::default() };
    let merge = ActionBody { vendor_information: Field::Value(vendor), ..ActionBody::default() };
    world.update(&writer(), id, merge).unwrap();
    assert_eq!(world.action(id).vendor_information.sub_provider.as_deref(), Some("Edge"));
    assert_eq!(world.action(id).vendor_information.vendor.as_deref(), Some("Microsoft"));

    world.update(&writer(), id, status(Status::Running)).unwrap();
    let nameless = vec![KeyValuePair { name: None, value: Some("1.2.3.5".into()) }];
    for (body, target) in [
        (ActionBody { name: text("UnblockIp"), ..ActionBody::default() }, "name"),
        (ActionBody { parameters: Field::Value(nameless), ..ActionBody::default() }, "parameters"),
        (
            ActionBody {
                vendor_information: Field::Value(VendorBody { provider: text("x"), ..VendorBody::default() }),
                ..ActionBody::default()
            },
            "vendorInformation",
        ),
    ] {
        let refusal = world.update(&writer(), id, body).unwrap_err();
        assert_eq!(code(refusal), (FaultCode::Immutable, target.to_owned()));
    }
    let free = ActionBody { action_reason: Field::Null, client_context: text("c"), ..ActionBody::default() };
    world.update(&writer(), id, free).unwrap();
    assert_eq!(world.action(id).action_reason, None);
    assert_eq!(world.action(id).client_context.as_deref(), Some("c"));
}

#[test]
fn error_info_is_free_until_the_action_is_final() {
    let (mut world, id) = filed();
    let error = |code: i32, message: &str| ActionBody {
        error_info: Field::Value(ResultInfoBody {
            code: Field::Value(code),
            message: text(message),
            ..Default::default()
        }),
        ..ActionBody::default()
    };
    world.update(&writer(), id, error(4, "slow")).unwrap();
    world
        .update(&writer(), id, ActionBody { status: Field::Value(Status::Failed), ..error(7, "down") })
        .unwrap();
    assert_eq!(world.action(id).error_info.as_ref().map(|info| (info.code, info.subcode)), Some((7, 0)));
    world.update(&writer(), id, error(7, "down")).unwrap();
    assert_eq!(code(world.update(&writer(), id, error(8, "down")).unwrap_err()).0, FaultCode::AlreadyFinal);
}

#[test]
fn a_finishing_update_may_say_when_it_finished() {
    let finish = |completed| ActionBody { completed, ..status(Status::Completed) };
    let (mut world, id) = filed();
    world.update(&writer(), id, finish(date("2020-01-01T00:00:00Z"))).unwrap();
    assert_eq!(world.action(id).completed.unwrap().to_string(), "2020-01-01T00:00:00.0000000Z");

    let (mut world, id) = filed();
    let soon = world.clock.plus_seconds(60).to_string();
    world.update(&writer(), id, finish(date(&soon))).unwrap();
    assert_eq!(world.action(id).completed, Some(world.action(id).last_action), "the future is not taken");

    let (mut world, id) = filed();
    let refusal = world.update(&writer(), id, finish(date("2999-01-01"))).unwrap_err();
    assert_eq!(code(refusal), (FaultCode::InvalidValue, "completedDateTime".into()));
}

#[test]
fn strict_handling_names_what_would_be_ignored() {
    let (mut world, id) = filed();
    for (body, target) in [
        (ActionBody { app_id: text("x"), ..ActionBody::default() }, "appId"),
        (ActionBody { created: date("2001-01-01"), ..ActionBody::default() }, "createdDateTime"),
        (ActionBody { states: Field::Value(vec![StateBody::default()]), ..ActionBody::default() }, "states"),
        (ActionBody { completed: date("2001-01-01"), ..ActionBody::default() }, "completedDateTime"),
        (ActionBody { id: text("another"), ..ActionBody::default() }, "id"),
    ] {
        world.update(&writer(), id, body.clone()).unwrap();
        let refusal = world.update_strictly(&writer(), id, body).unwrap_err();
        assert_eq!(code(refusal), (FaultCode::ReadOnly, target.to_owned()));
    }
    let soon = world.clock.plus_seconds(60).to_string();
    let not_taken = ActionBody { completed: date(&soon), ..status(Status::Completed) };
    let refusal = world.update_strictly(&writer(), id, not_taken).unwrap_err();
    assert_eq!(code(refusal), (FaultCode::ReadOnly, "completedDateTime".to_owned()));
    let echo = ActionBody { app_id: text("app-1"), states: Field::Value(vec![]), ..ActionBody::default() };
    world.update_strictly(&writer(), id, echo).unwrap();
}

#[test]
fn a_cancel_fails_the_action_once_and_never_a_finished_one() {
    let (mut world, id) = filed();
    world.update(&writer(), id, status(Status::Running)).unwrap();
    world.cancel(&person("ann@contoso.com"), id).unwrap();
    let action = world.action(id).clone();
    assert_eq!(action.status, Status::Failed);
    let error = action.error_info.clone().unwrap();
    assert_eq!(
        (error.code, error.message.as_deref()),
        (result_code::CANCELLED, Some("cancelled by ann@contoso.com"))
    );
    assert_eq!(action.states.last().unwrap().status, Some(Status::Failed));
    world.cancel(&writer(), id).unwrap();
    assert_eq!(*world.action(id), action);

    let (mut world, id) = filed();
    world.update(&writer(), id, status(Status::Failed)).unwrap();
    assert_eq!(code(world.cancel(&writer(), id).unwrap_err()).0, FaultCode::AlreadyFinal);
}

#[test]
fn only_final_actions_are_deleted() {
    let (mut world, id) = filed();
    assert_eq!(code(world.delete(&writer(), id).unwrap_err()).0, FaultCode::NotFinal);
    world.cancel(&writer(), id).unwrap();
    world.delete(&writer(), id).unwrap();
    assert!(matches!(world.delete(&writer(), id).unwrap_err(), Refusal::NotFound(_)));
}

#[test]
fn a_stale_version_is_refused_and_the_present_one_admitted() {
    let (mut world, id) = filed();
    let update = |tags: &[&str]| Operation::Update {
        id,
        body: Box::new(status(Status::Running)),
        precondition: Precondition::AnyOf(tags.iter().map(|tag| (*tag).to_owned()).collect()),
        strict: false,
    };
    assert_eq!(world.run(&writer(), update(&["1-2", "2-1", ""])), Err(Refusal::PreconditionFailed));
    world.run(&writer(), update(&["9-9", "1-1"])).unwrap();
    let unknown = ActionId(Uuid::from_u128(77));
    assert!(matches!(world.cancel(&writer(), unknown).unwrap_err(), Refusal::NotFound(_)));
}

#[test]
fn undeclared_members_are_kept_replaced_and_cleared() {
    let raw = |text: &str| Some(RawValue::from_string(text.to_owned()).unwrap());
    let mut world = World::new();
    let open = vec![("ticket".to_owned(), raw("12345678901234567890123")), ("b".to_owned(), raw("[1, 2]"))];
    let id = world.create(&writer(), ActionBody { open, ..block_ip() }).unwrap();
    let change = vec![("ticket".to_owned(), None), ("b".to_owned(), raw("{}")), ("c".to_owned(), raw("1"))];
    world.update(&writer(), id, ActionBody { open: change, ..ActionBody::default() }).unwrap();
    let kept: Vec<_> = world.action(id).open.iter().map(|m| (m.name.as_str(), m.value.get())).collect();
    assert_eq!(kept, [("b", "{}"), ("c", "1")]);
    world.assert_replay_gives_the_rows();

    let many = (0..63).map(|n| (format!("m{n}"), raw("1"))).collect();
    let refusal =
        world.update(&writer(), id, ActionBody { open: many, ..ActionBody::default() }).unwrap_err();
    assert_eq!(code(refusal).0, FaultCode::TooLong);
}

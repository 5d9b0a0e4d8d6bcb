use interdict_model::action::{KeyValuePair, Status};
use interdict_model::body::{ActionBody, Field, ResultInfoBody, StateBody, VendorBody};
use interdict_model::{FaultCode, Refusal, Timestamp};

use crate::world::{World, block_ip, date, instant, migrator, status, text, writer};

/// The original page's PATCH with real statuses.
fn seed() -> ActionBody {
    ActionBody {
        action_reason: text("Action Reason value"),
        app_id: text("App Id value"),
        azure_tenant_id: text("Azure Tenant Id value"),
        client_context: text("Client Context value"),
        completed: date("2017-01-01T00:01:13.9669573+03:00"),
        error_info: Field::Value(ResultInfoBody {
            code: Field::Value(4),
            subcode: Field::Value(7),
            message: text("Message value"),
        }),
        last_action: date("2016-12-31T23:56:44.8542569+03:00"),
        name: text("Name value"),
        parameters: Field::Value(vec![KeyValuePair { name: None, value: Some("Value value".into()) }]),
        states: Field::Value(vec![StateBody {
            app_id: None,
            status: Some(Status::Completed),
            updated: Timestamp::parse_lenient("2017-01-01T00:02:44.8627183+03:00"),
            user: Some("User value".into()),
        }]),
        status: Field::Value(Status::Completed),
        user: text("User value"),
        vendor_information: Field::Value(VendorBody {
            provider: text("Provider value"),
            provider_version: text("Provider Version value"),
            sub_provider: text("Sub Provider value"),
            vendor: text("Vendor value"),
        }),
        ..ActionBody::default()
    }
}

#[test]
fn the_original_pages_update_is_written_as_it_stands_and_repeating_it_changes_nothing() {
    let mut world = World::new();
    let id = world.create(&migrator(), block_ip()).unwrap();
    world.update(&migrator(), id, seed()).unwrap();
    let action = world.action(id).clone();
    assert_eq!(action.app_id.as_deref(), Some("App Id value"));
    assert_eq!(action.azure_tenant_id.as_deref(), Some("Azure Tenant Id value"));
    assert_eq!(action.completed, Some(instant("2016-12-31T21:01:13.9669573Z")));
    assert_eq!(action.last_action, instant("2016-12-31T20:56:44.8542569Z"));
    assert_eq!(action.states.len(), 1);
    assert_eq!(action.states[0].updated, Some(instant("2016-12-31T21:02:44.8627183Z")));
    assert_eq!(action.parameters[0].name, None);

    let entries = world.journal.len();
    world.update(&migrator(), id, seed()).unwrap();
    assert_eq!((world.journal.len(), world.action(id)), (entries, &action));
    world.assert_replay_gives_the_rows();
}

#[test]
fn the_same_update_by_a_writer_leaves_what_the_server_keeps() {
    let mut world = World::new();
    let id = world.create(&writer(), block_ip()).unwrap();
    world.update(&writer(), id, seed()).unwrap();
    let action = world.action(id);
    assert_eq!(action.app_id.as_deref(), Some("app-1"));
    assert_eq!(action.user, None);
    assert_eq!(action.states.len(), 1);
    assert_eq!(action.states[0].app_id.as_deref(), Some("app-1"));
    assert_eq!(action.states[0].updated, Some(action.last_action));
    assert_eq!(action.completed, Some(instant("2016-12-31T21:01:13.9669573Z")));
    assert_eq!(action.name, "Name value");
}

#[test]
fn a_final_status_is_final_for_a_migration_too() {
    let mut world = World::new();
    let id = world.create(&migrator(), block_ip()).unwrap();
    world.update(&migrator(), id, seed()).unwrap();
    let refusal = world.update(&migrator(), id, status(Status::Running)).unwrap_err();
    assert!(matches!(refusal, Refusal::Conflict(fault) if fault.code == FaultCode::InvalidTransition));
    let other = ActionBody {
        user: text("Other"),
        id: text("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ..ActionBody::default()
    };
    let refusal = world.update_strictly(&migrator(), id, other.clone()).unwrap_err();
    assert!(matches!(refusal, Refusal::Invalid(faults) if faults[0].target == "id"));
    world.update(&migrator(), id, other).unwrap();
    world.update(&migrator(), id, ActionBody { completed: Field::Null, ..ActionBody::default() }).unwrap();
    assert!(world.action(id).completed.is_some(), "a final action was completed at some time");
    assert_eq!((world.action(id).user.as_deref(), world.action(id).id), (Some("Other"), id));
}

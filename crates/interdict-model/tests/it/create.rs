use interdict_model::action::{KeyValuePair, Status};
use interdict_model::body::{ActionBody, Field};
use interdict_model::view::{Change, Filing, FilingKey, WriteSet};
use interdict_model::{AppId, FaultCode, Refusal, TenantId, limits, validate};

use crate::world::{TENANT, World, block_ip, date, migrator, person, text, writer};

#[test]
fn a_filed_action_has_what_the_server_keeps() {
    let mut world = World::new();
    let id = world.create(&person("ann@contoso.com"), block_ip()).unwrap();
    let action = world.action(id);
    assert_eq!(action.status, Status::NotStarted);
    assert_eq!(action.created, action.last_action);
    assert_eq!(action.app_id.as_deref(), Some("app-1"));
    assert_eq!(action.user.as_deref(), Some("ann@contoso.com"));
    assert_eq!(action.azure_tenant_id.as_deref(), Some("00000000-0000-0000-0000-00000000007e"));
    assert!(action.states.is_empty() && action.completed.is_none() && action.error_info.is_none());
}

#[test]
fn server_kept_members_of_a_create_are_ignored() {
    let mut world = World::new();
    let body = ActionBody {
        app_id: text("another"),
        user: text("mallory"),
        created: date("2001-01-01"),
        azure_tenant_id: text("elsewhere"),
        id: text("00000000-0000-0000-0000-0000000000ff"),
        ..block_ip()
    };
    let id = world.create(&writer(), body).unwrap();
    let action = world.action(id);
    assert_eq!(action.app_id.as_deref(), Some("app-1"));
    assert_eq!(action.user, None);
    assert_ne!(action.created.to_string(), "2001-01-01T00:00:00.0000000Z");
    assert_ne!(id.to_string(), "00000000-0000-0000-0000-0000000000ff");
}

#[test]
fn a_migration_writes_history_dates_and_id() {
    let mut world = World::new();
    let body = ActionBody {
        id: text("EB659326-9326-eb65-2693-65eb269365eb"),
        created: date("2017-01-01T00:00:46.1697867+03:00"),
        status: Field::Value(Status::Completed),
        completed: date("2017-01-01T00:01:13.9669573+03:00"),
        app_id: text("old app"),
        ..block_ip()
    };
    let id = world.create(&migrator(), body.clone()).unwrap();
    assert_eq!(id.to_string(), "eb659326-9326-eb65-2693-65eb269365eb");
    assert_eq!(world.action(id).created.to_string(), "2016-12-31T21:00:46.1697867Z");
    assert_eq!(world.action(id).app_id.as_deref(), Some("old app"));
    let again = world.create(&migrator(), body).unwrap_err();
    assert!(matches!(again, Refusal::Conflict(fault) if fault.code == FaultCode::AlreadyExists));
}

#[test]
fn a_repeated_context_with_the_same_body_is_the_same_filing() {
    let mut world = World::new();
    let body = ActionBody { client_context: text("ticket 7"), ..block_ip() };
    let first = world.create(&writer(), body.clone()).unwrap();
    assert_eq!(world.create(&writer(), body.clone()).unwrap(), first);
    assert_eq!(world.journal.len(), 1);

    let other = ActionBody { name: text("IsolateHost"), ..body.clone() };
    let refusal = world.create(&writer(), other).unwrap_err();
    assert!(matches!(refusal, Refusal::Conflict(fault) if fault.code == FaultCode::ContextReused));

    let mut another_app = writer();
    another_app.app = Some(AppId("app-2".into()));
    assert_ne!(world.create(&another_app, body.clone()).unwrap(), first);

    world.cancel(&writer(), first).unwrap();
    world.delete(&writer(), first).unwrap();
    assert_ne!(world.create(&writer(), body).unwrap(), first, "a removed action frees its context");
}

#[test]
fn every_missing_member_is_named() {
    let faults = validate::create(&ActionBody::default(), false).unwrap_err();
    let targets: Vec<_> = faults.iter().map(|fault| (fault.code.name(), fault.target.as_str())).collect();
    assert_eq!(
        targets,
        [
            ("required", "name"),
            ("required", "parameters"),
            ("required", "vendorInformation/provider"),
            ("required", "vendorInformation/vendor"),
        ]
    );
}

#[test]
fn lengths_hold_at_the_limit_and_fail_one_past_it() {
    let long = |count: usize| "é".repeat(count);
    type Set = fn(&mut ActionBody, String);
    let rows: [(&str, usize, Set); 5] = [
        ("name", limits::NAME, |body, value| body.name = Field::Value(value)),
        ("clientContext", limits::CLIENT_CONTEXT, |body, value| body.client_context = Field::Value(value)),
        ("actionReason", limits::ACTION_REASON, |body, value| body.action_reason = Field::Value(value)),
        ("parameters[0]/name", limits::PARAMETER_NAME, |body, value| {
            body.parameters = Field::Value(vec![KeyValuePair { name: Some(value), value: None }]);
        }),
        ("parameters[0]/value", limits::PARAMETER_VALUE / 2, |body, value| {
            body.parameters = Field::Value(vec![KeyValuePair { name: Some("n".into()), value: Some(value) }]);
        }),
    ];
    for (target, limit, set) in rows {
        let mut body = block_ip();
        set(&mut body, long(limit));
        validate::create(&body, false).unwrap_or_else(|faults| panic!("{target}: {faults:?}"));
        set(&mut body, long(limit + 1));
        let faults = validate::create(&body, false).unwrap_err();
        assert_eq!((faults[0].code, faults[0].target.as_str()), (FaultCode::TooLong, target));
    }
}

#[test]
fn a_removed_action_frees_its_context_in_its_own_tenant_alone() {
    let mut world = World::new();
    let body = ActionBody { client_context: text("ticket 7"), ..block_ip() };
    let id = world.create(&writer(), body).unwrap();
    let other = TenantId(uuid::Uuid::from_u128(0x07));
    let key = |tenant| FilingKey { tenant, app: AppId("app-1".into()), context: "ticket 7".into() };
    let filing = Filing { action: id, digest: [0; 32] };
    world.view.filings.insert(key(other), Some(filing));

    world.cancel(&writer(), id).unwrap();
    let mut view = world.view.clone();
    view.apply_change(&Change::DeleteAction(TENANT, id), &mut WriteSet::default());
    assert_eq!(view.filings[&key(TENANT)], None);
    assert_eq!(view.filings[&key(other)], Some(filing));
}

#[test]
fn a_migration_restores_actions_that_share_a_context() {
    let mut world = World::new();
    let restored = |id: &str, app: &str| ActionBody {
        client_context: text("ticket 7"),
        id: if id.is_empty() { Field::Absent } else { text(id) },
        app_id: text(app),
        ..block_ip()
    };
    let by_id = ["eb659326-9326-eb65-2693-65eb269365eb", "eb659326-9326-eb65-2693-65eb269365ec"];
    for id in by_id {
        assert_eq!(world.create(&migrator(), restored(id, "old app")).unwrap().to_string(), id);
    }
    let first = world.create(&migrator(), restored("", "old app")).unwrap();
    assert_ne!(world.create(&migrator(), restored("", "other app")).unwrap(), first);
    assert_eq!(world.create(&migrator(), restored("", "old app")).unwrap(), first);
}

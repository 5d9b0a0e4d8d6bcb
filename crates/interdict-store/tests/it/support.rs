//! A store in a directory of its own, and commands on it.

use std::path::PathBuf;

use interdict_model::action::{KeyValuePair, Status};
use interdict_model::body::{ActionBody, Field, ResultInfoBody, VendorBody};
use interdict_model::command::Operation;
use interdict_model::version::Precondition;
use interdict_model::view::{Answer, WriteSet};
use interdict_model::{
    ActionId, Actor, AppId, Command, Permission, Permissions, Refusal, RequestId, TenantId, TenantScope,
    Timestamp, decide,
};
use interdict_store::{Birth, Store, StoreError, StoreOptions, Writer};
use interdict_testkit::store::TestStore;
use uuid::Uuid;

pub(crate) struct Home(pub(crate) TestStore);

impl Home {
    /// On the engine that the run is about.
    pub(crate) fn new() -> Self {
        Self(TestStore::new())
    }

    /// On SQLite, for what is about its files.
    pub(crate) fn sqlite() -> Self {
        Self(TestStore::sqlite())
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.directory().join(name)
    }

    pub(crate) fn options(&self) -> StoreOptions {
        self.0.options()
    }

    pub(crate) async fn try_open(&self) -> Result<(Store, Writer), StoreError> {
        let (store, mut writers) = Store::open(&self.options(), BIRTH).await?;
        Ok((store, writers.swap_remove(0)))
    }

    pub(crate) async fn open(&self) -> (Store, Writer) {
        self.try_open().await.unwrap()
    }

    /// The open store, changed behind its back.
    pub(crate) fn tamper(&self, sql: &str) {
        self.0.tamper(sql);
    }
}

pub(crate) const BIRTH: Birth = Birth { epoch: 7, skip_token_key: [9; 32] };

pub(crate) fn scope(tenant: u128) -> TenantScope {
    TenantScope::system(TenantId(Uuid::from_u128(tenant)))
}

pub(crate) fn action_id(number: u128) -> ActionId {
    ActionId(Uuid::from_u128(number))
}

pub(crate) fn command(tenant: u128, operation: Operation) -> Command {
    let permissions = Permissions::default().with(Permission::ActionsReadWrite);
    let actor = Actor { scope: scope(tenant), app: Some(AppId("app-1".into())), user: None, permissions };
    Command { actor, request: RequestId(Uuid::from_u128(77)), operation }
}

pub(crate) fn create(tenant: u128, id: u128, context: Option<&str>) -> Command {
    let body = ActionBody {
        name: Field::Value("BlockIp".to_owned()),
        client_context: context.map_or(Field::Absent, |context| Field::Value(context.to_owned())),
        parameters: Field::Value(vec![KeyValuePair {
            name: Some("ip".into()),
            value: Some("1.2.3.4".into()),
        }]),
        vendor_information: Field::Value(VendorBody {
            provider: Field::Value("Firewall".to_owned()),
            vendor: Field::Value("Contoso".to_owned()),
            ..VendorBody::default()
        }),
        ..ActionBody::default()
    };
    command(
        tenant,
        Operation::Create { id: action_id(id), body: Box::new(body), strict: false, idempotency: None },
    )
}

pub(crate) fn report(tenant: u128, id: u128, code: i32) -> Command {
    let body = ActionBody {
        error_info: Field::Value(ResultInfoBody { code: Field::Value(code), ..ResultInfoBody::default() }),
        ..ActionBody::default()
    };
    update(tenant, id, body)
}

pub(crate) fn finish(tenant: u128, id: u128) -> Command {
    update(tenant, id, ActionBody { status: Field::Value(Status::Completed), ..ActionBody::default() })
}

pub(crate) fn update(tenant: u128, id: u128, body: ActionBody) -> Command {
    let precondition = Precondition::None;
    command(
        tenant,
        Operation::Update { id: action_id(id), body: Box::new(body), precondition, strict: false },
    )
}

pub(crate) fn delete(tenant: u128, id: u128) -> Command {
    command(tenant, Operation::Delete { id: action_id(id), precondition: Precondition::None })
}

/// One batch, as the committer does it; the clock stands at `clock`.
pub(crate) async fn batch_at(
    writer: &mut Writer,
    clock: i64,
    commands: &[Command],
) -> Vec<Result<Answer, Refusal>> {
    try_batch_at(writer, clock, commands).await.unwrap()
}

pub(crate) async fn try_batch_at(
    writer: &mut Writer,
    clock: i64,
    commands: &[Command],
) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
    let mut reads = interdict_model::view::ReadSet::default();
    for command in commands {
        reads.extend(command.reads());
    }
    let mut view = writer.load(&reads).await?;
    let mut writes = WriteSet::default();
    let answers = commands
        .iter()
        .map(|command| {
            let tenant = command.actor.tenant();
            let now = view.next_instant(tenant, Timestamp::from_ticks(clock));
            let decision = decide(&view, command, now)?;
            view.apply(&decision, tenant, now, &mut writes);
            Ok(decision.answer)
        })
        .collect();
    writer.commit(&writes).await?;
    Ok(answers)
}

pub(crate) async fn batch(writer: &mut Writer, commands: &[Command]) -> Vec<Result<Answer, Refusal>> {
    batch_at(writer, 1, commands).await
}

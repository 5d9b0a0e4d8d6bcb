//! Fills a store with actions through the rules and the writer, as the server would, only in larger batches.

use std::time::SystemTime;

use anyhow::{Context, Result, anyhow};
use interdict_model::action::KeyValuePair;
use interdict_model::body::{ActionBody, Field, VendorBody};
use interdict_model::command::Operation;
use interdict_model::view::{Answer, ReadSet, WriteSet};
use interdict_model::{
    ActionId, Actor, AppId, Command, Permission, Permissions, RequestId, TenantId, TenantScope, Timestamp,
    decide,
};
use interdict_store::{Birth, Store, StoreOptions};
use uuid::Uuid;

/// What was filled in.
#[derive(Debug)]
pub(crate) struct Seeded {
    /// The ids of the actions.
    pub(crate) ids: Vec<String>,
    /// Length of one stored action, in bytes.
    pub(crate) document_bytes: usize,
}

const BATCH: u32 = 500;

/// Files `rows` actions in that tenant.
pub(crate) async fn fill(options: &StoreOptions, tenant: &str, rows: u32) -> Result<Seeded> {
    let birth = Birth { epoch: 1, skip_token_key: [0; 32] };
    let (_store, mut writers) = Store::open(options, birth).await?;
    let mut writer = writers.pop().context("the store has no writer")?;
    let tenant = TenantId::parse(tenant).context("the tenant is no GUID")?;
    let actor = Actor {
        scope: TenantScope::system(tenant),
        app: Some(AppId("00000000-0000-4000-8000-0000000000be".into())),
        user: None,
        permissions: Permissions::default().with(Permission::ActionsReadWrite),
    };
    let mut seeded = Seeded { ids: Vec::new(), document_bytes: 0 };
    let mut number = 0;
    while number < rows {
        let upto = rows.min(number + BATCH);
        let commands: Vec<Command> = (number..upto).map(|number| filing(&actor, number)).collect();
        number = upto;
        let mut reads = ReadSet::default();
        for command in &commands {
            reads.extend(command.reads());
        }
        let mut view = writer.load(&reads).await?;
        let mut writes = WriteSet::default();
        for command in &commands {
            let now = view.next_instant(tenant, now());
            let decision = decide(&view, command, now).map_err(|refusal| anyhow!("refused: {refusal:?}"))?;
            view.apply(&decision, tenant, now, &mut writes);
            if let Answer::Action { id, document, .. } = &decision.answer {
                seeded.ids.push(id.to_string());
                seeded.document_bytes = document.len();
            }
        }
        writer.commit(&writes).await?;
        writer.tend();
    }
    writer.rest();
    Ok(seeded)
}

/// A filing whose document is about 1.2 KB.
fn filing(actor: &Actor, number: u32) -> Command {
    let text = |text: &str| Field::Value(text.to_owned());
    let parameter =
        |name: &str, value: String| KeyValuePair { name: Some(name.to_owned()), value: Some(value) };
    let [_, b, c, d] = number.to_be_bytes();
    let body = ActionBody {
        action_reason: Field::Value("seen in an alert; ".repeat(20)),
        name: text("BlockIp"),
        parameters: Field::Value(vec![
            parameter("IP", format!("10.{b}.{c}.{d}")),
            parameter("comment", format!("seed {number}")),
        ]),
        vendor_information: Field::Value(VendorBody {
            provider: text("Windows Defender ATP"),
            provider_version: text("4.18"),
            sub_provider: Field::Absent,
            vendor: text("Microsoft"),
        }),
        ..ActionBody::default()
    };
    let digest = body.meaning();
    let operation = Operation::Create { id: ActionId(id()), body: Box::new(body), strict: false, digest };
    Command { actor: actor.clone(), request: RequestId(id()), operation }
}

#[expect(clippy::disallowed_methods, reason = "fresh ids for measurements alone")]
fn id() -> Uuid {
    Uuid::now_v7()
}

#[expect(clippy::disallowed_methods, reason = "the seed's own clock")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ticks(i64::try_from(since.as_nanos() / 100).unwrap_or_default())
}

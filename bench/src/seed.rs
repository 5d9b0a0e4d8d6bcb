//! Fills a store through its own writers: every action is filed as a request would file it, journal and all.

use std::time::SystemTime;

use anyhow::{Context, Result, anyhow};
use interdict_model::action::KeyValuePair;
use interdict_model::body::{ActionBody, Field, VendorBody};
use interdict_model::command::Operation;
use interdict_model::view::{Answer, ReadSet, WriteSet};
use interdict_model::{
    ActionId, Actor, AppId, Command, Permission, Permissions, RequestId, TenantScope, Timestamp, decide,
};
use interdict_store::{Birth, Store, StoreOptions};
use uuid::Uuid;

use crate::tenants::{Owned, TENANTS, tenant};
use crate::varied;

/// What was filled in.
#[derive(Debug, Default)]
pub(crate) struct Seeded {
    /// The actions, with the numbers of their tenants.
    pub(crate) actions: Vec<Owned>,
    /// One of them as it is stored.
    pub(crate) document: String,
}

/// Which actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All alike, and none of them begun.
    Alike,
    /// As [`varied`] has them.
    Varied,
}

const BATCH: u32 = 500;

/// Files actions until there are `rows`, each tenant's turn in turn.
pub(crate) async fn fill(options: &StoreOptions, rows: u32, kind: Kind, seeded: &mut Seeded) -> Result<()> {
    let birth = Birth { epoch: 1, skip_token_key: [0; 32] };
    let (_store, mut writers) = Store::open(options, birth).await?;
    let mut writer = writers.pop().context("the store has no writer")?;
    let actors = (1..=TENANTS).map(actor).collect::<Result<Vec<_>>>()?;
    let mut number = u32::try_from(seeded.actions.len())?;
    while number < rows {
        let upto = rows.min(number + BATCH);
        let filed: Vec<(u32, Command)> = (number..upto)
            .zip((1..=TENANTS).zip(&actors).cycle())
            .map(|(number, (tenant, actor))| (tenant, filing(actor, number, kind)))
            .collect();
        number = upto;
        let mut reads = ReadSet::default();
        for (_, command) in &filed {
            reads.extend(command.reads());
        }
        let mut view = writer.load(&reads).await?;
        let mut writes = WriteSet::default();
        for (number, command) in &filed {
            let tenant = command.actor.tenant();
            let now = view.next_instant(tenant, now());
            let decision = decide(&view, command, now).map_err(|refusal| anyhow!("refused: {refusal:?}"))?;
            view.apply(&decision, tenant, now, &mut writes);
            if let Answer::Action { id, document, .. } = &decision.answer {
                seeded.actions.push((*number, *id));
                document.as_ref().clone_into(&mut seeded.document);
            }
        }
        writer.commit(&writes).await?;
        writer.tend();
    }
    writer.rest();
    Ok(())
}

fn actor(number: u32) -> Result<Actor> {
    Ok(Actor {
        scope: TenantScope::system(tenant(number)?),
        app: Some(AppId("00000000-0000-4000-8000-0000000000be".into())),
        user: None,
        permissions: Permissions::default()
            .with(Permission::ActionsReadWrite)
            // Dates, people and ends are written as a migration writes them.
            .with(Permission::ActionsProvenance),
    })
}

/// A filing whose document is about 1.2 KB.
fn filing(actor: &Actor, number: u32, kind: Kind) -> Command {
    let body = match kind {
        Kind::Alike => alike(number),
        Kind::Varied => varied::body(number),
    };
    let operation =
        Operation::Create { id: ActionId(id()), body: Box::new(body), strict: false, idempotency: None };
    Command { actor: actor.clone(), request: RequestId(id()), operation }
}

fn alike(number: u32) -> ActionBody {
    let text = |text: &str| Field::Value(text.to_owned());
    let parameter =
        |name: &str, value: String| KeyValuePair { name: Some(name.to_owned()), value: Some(value) };
    let [_, b, c, d] = number.to_be_bytes();
    ActionBody {
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
    }
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

//! A tenant in memory: commands go in as the committer would put them.

use std::collections::HashMap;

use interdict_model::action::{KeyValuePair, Status};
use interdict_model::actor::User;
use interdict_model::body::{ActionBody, Field, VendorBody};
use interdict_model::command::Operation;
use interdict_model::journal::Entry;
use interdict_model::time::WrittenDate;
use interdict_model::version::Precondition;
use interdict_model::view::{Answer, Record, WriteSet};
use interdict_model::{
    ActionId, Actor, AppId, Command, Permission, Permissions, Refusal, RequestId, SecurityAction, TenantId,
    TenantScope, Timestamp, View, decide,
};
use uuid::Uuid;

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(0x7e));
pub(crate) const START: i64 = 17_000_000_000_000_000;

pub(crate) struct World {
    pub(crate) view: View,
    pub(crate) journal: Vec<Entry>,
    pub(crate) clock: Timestamp,
    next_id: u128,
}

pub(crate) fn actor(permissions: &[Permission]) -> Actor {
    Actor {
        scope: TenantScope::system(TENANT),
        app: Some(AppId("app-1".into())),
        user: None,
        permissions: permissions.iter().copied().collect::<Permissions>(),
    }
}

pub(crate) fn writer() -> Actor {
    actor(&[Permission::ActionsReadWrite])
}

pub(crate) fn migrator() -> Actor {
    actor(&[Permission::ActionsReadWrite, Permission::ActionsProvenance])
}

pub(crate) fn person(name: &str) -> Actor {
    Actor { user: Some(User { id: "oid-1".into(), name: Some(name.into()) }), ..writer() }
}

pub(crate) fn text(value: &str) -> Field<String> {
    Field::Value(value.to_owned())
}

pub(crate) fn date(value: &str) -> Field<WrittenDate> {
    Field::Value(Timestamp::parse_lenient(value).unwrap())
}

pub(crate) fn instant(value: &str) -> Timestamp {
    Timestamp::parse_lenient(value).unwrap().instant
}

/// Graph's documented sample.
pub(crate) fn block_ip() -> ActionBody {
    ActionBody {
        name: text("BlockIp"),
        action_reason: text("Test"),
        parameters: Field::Value(vec![KeyValuePair {
            name: Some("IP".into()),
            value: Some("1.2.3.4".into()),
        }]),
        vendor_information: Field::Value(VendorBody {
            provider: text("Windows Defender ATP"),
            vendor: text("Microsoft"),
            ..VendorBody::default()
        }),
        ..ActionBody::default()
    }
}

pub(crate) fn status(status: Status) -> ActionBody {
    ActionBody { status: Field::Value(status), ..ActionBody::default() }
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            view: View { epoch: 1, ..View::default() },
            journal: Vec::new(),
            clock: Timestamp::from_ticks(START),
            next_id: 1,
        }
    }

    pub(crate) fn run(&mut self, actor: &Actor, operation: Operation) -> Result<Answer, Refusal> {
        self.clock = self.clock.plus_seconds(1);
        let command = Command { actor: actor.clone(), request: RequestId(Uuid::from_u128(9)), operation };
        let now = self.view.next_instant(TENANT, self.clock);
        let decision = decide(&self.view, &command, now)?;
        let mut writes = WriteSet::default();
        self.view.apply(&decision, TENANT, now, &mut writes);
        self.journal.extend(writes.entries);
        Ok(decision.answer)
    }

    pub(crate) fn create(&mut self, actor: &Actor, body: ActionBody) -> Result<ActionId, Refusal> {
        self.next_id += 1;
        let id = ActionId(Uuid::from_u128(self.next_id));
        match self.run(actor, Operation::Create { id, body: Box::new(body), strict: false })? {
            Answer::Action { id, .. } => Ok(id),
            other => panic!("a create answered {other:?}"),
        }
    }

    pub(crate) fn update(
        &mut self,
        actor: &Actor,
        id: ActionId,
        body: ActionBody,
    ) -> Result<Answer, Refusal> {
        let (body, precondition) = (Box::new(body), Precondition::None);
        self.run(actor, Operation::Update { id, body, precondition, strict: false })
    }

    pub(crate) fn update_strictly(
        &mut self,
        actor: &Actor,
        id: ActionId,
        body: ActionBody,
    ) -> Result<Answer, Refusal> {
        let (body, precondition) = (Box::new(body), Precondition::None);
        self.run(actor, Operation::Update { id, body, precondition, strict: true })
    }

    pub(crate) fn cancel(&mut self, actor: &Actor, id: ActionId) -> Result<Answer, Refusal> {
        self.run(actor, Operation::Cancel { id, precondition: Precondition::None })
    }

    pub(crate) fn delete(&mut self, actor: &Actor, id: ActionId) -> Result<Answer, Refusal> {
        self.run(actor, Operation::Delete { id, precondition: Precondition::None })
    }

    pub(crate) fn record(&self, id: ActionId) -> &Record {
        self.view.action(TENANT, id).expect("the action is stored")
    }

    pub(crate) fn action(&self, id: ActionId) -> &SecurityAction {
        &self.record(id).action
    }

    /// The rows that the journal gives must be the rows that are stored.
    pub(crate) fn assert_replay_gives_the_rows(&self) {
        let mut replayed = View::default();
        for entry in &self.journal {
            replayed.replay(entry.clone(), &mut WriteSet::default()).unwrap();
        }
        assert_eq!(there(&replayed.actions), there(&self.view.actions));
        assert_eq!(there(&replayed.filings), there(&self.view.filings));
        assert_eq!(there(&replayed.apps), there(&self.view.apps));
        assert_eq!(replayed.heads, self.view.heads);
    }
}

/// The rows that are there, without the keys that were asked for in vain.
fn there<K: Clone + Eq + std::hash::Hash, V: Clone>(rows: &HashMap<K, Option<V>>) -> HashMap<K, V> {
    rows.iter().filter_map(|(key, row)| Some((key.clone(), row.clone()?))).collect()
}

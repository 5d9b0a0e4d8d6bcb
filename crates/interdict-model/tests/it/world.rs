//! A tenant in memory: commands go in as the committer would put them.

pub(crate) mod carried;
mod stored;

use std::collections::{BTreeMap, HashMap};

use interdict_model::action::{KeyValuePair, Status};
use interdict_model::actor::User;
use interdict_model::body::{ActionBody, Field, VendorBody};
use interdict_model::command::Operation;
use interdict_model::journal::Entry;
use interdict_model::time::WrittenDate;
use interdict_model::version::Precondition;
use interdict_model::view::{Answer, ReadSet, Record, WriteSet};
use interdict_model::{
    ActionId, Actor, AppId, Command, Permission, Permissions, ProviderId, Refusal, RequestId, SecurityAction,
    TenantId, TenantScope, Timestamp, View, decide,
};
use uuid::Uuid;

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(0x7e));
pub(crate) const START: i64 = 17_000_000_000_000_000;

pub(crate) struct World {
    pub(crate) view: View,
    pub(crate) journal: Vec<Entry>,
    pub(crate) clock: Timestamp,
    /// The store's column: when something is to happen to each execution.
    pub(crate) timers: HashMap<ActionId, Option<Timestamp>>,
    /// When each of a provider's programs asked last.
    members: HashMap<ProviderId, BTreeMap<String, Timestamp>>,
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
            timers: HashMap::new(),
            members: HashMap::new(),
            next_id: 1,
        }
    }

    pub(crate) fn run(&mut self, actor: &Actor, operation: Operation) -> Result<Answer, Refusal> {
        self.clock = self.clock.plus_seconds(1);
        let command = Command { actor: actor.clone(), request: RequestId(Uuid::from_u128(9)), operation };
        self.commit(&[command]).remove(0)
    }

    /// Has a batch decided on what it asked to see, and written.
    pub(crate) fn commit(&mut self, batch: &[Command]) -> Vec<Result<Answer, Refusal>> {
        let mut reads = ReadSet::default();
        for command in batch {
            reads.extend(command.reads());
        }
        let mut view = self.load(&reads);
        let mut writes = WriteSet::default();
        let outcomes = batch.iter().map(|command| {
            let now = view.next_instant(TENANT, self.clock);
            let decision = decide(&view, command, now)?;
            view.apply(&decision, TENANT, now, &mut writes);
            Ok(decision.answer)
        });
        let outcomes = outcomes.collect();
        self.write(writes);
        outcomes
    }

    /// An id that nothing has yet.
    pub(crate) fn fresh(&mut self) -> ActionId {
        self.next_id += 1;
        ActionId(Uuid::from_u128(self.next_id))
    }

    pub(crate) fn create(&mut self, actor: &Actor, body: ActionBody) -> Result<ActionId, Refusal> {
        let id = self.fresh();
        match self
            .run(actor, Operation::Create { id, body: Box::new(body), strict: false, idempotency: None })?
        {
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
        let fresh = self.fresh();
        self.run(actor, Operation::Cancel { id, precondition: Precondition::None, comment: None, fresh })
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
        assert_eq!(unrenewed(&replayed.actions), unrenewed(&self.view.actions));
        assert_eq!(replayed.effects, self.view.effects);
        assert_eq!(replayed.settings, self.view.settings);
        assert_eq!(there(&replayed.filings), there(&self.view.filings));
        assert_eq!(there(&replayed.apps), there(&self.view.apps));
        assert_eq!(replayed.heads, self.view.heads);
    }
}

/// The rows that are there, without the keys that were asked for in vain.
fn there<K: Clone + Eq + std::hash::Hash, V: Clone>(rows: &HashMap<K, Option<V>>) -> HashMap<K, V> {
    rows.iter().filter_map(|(key, row)| Some((key.clone(), row.clone()?))).collect()
}

/// The actions that are there. When leases run out is left out: no entries are made of renewals.
fn unrenewed(rows: &HashMap<(TenantId, ActionId), Option<Record>>) -> HashMap<(TenantId, ActionId), Record> {
    let mut rows = there(rows);
    for record in rows.values_mut() {
        if let Some(execution) = &mut record.execution
            && let Some(lease) = &mut std::sync::Arc::make_mut(execution).lease
        {
            lease.expires = Timestamp::from_ticks(0);
        }
    }
    rows
}

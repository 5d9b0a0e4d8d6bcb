//! Properties of the rules under any sequence of commands.

use interdict_model::action::{KeyValuePair, Status};
use interdict_model::body::{ActionBody, Field, ResultInfoBody, StateBody};
use interdict_model::document;
use interdict_model::journal::Head;
use interdict_model::{Actor, Timestamp};
use proptest::prelude::*;
use serde_json::value::RawValue;

use crate::world::{START, World, block_ip, migrator, person, writer};

#[derive(Clone, Debug)]
enum Step {
    Create(ActionBody),
    Update(usize, ActionBody),
    Cancel(usize),
    Delete(usize),
}

fn any_status() -> impl Strategy<Value = Status> {
    prop::sample::select(Status::ALL.to_vec())
}

fn field<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Field<T>> {
    prop_oneof![3 => Just(Field::Absent), 1 => Just(Field::Null), 3 => value.prop_map(Field::Value)]
}

fn short_text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "b", "é\"\\\u{1}"]).prop_map(str::to_owned)
}

fn any_date() -> impl Strategy<Value = interdict_model::time::WrittenDate> {
    (0_i64..100).prop_map(|second| {
        let text = Timestamp::from_ticks(START).plus_seconds(second - 50).to_string();
        Timestamp::parse_lenient(&text).unwrap()
    })
}

fn any_state() -> impl Strategy<Value = StateBody> {
    (any_status(), any_date()).prop_map(|(status, date)| StateBody {
        app_id: None,
        status: Some(status),
        updated: Some(date),
        user: None,
    })
}

prop_compose! {
    fn any_body()(
        reason in field(short_text()),
        context in field(short_text()),
        status in field(any_status()),
        completed in field(any_date()),
        last_action in field(any_date()),
        states in field(prop::collection::vec(any_state(), 0..3)),
        app_id in field(short_text()),
        code in field(-1..2_i32),
        value in field(short_text()),
        open in prop::collection::btree_map(short_text(), prop::option::of(0..3_u8), 0..3),
    ) -> ActionBody {
        let status = if status == Field::Null { Field::Absent } else { status };
        ActionBody {
            action_reason: reason,
            client_context: context,
            status,
            completed,
            last_action,
            states,
            app_id,
            error_info: match code {
                Field::Absent => Field::Absent,
                Field::Null => Field::Null,
                code @ Field::Value(_) => Field::Value(ResultInfoBody { code, ..ResultInfoBody::default() }),
            },
            parameters: match value {
                Field::Value(value) => Field::Value(vec![KeyValuePair { name: Some("IP".into()), value: Some(value) }]),
                Field::Absent | Field::Null => Field::Absent,
            },
            open: open
                .into_iter()
                .map(|(name, value)| {
                    (format!("x{name}"), value.map(|value| RawValue::from_string(value.to_string()).unwrap()))
                })
                .collect(),
            ..ActionBody::default()
        }
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => any_body().prop_map(|body| Step::Create(ActionBody {
            name: block_ip().name,
            vendor_information: block_ip().vendor_information,
            parameters: block_ip().parameters,
            ..body
        })),
        6 => (0..4_usize, any_body()).prop_map(|(at, body)| Step::Update(at, body)),
        1 => (0..4_usize).prop_map(Step::Cancel),
        1 => (0..4_usize).prop_map(Step::Delete),
    ]
}

fn any_actor() -> impl Strategy<Value = Actor> {
    prop_oneof![3 => Just(writer()), 1 => Just(person("ann")), 1 => Just(migrator())]
}

proptest! {
    #[test]
    fn final_is_final_history_grows_and_the_journal_gives_the_rows(
        steps in prop::collection::vec((any_actor(), any_step()), 1..40)
    ) {
        let mut world = World::new();
        let mut ids = Vec::new();
        for (actor, step) in steps {
            let before = world.view.actions.clone();
            let entries = world.journal.len();
            let outcome = match step {
                Step::Create(body) => world.create(&actor, body).map(|id| ids.push(id)),
                Step::Update(at, body) => match ids.get(at) {
                    Some(id) => world.update(&actor, *id, body).map(drop),
                    None => continue,
                },
                Step::Cancel(at) => match ids.get(at) {
                    Some(id) => world.cancel(&actor, *id).map(drop),
                    None => continue,
                },
                Step::Delete(at) => match ids.get(at) {
                    Some(id) => world.delete(&actor, *id).map(drop),
                    None => continue,
                },
            };
            prop_assert!(world.journal.len() <= entries + 1);
            if outcome.is_err() || world.journal.len() == entries {
                prop_assert_eq!(&before, &world.view.actions, "what is refused or repeats changes nothing");
            }
            for (key, earlier) in before.iter().filter_map(|(key, row)| Some((key, row.as_ref()?))) {
                let Some(Some(later)) = world.view.actions.get(key) else { continue };
                prop_assert!(earlier.action.status.may_become(later.action.status));
                if !actor.writes_provenance() {
                    prop_assert!(later.action.states.starts_with(&earlier.action.states));
                }
                if earlier.action != later.action {
                    prop_assert!(later.sequence > earlier.sequence);
                }
            }
        }
        world.assert_replay_gives_the_rows();
        let mut head = Head::default();
        for entry in &world.journal {
            prop_assert_eq!(entry.break_after(&head), None);
            head = Head { sequence: entry.sequence, hash: entry.hash, at: entry.at };
        }
        for record in world.view.actions.values().flatten() {
            prop_assert_eq!(&document::parse(&record.document).unwrap(), &record.action);
            prop_assert!(record.action.status.is_final() || !record.cancelled);
        }
    }

    #[test]
    fn an_instant_reads_back_as_it_was_written(ticks in -621_355_968_000_000_000_i64..2_534_023_008_000_000_000) {
        let at = Timestamp::from_ticks(ticks);
        let read = Timestamp::parse_lenient(&at.to_string()).unwrap();
        prop_assert_eq!((read.instant, read.digits), (at, 7));
    }

    #[test]
    fn no_text_makes_the_date_reader_panic(text in "\\PC*") {
        let _ = Timestamp::parse_lenient(&text);
    }
}

use interdict_model::Timestamp;
use interdict_model::action::Status;
use interdict_model::journal::{ChainBreak, Entry, Head};

use crate::world::{World, block_ip, status, writer};

fn chain() -> Vec<Entry> {
    let mut world = World::new();
    let id = world.create(&writer(), block_ip()).unwrap();
    world.update(&writer(), id, status(Status::Running)).unwrap();
    world.update(&writer(), id, status(Status::Completed)).unwrap();
    world.delete(&writer(), id).unwrap();
    world.journal
}

fn first_break(entries: &[Entry]) -> Option<(i64, ChainBreak)> {
    let mut head = Head::default();
    for entry in entries {
        if let Some(reason) = entry.break_after(&head) {
            return Some((entry.sequence, reason));
        }
        head = Head { sequence: entry.sequence, hash: entry.hash, at: entry.at };
    }
    None
}

#[test]
fn an_untouched_chain_holds() {
    assert_eq!(first_break(&chain()), None);
}

#[test]
fn every_altered_field_breaks_the_chain_at_its_entry() {
    let alterations: [fn(&mut Entry); 8] = [
        |entry| entry.change = r#"{"set":{"status":"Failed"}}"#.into(),
        |entry| entry.actor = r#"{"app":"mallory"}"#.into(),
        |entry| entry.at = Timestamp::from_ticks(entry.at.ticks() + 1),
        |entry| entry.kind = 3,
        |entry| entry.subject = uuid::Uuid::nil(),
        |entry| entry.request = interdict_model::RequestId(uuid::Uuid::nil()),
        |entry| entry.tenant = interdict_model::TenantId(uuid::Uuid::nil()),
        |entry| entry.hash[31] ^= 1,
    ];
    for alter in alterations {
        let mut entries = chain();
        alter(&mut entries[1]);
        assert_eq!(first_break(&entries), Some((2, ChainBreak::Altered)));
    }
}

#[test]
fn removal_and_reordering_break_the_chain() {
    let mut removed = chain();
    removed.remove(1);
    assert_eq!(first_break(&removed), Some((3, ChainBreak::Gap { expected: 2 })));
    let mut swapped = chain();
    swapped.swap(1, 2);
    assert_eq!(first_break(&swapped), Some((3, ChainBreak::Gap { expected: 2 })));
    let mut resealed = chain();
    resealed[1].change = "{}".into();
    resealed[1].hash = resealed[1].computed_hash();
    assert_eq!(first_break(&resealed), Some((3, ChainBreak::Detached)));
}

/// The documented encoding, spelt out: if this value changes, so must the format's version.
#[test]
fn the_hash_of_the_documented_encoding_is_fixed() {
    let entry = Entry {
        tenant: interdict_model::TenantId(uuid::Uuid::from_u128(1)),
        sequence: 1,
        at: Timestamp::from_ticks(2),
        subject: uuid::Uuid::from_u128(3),
        request: interdict_model::RequestId(uuid::Uuid::from_u128(4)),
        kind: 1,
        actor: "a".into(),
        change: "{}".into(),
        previous: [0; 32],
        hash: [0; 32],
    };
    let hex: String = entry.computed_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    // Computed outside this project, from the documentation alone.
    assert_eq!(hex, "4c683bce4a47921b1b155b0e0ea560f5959476e66dabdac3d7b5e9b89d2427f4");
}

//! One file: what of it is durable, and what a loss of power may leave.

use super::random::Random;

/// What a disk writes whole or not at all.
const SECTOR: u64 = 512;

/// A change that is not yet durable.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Truncate(u64),
}

/// What was synced, and every change since.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) synced: Vec<u8>,
    pub(super) since: Vec<Change>,
}

/// What of a file may be left: what was synced, and any part of the rest in any order.
pub(super) fn survivors(file: &File, random: &mut Random) -> Vec<u8> {
    let percent = match random.below(4) {
        0 => 0,
        1 => 100,
        _ => random.below(100),
    };
    let mut pieces: Vec<Change> = file.since.iter().flat_map(sectors).collect();
    pieces.retain(|_| random.below(100) < percent);
    if random.below(2) == 0 {
        random.shuffle(&mut pieces);
    }
    let mut content = file.synced.clone();
    for piece in &pieces {
        apply(&mut content, piece, Some(random));
    }
    content
}

/// A change as the parts that a disk may do singly.
fn sectors(change: &Change) -> Vec<Change> {
    let Change::Write { offset, bytes } = change else { return vec![change.clone()] };
    let (mut at, mut left, mut parts) = (*offset, &**bytes, Vec::new());
    while !left.is_empty() {
        let length = usize::try_from(SECTOR - at % SECTOR).unwrap_or(left.len()).min(left.len());
        let (part, rest) = left.split_at(length);
        parts.push(Change::Write { offset: at, bytes: part.to_vec() });
        (at, left) = (at + length as u64, rest);
    }
    parts
}

/// Makes the change. Holes are filled with zeros, or as `noise` has it.
pub(super) fn apply(content: &mut Vec<u8>, change: &Change, noise: Option<&mut Random>) {
    match change {
        Change::Truncate(length) => {
            content.resize(usize::try_from(*length).unwrap_or(usize::MAX), 0);
        }
        Change::Write { offset, bytes } => {
            let start = usize::try_from(*offset).unwrap_or(usize::MAX);
            if start > content.len() {
                let fill =
                    noise.map_or(0, |random| if random.below(2) == 0 { 0 } else { random.draw() as u8 });
                content.resize(start, fill);
            }
            let end = start + bytes.len();
            if end > content.len() {
                content.resize(end, 0);
            }
            if let Some(place) = content.get_mut(start..end) {
                place.copy_from_slice(bytes);
            }
        }
    }
}

//! Which items wait for which: `dependsOn`, from ids to places.

use std::collections::HashMap;

use super::envelope::{self, Item};
use crate::{GraphError, GraphResult};

/// For each item, the places of those that it waits for. Any order without a circle will do, also one where an item
/// stands before what it waits for.
///
/// # Errors
/// 400 for an id that is there twice or not at all, and for a circle.
pub(super) fn resolve(items: &[Item<'_>]) -> GraphResult<Vec<Vec<usize>>> {
    let mut places = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        // Graph holds ids to be the same in any case.
        if places.insert(item.id.to_lowercase(), at).is_some() {
            let message = format!("Request Id {} has to be unique in a batch.", envelope::shown(&item.id));
            return Err(GraphError::bad_request("invalidValue", format!("requests[{at}]/id"), message));
        }
    }
    let place = |at: usize, id: &String| {
        places.get(&id.to_lowercase()).copied().ok_or_else(|| {
            let message =
                format!("the request waits for `{}`, which is no id of this batch", envelope::shown(id));
            envelope::fault("invalidValue", &format!("requests[{at}]/dependsOn"), &message)
        })
    };
    let waits = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let mut waits =
                item.depends_on.iter().map(|id| place(at, id)).collect::<GraphResult<Vec<_>>>()?;
            waits.sort_unstable();
            waits.dedup();
            Ok(waits)
        })
        .collect::<GraphResult<Vec<_>>>()?;
    match in_a_circle(&waits) {
        None => Ok(waits),
        Some(at) => {
            let message = "the request waits for itself, at once or by way of others";
            Err(envelope::fault("invalidValue", &format!("requests[{at}]/dependsOn"), message))
        }
    }
}

/// An item that can never begin. Each round settles what waits for settled items alone; there are 20 items at the most.
fn in_a_circle(waits: &[Vec<usize>]) -> Option<usize> {
    let mut settled = vec![false; waits.len()];
    let is_settled = |settled: &[bool], at: &usize| settled.get(*at).copied().unwrap_or_default();
    loop {
        let free = waits.iter().enumerate().find(|(at, on)| {
            !is_settled(&settled, at) && on.iter().all(|wanted| is_settled(&settled, wanted))
        });
        let Some((at, _)) = free else { break };
        if let Some(slot) = settled.get_mut(at) {
            *slot = true;
        }
    }
    settled.iter().position(|settled| !settled)
}

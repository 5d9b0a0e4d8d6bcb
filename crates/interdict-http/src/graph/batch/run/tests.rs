#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;

/// What became of an item: its status.
impl Outcome for u16 {
    fn succeeded(&self) -> bool {
        *self < 400
    }
}

const fn status(stop: Option<&Stop>, ran: u16) -> u16 {
    match stop {
        None => ran,
        Some(Stop::Failed(_)) => 424,
        Some(Stop::Late) => 503,
        Some(Stop::Panicked(_)) => 500,
    }
}

async fn statuses(waits: &[&[usize]], ran: &[u16]) -> Vec<u16> {
    let items = ran.iter().copied().zip(waits.iter().map(|on| on.to_vec()));
    let start = |ran: &mut u16, stop: Option<Stop>| {
        let answer = status(stop.as_ref(), *ran);
        async move { answer }
    };
    all(items, |_| false, Bounds::default(), start).await
}

#[tokio::test]
async fn what_waits_for_a_failure_does_not_run_and_fails_in_turn() {
    assert_eq!(statuses(&[&[], &[0], &[1], &[]], &[404, 200, 200, 201]).await, [404, 424, 424, 201]);
    assert_eq!(statuses(&[&[2], &[0, 2], &[]], &[200, 200, 204]).await, [200, 200, 204]);
    assert_eq!(statuses(&[&[1], &[2], &[]], &[200, 200, 400]).await, [424, 424, 400]);
    assert_eq!(statuses(&[&[1, 2], &[], &[]], &[200, 200, 400]).await, [424, 200, 400]);
}

#[tokio::test]
async fn items_run_side_by_side_up_to_the_bound_and_in_order_where_they_wait() {
    let (now, most, begun) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Mutex::new(Vec::new()));
    let mut waits = vec![Vec::new(); 20];
    waits[0] = vec![19];
    let start = |at: &mut usize, _: Option<Stop>| {
        begun.lock().unwrap().push(*at);
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            200_u16
        }
    };
    let bounds = Bounds { at_once: 3, ..Bounds::default() };
    let items = waits.clone().into_iter().enumerate();
    assert_eq!(all(items, |_| false, bounds, start).await, vec![200; 20]);
    assert_eq!(most.swap(0, Ordering::SeqCst), 3);
    assert_eq!(begun.lock().unwrap().last(), Some(&0));
    // Ten are small.
    let items = waits.into_iter().enumerate();
    assert_eq!(all(items, |at| *at < 10, bounds, start).await, vec![200; 20]);
    assert_eq!(most.load(Ordering::SeqCst), 9 + 3);
}

#[tokio::test]
async fn nothing_is_begun_once_the_time_is_over_and_what_runs_ends() {
    let bounds = Bounds { at_once: 1, time: Duration::from_millis(30) };
    let start = |(): &mut (), stop: Option<Stop>| async move {
        if stop.is_none() {
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        status(stop.as_ref(), 200)
    };
    let items = [((), vec![]), ((), vec![]), ((), vec![1])];
    assert_eq!(all(items, |()| false, bounds, start).await, [200, 503, 424]);
}

#[tokio::test]
async fn a_panic_is_the_answer_of_its_item_alone() {
    let start = |broken: &mut bool, stop: Option<Stop>| {
        let broken = *broken;
        async move {
            assert!(!broken || stop.is_some(), "this item is broken");
            if let Some(Stop::Panicked(text)) = &stop {
                assert_eq!(text, "this item is broken");
            }
            status(stop.as_ref(), 200)
        }
    };
    let items = [(false, vec![]), (true, vec![]), (false, vec![1]), (false, vec![0])];
    assert_eq!(all(items, |_| false, Bounds::default(), start).await, [200, 500, 424, 200]);
}

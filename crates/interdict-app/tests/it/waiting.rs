//! Requests for work that wait: they look at nothing meanwhile, and are woken.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use interdict_app::LeaseRequest;
use interdict_testkit::store::on_postgres;

use crate::carrying::{Desk, PROVIDER, block, registration};
use crate::support::Fixture;

/// For what a request does before it waits.
const SETTLING: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(3);
/// Far less than the ten seconds after which one that nobody wakes looks by itself.
const WOKEN: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_waits_looks_at_nothing_until_work_is_filed() {
    let fixture = Fixture::new().await;
    let desk = Desk::new(&fixture.service, 1);
    fixture.service.put_setting(&desk.caller, registration(None), None).await.unwrap();
    let (service, caller) = (Arc::clone(&fixture.service), desk.caller.clone());
    let waiting = tokio::spawn(async move {
        let request = LeaseRequest {
            provider: PROVIDER,
            max: 10,
            wait_seconds: 30,
            lease_seconds: None,
            instance: None,
        };
        service.lease(&caller, &request).await.unwrap()
    });
    tokio::time::sleep(SETTLING).await;
    // Each look begins with one at the clock, which nobody else asks here.
    let reads = || fixture.clock.reads.load(Ordering::SeqCst);
    let before = reads();
    assert!(before > 0 && !waiting.is_finished());
    tokio::time::sleep(IDLE).await;
    // With several nodes each looks once a second, lest a commit of another one is missed.
    let most = if on_postgres() { IDLE.as_secs() + 1 } else { 0 };
    let looks = reads() - before;
    assert!(looks <= most, "{looks} looks within {IDLE:?}");
    let id = desk.file(block("1.2.3.4", None)).await;
    let leases = tokio::time::timeout(WOKEN, waiting).await.expect("it was not woken").unwrap();
    assert_eq!(leases.iter().map(|handed| handed.lease.action).collect::<Vec<_>>(), [id]);
}

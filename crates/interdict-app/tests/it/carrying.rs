//! Actions that are carried out, through the service: every kind of entry about them, and random runs of which the journal
//! must give the rows, on either engine.

use std::sync::Arc;

use interdict_app::{BulkRequest, Caller, LeaseRequest, Service};
use interdict_model::action::{KeyValuePair, ResultInfo, Status};
use interdict_model::actor::User;
use interdict_model::body::{ActionBody, Field};
use interdict_model::command::{BulkVerb, Lasting, Report, ReportKind};
use interdict_model::edm::SECURITY_ACTION;
use interdict_model::execution::LeaseId;
use interdict_model::provider::Provider;
use interdict_model::request::Request;
use interdict_model::settings::{Setting, SettingKey};
use interdict_model::version::Precondition;
use interdict_model::view::Handed;
use interdict_model::{ActionId, Actor, AppId, Permission, ProviderId};
use interdict_odata::bind::bind_query;
use interdict_testkit::store::TestStore;
use uuid::Uuid;

use crate::moving::{import, lines};
use crate::support::{Fixture, becoming, caller_with, filing, scope};

const EVERYTHING: &[Permission] = &[
    Permission::ActionsReadWrite,
    Permission::ActionsExecute,
    Permission::ActionsApprove,
    Permission::ProvidersReadWrite,
    Permission::GuardrailsReadWrite,
];
pub(crate) const PROVIDER: ProviderId = ProviderId(Uuid::from_u128(0xb0));

pub(crate) fn registration(bound: Option<&str>) -> Setting {
    let provider: Provider = serde_json::from_value(serde_json::json!({
        "id": PROVIDER, "vendor": "Acme", "provider": "Wall", "maxConcurrent": 4, "leaseSeconds": 60, "enabled": true,
        "actions": ["BlockIp", "UnblockIp", "BlockConnection", "UnblockConnection", "RunScan"], "appId": bound,
    }))
    .unwrap();
    Setting::Provider(provider)
}

fn guard(kind: &str, value: &str, mode: &str) -> Setting {
    let target =
        serde_json::json!({ "id": Uuid::from_u128(0xdead), "kind": kind, "value": value, "mode": mode });
    Setting::ProtectedTarget(serde_json::from_value(target).unwrap())
}

fn asking(name: &str, parameter: &str, value: &str, request: Request) -> ActionBody {
    let mut body = filing(None);
    let Field::Value(vendor) = &mut body.vendor_information else { unreachable!() };
    vendor.vendor = Field::Value("Acme".to_owned());
    vendor.provider = Field::Value("Wall".to_owned());
    let pair = KeyValuePair { name: Some(parameter.to_owned()), value: Some(value.to_owned()) };
    ActionBody {
        name: Field::Value(name.to_owned()),
        parameters: Field::Value(vec![pair]),
        request: Some(Box::new(request)),
        ..body
    }
}

pub(crate) fn block(address: &str, duration: Option<i64>) -> ActionBody {
    asking("BlockIp", "IP", address, Request { duration, ..Request::default() })
}

/// Somebody who works with a service.
pub(crate) struct Desk<'a> {
    service: &'a Arc<Service>,
    pub(crate) caller: Caller,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(service: &'a Arc<Service>, tenant: u128) -> Self {
        Self { service, caller: caller_with(tenant, EVERYTHING) }
    }

    /// The same with other rights, as another person.
    fn person(&self, id: &str) -> Caller {
        let user = Some(User { id: id.into(), name: Some(id.into()) });
        Caller {
            actor: Arc::new(Actor { user, ..Actor::clone(&self.caller.actor) }),
            request: self.caller.request,
        }
    }

    pub(crate) async fn file(&self, body: ActionBody) -> ActionId {
        self.service.create_action(&self.caller, body, false).await.unwrap().id
    }

    async fn lease(&self) -> Vec<Handed> {
        let request = LeaseRequest {
            provider: PROVIDER,
            max: 10,
            wait_seconds: 0,
            lease_seconds: None,
            instance: None,
        };
        self.service.lease(&self.caller, &request).await.unwrap_or_default()
    }

    async fn renew(&self, lease: LeaseId, progress: bool) {
        let progress = progress.then(|| serde_json::from_str("{\"percent\":50}").unwrap());
        let report = Report { fence: lease.fence, kind: ReportKind::Renew { seconds: None, progress } };
        let _ = self.service.renew(&self.caller, lease, report).await;
    }

    async fn report(&self, lease: LeaseId, fence: i64, kind: ReportKind) -> bool {
        self.service.report(&self.caller, lease, Report { fence, kind }).await.is_ok()
    }

    async fn carry_out(&self) {
        for handed in self.lease().await {
            self.renew(handed.lease, false).await;
            assert!(self.report(handed.lease, handed.lease.fence, DONE).await);
        }
    }

    async fn settle(&self) {
        while self.service.do_what_is_due().await.unwrap() > 0 {}
    }
}

const DONE: ReportKind = ReportKind::Complete { result: None, undo: None };

fn failed(retryable: bool) -> ReportKind {
    ReportKind::Fail {
        error_info: ResultInfo { code: 7, message: None, subcode: 0 },
        result: None,
        retryable,
        retry_after: None,
        cancelled: false,
        uncertain: false,
    }
}

/// Makes every kind of entry about what is carried out.
pub(crate) async fn carry_out_everything(fixture: &Fixture, tenant: u128) {
    let desk = Desk::new(&fixture.service, tenant);
    let (service, caller) = (desk.service, &desk.caller);
    service.put_setting(caller, registration(None), None).await.unwrap();
    // Handed out, begun, progressed, done; joined; held longer; let go of, and lifted.
    let first = desk.file(block("1.2.3.4", Some(600))).await;
    let handed = desk.lease().await.remove(0);
    desk.renew(handed.lease, false).await;
    desk.renew(handed.lease, true).await;
    assert!(desk.report(handed.lease, handed.lease.fence, DONE).await);
    let joined = desk.file(block("1.2.3.4", Some(60))).await;
    assert!(desk.lease().await.is_empty());
    service.extend_action(caller, joined, Lasting::For(1_000)).await.unwrap();
    service.undo_action(caller, first, Some("enough".to_owned())).await.unwrap();
    fixture.clock.advance(1_001);
    desk.settle().await;
    desk.carry_out().await;
    desk.settle().await;
    service.delete_action(caller, joined, Precondition::None).await.unwrap();
    // A deadline, and a late report; one that is asked to stop.
    desk.file(block("1.2.3.5", None)).await;
    let lost = desk.lease().await.remove(0);
    fixture.clock.advance(61);
    desk.settle().await;
    let again = desk.lease().await.remove(0);
    assert!(!desk.report(lost.lease, lost.lease.fence, DONE).await);
    service.cancel_action(caller, again.lease.action, Precondition::None, None).await.unwrap();
    assert!(desk.report(again.lease, again.lease.fence, failed(false)).await);
    // Withheld, approved, rejected; asked for dry; many at once.
    let guarded = desk.file(block("1.2.3.6", None)).await;
    service.put_setting(caller, guard("ip", "1.2.3.6", "needsApproval"), None).await.unwrap();
    assert!(desk.lease().await.is_empty());
    let refused = desk.file(block("1.2.3.6", None)).await;
    for (id, approved) in [(guarded, true), (refused, false)] {
        let execution = service.get_execution(caller, id).await.unwrap().execution.unwrap();
        let hash = execution.approval.as_ref().unwrap().hash.clone();
        service.judge_action(&desk.person("ann"), id, hash, approved, None).await.unwrap();
    }
    service.remove_setting(caller, SettingKey::ProtectedTarget(Uuid::from_u128(0xdead))).await.unwrap();
    let dry = Request { dry_run: true, ..Request::default() };
    let asked = asking("BlockIp", "IP", "1.2.3.7", dry);
    drop(service.file_action(caller, asked, false, None).await.unwrap());
    let filter = "clientContext eq 'many'";
    for host in 8..10 {
        let context = Field::Value("many".to_owned());
        let caller = desk.person(&format!("person {host}"));
        let other = Actor { app: Some(AppId(format!("app {host}").into())), ..Actor::clone(&caller.actor) };
        let caller = Caller { actor: Arc::new(other), ..caller };
        let body = ActionBody { client_context: context, ..block(&format!("1.2.3.{host}"), None) };
        service.create_action(&caller, body, false).await.unwrap();
    }
    let query = bind_query(&format!("$filter={}", filter.replace(' ', "%20")), &SECURITY_ACTION).unwrap();
    let (filter, verb) = (filter.to_owned(), BulkVerb::Cancel);
    let request = BulkRequest { verb, filter, query, comment: None, preview: false };
    assert_eq!(service.bulk(caller, request).await.unwrap().changed, 2);
    // For what else is tested with this store.
    desk.carry_out().await;
    // An entry that comes too late for what is in force.
    let late = service.put_setting(caller, guard("ip", "1.2.3.6", "deny"), None).await.unwrap().1.unwrap();
    assert_eq!((late.rejected, late.withheld, late.met.in_force.as_slice()), (0, 0, [guarded].as_slice()));
    service.remove_setting(caller, SettingKey::ProtectedTarget(Uuid::from_u128(0xdead))).await.unwrap();
}

/// Numbers that look random, the same for one seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        // Most is about what came last.
        let back = self.below(4.min(all.len().max(1) as u64)) as usize + 1;
        all.len().checked_sub(back).map(|at| all[at])
    }
}

/// So many steps of everything, whatever is refused.
async fn run_randomly(fixture: &Fixture, tenant: u128, seed: u64, steps: u32) {
    let desk = Desk::new(&fixture.service, tenant);
    let (service, caller) = (desk.service, &desk.caller);
    service.put_setting(caller, registration(None), None).await.unwrap();
    let mut numbers = Numbers(seed);
    let (mut ids, mut leases) = (Vec::new(), Vec::new());
    for _ in 0..steps {
        let id = numbers.one_of(&ids);
        let lease: Option<LeaseId> = numbers.one_of(&leases);
        match (numbers.below(20), id, lease) {
            (0..=4, ..) => {
                let address = format!("1.2.3.{}", 4 + numbers.below(3));
                let duration = Some(60).filter(|_| numbers.below(2) == 0);
                ids.push(desk.file(block(&address, duration)).await);
            }
            (5 | 6, ..) => leases.extend(desk.lease().await.into_iter().map(|handed| handed.lease)),
            (7 | 8, _, Some(lease)) => desk.renew(lease, numbers.below(2) == 0).await,
            (9 | 10, _, Some(lease)) => {
                let lie = i64::from(numbers.below(5) == 0);
                desk.report(lease, lease.fence - lie, DONE).await;
            }
            (11, _, Some(lease)) => {
                let retryable = numbers.below(2) == 0;
                desk.report(lease, lease.fence, failed(retryable)).await;
            }
            (12, _, Some(lease)) => {
                desk.report(lease, lease.fence, ReportKind::Release { delay: Some(5) }).await;
            }
            (13, Some(id), _) => {
                let _ = service.cancel_action(caller, id, Precondition::None, None).await;
            }
            (14, Some(id), _) => drop(service.undo_action(caller, id, None).await),
            (15, Some(id), _) => drop(service.extend_action(caller, id, Lasting::For(90)).await),
            (16, Some(id), _) => {
                let _ = service.delete_action(caller, id, Precondition::None).await;
            }
            (17, Some(id), _) => {
                let bound = ["app-1"].get(numbers.below(2) as usize).copied();
                service.put_setting(caller, registration(bound), None).await.unwrap();
                let body =
                    becoming([Status::Running, Status::Completed, Status::Failed][numbers.below(3) as usize]);
                drop(service.update_action(caller, id, body, Precondition::None, false).await);
            }
            _ => {
                fixture.clock.advance(i64::try_from(numbers.below(80)).unwrap());
                desk.settle().await;
            }
        }
    }
}

/// What of the rows does not depend on renewals, of which no entries are made.
async fn rows(fixture: &Fixture, tenant: u128) -> (Vec<String>, Vec<String>) {
    let store = &fixture.store;
    let mut records = Vec::new();
    for entry in store.journal(scope(tenant), 0, usize::MAX).await.unwrap() {
        if let Some((mut record, _)) = store.record(scope(tenant), ActionId(entry.subject)).await.unwrap() {
            if let Some(lease) = record.execution.as_mut().and_then(|it| Arc::make_mut(it).lease.as_mut()) {
                lease.expires = interdict_model::Timestamp::from_ticks(0);
            }
            records.push(format!("{record:?}"));
        }
    }
    let effects = store.effects(scope(tenant), PROVIDER, 0, 1_000).await.unwrap();
    (records, effects.iter().map(|effect| effect.text()).collect())
}

#[tokio::test]
async fn random_runs_verify_and_are_the_same_on_the_other_engine() {
    for (seed, engines) in [
        (1, [TestStore::sqlite as fn() -> TestStore, TestStore::postgres]),
        (2, [TestStore::postgres, TestStore::sqlite]),
    ] {
        let [home, other] = engines.map(|engine| engine());
        let options = home.options();
        let source = Fixture::on(home, &options, 7).await;
        for tenant in 1..=2 {
            run_randomly(&source, tenant, seed * 10 + u64::try_from(tenant).unwrap(), 300).await;
        }
        assert_eq!(source.store.verify().await.unwrap().fault, None);
        let before = lines(&source.store).await;
        import(&other, &before).await.unwrap();
        let options = other.options();
        let target = Fixture::on(other, &options, 0).await;
        assert_eq!(target.store.verify().await.unwrap().fault, None);
        assert_eq!(lines(&target.store).await[1..], before[1..]);
        for tenant in 1..=2 {
            let rows_there = rows(&source, tenant).await;
            assert!(rows_there.0.len() > 100 && !rows_there.1.is_empty());
            assert_eq!(rows(&target, tenant).await, rows_there);
        }
        // What was to happen happens on the other engine.
        target.clock.advance(10_000_000);
        Desk::new(&target.service, 1).settle().await;
        assert_eq!(target.store.verify().await.unwrap().fault, None);
        for fixture in [source, target] {
            fixture.service.stop().await;
        }
    }
}

//! Each action is a register: clients create it, change it with and without `If-Match`, and read it, all at once; one
//! order of their requests explains every answer.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use interdict_testkit::history::linearizable::{beginning, is_linearizable, is_linearizable_too, violation};
use interdict_testkit::history::{Operation, Outcome, Recorder, Request, Shown};
use interdict_testkit::power_loss::Random;
use reqwest::Method;
use serde_json::{Value, json};

use super::duration;
use super::world::{Over, World};
use crate::http::{ACTIONS, Answer, Http, block};
use crate::program;

const CLIENTS: u64 = 8;
/// Actions at once.
const ACTIONS_AT_ONCE: usize = 20;
/// Requests after which an action is left alone and another takes its place: the search takes longer the more there are.
const REQUESTS: usize = 150;
/// Requests of the histories that both searches see: the one without a memory takes very long for more.
const SHARED: usize = 30;

/// Where an action has its place, and how many had it before.
type Key = (usize, u32);

/// What clients know of the action in a place.
#[derive(Clone, Default)]
struct Place {
    generation: u32,
    id: Option<String>,
    /// The last version that an answer showed, with its ETag.
    etag: Option<(i64, String)>,
}

/// What came of a round.
pub(super) struct Report {
    pub(super) requests: usize,
    pub(super) unknown: usize,
    pub(super) mismatches: usize,
    pub(super) actions: usize,
    pub(super) failures: usize,
    /// Histories that both searches saw, and those of them on which they do not agree.
    pub(super) shared: usize,
    pub(super) disputed: usize,
    /// Why the first history that has no order has none.
    pub(super) violation: Option<String>,
}

/// Lets clients work on a world that fails, and looks for an order.
pub(super) async fn run(world: World, duration: Duration) -> (World, Report) {
    let recorder = Arc::new(Recorder::<Key>::start());
    let places: Arc<Mutex<Vec<Place>>> = Arc::new(Mutex::new(vec![Place::default(); ACTIONS_AT_ONCE]));
    let (over, nodes) = (Over::default(), world.clients());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let client = Client {
                http: nodes[usize::try_from(number).unwrap() % nodes.len()].clone(),
                random: Random::new(number),
                recorder: Arc::clone(&recorder),
                places: Arc::clone(&places),
            };
            tokio::spawn(client.work(over.clone()))
        })
        .collect();
    let (world, failures) = world.fail_for(duration, &over).await;
    join_all(clients).await.into_iter().for_each(Result::unwrap);
    let histories = Arc::into_inner(recorder).unwrap().into_histories();
    let report = tokio::task::spawn_blocking(move || report(&histories, failures)).await.unwrap();
    (world, report)
}

fn report(histories: &BTreeMap<Key, Vec<Operation>>, failures: usize) -> Report {
    let (mut shared, mut disputed) = (0, 0);
    for history in histories.values().step_by(3) {
        let beginning = beginning(history, SHARED);
        shared += 1;
        disputed += usize::from(is_linearizable(&beginning) != is_linearizable_too(&beginning));
    }
    let violation = histories.iter().find_map(|(key, history)| {
        violation(history).map(|violation| format!("action {key:?}: {violation}"))
    });
    let count = |outcome: Outcome| histories.values().flatten().filter(|it| it.outcome == outcome).count();
    Report {
        requests: histories.values().map(Vec::len).sum(),
        unknown: count(Outcome::Unknown),
        mismatches: count(Outcome::Mismatch),
        actions: histories.len(),
        failures,
        shared,
        disputed,
        violation,
    }
}

struct Client {
    http: Http,
    random: Random,
    recorder: Arc<Recorder<Key>>,
    places: Arc<Mutex<Vec<Place>>>,
}

impl Client {
    async fn work(mut self, over: Over) {
        let mut process = self.recorder.process();
        while !over.is_now() {
            let place = self.choose();
            let known = self.places.lock().unwrap()[place].clone();
            let key = (place, known.generation);
            let (request, method, body) = self.draw(key, &known);
            let path = known.id.as_ref().filter(|_| method != Method::POST);
            let path = path.map_or_else(|| ACTIONS.to_owned(), |id| format!("{ACTIONS}/{id}"));
            let called = self.recorder.now();
            let answer = match (&request, known.etag, body) {
                (Request::WriteIf { .. }, Some((_, etag)), Some(body)) => {
                    self.http.call_on(&etag, method, &path, body).await
                }
                (_, _, body) => self.http.call(method, &path, body).await,
            };
            let returned = self.recorder.now();
            let Some(outcome) = outcome(&request, answer.as_ref()) else {
                // Nobody is there for the moment.
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            };
            let operation = Operation { process, request, outcome, called, returned };
            let count = self.recorder.add(key, operation);
            self.learn(key, outcome, answer.ok(), count);
            if outcome == Outcome::Unknown {
                process = self.recorder.process();
            }
        }
    }

    /// Half of the requests are about two actions, so that they meet.
    fn choose(&mut self) -> usize {
        let places = if self.random.below(2) == 0 { 2 } else { ACTIONS_AT_ONCE };
        usize::try_from(self.random.below(places as u64)).unwrap()
    }

    fn draw(&mut self, key: Key, known: &Place) -> (Request, Method, Option<Value>) {
        let draw = self.random.below(10);
        if known.id.is_none() || draw == 0 {
            // Every client sends the same, so that each but the first repeats.
            let mut body = block("0");
            body["clientContext"] = json!(format!("{} {}", key.0, key.1));
            return (Request::Create { mark: 0 }, Method::POST, Some(body));
        }
        if draw < 4 {
            return (Request::Read, Method::GET, None);
        }
        let mark = self.recorder.mark();
        let body = Some(json!({"actionReason": mark.to_string()}));
        match &known.etag {
            Some((tag, _)) if draw < 8 => (Request::WriteIf { tag: *tag, mark }, Method::PATCH, body),
            _ => (Request::Write { mark }, Method::PATCH, body),
        }
    }

    /// Notes what an answer showed; an action of which there were enough requests gives up its place.
    fn learn(&self, key: Key, outcome: Outcome, answer: Option<Answer>, count: usize) {
        let mut places = self.places.lock().unwrap();
        let place = &mut places[key.0];
        if place.generation != key.1 {
            return;
        }
        if count >= REQUESTS {
            *place = Place { generation: key.1 + 1, ..Place::default() };
        } else if let (Outcome::Shown(shown), Some(answer)) = (outcome, answer) {
            place.id.get_or_insert_with(|| answer.id());
            if place.etag.as_ref().is_none_or(|(tag, _)| *tag < shown.version) {
                place.etag = Some((shown.version, answer.etag));
            }
        }
    }
}

/// What an answer says; `None` where nothing happened.
fn outcome(request: &Request, answer: Result<&Answer, &reqwest::Error>) -> Option<Outcome> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.is_connect() || *request == Request::Read => return None,
        Err(_) => return Some(Outcome::Unknown),
    };
    match answer.status.as_u16() {
        200 | 201 => Some(Outcome::Shown(shown(answer))),
        404 => Some(Outcome::Missing),
        412 => Some(Outcome::Mismatch),
        429 | 503 | 504 => None,
        500 if answer.body["error"]["code"] == "outcomeUnknown" => Some(Outcome::Unknown),
        status => panic!("{request:?}: {status} {}", answer.body),
    }
}

fn shown(answer: &Answer) -> Shown {
    let mut body = answer.body.clone();
    // The rest of it is the action alone, however it was asked for.
    body.as_object_mut().unwrap().retain(|name, _| name != "@odata.context" && name != "@odata.etag");
    let mut hasher = DefaultHasher::new();
    body.to_string().hash(&mut hasher);
    Shown {
        version: version(&answer.etag),
        mark: body["actionReason"].as_str().unwrap().parse().unwrap(),
        body: hasher.finish(),
    }
}

/// The sequence in `W/"epoch-sequence"`.
pub(super) fn version(etag: &str) -> i64 {
    let sequence = etag.trim_end_matches('"').rsplit('-').next().and_then(|digits| digits.parse().ok());
    sequence.unwrap_or_else(|| panic!("`{etag}` is no entity tag"))
}

/// A round that must be well.
async fn check(world: World) {
    let begun = std::time::Instant::now();
    let (world, report) = run(world, duration()).await;
    eprintln!(
        "{} requests about {} actions, {} of unknown outcome, {} met another version; {} failures; {} histories seen by \
         both searches; {:?}",
        report.requests,
        report.actions,
        report.unknown,
        report.mismatches,
        report.failures,
        report.shared,
        begun.elapsed()
    );
    if let Some(violation) = report.violation {
        panic!("{violation}");
    }
    assert_eq!(report.disputed, 0, "the searches do not agree");
    assert!(report.requests > 500, "only {} requests: the load was none", report.requests);
    assert!(report.unknown > 0 && report.mismatches > 20 && report.failures > 1, "too little happened");
    world.assert_verified();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_is_a_register_while_its_server_is_killed() {
    check(World::sqlite(&program())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_is_a_register_of_two_nodes_while_their_database_goes() {
    check(World::postgres(&program())).await;
}

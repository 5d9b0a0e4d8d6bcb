//! A client that asks about actions, and records what it is told.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};

use interdict_testkit::history::{Operation, Outcome, Recorder, Request, Shown};
use interdict_testkit::power_loss::Random;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::world::Over;
use super::super::writers::AGAIN;
use crate::http::{ACTIONS, Answer, Http, block};

/// Actions at once.
const ACTIONS_AT_ONCE: usize = 20;
/// Requests after which an action is left alone and another takes its place: the search takes longer the more there are.
const REQUESTS: usize = 150;

/// Where an action has its place, and how many had it before.
pub(super) type Key = (usize, u32);

/// What clients tell each other.
pub(super) type Places = Mutex<Vec<Place>>;

/// What clients know of the action in a place.
#[derive(Clone, Default)]
pub(super) struct Place {
    generation: u32,
    id: Option<String>,
    /// The last version that an answer showed, with its ETag.
    etag: Option<(i64, String)>,
}

/// Nothing is known yet.
pub(super) fn places() -> Arc<Places> {
    Arc::new(Mutex::new(vec![Place::default(); ACTIONS_AT_ONCE]))
}

/// One client.
pub(super) struct Client {
    pub(super) http: Http,
    pub(super) random: Random,
    pub(super) recorder: Arc<Recorder<Key>>,
    pub(super) places: Arc<Places>,
}

impl Client {
    /// Asks until it is over.
    pub(super) async fn work(mut self, over: Over) {
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
                tokio::time::sleep(AGAIN).await;
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
pub(in super::super) fn version(etag: &str) -> i64 {
    let sequence = etag.trim_end_matches('"').rsplit('-').next().and_then(|digits| digits.parse().ok());
    sequence.unwrap_or_else(|| panic!("`{etag}` is no entity tag"))
}

//! Tokens of changes: what they are good for, and what ends them.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interdict_app::{Caller, DeltaPage, Error, Onward, Service};
use interdict_model::Permission;
use interdict_model::key::{KNOWN_BEFORE_USE_SECONDS, SharedKey};
use interdict_odata::{BoundQuery, QueryErrorCode};

use super::{Copy, RUNNING, cancel, delete, file, listed, onward, page, query, reason, shown, update};
use crate::retention::prune;
use crate::seals::Key;
use crate::support::{Fixture, caller, caller_with};

/// Where a token has the epoch of its store.
const EPOCH: Range<usize> = 1..5;

fn refused(outcome: Result<DeltaPage, Error>) -> String {
    match outcome {
        Err(Error::Query(faults)) => {
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(faults[0].code, QueryErrorCode::SyntaxError);
            format!("{}: {}", faults[0].option, faults[0].message)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_of_anything_else_is_refused() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    for _ in 0..3 {
        file(service).await;
    }
    let ask = async |caller: &Caller, query: &BoundQuery| service.delta_actions(caller, query).await;
    let Onward::Next(skip) = page(service, &query("$top=1")).await.onward else { panic!("one page") };
    let Onward::Delta(delta) = page(service, &query("")).await.onward else { panic!("more pages") };
    let list = service.list_actions(&caller(1), &query("$top=1")).await.unwrap().next.unwrap();
    let with = |text: &str, skip: Option<&str>, delta: Option<&str>| BoundQuery {
        skip_token: skip.map(str::to_owned),
        delta_token: delta.map(str::to_owned),
        ..query(text)
    };
    let (s, d) = (Some(&*skip), Some(&*delta));
    for (tenant, query, option) in [
        (1, with(RUNNING, s, None), "$skiptoken"),
        (1, with(RUNNING, None, d), "$deltatoken"),
        (1, with("$select=id", s, None), "$skiptoken"),
        (1, with("$select=id", None, d), "$deltatoken"),
        (2, with("", s, None), "$skiptoken"),
        (2, with("", None, d), "$deltatoken"),
        // Each is for one option, and for this address.
        (1, with("", d, None), "$skiptoken"),
        (1, with("", None, s), "$deltatoken"),
        (1, with("", Some(&list), None), "$skiptoken"),
    ] {
        let message = refused(ask(&caller(tenant), &query).await);
        assert!(message.starts_with(&format!("{option}: the token belongs to another query")), "{message}");
    }
    let listed = service.list_actions(&caller(1), &with("", s, None)).await;
    assert!(matches!(listed, Err(Error::Query(faults)) if faults[0].message.contains("another query")));
    let listed = service.list_actions(&caller(1), &with("", None, d)).await;
    assert!(matches!(listed, Err(Error::Query(faults)) if faults[0].code == QueryErrorCode::Unsupported));

    let bytes = URL_SAFE_NO_PAD.decode(&delta).unwrap();
    // With another epoch it is as one of another store, whose keys are not known.
    for at in (0..bytes.len()).filter(|at| !EPOCH.contains(at)) {
        let mut forged = bytes.clone();
        forged[at] ^= 1;
        let forged = URL_SAFE_NO_PAD.encode(forged);
        let message = refused(ask(&caller(1), &with("", None, Some(&forged))).await);
        assert!(message.contains("not one of this server"), "{message}");
    }
    for nonsense in ["AAAA", "not a token", "lat", delta.split_at(30).0] {
        refused(ask(&caller(1), &with("", None, Some(nonsense))).await);
        refused(ask(&caller(1), &with("", Some(nonsense), None)).await);
    }
    let denied = ask(&caller_with(1, &[Permission::AuditRead]), &query("")).await;
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
}

#[tokio::test]
async fn options_that_changes_do_not_take_are_refused() {
    let fixture = Fixture::new().await;
    for (text, options) in [
        ("$orderby=name", &["$orderby"][..]),
        ("$search=a&$skip=1&$count=true", &["$search", "$skip", "$count"]),
        ("$skiptoken=a&$deltatoken=latest", &["$skiptoken"]),
    ] {
        match fixture.service.delta_actions(&caller(1), &query(text)).await {
            Err(Error::Query(faults)) => {
                let named: Vec<_> = faults.iter().map(|fault| &*fault.option).collect();
                assert_eq!(named, options);
                assert!(faults.iter().all(|fault| fault.code == QueryErrorCode::Unsupported), "{faults:?}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

async fn gone(service: &Service, query: &BoundQuery, option: &str) {
    let outcome = service.delta_actions(&caller(1), query).await;
    assert!(matches!(outcome, Err(Error::Resync(of)) if of == option), "{outcome:?}");
}

#[tokio::test]
async fn a_token_from_before_a_restore_asks_for_all_anew() {
    let before = Fixture::new().await;
    let after = Fixture::of_epoch(8).await;
    for fixture in [&before, &after] {
        for _ in 0..2 {
            file(&fixture.service).await;
        }
    }
    let whole = onward("", page(&before.service, &query("")).await.onward);
    gone(&after.service, &whole, "$deltatoken").await;
    let part = onward("", page(&before.service, &query("$top=1")).await.onward);
    gone(&after.service, &part, "$skiptoken").await;
}

#[tokio::test]
async fn a_token_of_a_store_whose_keys_are_not_known_asks_for_all_anew() {
    let fixture = Fixture::new().await;
    for _ in 0..2 {
        file(&fixture.service).await;
    }
    let whole = onward("", page(&fixture.service, &query("")).await.onward);
    let part = onward("", page(&fixture.service, &query("$top=1")).await.onward);
    let elsewhere = |token: Option<&String>| {
        let mut bytes = URL_SAFE_NO_PAD.decode(token?).unwrap();
        bytes[EPOCH].copy_from_slice(&99_u32.to_be_bytes());
        Some(URL_SAFE_NO_PAD.encode(bytes))
    };
    let token = elsewhere(whole.delta_token.as_ref());
    gone(&fixture.service, &BoundQuery { delta_token: token.clone(), ..query("") }, "$deltatoken").await;
    // It is for one option there too.
    let crossed = BoundQuery { skip_token: token, ..query("") };
    refused(fixture.service.delta_actions(&caller(1), &crossed).await);
    let token = elsewhere(part.skip_token.as_ref());
    gone(&fixture.service, &BoundQuery { skip_token: token, ..query("") }, "$skiptoken").await;
}

#[tokio::test]
async fn a_token_goes_on_across_a_new_key_and_asks_for_all_anew_where_its_own_was_revoked() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    for _ in 0..2 {
        file(service).await;
    }
    let first = onward("", page(service, &query("")).await.onward);
    let within = onward("", page(service, &query("$top=1")).await.onward);
    let second = service.next_skip_token_key(fixture.clock.get()).unwrap();
    service.share_keys(vec![second.clone()]).await.unwrap();
    fixture.clock.advance(KNOWN_BEFORE_USE_SECONDS + 1);
    service.shared_keys().await.unwrap();
    let later = onward("", page(service, &first).await.onward);

    let revoked = |key: SharedKey| SharedKey { revoked: Some(fixture.clock.get()), ..key };
    service.share_keys(vec![revoked(service.first_skip_token_key())]).await.unwrap();
    service.shared_keys().await.unwrap();
    gone(service, &first, "$deltatoken").await;
    gone(service, &within, "$skiptoken").await;
    let latest = onward("", page(service, &later).await.onward);

    let third = service.next_skip_token_key(fixture.clock.get()).unwrap();
    service.share_keys(vec![third, revoked(second)]).await.unwrap();
    service.shared_keys().await.unwrap();
    gone(service, &latest, "$deltatoken").await;
    let mut damaged = latest.delta_token.unwrap();
    damaged.pop();
    let damaged = BoundQuery { delta_token: Some(damaged), ..query("") };
    refused(service.delta_actions(&caller(1), &damaged).await);
    page(service, &query("")).await;
}

#[tokio::test]
async fn a_token_from_before_a_pruning_asks_for_all_anew() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let ids = [file(service).await, file(service).await, file(service).await];
    let early = onward("", page(service, &query("")).await.onward);
    let within = onward("", page(service, &query("$top=1")).await.onward);
    update(service, ids[1], reason("a")).await.unwrap();
    update(service, ids[2], reason("b")).await.unwrap();
    let round = onward("", page(service, &BoundQuery { top: Some(1), ..early.clone() }).await.onward);
    assert!(round.skip_token.is_some());
    cancel(service, ids[0]).await.unwrap();
    delete(service, ids[0]).await.unwrap();
    fixture.clock.advance(interdict_model::seal::SEAL_AFTER_SECONDS + 1);
    assert_eq!(service.seal_due(&Key::new()).await.unwrap(), 1);
    let late = onward("", page(service, &query("")).await.onward);
    let fresh = BoundQuery { delta_token: Some("latest".to_owned()), ..query("") };
    assert!(prune(&fixture, 1, fixture.clock.get()).await.unwrap() > 0);
    gone(service, &early, "$deltatoken").await;
    gone(service, &within, "$skiptoken").await;
    gone(service, &round, "$skiptoken").await;
    // What was made at the last entry that was pruned, or later, misses nothing.
    assert!(shown(&page(service, &late).await).is_empty());
    let filed = file(service).await;
    assert_eq!(shown(&page(service, &late).await), [('+', filed)]);
    assert!(page(service, &fresh).await.changes.is_empty());
    let mut copy = Copy::of("");
    copy.round(service).await;
    assert_eq!(copy.rows, listed(service, "").await);
}

#[tokio::test]
async fn a_token_ahead_of_its_journal_asks_for_all_anew() {
    let fixture = Fixture::new().await;
    let shorter = Fixture::new().await;
    for _ in 0..3 {
        file(&fixture.service).await;
    }
    let ahead = onward("", page(&fixture.service, &query("")).await.onward);
    gone(&shorter.service, &ahead, "$deltatoken").await;
    file(&shorter.service).await;
    gone(&shorter.service, &ahead, "$deltatoken").await;
}

//! Lists: pages, counts, skip tokens.

use interdict_app::Error;
use interdict_model::edm;
use interdict_odata::bind::bind_query;
use interdict_odata::{BoundQuery, QueryErrorCode};

use crate::support::{Fixture, caller, filing};

fn query(text: &str) -> BoundQuery {
    bind_query(text, &edm::SECURITY_ACTION).unwrap()
}

fn with_token(text: &str, token: &str) -> BoundQuery {
    BoundQuery { skip_token: Some(token.to_owned()), ..query(text) }
}

async fn with_actions(fixture: Fixture, number: usize) -> Fixture {
    for _ in 0..number {
        fixture.service.create_action(&caller(1), filing(None), false).await.unwrap();
    }
    fixture
}

fn refused_token(outcome: Result<interdict_app::ListedPage, Error>) -> String {
    match outcome {
        Err(Error::Query(faults)) => {
            assert_eq!((&*faults[0].option, faults[0].code), ("$skiptoken", QueryErrorCode::SyntaxError));
            faults[0].message.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pages_hold_every_action_once_newest_first_and_the_last_announces_none() {
    let fixture = with_actions(Fixture::new().await, 20).await;
    let (mut token, mut ids) = (None, Vec::new());
    loop {
        let page = BoundQuery { skip_token: token, ..query("$top=5&$count=true") };
        let page = fixture.service.list_actions(&caller(1), &page).await.unwrap();
        assert_eq!((page.actions.len(), page.count), (5, Some(20)));
        ids.extend(page.actions.into_iter().map(|action| action.id));
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    let newest_first: Vec<_> = {
        let mut sorted = ids.clone();
        sorted.sort_by(|a, b| b.cmp(a));
        sorted
    };
    assert_eq!(ids, newest_first);
    assert_eq!(ids.len(), 20);
}

#[tokio::test]
async fn a_token_of_another_query_tenant_or_maker_is_refused() {
    let fixture = with_actions(Fixture::new().await, 3).await;
    let service = &fixture.service;
    let token = service.list_actions(&caller(1), &query("$top=1")).await.unwrap().next.unwrap();
    service.list_actions(&caller(1), &with_token("$top=2", &token)).await.unwrap();

    for other in ["$orderby=createdDateTime asc", "$filter=name eq 'BlockIp'"] {
        let other = other.replace(' ', "%20");
        let message = refused_token(service.list_actions(&caller(1), &with_token(&other, &token)).await);
        assert!(message.contains("another query"), "{message}");
    }
    let message = refused_token(service.list_actions(&caller(2), &with_token("", &token)).await);
    assert!(message.contains("another query"), "{message}");

    for at in 0..token.len() {
        let mut forged = token.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        refused_token(service.list_actions(&caller(1), &with_token("", &forged)).await);
    }
    for nonsense in ["", "AAAA", "not a token", token.split_at(20).0] {
        refused_token(service.list_actions(&caller(1), &with_token("", nonsense)).await);
    }
}

#[tokio::test]
async fn a_token_from_before_a_restore_says_so() {
    let before = with_actions(Fixture::new().await, 3).await;
    let token = before.service.list_actions(&caller(1), &query("$top=1")).await.unwrap().next.unwrap();
    let after = with_actions(Fixture::of_epoch(8).await, 3).await;
    let message = refused_token(after.service.list_actions(&caller(1), &with_token("", &token)).await);
    assert!(message.contains("restored"), "{message}");
}

#[tokio::test]
async fn any_order_goes_on_where_a_page_ended() {
    let fixture = Fixture::new().await;
    let mut filed = Vec::new();
    for context in [Some("b"), None, Some("a"), None, Some("ä")] {
        filed.push(fixture.service.create_action(&caller(1), filing(context), false).await.unwrap().id);
    }
    for (order, expected) in [("", [2, 4, 3, 1, 5]), ("%20desc", [5, 1, 3, 2, 4])] {
        let text = format!("$orderby=clientContext{order},length(name)%20desc&$top=1&$skip=1");
        let (mut token, mut ids) = (None, Vec::new());
        loop {
            let page = BoundQuery { skip_token: token, ..query(&text) };
            let page = fixture.service.list_actions(&caller(1), &page).await.unwrap();
            ids.extend(page.actions.iter().map(|action| action.id));
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        let expected: Vec<_> = expected.iter().skip(1).map(|number| filed[number - 1]).collect();
        assert_eq!(ids, expected, "{order}");
    }
}

#[tokio::test]
async fn counts_follow_the_filter_and_the_tenant() {
    let fixture = with_actions(Fixture::new().await, 3).await;
    let count = async |tenant, text: &str| {
        fixture.service.count_actions(&caller(tenant), &query(text)).await.unwrap()
    };
    assert_eq!(count(1, "").await, 3);
    assert_eq!(count(1, "$filter=vendorInformation/provider%20eq%20'Firewall'").await, 3);
    assert_eq!(count(1, "$filter=vendorInformation/provider%20eq%20'Mail'").await, 0);
    assert_eq!(count(2, "").await, 0);
}

//! Seals: every journal that grew is sealed in time, by one node, with a signature that holds.

use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use interdict_app::Service;
use interdict_model::seal::{SEAL_AFTER_SECONDS, Seal, Signer};
use interdict_testkit::store::TestStore;

use crate::support::{Fixture, caller, filing, scope};

#[derive(Debug)]
pub(crate) struct Key(Ed25519KeyPair);

impl Key {
    pub(crate) fn new() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }

    pub(crate) fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn holds(&self, seal: &Seal) -> bool {
        let public = UnparsedPublicKey::new(&ED25519, self.0.public_key().as_ref());
        public.verify(&seal.message(), &seal.signature).is_ok()
    }
}

impl Signer for Key {
    fn key_id(&self) -> &str {
        "test"
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().unwrap()
    }
}

async fn file(service: &Service, tenant: u128) {
    service.create_action(&caller(tenant), filing(None), false).await.unwrap();
}

#[tokio::test]
async fn a_journal_is_sealed_when_it_has_grown_for_a_while_and_not_again_before_it_grows() {
    let fixture = Fixture::new().await;
    let (service, key) = (&fixture.service, Key::new());
    file(service, 1).await;
    file(service, 1).await;
    assert_eq!(service.seal_due(&key).await.unwrap(), 0);
    fixture.clock.advance(SEAL_AFTER_SECONDS + 1);
    assert_eq!(service.seal_due(&key).await.unwrap(), 1);
    fixture.clock.advance(10_000);
    assert_eq!(service.seal_due(&key).await.unwrap(), 0);

    file(service, 1).await;
    fixture.clock.advance(SEAL_AFTER_SECONDS + 1);
    assert_eq!(service.seal_due(&key).await.unwrap(), 1);

    let seals = fixture.store.seals(scope(1), 0, 10).await.unwrap();
    let journal = fixture.store.journal(scope(1), 0, 10).await.unwrap();
    assert_eq!(seals.iter().map(|seal| seal.sequence).collect::<Vec<_>>(), [2, 3]);
    for seal in &seals {
        assert!(key.holds(seal), "{seal:?}");
        let entry = journal.iter().find(|entry| entry.sequence == seal.sequence).unwrap();
        assert_eq!(seal.hash, entry.hash);
        let forged = Seal { sequence: seal.sequence + 1, ..seal.clone() };
        assert!(!key.holds(&forged));
    }
    assert_eq!(fixture.store.verify().await.unwrap().fault, None);
}

#[tokio::test]
async fn a_journal_that_grew_while_it_was_sealed_is_due_again() {
    let fixture = Fixture::new().await;
    let (service, key) = (&fixture.service, Key::new());
    file(service, 1).await;
    fixture.clock.advance(SEAL_AFTER_SECONDS + 1);
    let due = fixture.store.claim_sealing(fixture.clock.get(), 10).await.unwrap();
    // Between the look and the seal.
    file(service, 1).await;
    assert_eq!(due.len(), 1);
    fixture.clock.advance(61);
    assert_eq!(service.seal_due(&key).await.unwrap(), 1);
    let seals = fixture.store.seals(scope(1), 0, 10).await.unwrap();
    assert_eq!(seals.last().unwrap().sequence, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_look_at_once_share_the_work() {
    // One node alone has an SQLite store.
    let home = TestStore::postgres();
    let options = home.options();
    let fixture = Fixture::on(home, &options, 7).await;
    let other = fixture.another_node().await;
    for tenant in 1..=150 {
        file(&fixture.service, tenant).await;
    }
    fixture.clock.advance(SEAL_AFTER_SECONDS + 1);
    let nodes = [Arc::clone(&fixture.service), other];
    let sealing = nodes.map(|node| {
        tokio::spawn(async move {
            let (key, mut sealed) = (Key::new(), 0);
            loop {
                match node.seal_due(&key).await.unwrap() {
                    0 => break sealed,
                    more => sealed += more,
                }
            }
        })
    });
    let mut sealed = 0;
    for node in sealing {
        sealed += node.await.unwrap();
    }
    assert_eq!(sealed, 150, "each journal is claimed once");
    for tenant in 1..=150 {
        assert_eq!(fixture.store.seals(scope(tenant), 0, 10).await.unwrap().len(), 1, "tenant {tenant}");
    }
}

//! Keys that every node of a store shares: the built-in issuer's, and the one that seals journals.

use interdict_auth::{BuiltinIssuer, SealKeys};
use interdict_model::key::SharedKey;
use interdict_store::Store;

use crate::commands::serve::opening::store_failure;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// The facts that nodes compare: the id of each key.
const ISSUER_KEY: &str = "issuer_key";
const SEAL_KEY: &str = "seal_key";

/// The issuer of this node, where its key is the store's. The first node of a store makes the key.
pub(super) async fn shared_issuer(
    dir: &DataDir,
    store: &Store,
    public_url: Option<&str>,
) -> Result<BuiltinIssuer, Failure> {
    let file = dir.issuer_key();
    let hint = format!(
        "copy `issuer-key.json` from the data directory of a node that runs, with mode 0600, to `{}`",
        file.display()
    );
    let known = store.registered(ISSUER_KEY).await.map_err(|error| store_failure(&error))?;
    if known.is_some() && !file.exists() {
        return Err(Failure::usage(
            "the nodes of this store sign tokens with a key that this one does not have",
        )
        .hint(hint));
    }
    let issuer = BuiltinIssuer::load_or_create(&file, public_url).map_err(|error| {
        Failure::failed(format!("cannot use the issuer key `{}`: {error}", file.display()))
    })?;
    let own =
        issuer.keys().map_err(|error| Failure::failed(format!("cannot use the issuer key: {error}")))?;
    if !is_shared(store, ISSUER_KEY, &own).await? {
        return Err(Failure::usage(format!(
            "the issuer key `{}` is not the one that the other nodes of this store sign with",
            file.display()
        ))
        .hint(hint));
    }
    Ok(issuer)
}

/// The key that seals journals, where this node has the store's. One that has not leaves sealing to the others. The
/// first node of a store makes the key.
pub(super) async fn shared_seal_key(dir: &DataDir, store: &Store) -> Result<Option<SealKeys>, Failure> {
    let file = dir.seal_key();
    let known = store.registered(SEAL_KEY).await.map_err(|error| store_failure(&error))?;
    let elsewhere = || {
        tracing::info!(
            file = %file.display(),
            "this node does not have the store's seal key: other nodes seal the journals; copy the file to have it take part"
        );
        Ok(None)
    };
    if known.is_some() && !file.exists() {
        return elsewhere();
    }
    let keys = SealKeys::load_or_create(&file)
        .map_err(|error| Failure::failed(format!("cannot use the seal key `{}`: {error}", file.display())))?;
    if is_shared(store, SEAL_KEY, &[keys.shared()]).await? { Ok(Some(keys)) } else { elsewhere() }
}

/// Whether one of a node's keys, the oldest first, is the first of its kind in this store, or follows it. The first node of
/// a store registers the first.
async fn is_shared(store: &Store, fact: &str, own: &[SharedKey]) -> Result<bool, Failure> {
    let failed = |error| store_failure(&error);
    let first = own.first().map(|key| key.id.as_bytes()).unwrap_or_default();
    let registered = store.register(fact, first).await.map_err(failed)?;
    let shared = store.shared_keys().await.map_err(failed)?;
    let same = |a: &SharedKey, b: &SharedKey| (a.kind, &a.id) == (b.kind, &b.id);
    Ok(own.iter().any(|own| own.id.as_bytes() == registered || shared.iter().any(|key| same(own, key))))
}

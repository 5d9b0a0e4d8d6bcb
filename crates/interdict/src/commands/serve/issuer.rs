//! The built-in issuer's key: every node of a store signs with the same one.

use interdict_auth::BuiltinIssuer;
use interdict_store::Store;

use crate::commands::serve::opening::store_failure;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// The fact that nodes compare: the key's id, which is its thumbprint.
const FACT: &str = "issuer_key";

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
    let known = store.registered(FACT).await.map_err(|error| store_failure(&error))?;
    if known.is_some() && !file.exists() {
        return Err(Failure::usage(
            "the nodes of this store sign tokens with a key that this one does not have",
        )
        .hint(hint));
    }
    let issuer = BuiltinIssuer::load_or_create(&file, public_url).map_err(|error| {
        Failure::failed(format!("cannot use the issuer key `{}`: {error}", file.display()))
    })?;
    let own = issuer.key_id().as_bytes();
    let registered = store.register(FACT, own).await.map_err(|error| store_failure(&error))?;
    if registered != own {
        return Err(Failure::usage(format!(
            "the issuer key `{}` is not the one that the other nodes of this store sign with",
            file.display()
        ))
        .hint(hint));
    }
    Ok(issuer)
}

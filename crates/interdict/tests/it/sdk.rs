//! Microsoft's SDKs, pinned, against the running binary; and the README's examples as they stand.
//!
//! The checks are programs in `tests/sdk`; each test here starts a server for one of them. What they need is
//! installed by `cargo xtask test`, or by `cargo xtask setup` alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use interdict_testkit::process::RunningServer;
use interdict_testkit::store::Database;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::Value;
use tempfile::TempDir;

use crate::program_with_store;

/// What a migration is allowed: to file actions with members that the server else writes.
const PROVENANCE: [&str; 2] = ["SecurityActions.ReadWrite.All", "SecurityActions.Provenance.All"];

/// The interpreter or runtime of a script.
#[derive(Clone, Copy, Debug)]
enum Sdk {
    Python,
    Node,
}

/// A server for one script, in a folder of its own that is the script's working directory.
struct Stage {
    folder: TempDir,
    server: RunningServer,
    /// The certificate authority, where the server speaks TLS.
    authority: Option<PathBuf>,
    /// Last: the server uses it.
    _database: Option<Database>,
}

impl Stage {
    fn plain() -> Self {
        Self::set(None, |_| Vec::new())
    }

    fn tls() -> Self {
        let certificates = |folder: &Path| {
            let key = KeyPair::generate().unwrap();
            let mut authority = CertificateParams::default();
            authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            authority.distinguished_name.push(DnType::CommonName, "Interdict test authority");
            let authority = CertifiedIssuer::self_signed(authority, key).unwrap();
            let key = KeyPair::generate().unwrap();
            let mut leaf = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
            leaf.use_authority_key_identifier_extension = true;
            leaf.distinguished_name.push(DnType::CommonName, "localhost");
            let leaf = leaf.signed_by(&key, &authority).unwrap();
            std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
            std::fs::write(folder.join("cert.pem"), leaf.pem()).unwrap();
            std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
            let path = |name: &str| folder.join(name).display().to_string();
            vec!["--tls-cert".to_owned(), path("cert.pem"), "--tls-key".to_owned(), path("key.pem")]
        };
        Self::set(Some("ca.pem"), certificates)
    }

    fn set(authority: Option<&str>, flags: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flags = flags(folder.path());
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        // Named as the default is, so that the README's relative paths hold.
        let (program, database) = program_with_store();
        let server = program.serve_with(&folder.path().join("interdict-data"), &flags);
        let authority = authority.map(|name| folder.path().join(name));
        Self { folder, server, authority, _database: database }
    }

    /// Runs a command in this stage's folder; it must succeed.
    fn run(&self, command: &mut Command) -> String {
        let bootstrap = std::fs::read(self.server.data_dir().join("bootstrap.json")).unwrap();
        let bootstrap: Value = serde_json::from_slice(&bootstrap).unwrap();
        let word = |name: &str| bootstrap[name].as_str().unwrap().to_owned();
        command
            .current_dir(self.folder.path())
            .env("INTERDICT_URL", self.server.url().replace("127.0.0.1", "localhost"))
            .env("INTERDICT_TOKEN", self.server.token(&["SecurityActions.ReadWrite.All"]))
            .env("INTERDICT_READER_TOKEN", self.server.token(&["SecurityActions.Read.All"]))
            .env("INTERDICT_PROVENANCE_TOKEN", self.server.token(&PROVENANCE))
            .env("INTERDICT_TENANT", word("tenantId"))
            .env("INTERDICT_CLIENT_ID", word("clientId"))
            .env("INTERDICT_CLIENT_SECRET", word("clientSecret"))
            .env("NODE_NO_WARNINGS", "1");
        if let Some(authority) = &self.authority {
            for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
                command.env(variable, authority);
            }
        }
        let output = command.output().unwrap_or_else(|error| {
            panic!("cannot start {:?}: {error}; run `cargo xtask setup` once", command.get_program())
        });
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let served = self.server.process().stderr();
        assert!(output.status.success(), "{stdout}\n{stderr}\n--- the server said:\n{served}");
        stdout
    }

    /// Runs a script of `tests/sdk`; it must run to its end.
    fn script(&self, sdk: Sdk, name: &str) {
        let folder = root().join("tests/sdk");
        let printed = match sdk {
            Sdk::Python => self.run(python().arg(folder.join("python").join(name))),
            Sdk::Node => self.run(Command::new("node").arg(folder.join("node").join(name))),
        };
        assert!(printed.ends_with("all checks held\n"), "{printed}");
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

pub(crate) fn python() -> Command {
    Command::new(root().join("target/sdk/python/bin/python"))
}

/// The code blocks of the README in that language, in order.
fn readme(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn python_sdk_every_method() {
    Stage::plain().script(Sdk::Python, "every_method.py");
}

#[test]
fn python_sdk_lists_and_pages() {
    Stage::plain().script(Sdk::Python, "lists.py");
}

#[test]
fn python_sdk_follows_changes() {
    Stage::plain().script(Sdk::Python, "delta.py");
}

#[test]
fn python_sdk_query_options() {
    Stage::plain().script(Sdk::Python, "queries.py");
}

#[test]
fn node_sdk_query_options() {
    Stage::plain().script(Sdk::Node, "queries.js");
}

#[test]
fn python_sdk_errors() {
    Stage::plain().script(Sdk::Python, "errors.py");
}

#[test]
fn python_sdk_batches() {
    Stage::plain().script(Sdk::Python, "batch.py");
}

#[test]
fn python_odata_query_selects_the_same_by_random_filters() {
    Stage::plain().script(Sdk::Python, "filters.py");
}

#[test]
fn python_validators_accept_the_descriptions() {
    Stage::plain().script(Sdk::Python, "descriptions.py");
}

#[test]
fn node_odata_tools_accept_the_descriptions() {
    Stage::plain().script(Sdk::Node, "descriptions.js");
}

#[test]
fn a_client_that_odata2ts_generates_finds_actions() {
    Stage::plain().script(Sdk::Node, "generated.js");
}

#[test]
fn python_azure_identity_gets_a_token_over_tls() {
    Stage::tls().script(Sdk::Python, "identity.py");
}

#[test]
fn node_sdk_every_method() {
    Stage::plain().script(Sdk::Node, "every_method.js");
}

#[test]
fn node_sdk_batches() {
    Stage::plain().script(Sdk::Node, "batch.js");
}

#[test]
fn node_classic_client_over_tls() {
    Stage::tls().script(Sdk::Node, "classic.js");
}

#[test]
fn node_azure_identity_gets_a_token_over_tls() {
    Stage::tls().script(Sdk::Node, "identity.js");
}

#[test]
fn readme_python_example_with_a_static_token_works_as_it_stands() {
    let code = readme("python").into_iter().find(|code| !code.contains("ClientSecretCredential")).unwrap();
    let printed = Stage::plain().run(python().args(["-c", &code]));
    assert!(printed.contains("Completed"), "{printed}");
}

#[test]
fn readme_curl_example_completes_an_action_that_the_azure_identity_example_lists() {
    let stage = Stage::tls();
    let curl = readme("sh").into_iter().find(|code| code.contains("curl")).unwrap();
    let printed = stage.run(Command::new("bash").args(["-euo", "pipefail", "-c", &curl]));
    assert!(printed.contains("\"status\":\"Completed\""), "{printed}");
    assert!(printed.contains("\"value\":["), "{printed}");
    let code = readme("python").into_iter().find(|code| code.contains("ClientSecretCredential")).unwrap();
    assert_eq!(stage.run(python().args(["-c", &code])), "['BlockIp']\n");
}

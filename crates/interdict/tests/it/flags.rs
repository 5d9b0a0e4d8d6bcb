use crate::program;

/// Arguments, exit status, and what stderr must say.
const TABLE: &[(&[&str], i32, &str)] = &[
    (&["--help"], 0, ""),
    (&["--version"], 0, ""),
    (&["serve", "--help"], 0, ""),
    (&[], 2, "Usage: interdict"),
    (&["servee"], 2, "error: unrecognized subcommand 'servee'\nhint: a similar subcommand exists: 'serve'"),
    (&["serve", "--port", "1"], 2, "error: unexpected argument '--port' found"),
    (&["serve", "--listen", "8080"], 2, "error: invalid value '8080' for '--listen <ADDR:PORT>'"),
    (
        &["serve", "--listen", "0.0.0.0:0"],
        2,
        "error: `0.0.0.0:0` is open to other machines and there is no TLS\nhint: ",
    ),
    (&["serve", "--listen", "[::]:0"], 2, "error: `[::]:0` is open to other machines"),
    (&["serve", "--admin-listen", "0.0.0.0:0"], 2, "error: `0.0.0.0:0` is open to other machines"),
    (
        &["serve", "--tls-cert", "c.pem"],
        2,
        "error: there is a certificate (tls_cert) without its key\nhint: ",
    ),
    (&["serve", "--tls-key", "k.pem"], 2, "error: there is a key (tls_key) without its certificate"),
    (
        &["serve", "--tls-cert", "/none.pem", "--tls-key", "/none.pem", "--listen", "127.0.0.1:0"],
        2,
        "error: cannot read `/none.pem`",
    ),
    (&["serve", "--database", "postgres://u:hunter2@h/d"], 2, "hint: --database-password-file names a file"),
    (
        &["serve", "--database", "postgres://u:hunter2@h/d?sslmode=hunter2"],
        2,
        "invalid value for option `sslmode`",
    ),
    (
        &["app", "list", "--database", "postgres://u:hunter2@h/d"],
        2,
        "hint: --database-password-file names a file",
    ),
    (
        &["serve", "--database", "postgres://u@h/d", "--database-password-file", "/none"],
        2,
        "cannot read the database's password `/none`",
    ),
    (&["serve", "--database", "mysql:x"], 2, "it must be `sqlite:PATH`"),
    (
        &["serve", "--public-url", "interdict.example"],
        2,
        "error: invalid value 'interdict.example' for '--public-url <URL>'",
    ),
    (&["serve", "--log-level", "loud"], 2, "error: invalid value 'loud' for '--log-level <LEVEL>'"),
    (&["serve", "--config", "/none.toml"], 2, "error: cannot read the configuration `/none.toml`"),
    (&["serve", "--data-dir", "/proc/none"], 1, "error: cannot use the data directory `/proc/none`"),
    (&["token", "--role", "Admin"], 2, "the known names are SecurityActions.Read.All, "),
    (&["token", "--scope", "Admin", "--user", "u"], 2, "the known names are SecurityActions.Read.All, "),
    (&["token", "--scope", "SecurityActions.Read.All"], 2, "--user <UPN>"),
    (&["token", "--tenant", "contoso"], 2, "it is no GUID"),
    (&["token", "--expires", "3600"], 2, "it is no duration such as `90s`"),
    (&["token", "--expires", "0s"], 2, "a token must live for a second at least"),
    (
        &["token", "--data-dir", "/none"],
        1,
        "error: there is no issuer key at `/none/issuer-key.json`\nhint: ",
    ),
    (&["app"], 2, "Usage: interdict app"),
    (&["app", "add", "--name", "a"], 2, "--role <ROLE>"),
    (&["app", "list", "--data-dir", "/none"], 1, "error: there is no data directory `/none`"),
    (&["help", "frob"], 2, "error: there is no help on `frob`\nhint: "),
    (&["help", "query", "explain"], 0, ""),
    (&["query"], 2, "Usage: interdict query"),
    (&["query", "explain"], 2, "<QUERY>"),
    (&["audit", "verify", "--data-dir", "/none"], 1, "error: "),
    (&["keys", "rotate"], 2, "<KIND>"),
    (&["keys", "rotate", "cake"], 2, "possible values: issuer, seal, skip-token"),
    (&["keys", "list", "--data-dir", "/none"], 1, "error: cannot open the store: "),
    (&["backup"], 2, "<FILE>"),
    (&["backup", "copy.db", "--data-dir", "/none"], 1, "there is no database at `/none/interdict.db`"),
    (&["restore"], 2, "error: which copy is to be restored?"),
    (&["import", "/none"], 1, "error: cannot read `/none`: "),
    (&["migrate-store", "--from", "sqlite:a"], 2, "--to <URL>"),
    (&["migrate-store", "--from", "a", "--to", "b"], 2, "it must be `sqlite:PATH` or `postgres://"),
];

#[test]
fn every_wrong_use_has_its_status_and_one_error_line() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, status, said) in TABLE {
        let mut command = program().command(arguments);
        let finished = interdict_testkit::process::Process::spawn(command.current_dir(&directory)).wait();
        assert_eq!(finished.status.code(), Some(*status), "{arguments:?}: {}", finished.stderr);
        assert!(finished.stderr.contains(said), "{arguments:?}: {}", finished.stderr);
        assert!(!finished.stderr.contains("hunter2"), "{arguments:?}: {}", finished.stderr);
        if *status != 0 {
            assert_eq!(finished.stdout, "", "{arguments:?}");
        }
        if finished.stderr.starts_with("error: ") {
            let rest = finished.stderr.lines().skip(1);
            assert!(
                rest.clone().all(|line| line.starts_with("hint: ")),
                "{arguments:?}: {}",
                finished.stderr
            );
        }
    }
    assert_eq!(
        std::fs::read_dir(&directory).unwrap().count(),
        1,
        "only the failed TLS start made its directory"
    );
}

#[test]
fn a_wrong_configuration_file_is_named_with_its_line_and_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("interdict.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:0\"\ndatadir = \"x\"\n").unwrap();
    let mut command = program().command(&["serve"]);
    let finished = interdict_testkit::process::Process::spawn(command.current_dir(&directory)).wait();
    assert_eq!(finished.status.code(), Some(2));
    assert!(
        finished.stderr.starts_with("error: `interdict.toml` line 2: key `datadir`: unknown field `datadir`"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("interdict.toml"),
        "listen = \"0.0.0.1:1\"\ndata_dir = \"from-file\"\n",
    )
    .unwrap();
    let start = |flags: &[&str]| {
        let mut command = program().command(&["serve"]);
        command.args(flags).current_dir(&directory).env("INTERDICT_LISTEN", "0.0.0.2:2");
        interdict_testkit::process::Process::spawn(&mut command).wait().stderr
    };
    assert!(start(&[]).starts_with("error: `0.0.0.2:2` is open"));
    assert!(start(&["--listen", "0.0.0.3:3"]).starts_with("error: `0.0.0.3:3` is open"));
}

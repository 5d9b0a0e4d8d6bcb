//! The database's password, from wherever it may be kept: never the command line, which every user of the machine can
//! read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use interdict_store::Address;
use secrecy::SecretString;

use crate::failure::Failure;

/// The address with its password: the one in it, else the one of the named file, else as libpq finds it (`PGPASSWORD`,
/// then the file that `PGPASSFILE` names or `~/.pgpass`). A server may also ask for none.
pub(crate) fn with_password(address: Address, file: Option<&Path>) -> Result<Address, Failure> {
    if let Some(path) = file {
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("cannot read the database's password `{}`: {error}", path.display()))
        })?;
        warn_of_readers(path);
        return Ok(address.with_password(&SecretString::from(text.trim_end_matches(['\r', '\n']))));
    }
    if address.has_password() {
        return Ok(address);
    }
    let found = match std::env::var("PGPASSWORD") {
        Ok(password) => Some(SecretString::from(password)),
        Err(_) => of_password_file(&address),
    };
    Ok(found.map_or_else(|| address.clone(), |password| address.clone().with_password(&password)))
}

/// What libpq's password file says about the first host that it names (PostgreSQL manual, section 34.16).
fn of_password_file(address: &Address) -> Option<SecretString> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".pgpass"));
    let path = std::env::var_os("PGPASSFILE").map(PathBuf::from).or_else(home)?;
    let text = fs::read_to_string(&path).ok()?;
    if fs::metadata(&path).ok()?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "the password file is open to other users and is not used; `chmod 600` closes it");
        return None;
    }
    address.parts().find_map(|parts| text.lines().find_map(|line| password_for(line, &parts)))
}

/// The line's password where it is for this host, port, database and user.
fn password_for(line: &str, parts: &[String; 4]) -> Option<SecretString> {
    if line.starts_with('#') {
        return None;
    }
    let fields = fields(line);
    let (password, pattern) = fields.split_last()?;
    let fits = pattern.len() == parts.len()
        && pattern.iter().zip(parts).all(|(pattern, part)| pattern == "*" || pattern == part);
    fits.then(|| SecretString::from(password.as_str()))
}

/// Fields between colons; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = Vec::from([String::new()]);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ':' if fields.len() < 5 => fields.push(String::new()),
            _ => {
                let taken = if character == '\\' { characters.next() } else { Some(character) };
                if let Some(field) = fields.last_mut() {
                    field.extend(taken);
                }
            }
        }
    }
    fields
}

fn warn_of_readers(path: &Path) {
    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        tracing::warn!(file = %path.display(), "the database's password can be read by others: set its mode to 0600");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_line_of_the_password_file_fits_exactly_or_by_a_star() {
        let parts = ["db", "5432", "store", "us:er"].map(str::to_owned);
        for (line, password) in [
            ("db:5432:store:us\\:er:secret", Some("secret")),
            ("*:*:*:*:a:b\\\\c", Some("a:b\\c")),
            ("db:5432:store:other:secret", None),
            ("db:5432:store:secret", None),
            ("# db:5432:store:us\\:er:secret", None),
            ("", None),
        ] {
            let found = password_for(line, &parts);
            assert_eq!(found.as_ref().map(|it| it.expose_secret()), password, "{line}");
        }
    }

    #[test]
    fn a_password_file_goes_before_the_address_and_loses_its_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "fi le\n").unwrap();
        let address: Address = "postgres://u@h/d".parse().unwrap();
        assert!(!address.has_password());
        assert!(with_password(address, Some(file.path())).unwrap().has_password());
        let address: Address = "postgres://u:p@h/d".parse().unwrap();
        let missing = with_password(address, Some(Path::new("/nowhere"))).unwrap_err().to_string();
        assert!(missing.contains("/nowhere"), "{missing}");
    }
}

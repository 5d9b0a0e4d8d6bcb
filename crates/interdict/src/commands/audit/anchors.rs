//! What somebody kept of a journal elsewhere: lines of a server's log that say `sealed`, or lines of an export.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use interdict_model::line::{Line, TenantEnd};
use interdict_store::Anchor;
use serde_json::{Value, json};

use crate::failure::Failure;

/// Reads the anchors of a file; what else stands in it is passed over. A file without any is a failure.
pub(super) fn read(path: &Path) -> Result<Vec<Anchor>, Failure> {
    let name = path.display();
    let failed = |error| Failure::failed(format!("cannot read the anchors `{name}`: {error}"));
    let mut anchors = Vec::new();
    for (number, line) in (1_u64..).zip(BufReader::new(File::open(path).map_err(failed)?).split(b'\n')) {
        let line = line.map_err(failed)?;
        let anchor = of_line(&String::from_utf8_lossy(&line))
            .map_err(|error| Failure::failed(format!("`{name}` line {number} is no anchor: {error}")))?;
        anchors.extend(anchor);
    }
    if anchors.is_empty() {
        return Err(Failure::failed(format!("there is no anchor in `{name}`"))
            .hint("a server logs one as `sealed`; a line `seal` or `head` of an export is one too"));
    }
    Ok(anchors)
}

/// The anchor that a line holds, where it is of those that hold one.
fn of_line(line: &str) -> Result<Option<Anchor>, serde_json::Error> {
    let line = without_colours(line);
    // Whoever collects logs may put something before each line.
    let object = line.find('{').and_then(|begin| line.get(begin..)).unwrap_or_default();
    let end = if object.starts_with("{\"seal\"") || object.starts_with("{\"head\"") {
        match serde_json::from_str(object)? {
            Line::Seal(seal) => TenantEnd { tenant: seal.tenant, sequence: seal.sequence, hash: seal.hash },
            Line::Head(end) => end,
            _ => return Ok(None),
        }
    } else if object.contains("\"message\":\"sealed\"") {
        let logged: Value = serde_json::from_str(object)?;
        let member = |name: &str| logged.get(name);
        end(json!({
            "tenant": member("tenant.id"), "sequence": member("sequence"), "hash": member("hash"),
        }))?
    } else if line.contains(" sealed tenant.id=") {
        let member = |name: &str| {
            let words = line.split_whitespace();
            words.filter_map(|word| word.strip_prefix(name)?.strip_prefix('=')).next_back()
        };
        let text = |name: &str| member(name).map(|text| text.trim_matches('"'));
        let sequence = member("sequence").and_then(|text| text.parse::<i64>().ok());
        end(json!({ "tenant": text("tenant.id"), "sequence": sequence, "hash": text("hash") }))?
    } else {
        return Ok(None);
    };
    Ok(Some(Anchor { tenant: end.tenant, sequence: end.sequence, hash: end.hash }))
}

fn end(members: Value) -> Result<TenantEnd, serde_json::Error> {
    serde_json::from_value(members)
}

/// A line as it is without a terminal's colours.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('m').map_or(part, |(_, text)| text));
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn anchors_are_read_from_logs_and_exports_and_other_lines_are_passed_over() {
        let hash = "ab".repeat(32);
        let tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
        for line in [
            format!(
                "2026-11-25T19:00:00.0Z  INFO interdict_app::seals: sealed tenant.id={tenant} sequence=7 at=2026-11-25T19:00:00Z hash=\"{hash}\" key=\"k\" signature=\"00\""
            ),
            format!(
                "Nov 25 host interdict[1]: \u{1b}[2mINFO\u{1b}[0m x: sealed \u{1b}[3mtenant.id\u{1b}[0m\u{1b}[2m=\u{1b}[0m{tenant} \u{1b}[3msequence\u{1b}[0m\u{1b}[2m=\u{1b}[0m7 \u{1b}[3mhash\u{1b}[0m\u{1b}[2m=\u{1b}[0m\"{hash}\""
            ),
            format!(
                "host: {{\"level\":\"INFO\",\"message\":\"sealed\",\"tenant.id\":\"{tenant}\",\"sequence\":7,\"hash\":\"{hash}\"}}"
            ),
            format!("{{\"head\":{{\"tenant\":\"{tenant}\",\"sequence\":7,\"hash\":\"{hash}\"}}}}"),
        ] {
            let anchor = of_line(&line).unwrap().unwrap();
            assert_eq!(
                (anchor.tenant.to_string(), anchor.sequence, anchor.hash),
                (tenant.to_owned(), 7, [0xab; 32])
            );
            of_line(&line.replace(&hash, "abab")).unwrap_err();
        }
        for line in
            ["", "WARN journals were not sealed; trying again", "{\"message\":\"ready\"}", "{\"end\":{}}"]
        {
            assert_eq!(of_line(line).unwrap(), None, "{line}");
        }
    }
}

//! What somebody may have meant.

/// What stands for an operator in other languages, and the words that are near one of ours.
pub(crate) fn operator(word: &str) -> Option<String> {
    const KNOWN: [(&str, &str); 10] = [
        ("equals", "write `eq`"),
        ("equal", "write `eq`"),
        ("is", "write `eq`"),
        ("gte", "write `ge`"),
        ("lte", "write `le`"),
        ("neq", "write `ne`"),
        ("like", "write `contains(name,'text')`, `startswith` or `endswith`"),
        ("contains", "write `contains(name,'text')`"),
        ("startswith", "write `startswith(name,'text')`"),
        ("endswith", "write `endswith(name,'text')`"),
    ];
    KNOWN.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, hint)| hint.to_owned())
}

/// The candidate nearest to a name, where one is near: at most a third of its characters differ.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    let name: Vec<char> = name.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| {
            let lower: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
            (distance(&name, &lower), lower.len().div_ceil(3), candidate)
        })
        .filter(|(distance, most, _)| distance <= most)
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate)
}

/// `; did you mean …?`, where something is near.
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, candidates).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// Characters to insert, remove or replace on the way from one to the other.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, left) in from.iter().enumerate() {
        let mut before = index + 1;
        let mut next = vec![before];
        for (right, (&above, &corner)) in to.iter().zip(row.iter().skip(1).zip(row.iter())) {
            before = (corner + usize::from(left != right)).min(above + 1).min(before + 1);
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_named_and_strangers_are_not() {
        let names = ["createdDateTime", "completedDateTime", "name", "status", "id"];
        for (written, meant) in [
            ("createdTime", Some("createdDateTime")),
            ("CREATEDDATETIME", Some("createdDateTime")),
            ("completedDatetim", Some("completedDateTime")),
            ("nmae", Some("name")),
            ("state", Some("status")),
            ("ids", Some("id")),
            ("severity", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), names), None);
    }

    #[test]
    fn words_of_other_languages_are_known() {
        assert_eq!(operator("LIKE").is_some(), operator("frob").is_none());
    }
}

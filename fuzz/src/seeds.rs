//! What fuzzing begins with: the cases of the grammar's tests, random queries, examples of everything else, and texts
//! as long as they may be. Always the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use interdict_model::edm::SECURITY_ACTION;
use interdict_odata::arbitrary;
use proptest::strategy::{BoxedStrategy, Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::Target;

mod examples;
mod large;

/// Random texts of one kind.
const EACH: usize = 50;

/// Writes a folder for each target below `folder`, with a file for each text, and beside it a list of their words, which
/// libFuzzer puts into other texts.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(folder: &Path) -> Result<()> {
    for target in Target::ALL {
        let path = folder.join(format!("{}.words", target.name()));
        let words: String = words(target).iter().map(|word| format!("\"{word}\"\n")).collect();
        fs::create_dir_all(folder)?;
        fs::write(&path, words).with_context(|| format!("cannot write `{}`", path.display()))?;
        let folder = folder.join(target.name());
        fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        for (number, text) in of(target).into_iter().enumerate() {
            let path = folder.join(format!("{number:04}"));
            fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
    }
    Ok(())
}

/// The words of a target's texts, without those that are long, or there once: names that were made up.
fn words(target: Target) -> BTreeSet<String> {
    let (mut once, mut words) = (BTreeSet::new(), BTreeSet::new());
    for text in of(target) {
        let runs = text.split(|byte| !byte.is_ascii_alphanumeric() && !b"$@_".contains(byte));
        for word in runs.filter(|run| (2..=24).contains(&run.len())) {
            if !once.insert(word.to_vec()) {
                words.insert(String::from_utf8_lossy(word).into_owned());
            }
        }
    }
    words
}

/// The texts of a target.
#[must_use]
pub fn of(target: Target) -> Vec<Vec<u8>> {
    let mut texts: Vec<String> = examples::of(target).iter().map(|text| (*text).to_owned()).collect();
    let mut runner = TestRunner::deterministic();
    let mut random = |strategy: BoxedStrategy<String>| {
        // A strategy that rejects what it made is made no use of here.
        let made = (0..EACH).filter_map(|_| strategy.new_tree(&mut runner).ok());
        made.map(|tree| tree.current()).collect::<Vec<_>>()
    };
    match target {
        Target::Filter => {
            texts.extend(random(arbitrary::filters(&SECURITY_ACTION)));
            texts.extend(random(arbitrary::expressions()));
            texts.extend(random(arbitrary::near_texts()));
        }
        Target::OrderBy => texts.extend(random(arbitrary::orders(&SECURITY_ACTION))),
        Target::Search => texts.extend(random(arbitrary::searches())),
        Target::Query => {
            let options = (arbitrary::filters(&SECURITY_ACTION), arbitrary::orders(&SECURITY_ACTION));
            let query = options.prop_map(|(filter, order)| {
                let filter = filter.replace('%', "%25").replace('+', "%2B").replace('&', "%26");
                format!("$filter={filter}&$orderby={order}&$count=true&$top=5")
            });
            texts.extend(random(query.boxed()));
        }
        Target::Path | Target::SkipToken | Target::Batch | Target::Body | Target::Date | Target::Guid => {}
    }
    texts.extend(large::of(target));
    texts.into_iter().map(String::into_bytes).collect()
}

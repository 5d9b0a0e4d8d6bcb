//! The definitions that every tenant has.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Definition;

#[derive(Deserialize)]
struct File {
    action: Vec<Definition>,
}

const TEXT: &str = include_str!("builtin.toml");

// The text is part of the program: a test holds it to being read whole.
static BUILTIN: LazyLock<Vec<Definition>> =
    LazyLock::new(|| toml::from_str(TEXT).map_or_else(|_| Vec::new(), |file: File| file.action));

/// The definitions that are built in.
#[must_use]
pub fn builtin() -> &'static [Definition] {
    &BUILTIN
}

/// The one of that name or alias, without regard to ASCII case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Definition> {
    builtin().iter().find(|definition| definition.is_called(name))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_text_is_read_whole() {
        let tables = TEXT.lines().filter(|line| line.trim() == "[[action]]").count();
        assert!(tables > 0);
        assert_eq!(builtin().len(), tables);
    }

    #[test]
    fn each_definition_holds_together_and_its_undo_fits() {
        let mut names = HashSet::new();
        for definition in builtin() {
            let undo = definition.undo.as_ref().map(|undo| (&undo.action, find(&undo.action)));
            assert_eq!(definition.validate(), [], "{}", definition.name);
            if let Some((name, found)) = undo {
                assert_eq!(found.map(|undoing| &undoing.name), Some(name));
                assert_eq!(found.map(|undoing| definition.check_undo(undoing)), Some(vec![]));
            }
            for name in std::iter::once(&definition.name).chain(&definition.aliases) {
                assert!(names.insert(name.to_ascii_lowercase()), "{name} is there twice");
                assert_eq!(find(&name.to_ascii_uppercase()), Some(definition));
            }
            assert!(definition.target.is_some() && !definition.description.is_empty());
        }
    }
}

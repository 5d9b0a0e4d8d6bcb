//! Secret values: what is shown in their place, and how they come back.
//!
//! An action, its row and everything that is shown of it hold [`MASK`]; the values themselves are beside the parameters in
//! [`crate::execution::Work`], and only what is handed out to a provider has them in their place again.

use super::Definition;
use crate::action::KeyValuePair;

/// What is shown in the place of a secret value.
pub const MASK: &str = "***";

impl Definition {
    /// Whether the values of the parameter of that name are secret.
    #[must_use]
    pub fn is_secret(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|parameter| parameter.secret)
    }
}

/// Takes the values of secret parameters out, in their order, and leaves the mask.
pub fn hide(parameters: &mut [KeyValuePair], is_secret: impl Fn(&str) -> bool) -> Vec<KeyValuePair> {
    let mut secrets = Vec::new();
    for pair in parameters {
        if pair.name.as_deref().is_some_and(&is_secret) && pair.value.as_deref().is_some_and(|it| it != MASK)
        {
            let value = pair.value.replace(MASK.to_owned());
            secrets.push(KeyValuePair { name: pair.name.clone(), value });
        }
    }
    secrets
}

/// Puts secret values back where the mask is: the second of a name into the second place of that name.
pub fn reveal(parameters: &mut [KeyValuePair], secrets: &[KeyValuePair]) {
    let mut passed: Vec<String> = Vec::new();
    for pair in parameters {
        let name = pair.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        let place = passed.iter().filter(|passed| **passed == name).count();
        let mut of_name = secrets.iter().filter(|it| is_called(it, &name));
        if pair.value.as_deref() == Some(MASK)
            && let Some(secret) = of_name.nth(place)
        {
            pair.value.clone_from(&secret.value);
        }
        passed.push(name);
    }
}

/// Whether it is the value of a parameter of that name.
pub(crate) fn is_called(pair: &KeyValuePair, name: &str) -> bool {
    pair.name.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Vec<KeyValuePair> {
        let pair = |(name, value): &(&str, &str)| KeyValuePair {
            name: Some((*name).to_owned()),
            value: Some((*value).to_owned()),
        };
        of.iter().map(pair).collect()
    }

    #[test]
    fn what_was_hidden_comes_back_to_its_place() {
        let filed = pairs(&[("host", "a"), ("Key", "one"), ("key", "two")]);
        let mut shown = filed.clone();
        let secrets = hide(&mut shown, |name| name.eq_ignore_ascii_case("key"));
        assert_eq!(shown, pairs(&[("host", "a"), ("Key", MASK), ("key", MASK)]));
        let mut back = shown.clone();
        reveal(&mut back, &secrets);
        assert_eq!(back, filed);
        let mut changed = pairs(&[("key", MASK), ("key", "three"), ("key", MASK)]);
        reveal(&mut changed, &secrets);
        assert_eq!(changed, pairs(&[("key", "one"), ("key", "three"), ("key", MASK)]), "nothing is made up");
    }
}

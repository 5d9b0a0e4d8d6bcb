//! What holds of any text.

use interdict_model::action::KeyValuePair;
use interdict_model::catalog::{self, ParameterType, Target};
use interdict_model::duration;
use proptest::prelude::*;

fn any_type() -> impl Strategy<Value = ParameterType> {
    prop::sample::select(ParameterType::ALL.to_vec())
}

/// Any text, and texts that are nearly of one of the forms.
fn any_value() -> impl Strategy<Value = String> {
    let address = r"[0-9a-f:.]{1,20}(/[0-9]{1,3})?";
    let v4 = r"(::ffff:)?[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(/[0-9]{1,3})?";
    let v6 = r"([0-9A-F]{0,4}:){2,7}[0-9a-f]{0,4}(/[0-9]{1,3})?";
    let domain = r"([a-zA-Z0-9äßİ。_-]{1,6}\.){0,3}[a-zA-Z0-9ä]{1,4}\.?";
    let url =
        r"(HTTP|https|ftp|ws)://([a-z:]{0,3}@)?[a-zA-Z0-9äß.\[\]:-]{1,12}(/[a-z%0-9A-F.?#|\\ ä]{0,12}){0,3}";
    let mailbox = r"[a-zA-ZäİẞΣ.#']{1,6}@[a-zA-Z0-9ä.-]{1,12}";
    let hash = r" ?([0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}) ?";
    let mac = r"([0-9a-fA-F]{2}[:-]){5}[0-9a-f]{2}|([0-9A-F]{4}\.){2}[0-9a-f]{4}|[0-9a-f]{12}";
    let path = r"(/|[A-Za-z]:\\|\\\\)[a-z./\\ ä]{0,12}";
    let span = r"P([0-9]{1,5}[WD]){0,2}(T([0-9]{1,5}[HMS]){0,3})?";
    let number = r"[+-]?[0-9]{1,20}";
    prop_oneof![
        any::<String>(),
        address.prop_map(String::from),
        v4.prop_map(String::from),
        v6.prop_map(String::from),
        domain.prop_map(String::from),
        url.prop_map(String::from),
        mailbox.prop_map(String::from),
        hash.prop_map(String::from),
        mac.prop_map(String::from),
        path.prop_map(String::from),
        span.prop_map(String::from),
        number.prop_map(String::from),
    ]
}

/// Parameters that an action may have, and some that it has not.
fn any_pairs() -> impl Strategy<Value = (usize, Vec<KeyValuePair>)> {
    let count = catalog::builtin().len();
    let pair = (any::<prop::sample::Index>(), any_value(), 0..10_u8);
    (0..count, prop::collection::vec(pair, 0..6)).prop_map(|(at, pairs)| {
        let parameters = &catalog::builtin()[at].parameters;
        let pairs = pairs.into_iter().map(|(index, value, odd)| {
            let parameter = index.get(parameters);
            let name = match odd {
                0 => value.clone(),
                1 => parameter.name.to_uppercase(),
                _ => parameter.name.clone(),
            };
            let value = if odd > 4 { parameter.values.first().cloned().unwrap_or(value) } else { value };
            KeyValuePair { name: (odd != 2).then_some(name), value: (odd != 3).then_some(value) }
        });
        (at, pairs.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_normal_form_is_its_own_normal_form(kind in any_type(), text in any_value()) {
        if let Some(normal) = kind.normalise(&text) {
            prop_assert_eq!(kind.normalise(&normal), Some(normal.clone()));
            for wider in ParameterType::ALL.into_iter().filter(|wider| wider.takes(kind)) {
                prop_assert_eq!(wider.normalise(&normal), Some(normal.clone()), "{:?} takes {:?}", wider, kind);
            }
            let target = Target::new(kind.target_kind(), &normal);
            prop_assert_eq!(&Target::new(target.kind, &target.text), &target);
            let json = serde_json::to_string(&target).unwrap();
            prop_assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), target);
        }
    }

    #[test]
    fn what_was_checked_checks_the_same_and_can_be_undone((at, pairs) in any_pairs()) {
        let definition = &catalog::builtin()[at];
        if let Ok(checked) = definition.check(&pairs) {
            prop_assert_eq!(&definition.check(&checked.parameters).unwrap(), &checked);
            if let Some(undo) = &definition.undo {
                let parameters = definition.undo_parameters(&checked.parameters);
                let undone = catalog::find(&undo.action).unwrap().check(&parameters).unwrap();
                prop_assert_eq!(undone.parameters, parameters);
                prop_assert_eq!(undone.target, checked.target);
            }
        }
    }

    #[test]
    fn touching_is_mutual_and_a_thing_touches_itself(left in any_value(), right in any_value()) {
        let readings = Target::readings(&left);
        for target in &readings {
            prop_assert!(target.touches(target));
            for other in Target::readings(&right) {
                prop_assert_eq!(target.touches(&other), other.touches(target));
            }
        }
    }

    #[test]
    fn a_written_duration_is_read_as_the_same(seconds in 1..=duration::LONGEST) {
        prop_assert_eq!(duration::parse(&duration::format(seconds)), Some(seconds));
    }
}

//! What expressions of a type can name.

use crate::edm::{Kind, StructuredType};
use crate::query::Type;

/// The values and collections in scope, by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    pub(super) values: Vec<(Type, String)>,
    /// With the kind of the elements.
    pub(super) collections: Vec<(Kind, String)>,
    /// Complex values that may be null.
    pub(super) complex: Vec<String>,
}

impl Vocabulary {
    pub(super) fn of(entity: &'static StructuredType) -> Self {
        let mut vocabulary = Self::default();
        vocabulary.add(entity, "");
        vocabulary
    }

    /// With a variable for the elements of a collection.
    pub(super) fn with(&self, variable: &str, element: Kind) -> Self {
        let mut inner = self.clone();
        match element {
            Kind::Complex(of) => inner.add(of, &format!("{variable}/")),
            single => inner.values.extend(Type::of(single).map(|ty| (ty, variable.to_owned()))),
        }
        inner
    }

    fn add(&mut self, of: &'static StructuredType, prefix: &str) {
        for property in of.properties {
            let path = format!("{prefix}{}", property.name);
            match property.kind {
                Kind::Complex(inner) => {
                    self.add(inner, &format!("{path}/"));
                    self.complex.push(path);
                }
                Kind::Collection(element) => self.collections.push((Kind::Complex(element), path)),
                Kind::Values(element) => self.collections.push((*element, path)),
                single => self.values.extend(Type::of(single).map(|ty| (ty, path))),
            }
        }
    }

    /// The types that have values in scope.
    pub(super) fn types(&self) -> Vec<Type> {
        let mut types: Vec<Type> = Vec::new();
        for (ty, _) in &self.values {
            if !types.contains(ty) {
                types.push(*ty);
            }
        }
        types
    }

    /// The paths to values of a type.
    pub(super) fn paths(&self, ty: Type) -> Vec<String> {
        self.values.iter().filter(|(of, _)| *of == ty).map(|(_, path)| path.clone()).collect()
    }
}

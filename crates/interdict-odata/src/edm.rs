//! Entity types as the language sees them.

/// A structured type: an entity or complex type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructuredType {
    /// The qualified name, such as `microsoft.graph.securityAction`.
    pub name: &'static str,
    /// Its declared properties.
    pub properties: &'static [Property],
}

/// A declared property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// The name, as it is written.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether `$search` looks into its texts, at any depth.
    pub searched: bool,
}

/// The type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Edm.Boolean`
    Boolean,
    /// `Edm.String`
    String,
    /// `Edm.String` whose values are GUIDs in lower case with hyphens; GUIDs that it is compared with are read in any
    /// case.
    GuidText,
    /// `Edm.Int32`
    Int32,
    /// `Edm.Int64`
    Int64,
    /// `Edm.Decimal`, of the values that a [`Decimal`](crate::number::Decimal) has.
    Decimal,
    /// `Edm.Guid`
    Guid,
    /// `Edm.Date`
    Date,
    /// `Edm.TimeOfDay`
    TimeOfDay,
    /// `Edm.DateTimeOffset`
    DateTimeOffset,
    /// `Edm.Duration`
    Duration,
    /// `Edm.Binary`
    Binary,
    /// An enumeration that is no set of flags.
    Enum(&'static EnumType),
    /// A complex value.
    Complex(&'static StructuredType),
    /// A collection of complex values. It may be empty, but is never null.
    Collection(&'static StructuredType),
    /// A collection of single values of that kind, which is neither complex nor a collection.
    Values(&'static Kind),
}

/// An enumeration type.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumType {
    /// The qualified name.
    pub name: &'static str,
    /// Members and their numbers.
    pub members: &'static [(&'static str, i64)],
}

impl Property {
    /// One that is never null.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, nullable: false, searched: false }
    }

    /// One that may be null.
    #[must_use]
    pub const fn nullable(name: &'static str, kind: Kind) -> Self {
        Self { nullable: true, ..Self::required(name, kind) }
    }

    /// The same, and `$search` looks into it.
    #[must_use]
    pub const fn searched(self) -> Self {
        Self { searched: true, ..self }
    }
}

impl StructuredType {
    /// The property of that name, in any case.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }
}

impl Kind {
    /// How a message names the type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "Edm.Boolean",
            Self::String | Self::GuidText => "Edm.String",
            Self::Int32 => "Edm.Int32",
            Self::Int64 => "Edm.Int64",
            Self::Decimal => "Edm.Decimal",
            Self::Guid => "Edm.Guid",
            Self::Date => "Edm.Date",
            Self::TimeOfDay => "Edm.TimeOfDay",
            Self::DateTimeOffset => "Edm.DateTimeOffset",
            Self::Duration => "Edm.Duration",
            Self::Binary => "Edm.Binary",
            Self::Values(of) => of.name(),
            Self::Enum(of) => of.name,
            Self::Complex(of) | Self::Collection(of) => of.name,
        }
    }
}

impl EnumType {
    /// The number of the member of that name, in any case, or of that number in digits.
    #[must_use]
    pub fn member(&self, text: &str) -> Option<i64> {
        self.members
            .iter()
            .find(|(name, number)| name.eq_ignore_ascii_case(text) || text.parse() == Ok(*number))
            .map(|(_, number)| *number)
    }

    /// The name of the member of that number.
    #[must_use]
    pub fn name_of(&self, number: i64) -> Option<&'static str> {
        self.members.iter().find(|(_, of_member)| *of_member == number).map(|(name, _)| *name)
    }

    /// Whether a literal's prefix names this type: the qualified name in any case, its namespace in full or as its
    /// last part alone.
    #[must_use]
    pub fn is_named(&self, prefix: &str) -> bool {
        let alias = self.name.rmatch_indices('.').nth(1).and_then(|(at, _)| self.name.get(at + 1..));
        prefix.eq_ignore_ascii_case(self.name)
            || alias.is_some_and(|alias| prefix.eq_ignore_ascii_case(alias))
    }
}

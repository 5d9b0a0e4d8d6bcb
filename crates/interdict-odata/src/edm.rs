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
}

/// The type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Edm.String`
    String,
    /// `Edm.Int32`
    Int32,
    /// `Edm.DateTimeOffset`
    DateTimeOffset,
    /// An enumeration that is no set of flags.
    Enum(&'static EnumType),
    /// A complex value.
    Complex(&'static StructuredType),
    /// A collection of complex values.
    Collection(&'static StructuredType),
}

/// An enumeration type.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumType {
    /// The qualified name.
    pub name: &'static str,
    /// Members and their numbers.
    pub members: &'static [(&'static str, i64)],
}

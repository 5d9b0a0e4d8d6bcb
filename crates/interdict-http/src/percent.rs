//! Percent encoding of paths and queries (RFC 3986, 2.1).

use std::borrow::Cow;
use std::fmt::Write as _;

/// Decodes escapes; what is no escape stays as it is, bytes that are no UTF-8 become U+FFFD.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                out.push(high * 16 + low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => out.push(*first),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// Decodes a name or value of a query, where `+` is a space.
pub(crate) fn decode_query(text: &str) -> Cow<'_, str> {
    if text.contains('+') { Cow::Owned(decode(&text.replace('+', "%20")).into_owned()) } else { decode(text) }
}

/// Encodes a name or value of a query. What OData writes itself stays readable; everything that could mean
/// something else in a query, a header or a JSON string is escaped.
pub(crate) fn encode_query(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~$'(),:/*@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_once() {
        assert_eq!(decode("a%2Fb%20c%27%C3%A9"), "a/b c'é");
        assert_eq!(decode("%2525"), "%25");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz+"), "%zz+");
        assert_eq!(decode_query("a+b%2Bc"), "a b+c");
    }

    #[test]
    fn a_query_survives_decoding_and_encoding() {
        for text in ["name eq 'a&b=c#d'", "\"\\\u{e9}+%", "createdDateTime desc,id", ""] {
            let mut encoded = String::new();
            encode_query(text, &mut encoded);
            assert!(!encoded.contains(['"', '&', '#', '+', ' ', '\\', '=']), "{encoded}");
            assert_eq!(decode_query(&encoded), text);
        }
    }
}

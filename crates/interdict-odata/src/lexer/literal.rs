//! Literals that are recognised by their shape: GUIDs, dates, times, numbers; and those with a prefix.

use super::{Lexer, starts_identifier};
use crate::ast::Literal;
use crate::error::{Fault, quoted};
use crate::limits;

impl Lexer {
    /// The unquoted literal that starts here, if one does. `null`, `true` and `false` are words.
    pub(super) fn unquoted_literal(&mut self, first: char) -> Result<Option<Literal>, Fault> {
        let start = self.at;
        if first.is_ascii_hexdigit() && self.guid_shape() {
            self.at += 36;
            return Ok(Some(Literal::Guid(self.text(start))));
        }
        let signed = matches!(first, '-' | '+');
        let digits_from = usize::from(signed);
        if self.infinite(signed) {
            self.at += digits_from + 3;
            return Ok(Some(Literal::Number(self.text(start))));
        }
        let digits = self.digits(digits_from);
        if digits == 0 {
            return match first {
                '+' | '.' => Err(Fault::syntax(start, "a number begins with a digit")),
                _ => Ok(None),
            };
        }
        if digits >= 4 && first != '+' && self.date_shape(digits_from + digits) {
            return self.date(digits_from, digits).map(Some);
        }
        if !signed && digits == 2 && self.peek(2) == Some(':') {
            self.time_of_day()?;
            return Ok(Some(Literal::TimeOfDay(self.text(start))));
        }
        self.number(digits_from)?;
        if self.at - start > limits::LITERAL_CHARS {
            let message = format!("this number is longer than {} characters", limits::LITERAL_CHARS);
            return Err(Fault::limit(start, message));
        }
        Ok(Some(Literal::Number(self.text(start))))
    }

    /// How many ASCII digits stand from there on.
    fn digits(&self, ahead: usize) -> usize {
        self.chars.iter().skip(self.at + ahead).take_while(|character| character.is_ascii_digit()).count()
    }

    fn infinite(&self, signed: bool) -> bool {
        let from = self.at + usize::from(signed);
        if !matches!(self.chars.get(from), Some('I' | 'N')) {
            return false;
        }
        let name: String = self.chars.iter().skip(from).take(3).collect();
        let ends = !self
            .chars
            .get(from + 3)
            .is_some_and(|next| starts_identifier(*next) || matches!(next, '/' | '.' | '('));
        ends && (name == "INF" || (!signed && name == "NaN")) && self.peek(0) != Some('+')
    }

    fn guid_shape(&self) -> bool {
        let shape = |index: usize, character: char| match index {
            8 | 13 | 18 | 23 => character == '-',
            _ => character.is_ascii_hexdigit(),
        };
        let run = self.chars.get(self.at..self.at + 36).unwrap_or_default();
        run.len() == 36
            && run.iter().enumerate().all(|(index, character)| shape(index, *character))
            && !self.peek(36).is_some_and(|next| next.is_alphanumeric() || next == '-')
    }

    /// `-dd-dd` after a year.
    fn date_shape(&self, ahead: usize) -> bool {
        self.peek(ahead) == Some('-')
            && self.digits(ahead + 1) == 2
            && self.peek(ahead + 3) == Some('-')
            && self.digits(ahead + 4) == 2
    }

    fn date(&mut self, sign: usize, year_digits: usize) -> Result<Literal, Fault> {
        let start = self.at;
        if year_digits > 4 && self.peek(sign) == Some('0') {
            return Err(Fault::syntax(start + sign, "a year of more than four digits does not begin with 0"));
        }
        self.at += sign + year_digits + 1;
        self.pair(1, 12, "month")?;
        self.at += 1;
        self.pair(1, 31, "day")?;
        if self.peek(0) != Some('T') {
            return Ok(Literal::Date(self.text(start)));
        }
        self.at += 1;
        self.time_of_day()?;
        let mut text = self.text(start);
        match self.peek(0) {
            Some('Z') => {
                self.at += 1;
                text.push('Z');
            }
            // A plus sign that was not percent-encoded arrives as a space.
            Some(sign @ ('+' | '-' | ' ')) if self.digits(1) == 2 && self.peek(3) == Some(':') => {
                text.push(if sign == ' ' { '+' } else { sign });
                self.at += 1;
                let from = self.at;
                self.pair(0, 23, "hour of an offset")?;
                self.at += 1;
                self.pair(0, 59, "minute of an offset")?;
                text.push_str(&self.text(from));
            }
            _ => return Err(Fault::syntax(self.at, "an instant ends in `Z` or an offset such as `+03:00`")),
        }
        Ok(Literal::DateTimeOffset(text))
    }

    /// `hh:mm`, then perhaps `:ss` and a fraction of up to 12 digits.
    fn time_of_day(&mut self) -> Result<(), Fault> {
        self.pair(0, 23, "hour")?;
        if self.peek(0) != Some(':') {
            return Err(Fault::syntax(self.at, "minutes are expected here, as in `13:52`"));
        }
        self.at += 1;
        self.pair(0, 59, "minute")?;
        if self.peek(0) != Some(':') {
            return Ok(());
        }
        self.at += 1;
        self.pair(0, 59, "second")?;
        if self.peek(0) == Some('.') {
            match self.digits(1) {
                0 => return Err(Fault::syntax(self.at + 1, "a fraction needs digits")),
                digits @ 1..=12 => self.at += 1 + digits,
                _ => return Err(Fault::syntax(self.at + 13, "a fraction has 12 digits at most")),
            }
        }
        Ok(())
    }

    /// Two digits within a range.
    fn pair(&mut self, least: u32, most: u32, what: &str) -> Result<(), Fault> {
        let value = (self.digits(0) >= 2)
            .then(|| {
                self.peek(0)
                    .and_then(|digit| digit.to_digit(10))
                    .zip(self.peek(1).and_then(|digit| digit.to_digit(10)))
            })
            .flatten()
            .map(|(tens, ones)| tens * 10 + ones);
        match value {
            Some(value) if (least..=most).contains(&value) => {
                self.at += 2;
                Ok(())
            }
            _ => Err(Fault::syntax(self.at, format!("a {what} has two digits, {least:02} to {most:02}"))),
        }
    }

    /// `digits[.digits][e[sign]digits]` after a sign.
    fn number(&mut self, sign: usize) -> Result<(), Fault> {
        self.at += sign;
        self.at += self.digits(0);
        if self.peek(0) == Some('.') {
            if self.digits(1) == 0 {
                return Err(Fault::syntax(self.at + 1, "a fraction needs digits"));
            }
            self.at += 1 + self.digits(1);
        }
        if matches!(self.peek(0), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.peek(1), Some('-' | '+')));
            if self.digits(1 + sign) == 0 {
                return Err(Fault::syntax(self.at + 1, "an exponent needs digits"));
            }
            self.at += 1 + sign + self.digits(1 + sign);
        }
        Ok(())
    }
}

/// A literal with a prefix, whose text starts at `at`.
pub(super) fn prefixed(prefix: String, text: String, at: usize) -> Result<Literal, Fault> {
    let is = |name: &str| prefix.eq_ignore_ascii_case(name);
    if is("duration") {
        return match duration_fault(&text) {
            None => Ok(Literal::Duration(text)),
            Some(offset) => Err(Fault::syntax(at + offset, "a duration is written as in `P1DT2H3M4.5S`")),
        };
    }
    if is("binary") {
        let wrong = text
            .trim_end_matches('=')
            .chars()
            .position(|digit| !(digit.is_ascii_alphanumeric() || matches!(digit, '-' | '_')));
        return match wrong {
            None => Ok(Literal::Binary(text)),
            Some(offset) => Err(Fault::syntax(at + offset, "binary values are written in base64url")),
        };
    }
    if is("geography") || is("geometry") {
        return Ok(Literal::Geo(prefix, text));
    }
    if text.trim().is_empty() {
        return Err(Fault::syntax(at, format!("a member of {} is missing", quoted(&prefix))));
    }
    Ok(Literal::Enum(prefix, text))
}

/// Where a duration stops to be one: `[-]P[nD][T[nH][nM][n[.n]S]]`, with at least one part in each half.
fn duration_fault(text: &str) -> Option<usize> {
    let chars: Vec<char> = text.chars().collect();
    let peek = |at: usize| chars.get(at).copied();
    let digits = |at: usize| chars.iter().skip(at).take_while(|digit| digit.is_ascii_digit()).count();
    let mut at = usize::from(peek(0) == Some('-'));
    if peek(at) != Some('P') {
        return Some(at);
    }
    at += 1;
    let days = digits(at);
    if days > 0 {
        if peek(at + days) != Some('D') {
            return Some(at + days);
        }
        at += days + 1;
    }
    if peek(at) == Some('T') {
        at += 1;
        let mut units = ['H', 'M', 'S'].as_slice();
        let from = at;
        loop {
            let whole = digits(at);
            if whole == 0 {
                break;
            }
            let mut end = at + whole;
            let fraction = peek(end) == Some('.');
            if fraction {
                if digits(end + 1) == 0 {
                    return Some(end + 1);
                }
                end += 1 + digits(end + 1);
            }
            let Some(index) = units.iter().position(|unit| peek(end) == Some(*unit)) else {
                return Some(end);
            };
            if fraction && peek(end) != Some('S') {
                return Some(end);
            }
            units = units.get(index + 1..).unwrap_or_default();
            at = end + 1;
        }
        if at == from {
            return Some(at);
        }
    } else if days == 0 {
        return Some(at);
    }
    (at < chars.len()).then_some(at)
}

//! From text to tokens with spans. What a character run is depends on its shape alone, not on where it stands.

mod literal;

use crate::ast::{Literal, Span};
use crate::error::{Fault, quoted};
use crate::limits;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) span: Span,
    pub(crate) kind: TokenKind,
}

/// The kinds of token. White space is none; the spans show where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An identifier, or several with dots between; keywords are words too.
    Word(String),
    /// `$` and an identifier.
    System(String),
    /// `@`, an identifier with or without dots, and perhaps `#` and a qualifier.
    At(String),
    Literal(Literal),
    Open,
    Close,
    Comma,
    Slash,
    Colon,
    Semicolon,
    Equals,
    Minus,
    Star,
    /// `[` or `{`: a literal in JSON begins.
    Json,
    End,
}

impl TokenKind {
    /// How a message names it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Word(text) | Self::System(text) | Self::At(text) => quoted(text),
            Self::Literal(literal) => quoted(&literal.to_string()),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::Slash => "`/`".to_owned(),
            Self::Colon => "`:`".to_owned(),
            Self::Semicolon => "`;`".to_owned(),
            Self::Equals => "`=`".to_owned(),
            Self::Minus => "`-`".to_owned(),
            Self::Star => "`*`".to_owned(),
            Self::Json => "a JSON value".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Cuts a text into tokens; the last is [`TokenKind::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    loop {
        while lexer.peek(0).is_some_and(is_space) {
            lexer.at += 1;
        }
        let start = lexer.at;
        let kind = lexer.token()?;
        let last = kind == TokenKind::End;
        // What JSON holds follows other rules, and nothing here reads it.
        let json = kind == TokenKind::Json;
        tokens.push(Token { span: Span { start, end: lexer.at }, kind });
        if json {
            tokens.push(Token { span: Span { start: lexer.at, end: lexer.at }, kind: TokenKind::End });
        }
        if last || json {
            return Ok(tokens);
        }
    }
}

/// Space and tab, the white space of query options.
const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

fn starts_identifier(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn continues_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn text(&self, from: usize) -> String {
        self.chars.get(from..self.at).unwrap_or_default().iter().collect()
    }

    fn take(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn token(&mut self) -> Result<TokenKind, Fault> {
        let Some(character) = self.peek(0) else { return Ok(TokenKind::End) };
        if let Some(literal) = self.unquoted_literal(character)? {
            self.ends_literal()?;
            return Ok(TokenKind::Literal(literal));
        }
        Ok(match character {
            '(' => self.take(TokenKind::Open),
            ')' => self.take(TokenKind::Close),
            ',' => self.take(TokenKind::Comma),
            '/' => self.take(TokenKind::Slash),
            ':' => self.take(TokenKind::Colon),
            ';' => self.take(TokenKind::Semicolon),
            '=' => self.take(TokenKind::Equals),
            '-' => self.take(TokenKind::Minus),
            '*' => self.take(TokenKind::Star),
            '[' | '{' => self.take(TokenKind::Json),
            '\'' => {
                let text = self.quoted_text()?;
                self.ends_literal()?;
                TokenKind::Literal(Literal::String(text))
            }
            '$' => {
                self.at += 1;
                TokenKind::System(format!("${}", self.identifier()?))
            }
            '@' => TokenKind::At(self.annotation()?),
            _ if starts_identifier(character) => {
                let word = self.dotted()?;
                if self.peek(0) != Some('\'') {
                    return Ok(TokenKind::Word(word));
                }
                let at = self.at + 1;
                let text = self.quoted_text()?;
                self.ends_literal()?;
                TokenKind::Literal(literal::prefixed(word, text, at)?)
            }
            other => return Err(Fault::syntax(self.at, stray(other))),
        })
    }

    fn identifier(&mut self) -> Result<String, Fault> {
        let start = self.at;
        if !self.peek(0).is_some_and(starts_identifier) {
            return Err(Fault::syntax(self.at, "a name is expected here"));
        }
        while self.peek(0).is_some_and(continues_identifier) {
            self.at += 1;
        }
        Ok(self.text(start))
    }

    fn dotted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.identifier()?;
        while self.peek(0) == Some('.') {
            self.at += 1;
            self.identifier()?;
        }
        Ok(self.text(start))
    }

    fn annotation(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        self.dotted()?;
        if self.peek(0) == Some('#') {
            self.at += 1;
            self.identifier()?;
        }
        Ok(self.text(start))
    }

    /// A text in single quotes, in which a doubled quote stands for one.
    fn quoted_text(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut length = 0_usize;
        loop {
            match self.peek(0) {
                None => return Err(Fault::syntax(start, "this text has no closing quote")),
                Some('\'') if self.peek(1) == Some('\'') => {
                    text.push('\'');
                    self.at += 2;
                }
                Some('\'') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\0') => return Err(Fault::syntax(self.at, "a text cannot hold U+0000")),
                Some(other) => {
                    text.push(other);
                    self.at += 1;
                }
            }
            length += 1;
            if length > limits::LITERAL_CHARS {
                let message = format!("this text is longer than {} characters", limits::LITERAL_CHARS);
                return Err(Fault::limit(start, message));
            }
        }
    }

    /// A literal must be followed by something that cannot belong to it.
    fn ends_literal(&self) -> Result<(), Fault> {
        match self.peek(0) {
            None | Some(' ' | '\t' | ')' | ',' | ';') => Ok(()),
            Some(other) => {
                let hint = if self.at.checked_sub(1).and_then(|before| self.chars.get(before)) == Some(&'\'')
                {
                    "; a quote inside a text is written twice"
                } else {
                    ""
                };
                let message = format!("{} cannot follow a literal{hint}", quoted(&other.to_string()));
                Err(Fault::syntax(self.at, message))
            }
        }
    }
}

fn stray(character: char) -> String {
    let hint = match character {
        '"' => "; texts take single quotes",
        '!' => "; write `ne` or `not`",
        '<' => "; write `lt` or `le`",
        '>' => "; write `gt` or `ge`",
        '&' => "; write `and`",
        '|' => "; write `or`",
        '%' => "; was the query encoded twice?",
        _ => "",
    };
    format!("{} has no place in an expression{hint}", quoted(&character.escape_debug().to_string()))
}

#[cfg(test)]
mod tests;

//! From the text of `$search` to its tree. `NOT` binds tightest, then `AND`, which may be left out, then `OR`.

use super::{Search, tokens};
use crate::edm::{Kind, Property, StructuredType};
use crate::error::Fault;
use crate::limits;
use crate::query::Path;

/// Parses a search of the properties of that type.
pub(crate) fn parse(text: &str, entity: &'static StructuredType) -> Result<Search, Fault> {
    // What is between single quotes is a search that somebody is still typing: its words, without operators.
    if let Some(inner) = text.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        let words: Vec<Search> =
            tokens(inner).map(|token| Search::Phrase { within: None, tokens: vec![token] }).collect();
        if words.len() > limits::SEARCH_WORDS {
            return Err(too_many(0));
        }
        return joined(words, Search::All).ok_or_else(|| no_word(0));
    }
    let mut parser = Parser { chars: text.chars().collect(), at: 0, depth: 0, words: 0, entity };
    let search = parser.any()?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(search),
        Some(')') => Err(Fault::syntax(parser.at, "this `)` closes nothing")),
        Some(_) => Err(Fault::syntax(parser.at, "a word or the end is expected here")),
    }
}

fn no_word(at: usize) -> Fault {
    Fault::unsupported(at, "there is no word to search for: words are letters and digits")
}

fn too_many(at: usize) -> Fault {
    Fault::limit(at, format!("the search has more than {} words", limits::SEARCH_WORDS))
}

/// One part alone, or several joined. `None` where there are none.
fn joined(mut parts: Vec<Search>, join: impl Fn(Vec<Search>) -> Search) -> Option<Search> {
    if parts.len() > 1 { Some(join(parts)) } else { parts.pop() }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    words: usize,
    entity: &'static StructuredType,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Whether this operator stands here, and something to operate on behind it.
    fn operator(&mut self, name: &str) -> bool {
        self.skip_space();
        let end = self.at + name.len();
        let here: String = self.chars.get(self.at..end).unwrap_or_default().iter().collect();
        let spaced = self.chars.get(end).is_some_and(|next| next.is_whitespace() || *next == '(');
        let operand = self.chars.iter().skip(end).find(|next| !next.is_whitespace());
        let found = here == name && spaced && operand.is_some_and(|next| *next != ')');
        if found {
            self.at = end;
        }
        found
    }

    fn any(&mut self) -> Result<Search, Fault> {
        let mut parts = vec![self.all()?];
        while self.operator("OR") {
            parts.push(self.all()?);
        }
        joined(parts, Search::Any).ok_or_else(|| no_word(0))
    }

    fn all(&mut self) -> Result<Search, Fault> {
        let mut parts = vec![self.one()?];
        loop {
            let before = self.at;
            let joined_by_word = self.operator("AND");
            if !joined_by_word {
                if self.operator("OR") {
                    self.at = before;
                    break;
                }
                self.skip_space();
                if matches!(self.peek(), None | Some(')')) {
                    break;
                }
                let spaced = self.at > before;
                if !spaced && self.peek() != Some('(') {
                    return Err(Fault::syntax(self.at, "a space belongs behind a phrase"));
                }
            }
            parts.push(self.one()?);
        }
        joined(parts, Search::All).ok_or_else(|| no_word(0))
    }

    fn one(&mut self) -> Result<Search, Fault> {
        let start = self.at;
        if self.depth >= limits::DEPTH {
            return Err(Fault::limit(
                start,
                format!("the search nests deeper than {} levels", limits::DEPTH),
            ));
        }
        self.depth += 1;
        let found = if self.operator("NOT") {
            self.negated().map(|operand| Search::Not(Box::new(operand)))
        } else {
            self.skip_space();
            match self.peek() {
                Some('(') => {
                    self.at += 1;
                    let inner = self.any()?;
                    self.skip_space();
                    if self.peek() != Some(')') {
                        return Err(Fault::syntax(self.at, "`)` is expected here"));
                    }
                    self.at += 1;
                    Ok(inner)
                }
                Some('"') => self.phrase(None, true),
                Some(')') | None => Err(Fault::syntax(self.at, "a word is expected here")),
                Some(_) => self.word(),
            }
        };
        self.depth -= 1;
        found
    }

    /// What follows `NOT`: a second one is a word.
    fn negated(&mut self) -> Result<Search, Fault> {
        self.skip_space();
        match self.peek() {
            Some('(' | '"') => self.one(),
            _ => self.word(),
        }
    }

    /// Until white space, a parenthesis or a quote. `name:word` and `name:"phrase"` search one property.
    fn word(&mut self) -> Result<Search, Fault> {
        let start = self.at;
        while self.peek().is_some_and(|next| !next.is_whitespace() && !matches!(next, '(' | ')' | '"')) {
            self.at += 1;
        }
        let word: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
        let within = match word.strip_suffix(':') {
            Some(name) => self.property(name, start)?,
            None => None,
        };
        match self.peek() {
            Some('"') if within.is_some() => return self.phrase(within, false),
            Some('"') => return Err(Fault::syntax(self.at, "a space belongs before a phrase")),
            Some('(') => return Err(Fault::syntax(self.at, "a space belongs before `(`")),
            _ => {}
        }
        self.words_of(&word, start)
    }

    /// Between double quotes, in which a backslash makes the next character one of the phrase.
    fn phrase(&mut self, within: Option<Path>, may_name: bool) -> Result<Search, Fault> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(Fault::syntax(self.at, "this phrase has no closing quote")),
                Some('"') => break,
                Some('\\') if matches!(self.chars.get(self.at + 1), Some('"' | '\\')) => {
                    self.at += 1;
                    text.extend(self.peek());
                }
                Some(other) => text.push(other),
            }
            self.at += 1;
        }
        self.at += 1;
        if may_name { self.words_of(&text, start) } else { self.tokens_of(within, &text, start) }
    }

    /// `name:text` where that is the name of a property, else a text.
    fn words_of(&mut self, text: &str, at: usize) -> Result<Search, Fault> {
        if let Some((name, rest)) = text.split_once(':')
            && let Some(path) = self.property(name, at)?
        {
            return self.tokens_of(Some(path), rest, at);
        }
        self.tokens_of(None, text, at)
    }

    /// The declared property at a path, where there is one.
    fn property(&self, name: &str, at: usize) -> Result<Option<Path>, Fault> {
        let Some(path) = property(name, self.entity) else { return Ok(None) };
        if path.0.iter().any(|property| property.searched) {
            return Ok(Some(path));
        }
        let searched = self.entity.properties.iter().filter(|property| property.searched);
        let searched: Vec<_> = searched.map(|property| format!("`{}`", property.name)).collect();
        let searched = searched.join(", ");
        Err(Fault::unsupported(at, format!("`{path}` is not searched; those that are: {searched}")))
    }

    fn tokens_of(&mut self, within: Option<Path>, text: &str, at: usize) -> Result<Search, Fault> {
        let tokens: Vec<String> = tokens(text).collect();
        self.words += tokens.len();
        if self.words > limits::SEARCH_WORDS {
            return Err(too_many(at));
        }
        if tokens.is_empty() { Err(no_word(at)) } else { Ok(Search::Phrase { within, tokens }) }
    }
}

/// The declared property at a path.
fn property(name: &str, entity: &'static StructuredType) -> Option<Path> {
    let mut within = Some(entity);
    let mut path: Vec<&'static Property> = Vec::new();
    for part in name.split('/') {
        let property = within?.property(part)?;
        within = match property.kind {
            Kind::Complex(of) | Kind::Collection(of) => Some(of),
            _ => None,
        };
        path.push(property);
    }
    Some(Path(path))
}

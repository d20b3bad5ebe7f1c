//! Walks the text of a body once, from left to right.

use serde_json::{Map, Number, Value};

use super::model::{Flaw, Salvaged};
use crate::http::json::safe_path;

/// Flaws that are named at most; a body of nothing but flaws is not answered with as many.
pub(super) const MOST_FLAWS: usize = 100;

enum Step {
    Key(String),
    Index(usize),
}

/// A walk through the text, from left to right.
pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
    path: Vec<Step>,
    read: Salvaged,
    /// Something was not written as JSON is, and could be read all the same.
    is_loose: bool,
}

impl<'t> Reader<'t> {
    /// Reads `text`, which was UTF-8 or not, to that depth.
    pub(super) fn read(text: &'t str, is_utf_8: bool, depth: usize) -> Salvaged {
        let mut reader = Self {
            text,
            at: 0,
            path: Vec::new(),
            read: Salvaged::default(),
            is_loose: false,
        };
        if !is_utf_8 {
            reader.flaw("encoding");
        }
        reader.document(depth);
        if reader.is_loose {
            reader.path.clear();
            reader.flaw("syntax");
        }
        reader.read
    }

    fn document(&mut self, depth: usize) {
        self.blank();
        if !matches!(self.peek(), Some(b'{' | b'['))
            && let Ok(value) = serde_json::from_str(self.text)
        {
            self.read.value = value;
            return;
        }
        let Some(start) = self.text.find(['{', '[']) else {
            self.flaw("bad-json");
            return;
        };
        self.is_loose |= self.at != start;
        self.at = start;
        self.read.value = self.value(depth).unwrap_or_default();
        self.path.clear();
        self.blank();
        if self.peek().is_some() {
            self.flaw("trailing-data");
        }
    }

    /// The value that begins here. `None`: none can be read, and why is noted.
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.blank();
        match self.peek() {
            None => self.cut(),
            Some(b'{' | b'[') if depth == 0 => self.skip(),
            Some(b'{') => Some(self.object(depth - 1)),
            Some(b'[') => Some(self.list(depth - 1)),
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote).map(Value::String),
            Some(_) => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        let mut members = Map::new();
        self.members(b'}', |reader| {
            let Some(key) = reader.key() else {
                return;
            };
            reader.path.push(Step::Key(key.clone()));
            if let Some(value) = reader.value(depth) {
                let known = members.get(&key).map(Value::is_null);
                if known.is_some() {
                    reader.flaw("duplicate-key");
                }
                // The first that says something.
                if known != Some(false) {
                    members.insert(key, value);
                }
            }
            reader.path.pop();
        });
        Value::Object(members)
    }

    fn list(&mut self, depth: usize) -> Value {
        let (mut items, mut index) = (Vec::new(), 0);
        self.members(b']', |reader| {
            reader.path.push(Step::Index(index));
            match reader.value(depth) {
                Some(value) => items.push(value),
                // What came broken keeps its number, so that those after it keep theirs.
                None if reader.peek().is_some() => items.push(Value::Null),
                None => {}
            }
            index += 1;
            reader.path.pop();
        });
        Value::Array(items)
    }

    /// Walks over the members of an object or list to its end, or to the end of the text.
    fn members(&mut self, end: u8, mut member: impl FnMut(&mut Self)) {
        self.at += 1;
        let (mut some, mut comma) = (false, true);
        loop {
            self.blank();
            match self.peek() {
                None => {
                    self.cut::<()>();
                    return;
                }
                Some(byte) if byte == end => {
                    self.at += 1;
                    self.is_loose |= some && comma;
                    return;
                }
                // The end of what is around it: its own is missing.
                Some(b'}' | b']') => {
                    self.is_loose = true;
                    return;
                }
                Some(b',') => {
                    self.at += 1;
                    self.is_loose |= comma;
                    comma = true;
                }
                Some(_) => {
                    self.is_loose |= !comma;
                    let before = self.at;
                    member(self);
                    // Whatever came, the walk goes on behind it.
                    if self.at == before {
                        self.at = self.after_char();
                    }
                    (some, comma) = (true, false);
                }
            }
        }
    }

    /// A key and its colon; `None` where there is no value to it.
    fn key(&mut self) -> Option<String> {
        let key = match self.peek()? {
            quote @ (b'"' | b'\'') => self.quoted(quote)?,
            _ => {
                let end = self.until(|c| c.is_whitespace() || ":,{}[]\"'=".contains(c));
                let key = self.text.get(self.at..end)?.to_owned();
                self.at = end;
                self.is_loose = true;
                key
            }
        };
        self.blank();
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(b'=') => {
                self.at += 1;
                self.is_loose = true;
            }
            None => return self.cut(),
            Some(_) => {
                self.flaw("unreadable");
                return None;
            }
        }
        Some(key)
    }

    /// A text in quotes.
    fn quoted(&mut self, quote: u8) -> Option<String> {
        self.is_loose |= quote != b'"';
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(n) = rest.bytes().position(|b| b == quote || b == b'\\') else {
                out.push_str(rest);
                self.at = self.text.len();
                self.read.cut_text = Some((self.spelt(), out));
                return self.cut();
            };
            let plain = rest.get(..n).unwrap_or_default();
            self.is_loose |= plain.bytes().any(|b| b < b' ');
            out.push_str(plain);
            self.at += n;
            if self.peek() == Some(quote) {
                self.at += 1;
                return Some(out);
            }
            self.at += 1;
            let Some(c) = self.escaped() else {
                self.at = self.text.len();
                self.read.cut_text = Some((self.spelt(), out));
                return self.cut();
            };
            out.push(c);
        }
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Option<char> {
        let c = self.text.get(self.at..)?.chars().next()?;
        self.at += c.len_utf8();
        Some(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '"' | '\\' | '/' => c,
            'u' => {
                let high = self.unit()?;
                let low = if (0xD800..0xDC00).contains(&high)
                    && self
                        .text
                        .get(self.at..)
                        .is_some_and(|r| r.starts_with("\\u"))
                {
                    self.at += 2;
                    self.unit()?
                } else {
                    0
                };
                let units = [high, low];
                let used = if low == 0 { units.get(..1)? } else { &units };
                let read = char::decode_utf16(used.iter().copied()).next()?;
                self.is_loose |= read.is_err();
                read.unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => {
                self.is_loose = true;
                other
            }
        })
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..)?.get(..4);
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        if let Some(unit) = unit {
            self.at += 4;
            return Some(unit);
        }
        self.is_loose = true;
        (self.text.len() > self.at + 4).then_some(0xFFFD)
    }

    /// A number, or a word without quotes.
    fn word(&mut self) -> Option<Value> {
        let end = self.until(|c| c.is_whitespace() || ",{}[]\"'".contains(c));
        let word = self.text.get(self.at..end)?;
        if word.is_empty() {
            self.flaw("unreadable");
            return None;
        }
        self.at = end;
        if end == self.text.len() {
            return self.cut();
        }
        let strict = match word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            _ => serde_json::from_str::<Number>(word).ok().map(Value::Number),
        };
        Some(strict.unwrap_or_else(|| {
            self.is_loose = true;
            match word {
                "True" | "TRUE" => Value::Bool(true),
                "False" | "FALSE" => Value::Bool(false),
                "None" | "NULL" | "nil" | "undefined" => Value::Null,
                // `NaN`, `+5`, `.5`, `0482`, `now`: the field's own reader knows what it can be.
                word => Value::String(word.to_owned()),
            }
        }))
    }

    /// Passes over a value that is nested too deeply.
    fn skip<T>(&mut self) -> Option<T> {
        self.flaw("too-deep");
        let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (n, byte) in rest.bytes().enumerate() {
            match (quote, byte) {
                (Some(_), _) if escaped => escaped = false,
                (Some(_), b'\\') => escaped = true,
                (Some(q), _) if byte == q => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'{' | b'[') => depth += 1,
                (None, b'}' | b']') => depth = depth.saturating_sub(1),
                (None, _) => {}
            }
            if depth == 0 && quote.is_none() {
                self.at += n + 1;
                return None;
            }
        }
        self.at = self.text.len();
        self.cut()
    }

    /// Passes over spaces and comments.
    fn blank(&mut self) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let text = rest
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'));
            self.at += rest.len() - text.len();
            let comment = match text.as_bytes() {
                [b'/', b'/', ..] => text.find('\n'),
                [b'/', b'*', ..] => text.find("*/").map(|n| n + 2),
                _ => return,
            };
            self.is_loose = true;
            self.at += comment.unwrap_or(text.len());
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Where the first such letter stands, or the text ends.
    fn until(&self, such: impl Fn(char) -> bool) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.find(such).map_or(self.text.len(), |n| self.at + n)
    }

    fn after_char(&self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at + rest.chars().next().map_or(1, char::len_utf8)
    }

    /// The text ends before its time. Named once, at the innermost part.
    fn cut<T>(&mut self) -> Option<T> {
        if !self.read.flaws.iter().any(|flaw| flaw.code == "cut-off") {
            let path = self.spelt();
            self.read.flaws.push(Flaw {
                path,
                code: "cut-off",
            });
        }
        None
    }

    fn flaw(&mut self, code: &'static str) {
        if self.read.flaws.len() < MOST_FLAWS {
            let path = self.spelt();
            self.read.flaws.push(Flaw { path, code });
        }
    }

    fn spelt(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => {
                    path.push('.');
                    path.push_str(key);
                }
                Step::Index(n) => path.push_str(&format!("[{n}]")),
            }
        }
        safe_path(&path)
    }
}

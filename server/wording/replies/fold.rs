//! A text as it is compared: folded letters, words, parts.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What stands between two stops of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its words, folded; never empty.
    pub words: Vec<String>,
    /// It ends in a question mark.
    pub asked: bool,
}

/// Words behind which another part begins.
const TURNS: [&str; 3] = ["pero", "but", "aunque"];

/// Cuts a text into its parts.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let letters: Vec<char> = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '’' | '´' | '`' | 'ʼ'))
        .flat_map(char::to_lowercase)
        .collect();
    let mut parts = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, letter) in letters.iter().copied().enumerate() {
        let digit = |n: Option<usize>| {
            n.and_then(|n| letters.get(n))
                .is_some_and(char::is_ascii_digit)
        };
        // "1:30" and "1.5" are one word.
        let in_number = matches!(letter, '.' | ',' | ':' | '/')
            && digit(at.checked_sub(1))
            && digit(Some(at + 1));
        if letter.is_alphanumeric() || in_number {
            word.push(letter);
            continue;
        }
        // Invisible letters (joiners, marks of direction) part nothing.
        if !letter.is_whitespace() && !letter.is_control() && is_invisible(letter) {
            continue;
        }
        put_word(&mut words, &mut word, &mut parts);
        if ends_part(letter) {
            put_part(&mut words, letter == '?', &mut parts);
        }
    }
    put_word(&mut words, &mut word, &mut parts);
    put_part(&mut words, false, &mut parts);
    parts
}

const fn ends_part(letter: char) -> bool {
    matches!(
        letter,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '¡'
            | '?'
            | '¿'
            | '('
            | ')'
            | '\n'
            | '"'
            | '“'
            | '”'
            | '…'
            | '–'
            | '—'
    )
}

const fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe0f}')
}

fn put_word(words: &mut Vec<String>, word: &mut String, parts: &mut Vec<Part>) {
    if word.is_empty() {
        return;
    }
    let whole = shortened(&std::mem::take(word));
    if TURNS.contains(&&*whole) {
        put_part(words, false, parts);
    } else {
        words.push(whole);
    }
}

fn put_part(words: &mut Vec<String>, asked: bool, parts: &mut Vec<Part>) {
    if !words.is_empty() {
        parts.push(Part {
            words: std::mem::take(words),
            asked,
        });
    }
}

/// Three and more of one letter are one: "siiii". A word of nothing else is two of them: "zzzz" is not
/// the letter that names an alert.
fn shortened(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut short = String::new();
    for run in letters.chunk_by(|a, b| a == b && a.is_alphabetic()) {
        let keep = match run.len() {
            1 | 2 => run.len(),
            all if all == letters.len() => 2,
            _ => 1,
        };
        short.extend(run.iter().take(keep));
    }
    short
}

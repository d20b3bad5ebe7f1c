//! What a contact's text message means.
//!
//! What: a small grammar whose phrases are data ([`phrases.txt`](phrases.txt), Spanish and English
//! together), and [`read`], which is total: any text has a meaning, and one that is not understood
//! is a [`Meaning::Question`]. Invariant: a word that ends something (`no`, STOP) counts only where
//! the message says nothing else that is not known, so that "no te muevas, ya voy" neither refuses
//! nor stops. Path: the text is folded (case, accents, doubled letters), cut into parts at its
//! punctuation, each part is looked up, and the parts have to agree. On failure: parts that
//! disagree, a doubt ("si puedo"), or a question mark make a question, which the server answers
//! with how to answer; a wrong "on my way" would be worse than one more text.

mod fold;
mod model;
mod phrases;

pub use model::{Meaning, Reply};

use fold::Part;
use phrases::{Class, Phrases};

/// The most characters of a text that are read: five SMS joined. A text that is longer is a
/// question.
const LONGEST: usize = 800;

/// Reads a text message.
#[must_use]
pub fn read(text: &str) -> Reply {
    let phrases = Phrases::get();
    let mut letters = text.chars();
    let cut: String = letters.by_ref().take(LONGEST).collect();
    let plain = |meaning| Reply {
        meaning,
        choice: None,
        revives: meaning == Meaning::Start,
    };
    if is_machine(phrases, &cut) {
        return plain(Meaning::Machine);
    }
    if letters.next().is_some() {
        return plain(Meaning::Question);
    }
    let (parts, choice) = with_choice(fold::parts(&cut));
    let meaning = match together(phrases, &parts) {
        Some(meaning) if choice.is_none() || answers(meaning) => meaning,
        _ => return plain(Meaning::Question),
    };
    Reply {
        choice,
        revives: meaning == Meaning::Start || says_only(&parts, "yes"),
        ..plain(meaning)
    }
}

/// Whether that is an answer to an alarm.
const fn answers(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::OnMyWay | Meaning::WithHer | Meaning::CannotHelp
    )
}

fn says_only(parts: &[Part], word: &str) -> bool {
    matches!(parts, [part] if matches!(&*part.words, [only] if only == word))
}

/// Takes the letter off `1a`, `1 a`, `a1` and `a 1`, which answer the question for which alarm.
fn with_choice(parts: Vec<Part>) -> (Vec<Part>, Option<u8>) {
    let words: Vec<&str> = parts
        .iter()
        .flat_map(|part| part.words.iter().map(String::as_str))
        .collect();
    let (digit, letter) = match *words {
        [one] if one.len() == 2 && one.is_ascii() => one.split_at(1),
        [first, second] if first.len() == 1 && second.len() == 1 => (first, second),
        _ => return (parts, None),
    };
    let (digit, letter) = match digit {
        "1" | "2" => (digit, letter),
        _ => (letter, digit),
    };
    let nth = letter.bytes().next().and_then(|b| b.checked_sub(b'a'));
    match (digit, nth) {
        ("1" | "2", Some(nth)) if nth < 26 && !parts.iter().any(|part| part.asked) => {
            let answer = Part {
                words: vec![digit.to_owned()],
                asked: false,
            };
            (vec![answer], Some(nth))
        }
        _ => (parts, None),
    }
}

/// Whether a phone wrote it.
fn is_machine(phrases: &Phrases, text: &str) -> bool {
    let before_quote = text.split(['"', '“', '”', '«', '„', '‘']).next();
    let quotes = before_quote.is_some_and(|before| before.len() < text.len());
    let before: Vec<String> = words_of(fold::parts(before_quote.unwrap_or_default()));
    if quotes && phrases.is(Class::Reaction, &before) {
        return true;
    }
    let all = words_of(fold::parts(text));
    phrases.is(Class::MachineOnly, &all) || phrases.any_in(Class::Machine, &all)
}

fn words_of(parts: Vec<Part>) -> Vec<String> {
    parts.into_iter().flat_map(|part| part.words).collect()
}

/// What one part says.
enum Said {
    /// Nothing that matters.
    Courtesy,
    /// This, wherever it stands.
    Plainly(Meaning),
    /// This, if the rest of the message is understood.
    Alone(Meaning),
    /// Something that we do not know.
    Unknown,
}

/// What the parts say together; `None` where they disagree or doubt, or say nothing we know.
fn together(phrases: &Phrases, parts: &[Part]) -> Option<Meaning> {
    let said: Vec<Said> = parts.iter().map(|part| of_part(phrases, part)).collect();
    let unknown = said.iter().any(|said| matches!(said, Said::Unknown));
    let mut meanings = said.iter().filter_map(|said| match said {
        Said::Plainly(meaning) => Some(*meaning),
        Said::Alone(meaning) if !unknown => Some(*meaning),
        _ => None,
    });
    // What is said alone and left out still stands against another meaning: "no, ya voy" is asked.
    let dissent = |meaning| {
        said.iter()
            .any(|said| matches!(said, Said::Alone(other) if *other != meaning))
    };
    let first = meanings.next()?;
    let agreed = meanings.all(|other| other == first) && !dissent(first);
    let doubted = parts.iter().any(|part| {
        let rest = phrases.without(&[Class::Courtesy, Class::Harmless], &part.words);
        phrases.any_in(Class::Doubt, &rest)
    });
    let yes = matches!(first, Meaning::OnMyWay | Meaning::WithHer);
    (agreed && !(yes && doubted)).then_some(first)
}

fn of_part(phrases: &Phrases, part: &Part) -> Said {
    let rest = phrases.without(&[Class::Courtesy, Class::Harmless], &part.words);
    if rest.is_empty() && !phrases.whole(&part.words).is_some_and(|said| said.1) {
        return Said::Courtesy;
    }
    if part.asked {
        return Said::Unknown;
    }
    // With its courtesies ("si claro") or without them ("claro").
    for words in [&part.words, &rest] {
        match phrases.whole(words) {
            Some((meaning, true)) => return Said::Plainly(meaning),
            Some((meaning, false)) => return Said::Alone(meaning),
            None => {}
        }
    }
    if phrases.refuses_because(&rest) {
        return Said::Plainly(Meaning::CannotHelp);
    }
    match phrases.open_in(&rest) {
        Some(meaning) if !phrases.any_in(Class::Denial, &rest) => Said::Plainly(meaning),
        _ => Said::Unknown,
    }
}

#[cfg(test)]
mod tests;

//! `docs/wording.md` shows every text that a person receives, as the code has it; and the texts keep
//! their rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ampara::delivery::channels::gsm7::{Encoding, segments};
use ampara::web;

use super::error_codes::is_to_be_written;

/// The longest value of each variable: a link, an alias or a name of 30 letters, a folio, a code.
const LONGEST: [(&str, &str); 4] = [
    (
        "link",
        "https://ampara.ejemplo.gob.mx/w/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    ("who", "Tu vecina de la casa de arriba"),
    ("folio", "CUU-26-000123"),
    ("code", "123456"),
];

/// A text in one language, with the comment above it.
struct Text {
    words: String,
    comment: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text of a language, file by file in the order of their names.
fn texts(language: &str) -> Vec<(String, Text)> {
    let folder = root().join("server/wording/locales").join(language);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

/// A text is on the line of its key or, indented, on the lines below. Any other form would be
/// missing from the page.
fn read(file: &Path) -> Vec<(String, Text)> {
    let (mut all, mut comment, mut last): (Vec<(String, Text)>, _, _) =
        (Vec::new(), String::new(), "");
    for line in std::fs::read_to_string(file).unwrap().lines() {
        if let Some(said) = line.strip_prefix("# ") {
            comment = if last == "comment" {
                format!("{comment} {said}")
            } else {
                said.to_owned()
            };
            last = "comment";
        } else if let (Some(more), true) = (line.strip_prefix("    "), last == "text") {
            let words = &mut all.last_mut().unwrap().1.words;
            *words = if words.is_empty() {
                more.to_owned()
            } else {
                format!("{words}\n{more}")
            };
        } else if let Some((key, words)) = line.split_once(" =") {
            all.push((
                key.to_owned(),
                Text {
                    words: words.trim_start().to_owned(),
                    comment: comment.clone(),
                },
            ));
            last = "text";
        } else {
            assert!(line.is_empty(), "{}: what is {line:?}?", file.display());
            // An empty line may stand within a text.
            last = if last == "text" { "text" } else { "" };
        }
    }
    all
}

/// The places that a text has: `{ $who }`.
fn places(words: &str) -> BTreeSet<&str> {
    words
        .split("{ $")
        .skip(1)
        .filter_map(|rest| rest.split(" }").next())
        .collect()
}

/// The text as long as it gets.
fn longest(words: &str) -> String {
    LONGEST
        .iter()
        .fold(words.to_owned(), |text, (place, filled)| {
            text.replace(&format!("{{ ${place} }}"), filled)
        })
}

fn is_sms(key: &str) -> bool {
    key.starts_with("sms-")
}

/// How long it is on the air, at its longest.
fn size(words: &str) -> String {
    let size = segments(&longest(words));
    let unit = if size.encoding == Encoding::Gsm7 {
        "septets"
    } else {
        "UCS-2 units"
    };
    format!("{} {unit}, {} SMS", size.units, size.count)
}

fn cell(words: &str) -> String {
    words
        .replace('|', "\\|")
        .replace("{ $", "{")
        .replace(" }", "}")
        .replace('\n', "<br>")
}

fn page() -> String {
    let (es, en) = (
        texts("es"),
        texts("en").into_iter().collect::<BTreeMap<_, _>>(),
    );
    let when: BTreeMap<String, Text> = read(&root().join("server/wording/when.ftl"))
        .into_iter()
        .collect();
    let mut page = String::from(
        "# Wording\n\nEvery text that a person receives, in Spanish and English, so that reviewers can judge whether it is plain, warm and\nsafe. Written from `server/wording/locales` and `server/web/words.rs`: change the words there, then\n`WRITE_DOCS=1 bash .ci/test wording` writes this page, and a test fails while the two differ. People are spoken to as *tú*.\nWhat stands in braces is filled in: `{who}` is the alias that the contact chose (or, in the invitation, the name that she\ngave), `{link}` a link of ours. SMS are written in the letters of GSM-7, which has no á, í, ó, ú; their size is that of the\nlongest alias and link.\n\n## Lock screens, messages and her own app\n\n| text | español | English | when | size |\n|---|---|---|---|---|\n",
    );
    for (key, text) in &es {
        let there = &en[key];
        let when = when
            .get(key)
            .map_or(there.comment.as_str(), |when| when.words.as_str());
        let size = if is_sms(key) {
            format!("es {}; en {}", size(&text.words), size(&there.words))
        } else {
            String::new()
        };
        writeln!(
            page,
            "| `{key}` | {} | {} | {when} | {size} |",
            cell(&text.words),
            cell(&there.words)
        )
        .unwrap();
    }
    page.push_str("\n## Pages without the app\n\n`/i/…` for who was asked to be a contact, `/w/…` for a contact during an alert.\n\n| text | español | English |\n|---|---|---|\n");
    for (name, es, en) in web::phrases() {
        writeln!(page, "| `{name}` | {} | {} |", cell(es), cell(en)).unwrap();
    }
    page + &replies()
}

/// What is understood of contacts' texts: the phrases as the code reads them.
fn replies() -> String {
    let mut page = String::from(REPLIES);
    let mut comment = String::new();
    for line in include_str!("../../server/wording/replies/phrases.txt").lines() {
        if let Some(said) = line.strip_prefix("# ") {
            comment = said.to_owned();
        } else if let Some(section) = line.strip_prefix('[') {
            write!(page, "\n| {} | {comment} | ", section.trim_end_matches(']')).unwrap();
            comment.clear();
        } else if !line.is_empty() {
            write!(page, "{line}; ").unwrap();
        }
    }
    page.replace("; \n", " |\n")
        .trim_end_matches("; ")
        .to_owned()
        + " |\n"
}

const REPLIES: &str = "
## What contacts write back

A contact may answer an alarm by text, in Spanish or English. The text is read when it comes and not kept: only what it
means is. A social worker should review this table: what is missing, and what could mean something else.

- **`on_my_way`**, **`with_her`**, **`cannot_help`** are answers. Her phone and 911 see them. No answer silences the others.
- **`stop`** ends texts and calls from the sender it was written to, until START, YES, UNSTOP, ALTA or a new invitation that
  is accepted. **`start`** takes it back.
- **`machine`** was written by a phone: an automatic reply or a reaction to our text. It shows that the text arrived.
- Everything else is a **`question`**. It shows that the text arrived, and is answered once an alert with `sms-how-to-answer`.

*only*: the whole message says this, beside courtesies. *part*: a part of it between commas, full stops or \"pero\" does.
*open*: a part goes on in any words. A \"no\", a digit or STOP counts only where the message says nothing else that is not
known: \"no te muevas\" refuses nothing. Parts that disagree, a doubt, or a question mark make a question. Where a number
was told of several open alerts, no woman sees an answer until the contact has said which is meant (`sms-which-alert`).

| meaning | | phrases |
|---|---|---|";

#[test]
fn the_page_of_wording_says_what_the_code_says() {
    let path = root().join("docs/wording.md");
    if is_to_be_written() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    for line in page().lines() {
        assert!(
            written.lines().any(|w| w == line),
            "docs/wording.md lacks this line; WRITE_DOCS=1 writes it:\n{line}"
        );
    }
    assert_eq!(
        written,
        page(),
        "docs/wording.md has more than the code; WRITE_DOCS=1 mends it"
    );
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_places() {
    let (es, en) = (texts("es"), texts("en"));
    let keys = |all: &[(String, Text)]| all.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&es), keys(&en));
    for ((key, es), (_, en)) in es.iter().zip(&en) {
        assert_eq!(places(&es.words), places(&en.words), "{key}");
    }
    let once: BTreeSet<String> = keys(&es).into_iter().collect();
    assert_eq!(once.len(), es.len(), "a text stands in two files");
    for (key, _) in read(&root().join("server/wording/when.ftl")) {
        assert!(
            once.contains(&key),
            "when.ftl speaks of {key}, which is no text"
        );
    }
}

#[test]
fn sms_are_gsm_7_and_what_tells_of_an_alert_fits_into_one() {
    for language in ["es", "en"] {
        for (key, text) in texts(language).iter().filter(|(key, _)| is_sms(key)) {
            let size = segments(&longest(&text.words));
            assert_eq!(size.encoding, Encoding::Gsm7, "{key} in {language}");
            let most = if key == "sms-invitation" { 2 } else { 1 };
            assert!(
                size.count <= most,
                "{key} in {language}: {} septets, {} SMS",
                size.units,
                size.count
            );
        }
    }
}

#[test]
fn lock_screens_hold_no_name_and_no_place() {
    for language in ["es", "en"] {
        for (key, text) in texts(language)
            .iter()
            .filter(|(key, _)| key.starts_with("lock-"))
        {
            let places = places(&text.words);
            assert!(
                places.iter().all(|place| *place == "who"),
                "{key} in {language}: {places:?}"
            );
            assert_eq!(
                places.contains("who"),
                key.ends_with("-alias"),
                "{key}: an alias is shown where one was agreed on"
            );
        }
    }
}

/// Words that address the reader as *usted*; a friend says *tú*.
const USTED: [&str; 14] = [
    "usted",
    "ustedes",
    "abra",
    "llame",
    "toque",
    "conteste",
    "responda",
    "elija",
    "espere",
    "pida",
    "entre a",
    "envíe",
    "quiere recibir",
    "le pedimos",
];

#[test]
fn spanish_is_spoken_as_to_a_friend() {
    let pages = web::phrases()
        .iter()
        .map(|(name, es, _)| ((*name).to_owned(), (*es).to_owned()));
    let all = texts("es")
        .into_iter()
        .map(|(key, text)| (key, text.words))
        .chain(pages);
    for (key, words) in all {
        let said = format!(
            " {} ",
            words
                .to_lowercase()
                .replace(|c: char| !c.is_alphabetic(), " ")
        );
        for usted in USTED {
            assert!(
                !said.contains(&format!(" {usted} ")),
                "{key} says {usted:?}: {words}"
            );
        }
    }
}

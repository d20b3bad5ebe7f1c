//! Phone numbers in the description, its examples and the documentation are plainly invented: their
//! last seven digits are 555 01 and two more, which films use and no exchange hands out. A real line
//! in an example is called by those who try the example.

use std::path::{Path, PathBuf};

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else {
            all.push(path);
        }
    }
}

/// The phone numbers in a text: 10 digits that no exchange code of Mexico rules out, or `+` and 11
/// to 13; alone, or in groups with one blank between them.
fn numbers(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let digit = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    let in_word = |i: usize| {
        let c = chars.get(i);
        c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+'))
            || (c == Some(&'.') && digit(i + 1))
    };
    let (mut found, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let begins = digit(at) || (chars[at] == '+' && digit(at + 1));
        if !begins || (at > 0 && in_word(at - 1)) {
            at += 1;
            continue;
        }
        let from = at;
        at += 1;
        while digit(at) || (chars.get(at) == Some(&' ') && digit(at + 1)) {
            at += 1;
        }
        let number: String = chars[from..at].iter().collect();
        if !in_word(at) && is_phone(&number) {
            found.push(number);
        }
    }
    found
}

fn is_phone(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let international = number.starts_with('+') && (11..=13).contains(&digits.len());
    let national = digits.len() == 10 && matches!(digits.as_bytes()[0], b'2'..=b'9');
    international || national
}

fn is_invented(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.len() >= 7 && digits[digits.len() - 7..].starts_with("55501")
}

#[test]
fn no_number_in_an_example_is_a_real_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ]
    .map(|file| root.join(file))
    .to_vec();
    files(&root.join("docs"), &mut all);
    files(&root.join("mobile-api-spec"), &mut all);
    let (mut real, mut met) = (Vec::new(), 0);
    for file in all {
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        for number in numbers(&text) {
            met += 1;
            if !is_invented(&number) {
                real.push(format!("{}: {number}", file.display()));
            }
        }
    }
    assert!(real.is_empty(), "{}", real.join("\n"));
    assert!(met > 20, "only {met}");
}

#[test]
fn a_number_is_found_in_whatever_form_it_is_written() {
    for text in [
        "call 614 410 2305.",
        "\"+526144102305\"",
        "(6144102305)",
        "+52 614 410 2305",
    ] {
        let found = numbers(text);
        assert!(
            found.iter().any(|number| !is_invented(number)),
            "{text}: {found:?}"
        );
    }
    for text in [
        "1764489600",
        "2026-11-25T03:40:04Z",
        "01936a2e-8c1f-7c55-9f0e-2b7c5a1f2d10",
        "614 555 0101",
    ] {
        assert!(
            numbers(text).iter().all(|number| is_invented(number)),
            "{text}"
        );
    }
}

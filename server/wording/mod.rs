//! The texts that people read and hear outside a page: lock screens, SMS, calls and emails, in Spanish and
//! English.
//!
//! What: Fluent files by language (`locales/{es,en}/*.ftl`), compiled in; [`say`] fills in a text.
//! Invariant: no text here puts a name or a place on a lock screen or into a call, and each SMS
//! text is written in GSM-7 letters. Path: a room asks for a text in the recipient's language when
//! it makes the message, so what waits in the outbox is what will be sent. On failure: a key that
//! is missing from a language is a bug that a test finds; at run time the key itself is sent.

pub mod replies;

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};

use crate::language::Language;

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./server/wording/locales",
        fallback_language: "es",
        // Isolation marks are invisible letters that would turn an SMS into UCS-2, at twice the
        // price.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

const ES: LanguageIdentifier = langid!("es");
const EN: LanguageIdentifier = langid!("en");

/// The text `key` in `language`, with its places filled in.
#[must_use]
pub fn say(language: Language, key: &str, args: &[(&'static str, &str)]) -> String {
    fill(&*TEXTS, language, key, args).unwrap_or_else(|| key.to_owned())
}

/// A text of `texts` in `language`, with its places filled in; `None` where the key is missing.
pub(crate) fn fill(
    texts: &impl Loader,
    language: Language,
    key: &str,
    args: &[(&'static str, &str)],
) -> Option<String> {
    let args: HashMap<Cow<'static, str>, FluentValue<'_>> = args
        .iter()
        .map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value)))
        .collect();
    let language = match language {
        Language::Es => &ES,
        Language::En => &EN,
    };
    texts.try_lookup_with_args(language, key, &args)
}

/// Whether there is such a text.
#[must_use]
pub fn known(language: Language, key: &str) -> bool {
    say(language, key, &[]) != key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(file: &str) -> Vec<&str> {
        file.lines()
            .filter_map(|l| l.split_once(" ="))
            .map(|(key, _)| key)
            .filter(|k| !k.starts_with(['#', ' ']))
            .collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let (es, en) = (
            include_str!("locales/es/main.ftl"),
            include_str!("locales/en/main.ftl"),
        );
        assert_eq!(keys(es), keys(en));
        for key in keys(es) {
            for language in [Language::Es, Language::En] {
                let all = [
                    ("who", "x"),
                    ("link", "x"),
                    ("code", "x"),
                    ("folio", "x"),
                    ("words", "x"),
                    ("list", "x"),
                    ("at", "x"),
                ];
                assert_ne!(
                    say(language, key, &all),
                    key,
                    "{key} is missing in {language:?}"
                );
            }
        }
    }

    #[test]
    fn a_place_in_a_text_is_filled_without_invisible_letters() {
        let text = say(Language::Es, "sms-sign-in", &[("code", "123456")]);
        assert!(
            text.contains("123456") && text.is_ascii() || text.chars().all(|c| c != '\u{2068}'),
            "{text}"
        );
    }
}

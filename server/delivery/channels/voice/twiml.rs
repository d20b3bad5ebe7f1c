//! What the gateway reads out, in its markup. Pure.

use crate::language::Language;
use crate::wording::say;

/// The most characters of markup that a request may carry.
pub const LONGEST: usize = 4_000;
/// How long a key is waited for after the last word, in seconds.
const WAITS_S: u32 = 8;

/// A call: the words twice, then a moment for a key, which goes to `keys`.
#[must_use]
pub fn call(words: &str, language: Language, keys: &str) -> String {
    let said = spoken(words, language);
    let gather = asks_for_a_key(&format!("{said}<Pause length=\"1\"/>{said}"), keys);
    format!("<Response>{gather}</Response>")
}

/// What follows a key that answers.
#[must_use]
pub fn thanks(language: Language) -> String {
    format!(
        "<Response>{}</Response>",
        spoken(&say(language, "call-thanks", &[]), language)
    )
}

/// What follows a key that means nothing: the question once more.
#[must_use]
pub fn once_more(language: Language, keys: &str) -> String {
    let question = spoken(&say(language, "call-which-key", &[]), language);
    format!("<Response>{}</Response>", asks_for_a_key(&question, keys))
}

fn asks_for_a_key(inside: &str, keys: &str) -> String {
    let keys = escaped(keys);
    format!(
        "<Gather numDigits=\"1\" timeout=\"{WAITS_S}\" action=\"{keys}\" method=\"POST\">{inside}</Gather>"
    )
}

fn spoken(words: &str, language: Language) -> String {
    let tag = match language {
        Language::Es => "es-MX",
        Language::En => "en-US",
    };
    format!("<Say language=\"{tag}\">{}</Say>", escaped(words))
}

/// Markup in an alias is read out as text; control characters, which XML does not know, are left
/// out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_read_twice_within_what_waits_for_a_key() {
        let markup = call(
            "Tu vecina te necesita.",
            Language::Es,
            "https://a.mx/k?language=es",
        );
        assert_eq!(
            markup
                .matches("<Say language=\"es-MX\">Tu vecina te necesita.</Say>")
                .count(),
            2,
            "{markup}"
        );
        assert!(
            markup.starts_with("<Response><Gather numDigits=\"1\"")
                && markup.ends_with("</Gather></Response>")
        );
        assert!(call("x", Language::En, "k").contains("<Say language=\"en-US\">"));
    }

    #[test]
    fn an_alias_with_markup_is_only_read_out() {
        let markup = call(
            "</Say><Dial>+1900</Dial> & \"Co\"\u{0}",
            Language::Es,
            "https://a.mx/k",
        );
        assert!(
            !markup.contains("<Dial>") && !markup.contains('\u{0}'),
            "{markup}"
        );
        assert!(
            markup.contains("&lt;Dial&gt;+1900&lt;/Dial&gt; &amp; &quot;Co&quot;"),
            "{markup}"
        );
    }

    #[test]
    fn the_longest_text_with_the_longest_alias_fits() {
        let alias = "&".repeat(30);
        let keys = format!(
            "https://{}/v1/callbacks/voice/keys/{}?language=es",
            "a".repeat(200),
            "b".repeat(36)
        );
        for language in [Language::Es, Language::En] {
            for key in ["call-alarm-alias", "call-again-alias"] {
                let length = call(&say(language, key, &[("who", &alias)]), language, &keys)
                    .chars()
                    .count();
                assert!(length <= LONGEST, "{key} {length}");
            }
        }
    }
}

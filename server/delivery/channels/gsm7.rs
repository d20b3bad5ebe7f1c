//! What an SMS costs: the GSM-7 alphabet (3GPP TS 23.038) and its segments.
//!
//! One letter outside the alphabet makes the whole message UCS-2 and more than halves what fits.
//! Spanish loses only á, í, ó and ú (ñ, é, ü, ¡ and ¿ are in it), so those go without their accent
//! where a message is worth it.

/// The basic alphabet without its escape, by code.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table: an escape and a letter, so two units each.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// How a text is written on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Seven bits a letter.
    Gsm7,
    /// Sixteen bits a letter.
    Ucs2,
}

/// The size of a text as SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments {
    /// The alphabet it needs.
    pub encoding: Encoding,
    /// Septets or UTF-16 code units.
    pub units: usize,
    /// Messages it is cut into; an empty text is one.
    pub count: usize,
}

/// Whether the text can go in GSM-7 as it stands.
#[must_use]
pub fn is_gsm7(text: &str) -> bool {
    text.chars()
        .all(|c| BASIC.contains(c) || EXTENDED.contains(c))
}

/// The text with what GSM-7 lacks and Spanish uses replaced: accents, capital and small, and
/// typographic signs. Letters of other scripts stay, and make the message UCS-2: a name is not to
/// be mangled.
#[must_use]
pub fn transliterate(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'á' => out.push('a'),
            'í' => out.push('i'),
            'ó' => out.push('o'),
            'ú' => out.push('u'),
            'Á' => out.push('A'),
            'Í' => out.push('I'),
            'Ó' => out.push('O'),
            'Ú' => out.push('U'),
            'â' | 'ã' => out.push('a'),
            'ê' | 'ë' => out.push('e'),
            'ç' => out.push('Ç'),
            'ï' | 'î' => out.push('i'),
            'ô' | 'õ' => out.push('o'),
            'û' => out.push('u'),
            '\u{2018}' | '\u{2019}' | '´' | '`' => out.push('\''),
            '\u{201C}' | '\u{201D}' | '«' | '»' => out.push('"'),
            '\u{2010}'..='\u{2015}' => out.push('-'),
            '…' => out.push_str("..."),
            '•' | '·' => out.push('-'),
            '\u{a0}' | '\u{202F}' | '\u{2009}' | '\t' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// Counts the segments: 160 septets or 70 code units in one message, 153 or 67 in each of several.
/// A letter that takes two units is never cut in half.
#[must_use]
pub fn segments(text: &str) -> Segments {
    let gsm7 = is_gsm7(text);
    let width = |c: char| match gsm7 {
        true => 1 + usize::from(EXTENDED.contains(c)),
        false => c.len_utf16(),
    };
    let (encoding, single, joined) = if gsm7 {
        (Encoding::Gsm7, 160, 153)
    } else {
        (Encoding::Ucs2, 70, 67)
    };
    let units = text.chars().map(width).sum();
    if units <= single {
        return Segments {
            encoding,
            units,
            count: 1,
        };
    }
    let (mut count, mut filled) = (1, 0);
    for w in text.chars().map(width) {
        if filled + w > joined {
            count += 1;
            filled = 0;
        }
        filled += w;
    }
    Segments {
        encoding,
        units,
        count,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_alphabet_has_its_127_letters_and_ten_extensions() {
        // 128 codes less the escape; the extension table less it likewise.
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENDED.chars().count(), 10);
    }

    #[test]
    fn spanish_keeps_what_the_alphabet_has_and_loses_four_accents() {
        assert_eq!(
            transliterate("¿Está María en el jardín, señora Núñez? Sí… “aquí” — pingüé"),
            "¿Esta Maria en el jardin, señora Nuñez? Si... \"aqui\" - pingüé"
        );
        assert!(is_gsm7(&transliterate("¡Ó! áéíóúüñ ÁÉÍÓÚÜÑ €")));
        assert!(!is_gsm7("á"));
        assert!(!is_gsm7(&transliterate("Ωмария")));
    }

    #[test]
    fn segments_are_cut_where_the_network_cuts_them() {
        let count = |text: &str| segments(text).count;
        assert_eq!(
            (
                count(""),
                count(&"a".repeat(160)),
                count(&"a".repeat(161)),
                count(&"a".repeat(307))
            ),
            (1, 1, 2, 3)
        );
        assert_eq!(
            (
                count(&"á".repeat(70)),
                count(&"á".repeat(71)),
                count(&"á".repeat(135))
            ),
            (1, 2, 3)
        );
        assert_eq!(segments("€€").units, 4);
        // 152 letters and a euro sign: the sign does not fit into the first 153.
        let split = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!((segments(&split).units, segments(&split).count), (306, 3));
        assert_eq!(segments("🚨").units, 2);
    }

    proptest! {
        #[test]
        fn to_transliterate_twice_changes_nothing_more(text in any::<String>()) {
            let once = transliterate(&text);
            let s = segments(&once);
            prop_assert_eq!(transliterate(&once), once);
            prop_assert!(s.count >= 1 && s.count * 160 >= s.units);
        }
    }
}

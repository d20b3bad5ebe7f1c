//! Telephone numbers: a [`Phone`] is E.164, and only [`Phone::parse`] makes one from what people
//! type.
//!
//! libphonenumber no longer repairs what Mexican address books are full of, so that is done here
//! first: the `1` after `+52`, the prefixes `044`, `045` and `01` (all dropped by the numbering
//! plan in 2019 and 2020), `0052`, and local numbers without an area code, which get the
//! municipality's and are marked as inferred. The library then says whether such a number can
//! exist.
//!
//! Three kinds are refused though they exist: emergency codes (to send them a message is not to
//! call them), toll-free and other service numbers, and extensions: a message reaches no extension,
//! so to drop it in silence would leave her with a contact who can never be told.

use std::fmt;

use phonenumber::{Mode, Type};

use crate::bounds;
use crate::http::{ApiError, Code, Problem};

/// A number in E.164, `+` and up to 15 digits. Its `Debug` prints no digit.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

/// A number as read, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The number.
    pub phone: Phone,
    /// The area code was not given; the municipality's was put in. To be shown, so that she can say
    /// "no, another".
    pub inferred: bool,
}

/// Why a text is no number that can be told of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    /// Nothing there.
    #[error("a phone number is needed")]
    Empty,
    /// Longer than any number with its separators, or with letters in it.
    #[error("not a phone number")]
    NotANumber,
    /// Too short to have an area code, and of no length that the municipality's own would complete.
    #[error("the area code is missing")]
    AreaCodeNeeded,
    /// 911, 089 and their kin.
    #[error("an emergency number cannot be a contact")]
    Emergency,
    /// Toll-free, premium, shared-cost and other numbers that take no messages.
    #[error("a service number cannot be a contact")]
    Service,
    /// With an extension, which no message reaches.
    #[error("a number with an extension cannot get messages")]
    Extension,
    /// No such number can exist by its country's numbering plan.
    #[error("no such phone number can exist")]
    Invalid,
}

impl PhoneFault {
    /// The stable code, for the problem or for one of its fields.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::Empty => Code::MISSING_FIELD,
            Self::NotANumber | Self::Invalid => Code::BAD_PHONE,
            Self::AreaCodeNeeded => Code::PHONE_NO_AREA_CODE,
            Self::Emergency => Code::PHONE_EMERGENCY,
            Self::Service => Code::PHONE_SERVICE,
            Self::Extension => Code::PHONE_EXTENSION,
        }
    }
}

impl ApiError for PhoneFault {
    fn problem(&self) -> Problem {
        Problem::of(self.code()).field("phone", self.code())
    }
}

/// Mexico's emergency and denunciation codes, those merged into 911 included.
const EMERGENCY: [&str; 10] = [
    "911", "089", "088", "060", "061", "065", "066", "068", "080", "112",
];

impl Phone {
    /// Reads what a person typed or an address book held. `area_code` is her municipality's (`614`;
    /// may be empty).
    ///
    /// # Errors
    /// A [`PhoneFault`] that says what to fix; it never contains what was typed.
    pub fn parse(text: &str, area_code: &str) -> Result<Parsed, PhoneFault> {
        let typed = typed(text)?;
        let (international, inferred) = international(&typed, area_code)?;
        let number = phonenumber::parse(None, &international).map_err(|_| PhoneFault::Invalid)?;
        if !number.is_valid() {
            return Err(PhoneFault::Invalid);
        }
        match number.number_type(&phonenumber::metadata::DATABASE) {
            Type::TollFree
            | Type::PremiumRate
            | Type::SharedCost
            | Type::Uan
            | Type::Voicemail
            | Type::Pager
            | Type::ShortCode
            | Type::StandardRate
            | Type::Carrier
            | Type::NoInternational => return Err(PhoneFault::Service),
            Type::Emergency => return Err(PhoneFault::Emergency),
            _ => {}
        }
        let text = number.format().mode(Mode::E164).to_string();
        let phone = Self::from_stored(&text).ok_or(PhoneFault::Invalid)?;
        Ok(Parsed { phone, inferred })
    }

    /// Takes a number that is E.164 already: out of a seal, or from a provider's callback. `None`
    /// if it is not.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
        (fits && digits.bytes().all(|b| b.is_ascii_digit())).then(|| Self(text.to_owned()))
    }

    /// `+` and the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

/// The digits that were typed, and whether a `+` stood before them.
struct Typed {
    plus: bool,
    digits: String,
}

fn typed(text: &str) -> Result<Typed, PhoneFault> {
    let text = text.trim();
    let text = if text
        .get(..4)
        .is_some_and(|p| p.eq_ignore_ascii_case("tel:"))
    {
        text.get(4..)
    } else {
        Some(text)
    };
    let text = text.unwrap_or_default();
    if text.chars().count() > *bounds::TYPED_PHONE.end() {
        return Err(PhoneFault::NotANumber);
    }
    let mut typed = Typed {
        plus: false,
        digits: String::new(),
    };
    for c in text.chars() {
        match c {
            '0'..='9' => typed.digits.push(c),
            // Full-width digits, as some keyboards write them.
            '\u{FF10}'..='\u{FF19}' => typed
                .digits
                .extend(char::from_digit(u32::from(c) - 0xFF10, 10)),
            '+' | '\u{FF0B}' if typed.digits.is_empty() && !typed.plus => typed.plus = true,
            'e' | 'E' | 'x' | 'X' | ';' | '#' | ',' if typed.digits.len() >= 7 => {
                return Err(PhoneFault::Extension);
            }
            '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}' => {}
            // Marks of direction and joining that address books leave around numbers.
            '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}'
            | '\u{FEFF}' => {}
            c if c.is_whitespace() => {}
            _ => return Err(PhoneFault::NotANumber),
        }
    }
    if typed.digits.is_empty() {
        Err(PhoneFault::Empty)
    } else {
        Ok(typed)
    }
}

/// The number with `+` and country code, and whether its area code is a guess.
fn international(typed: &Typed, area_code: &str) -> Result<(String, bool), PhoneFault> {
    let digits = typed.digits.as_str();
    if !typed.plus && EMERGENCY.contains(&digits) {
        return Err(PhoneFault::Emergency);
    }
    let abroad = if typed.plus {
        Some(digits)
    } else {
        digits.strip_prefix("00").filter(|d| d.len() > 10)
    };
    if let Some(abroad) = abroad {
        let Some(mexican) = abroad.strip_prefix("52") else {
            return Ok((format!("+{abroad}"), false));
        };
        if EMERGENCY.contains(&mexican) {
            return Err(PhoneFault::Emergency);
        }
        return Ok((format!("+52{}", ten_digits(mexican)), false));
    }
    // Twelve digits that begin with 52, or thirteen with 521: the country code without its plus.
    if let Some(mexican) = digits
        .strip_prefix("52")
        .map(ten_digits)
        .filter(|d| d.len() == 10)
    {
        return Ok((format!("+52{mexican}"), false));
    }
    let mexican = ten_digits(digits);
    if mexican.len() == 10 {
        return Ok((format!("+52{mexican}"), false));
    }
    if mexican.len() >= 10 {
        return Err(PhoneFault::Invalid);
    }
    let local =
        mexican.len() >= 7 && area_code.len() + mexican.len() == 10 && !mexican.starts_with('0');
    if !local || !area_code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PhoneFault::AreaCodeNeeded);
    }
    Ok((format!("+52{area_code}{mexican}"), true))
}

/// A Mexican number without the prefixes that are no longer dialled, where ten digits remain.
fn ten_digits(national: &str) -> &str {
    ["044", "045", "01", "1"]
        .iter()
        .find_map(|prefix| {
            national
                .strip_prefix(prefix)
                .filter(|rest| rest.len() == 10)
        })
        .unwrap_or(national)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(String, bool), PhoneFault> {
        Phone::parse(text, "614").map(|p| (p.phone.as_str().to_owned(), p.inferred))
    }

    #[test]
    fn what_mexican_address_books_hold_becomes_one_number() {
        for text in [
            "614 410 2305",
            "+52 614 410 2305",
            "0052 614 410 2305",
            "+5216144102305",
            "+52 1 614 410 2305",
            "0446144102305",
            "045 614 410 23 05",
            "016144102305",
            "+52 01 614 410 23 05",
            "526144102305",
            "5216144102305",
            "(614) 410-23-05",
            "tel:+52-614-410-2305",
            "\u{202A}+52 614 410 2305\u{202C}",
            "614\u{a0}410\u{2011}2305",
        ] {
            assert_eq!(read(text), Ok(("+526144102305".into(), false)), "{text}");
        }
    }

    #[test]
    fn other_cities_and_countries_are_read_too() {
        assert_eq!(read("55 1234 5678"), Ok(("+525512345678".into(), false)));
        assert_eq!(read("656 123 4567"), Ok(("+526561234567".into(), false)));
        assert_eq!(read("0456141234567"), Ok(("+526141234567".into(), false)));
        assert_eq!(read("+1 915 533 4000"), Ok(("+19155334000".into(), false)));
        assert_eq!(read("+34 612 34 56 78"), Ok(("+34612345678".into(), false)));
    }

    #[test]
    fn a_local_number_gets_the_municipality_s_area_code_and_says_so() {
        for text in ["4-10-23-05", "4102305", "410 2305"] {
            assert_eq!(read(text), Ok(("+526144102305".into(), true)), "{text}");
        }
        assert_eq!(
            Phone::parse("1234 5678", "55").unwrap().phone.as_str(),
            "+525512345678"
        );
        assert_eq!(
            Phone::parse("4102305", "55"),
            Err(PhoneFault::AreaCodeNeeded)
        );
        assert_eq!(Phone::parse("4102305", ""), Err(PhoneFault::AreaCodeNeeded));
    }

    #[test]
    fn emergency_codes_service_numbers_and_extensions_are_never_contacts() {
        for text in ["911", "9-1-1", "089", "066", "+52911", "+52 089"] {
            assert_eq!(read(text), Err(PhoneFault::Emergency), "{text}");
        }
        for text in [
            "800 123 4567",
            "+52 800 123 4567",
            "01 800 123 4567",
            "+1 800 253 0000",
        ] {
            assert_eq!(read(text), Err(PhoneFault::Service), "{text}");
        }
        for text in [
            "6144102305 ext 12",
            "614 410 2305 x12",
            "+526144102305;ext=12",
            "6144102305,12",
            "6144102305#4",
        ] {
            assert_eq!(read(text), Err(PhoneFault::Extension), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_says_why() {
        for (text, fault) in [
            ("", PhoneFault::Empty),
            ("  + ", PhoneFault::Empty),
            ("mamá", PhoneFault::NotANumber),
            ("614-CALL-ME", PhoneFault::NotANumber),
            ("614 410 2305 o 614 410 2306", PhoneFault::NotANumber),
            ("12345", PhoneFault::AreaCodeNeeded),
            ("+52 614 410 230", PhoneFault::Invalid),
            ("61441023056", PhoneFault::Invalid),
            ("+999 123 456 789", PhoneFault::Invalid),
        ] {
            assert_eq!(read(text), Err(fault), "{text}");
        }
        assert_eq!(read(&"6".repeat(100_000)), Err(PhoneFault::NotANumber));
    }

    #[test]
    fn a_number_is_never_printed() {
        let parsed = Phone::parse("614 410 2305", "614").unwrap();
        assert!(!format!("{parsed:?}").contains('4'));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), area in any::<String>()) {
            let _ = Phone::parse(&text, &area);
        }

        #[test]
        fn what_was_read_is_read_again_as_itself(text in "(\\+|00|044|045|01|\\+521?)?[0-9 ().-]{3,16}") {
            if let Ok(parsed) = Phone::parse(&text, "614") {
                let again = Phone::parse(parsed.phone.as_str(), "614").unwrap();
                prop_assert_eq!(&again.phone, &parsed.phone);
                prop_assert!(!again.inferred);
                prop_assert_eq!(Phone::from_stored(parsed.phone.as_str()), Some(parsed.phone));
            }
        }
    }
}

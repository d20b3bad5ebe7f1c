//! The demo's telephone numbers, which no carrier has given out.

use crate::phone::Phone;

/// What comes before the last two digits: films use such numbers and no exchange hands them out.
const PREFIX: &str = "+5261455501";
/// The code that signs one of them in.
const CODE: &str = "000000";

/// That this server is a demo: then a phone signs in with a fictional number without a message.
///
/// Only [`Channels::demo`](crate::delivery::Channels::demo) makes one, so that a server whose
/// messages leave has none.
#[derive(Clone, Copy, Debug)]
pub struct FictionalNumbers(());

impl FictionalNumbers {
    pub(in crate::delivery::channels) const fn of_the_demo() -> Self {
        Self(())
    }

    /// The code of a number that is fictional (+52 614 555 01 and two digits); `None` for any other.
    #[must_use]
    pub fn code(self, phone: &Phone) -> Option<&'static str> {
        let rest = phone.as_str().strip_prefix(PREFIX)?;
        (rest.len() == 2).then_some(CODE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_demos_own_numbers_have_a_code() {
        let demo = FictionalNumbers::of_the_demo();
        for (number, code) in [
            ("+526145550101", Some("000000")),
            ("+526145550199", Some("000000")),
            ("+526145550201", None),
            ("+526144100031", None),
            ("+526565550101", None),
        ] {
            let phone = Phone::parse(number, "614").unwrap().phone;
            assert_eq!(demo.code(&phone), code, "{number}");
        }
    }
}

//! The demo's telephone numbers, which no carrier has given out.

use crate::phone::Phone;

/// Local numbers that begin with 1 are given to no subscriber in Mexico.
const PREFIX: &str = "+52614111";
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

    /// The code of a number that is fictional (+52 614 111 and four digits); `None` for any other.
    #[must_use]
    pub fn code(self, phone: &Phone) -> Option<&'static str> {
        let rest = phone.as_str().strip_prefix(PREFIX)?;
        (rest.len() == 4).then_some(CODE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_demos_own_numbers_have_a_code() {
        let demo = FictionalNumbers::of_the_demo();
        for (number, code) in [
            ("+526141110001", Some("000000")),
            ("+526141119999", Some("000000")),
            ("+526141120001", None),
            ("+526144100031", None),
            ("+526561110001", None),
        ] {
            let phone = Phone::parse(number, "614").unwrap().phone;
            assert_eq!(demo.code(&phone), code, "{number}");
        }
    }
}

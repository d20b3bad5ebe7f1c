//! What a mailbox's address may be. Pure.

use lettre::Address;

use crate::bounds;

/// An address that emails can go to: `local@domain.tld` in ASCII, without quotes or literals.
/// Prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox(Address);

impl Mailbox {
    /// Reads what a person typed; `None` where no email could go there. The domain is taken in
    /// lower case, the local part as it is: its case may matter to its owner.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.trim().rsplit_once('@')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let domain = domain.to_ascii_lowercase();
        let named = domain.contains('.')
            && domain
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        let word = domain
            .rsplit('.')
            .next()?
            .chars()
            .any(|c| c.is_ascii_alphabetic());
        if local.chars().all(plain)
            && named
            && word
            && local.len() + domain.len() < *bounds::EMAIL.end()
        {
            Address::new(local, domain).ok().map(Self)
        } else {
            None
        }
    }

    /// The text, for the envelope and to be sealed.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_ref()
    }

    /// What two ways of writing one mailbox have in common, to count and compare by.
    #[must_use]
    pub fn folded(&self) -> String {
        self.expose().to_ascii_lowercase()
    }

    pub(super) fn address(&self) -> Address {
        self.0.clone()
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mailbox(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_read_and_what_could_break_a_letter_is_not() {
        assert_eq!(
            Mailbox::parse(" Prima.Uno+a@Correo.Example ")
                .unwrap()
                .expose(),
            "Prima.Uno+a@correo.example"
        );
        assert_eq!(
            Mailbox::parse("Ana@a.example").unwrap().folded(),
            "ana@a.example"
        );
        let long = format!("{}@a.example", "x".repeat(250));
        for bad in [
            "",
            "ana",
            "@a.example",
            "ana@",
            "ana@localhost",
            "ana@10.0.0.1",
            "ana@[10.0.0.1]",
            "a b@c.example",
            "\"a b\"@c.example",
            "ana@a.example\r\nRCPT TO:<b@c.example>",
            "ana@a.example, b@c.example",
            "ána@a.example",
            "ana@á.example",
            "<ana@a.example>",
            "ana@a..example",
            ".ana@a.example",
            &long,
        ] {
            assert!(Mailbox::parse(bad).is_none(), "{bad}");
        }
        assert!(!format!("{:?}", Mailbox::parse("ana@a.example")).contains("ana"));
    }
}

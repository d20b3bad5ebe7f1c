//! What a relay's replies mean, as a table: by the stage of the conversation, the enhanced status
//! code (RFC 3463) where there is one, and the reply code (RFC 5321 §4.2).

use std::error::Error as _;

use lettre::transport::smtp::Error;

use crate::delivery::channels::verdict::{AddressAction, Answer, QUOTA, Verdict, again, hard};
use crate::delivery::model::FailReason;
use crate::words;

words! {
    /// How far the conversation had come.
    pub enum Stage {
        /// The connection, the greeting, EHLO.
        Greeting = "greeting",
        /// STARTTLS, the certificate, EHLO once more.
        Tls = "starttls",
        /// AUTH.
        Auth = "auth",
        /// MAIL FROM: what is refused here is our own address.
        Sender = "from",
        /// RCPT TO: the mailbox.
        Rcpt = "rcpt",
        /// DATA and the email.
        Data = "data",
    }
}

/// What a reply says, reduced to what decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// Enhanced status: class, subject, detail.
    Status(u16, u16, u16),
    /// Any enhanced status of that class and subject.
    Subject(u16, u16),
    /// The reply code.
    Code(u16),
    /// Any reply code of that hundred.
    Hundred(u16),
}

/// A row: at which stage (`None`: at any), what is said, what it means.
pub type Row = (Option<Stage>, Saying, Verdict);

/// The relay is there and wants this mailbox's email later (greylisting, a box that is full or
/// locked for now): in a minute, and no reason to hold up the emails to others.
const LATER: Verdict = QUOTA;

use AddressAction::{Disable, Keep, Retire};
use FailReason as R;
use Saying::{Code, Hundred, Status, Subject};
use Stage::{Auth, Data, Greeting, Rcpt, Sender};

/// The table; the first row that fits decides.
#[rustfmt::skip]
pub static TABLE: &[Row] = &[
    (None,           Code(421),       again(R::Unavailable)),                // closing down, or too many of us
    (Some(Auth),     Hundred(4),      again(R::Unavailable)),                // 454: its own accounts are away
    (Some(Auth),     Hundred(5),      hard(R::NotAuthorised, Keep, true)),   // 535, 534, 530 and their like
    (Some(Greeting), Hundred(5),      hard(R::NotAuthorised, Keep, true)),   // 554: not from this machine
    (Some(Sender),     Hundred(5),      hard(R::NotAuthorised, Keep, true)),   // our own address is refused
    (Some(Rcpt),     Status(5, 1, 1), hard(R::Unregistered, Retire, false)), // no such mailbox
    (Some(Rcpt),     Status(5, 1, 2), hard(R::BadAddress, Retire, false)),   // no such domain
    (Some(Rcpt),     Status(5, 1, 3), hard(R::BadAddress, Retire, false)),   // no address at all
    (Some(Rcpt),     Status(5, 1, 6), hard(R::Unregistered, Retire, false)), // moved away
    (Some(Rcpt),     Status(5, 1, 10), hard(R::BadAddress, Retire, false)),  // the domain takes no email
    (Some(Rcpt),     Status(5, 2, 1), hard(R::Unregistered, Disable, false)), // the mailbox is switched off
    (None,           Status(5, 2, 2), hard(R::Undelivered, Keep, false)),    // full
    (None,           Subject(5, 3),   hard(R::BadRequest, Keep, true)),      // too large, or nothing of what we asked for
    (None,           Subject(5, 4),   hard(R::Undelivered, Keep, false)),    // no way there
    (None,           Subject(5, 5),   hard(R::BadRequest, Keep, true)),      // we speak it wrong
    (None,           Subject(5, 6),   hard(R::BadRequest, Keep, true)),      // they cannot read what we wrote
    (None,           Status(5, 7, 8), hard(R::NotAuthorised, Keep, true)),   // credentials
    (None,           Subject(5, 7),   hard(R::Rejected, Keep, true)),        // policy
    (Some(Rcpt),     Code(551),       hard(R::Unregistered, Retire, false)), // not here
    (Some(Rcpt),     Code(553),       hard(R::BadAddress, Retire, false)),   // not a mailbox's name
    (Some(Rcpt),     Code(552),       hard(R::Undelivered, Keep, false)),    // full
    // Without an enhanced code it may be no such mailbox, or no wish to talk to us: the address is
    // not ended over it.
    (Some(Rcpt),     Code(550),       hard(R::Undelivered, Keep, false)),
    (Some(Data),     Code(552),       hard(R::Undelivered, Keep, false)),
    (None,           Code(530),       hard(R::NotAuthorised, Keep, true)),   // wants what we did not offer
    (Some(Rcpt),     Hundred(4),      LATER),
    (Some(Data),     Subject(4, 2),   LATER),
    (Some(Data),     Subject(4, 7),   LATER),
    (None,           Hundred(4),      again(R::Unavailable)),
    (None,           Code(500),       hard(R::BadRequest, Keep, true)),
    (None,           Code(501),       hard(R::BadRequest, Keep, true)),
    (None,           Code(502),       hard(R::BadRequest, Keep, true)),
    (None,           Code(503),       hard(R::BadRequest, Keep, true)),
    (None,           Code(504),       hard(R::BadRequest, Keep, true)),
    (None,           Hundred(5),      hard(R::Rejected, Keep, true)),
    (None,           Hundred(2),      again(R::Internal)),
    (None,           Hundred(3),      again(R::Internal)),
];

/// An enhanced status code: class, subject, detail.
type Enhanced = (u16, u16, u16);

/// What a reply that is no success means.
#[must_use]
pub fn verdict(stage: Stage, code: u16, enhanced: Option<Enhanced>) -> Verdict {
    let fits = |at: Option<Stage>, saying: Saying| {
        at.is_none_or(|at| at == stage)
            && match saying {
                Status(class, subject, detail) => enhanced == Some((class, subject, detail)),
                Subject(class, subject) => {
                    enhanced.is_some_and(|(c, s, _)| (c, s) == (class, subject))
                }
                Code(wanted) => code == wanted,
                Hundred(hundred) => code / 100 == hundred,
            }
    };
    let found = TABLE.iter().find(|(at, saying, _)| fits(*at, *saying));
    found.map_or(again(R::Internal), |(_, _, verdict)| *verdict)
}

/// What a conversation that broke off at `stage` means. Its cause holds codes alone: a relay's own
/// words may repeat the address.
#[must_use]
pub fn broken_off(stage: Stage, error: &Error) -> Answer {
    if let Some(code) = error
        .status()
        .and_then(|code| code.to_string().parse().ok())
    {
        let enhanced = error.source().and_then(|said| enhanced(&said.to_string()));
        let shown = enhanced.map_or_else(String::new, |(a, b, c)| format!(" {a}.{b}.{c}"));
        return Answer::of(
            verdict(stage, code, enhanced),
            &format!("email {stage} {code}{shown}"),
        );
    }
    let (verdict, what) = match stage {
        _ if untrusted(error) => (
            hard(R::NotConfigured, Keep, true),
            "TLS that cannot be trusted",
        ),
        Stage::Tls if error.is_client() => (hard(R::NotConfigured, Keep, true), "not offered"),
        Stage::Auth if error.is_client() => {
            (hard(R::NotAuthorised, Keep, true), "no way of it in common")
        }
        _ if error.is_timeout() => (again(R::TimedOut), "time-out"),
        _ if error.is_response() => (again(R::Internal), "no SMTP"),
        Greeting => (again(R::Unavailable), "no connection"),
        _ => (again(R::TimedOut), "connection broke"),
    };
    Answer::of(verdict, &format!("email {stage}: {what}"))
}

/// The enhanced status at the beginning of a reply's text (RFC 2034 §4).
fn enhanced(text: &str) -> Option<Enhanced> {
    let mut parts = text.split_whitespace().next()?.split('.');
    let mut number = || parts.next()?.parse::<u16>().ok();
    let read = (number()?, number()?, number()?);
    parts.next().is_none().then_some(read)
}

/// Whether the handshake failed over what TLS itself found wrong, and not over the network.
fn untrusted(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(e) = cause {
        let inside = e
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if e.is::<rustls::Error>() || inside.is_some_and(|e| e.is::<rustls::Error>()) {
            return true;
        }
        cause = e.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reply_has_its_meaning() {
        #[rustfmt::skip]
        let cases = [
            (Rcpt, 550, "5.1.1 <ana@a.example>: user unknown", hard(R::Unregistered, Retire, false)),
            (Rcpt, 550, "5.1.2 unknown host", hard(R::BadAddress, Retire, false)),
            (Rcpt, 553, "5.1.3 syntax", hard(R::BadAddress, Retire, false)),
            (Rcpt, 556, "5.1.10 null MX", hard(R::BadAddress, Retire, false)),
            (Rcpt, 550, "5.2.1 disabled", hard(R::Unregistered, Disable, false)),
            (Rcpt, 552, "5.2.2 over quota", hard(R::Undelivered, Keep, false)),
            (Data, 552, "5.2.2 over quota", hard(R::Undelivered, Keep, false)),
            (Rcpt, 552, "mailbox full", hard(R::Undelivered, Keep, false)),
            (Rcpt, 550, "no", hard(R::Undelivered, Keep, false)),
            (Rcpt, 551, "user not local", hard(R::Unregistered, Retire, false)),
            (Rcpt, 550, "5.7.1 relaying denied", hard(R::Rejected, Keep, true)),
            (Data, 550, "5.7.26 unauthenticated sender", hard(R::Rejected, Keep, true)),
            (Data, 554, "spam", hard(R::Rejected, Keep, true)),
            (Data, 552, "5.3.4 too large", hard(R::BadRequest, Keep, true)),
            (Sender, 550, "5.1.8 bad sender", hard(R::NotAuthorised, Keep, true)),
            (Sender, 530, "5.7.0 authentication required", hard(R::NotAuthorised, Keep, true)),
            (Auth, 535, "5.7.8 bad credentials", hard(R::NotAuthorised, Keep, true)),
            (Auth, 454, "4.7.0 temporary failure", again(R::Unavailable)),
            (Greeting, 554, "no service for you", hard(R::NotAuthorised, Keep, true)),
            (Greeting, 421, "4.3.2 shutting down", again(R::Unavailable)),
            (Stage::Tls, 454, "4.7.0 TLS not available", again(R::Unavailable)),
            (Rcpt, 450, "4.2.0 greylisted", LATER),
            (Rcpt, 451, "4.7.1 greylisted", LATER),
            (Rcpt, 452, "4.2.2 full for now", LATER),
            (Rcpt, 421, "4.7.0 too fast", again(R::Unavailable)),
            (Data, 451, "4.3.0 local error", again(R::Unavailable)),
            (Data, 452, "4.2.2 full for now", LATER),
            (Rcpt, 501, "5.5.4 syntax", hard(R::BadRequest, Keep, true)),
            (Rcpt, 503, "bad sequence", hard(R::BadRequest, Keep, true)),
            (Rcpt, 550, "5.4.4 unable to route", hard(R::Undelivered, Keep, false)),
            (Data, 250, "2.0.0 ok?", again(R::Internal)),
        ];
        for (stage, code, text, wanted) in cases {
            assert_eq!(
                verdict(stage, code, enhanced(text)),
                wanted,
                "{stage} {code} {text}"
            );
        }
    }

    #[test]
    fn an_address_ends_over_what_the_mailboxs_own_reply_says_and_over_nothing_else() {
        for (stage, _, verdict) in TABLE {
            let ends = matches!(
                verdict,
                Verdict::Failed {
                    address: Retire | Disable,
                    ..
                }
            );
            assert!(!ends || *stage == Some(Rcpt), "{stage:?} {verdict:?}");
        }
    }

    #[test]
    fn an_enhanced_code_is_read_only_where_it_stands() {
        assert_eq!(enhanced("5.1.1 no such user"), Some((5, 1, 1)));
        for none in [
            "",
            "no such user",
            "5.1 x",
            "5.1.1.1 x",
            "see 5.1.1",
            "10.0.0.1 is listed",
        ] {
            assert_eq!(enhanced(none), None, "{none}");
        }
    }
}

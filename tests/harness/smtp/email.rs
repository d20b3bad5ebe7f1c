//! An email as it came, and what is wrong with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::harness::ledger::Entry;

/// An email that the relay was given, whatever it answered.
#[derive(Debug, Clone)]
pub struct Email {
    /// The envelope's recipient.
    pub to: String,
    /// Its subject, decoded.
    pub subject: String,
    /// Its text, decoded.
    pub text: String,
    /// `<id@domain>`.
    pub message_id: String,
    /// All of it as it came.
    pub raw: String,
}

impl Entry for Email {
    fn recipient(&self) -> &str {
        &self.to
    }

    fn describe(&self) -> String {
        format!("email to {} {:?}", self.to, self.subject)
    }
}

impl Email {
    /// The first `http` link in the text.
    ///
    /// # Panics
    /// When there is none.
    pub fn link(&self) -> &str {
        let link = self
            .text
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        link.unwrap_or_else(|| panic!("no link in {:?}", self.text))
    }

    /// Reads it, or says what a relay or a reader would not take.
    pub(super) fn read(from: &str, to: &str, lines: &[String]) -> Result<Self, String> {
        let end = lines
            .iter()
            .position(String::is_empty)
            .ok_or("an email without a body")?;
        let (head, body) = (unfolded(&lines[..end]), lines[end + 1..].join("\r\n"));
        let header = |name: &str| {
            let mut all = head
                .iter()
                .filter_map(|line| line.split_once(": "))
                .filter(|(n, _)| *n == name);
            let one = all.next().map(|(_, value)| value.to_owned());
            match (one, all.next()) {
                (Some(one), None) => Ok(one),
                (_, again) => Err(format!(
                    "{} of the header {name}",
                    if again.is_some() { "two" } else { "none" }
                )),
            }
        };
        for name in ["Date", "From", "To", "MIME-Version"] {
            header(name)?;
        }
        if !header("From")?.contains(from) || !header("To")?.contains(to) {
            return Err("the envelope and the email differ".to_owned());
        }
        if header("Auto-Submitted")? != "auto-generated" {
            return Err("an answering machine would answer it".to_owned());
        }
        if header("Content-Type")? != "text/plain; charset=utf-8" {
            return Err(format!("no plain text: {}", header("Content-Type")?));
        }
        if lines
            .iter()
            .any(|line| line.len() > 998 || !line.is_ascii())
        {
            return Err("a line that is too long, or no ASCII".to_owned());
        }
        let text = match header("Content-Transfer-Encoding")?.as_str() {
            "7bit" => body,
            "quoted-printable" => quoted(&body),
            "base64" => based(&body.replace("\r\n", "")),
            other => return Err(format!("the encoding {other}")),
        };
        let subject = worded(&header("Subject")?);
        let message_id = header("Message-ID")?;
        let text = text.trim_end().to_owned();
        Ok(Self {
            to: to.to_owned(),
            subject,
            text,
            message_id,
            raw: lines.join("\n"),
        })
    }
}

/// Headers, each on one line.
fn unfolded(lines: &[String]) -> Vec<String> {
    let mut head: Vec<String> = Vec::new();
    for line in lines {
        match (line.strip_prefix(' '), head.last_mut()) {
            (Some(more), Some(last)) => {
                last.push(' ');
                last.push_str(more);
            }
            _ => head.push(line.clone()),
        }
    }
    head
}

fn based(text: &str) -> String {
    String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
}

/// A header's words (RFC 2047): the space between two that are encoded is none.
fn worded(header: &str) -> String {
    let mut text = String::new();
    let mut after_encoded = false;
    for (n, word) in header.split(' ').enumerate() {
        let inner = word
            .strip_prefix("=?utf-8?b?")
            .and_then(|rest| rest.strip_suffix("?="));
        if n > 0 && !(after_encoded && inner.is_some()) {
            text.push(' ');
        }
        text.push_str(&inner.map_or_else(|| word.to_owned(), based));
        after_encoded = inner.is_some();
    }
    text
}

/// Quoted-printable (RFC 2045 §6.7).
fn quoted(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        rest = match (first, after) {
            (b'=', [high, low, after @ ..]) => {
                bytes.push(hex(&[*high, *low]));
                after
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    String::from_utf8(bytes).unwrap()
}

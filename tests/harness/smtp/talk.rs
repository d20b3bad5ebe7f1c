//! The conversation, on a thread of its own.

use std::io::{Read, Result, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use ampara::delivery::channels::email::errors::Stage;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::{ServerConnection, StreamOwned};

use super::email::Email;
use super::{Desk, PASSWORD, Reply, USER};

/// How long a client may be silent.
const SILENCE: Duration = Duration::from_secs(10);

pub(super) fn talk(desk: &Desk, mut plain: TcpStream) {
    let _ = plain.set_read_timeout(Some(SILENCE));
    if let Ok(Some(tls)) = greet(desk, &mut plain) {
        let Ok(connection) = ServerConnection::new(tls) else {
            return;
        };
        let _ = Submission {
            desk,
            signed_in: false,
        }
        .take(&mut StreamOwned::new(connection, plain));
    }
}

/// Says `otherwise`, or what is scripted for the stage. `false`: it said no.
fn answer(desk: &Desk, to: &mut impl Write, stage: Stage, otherwise: &str) -> Result<bool> {
    let line = match desk.next(stage) {
        None => otherwise.to_owned(),
        Some(Reply::Says(line)) => line.to_owned(),
        Some(Reply::Closes) => return Err(std::io::ErrorKind::ConnectionAborted.into()),
        Some(Reply::BreaksOff(beginning)) => {
            to.write_all(beginning.as_bytes())?;
            to.flush()?;
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        Some(Reply::Slow(long)) => {
            std::thread::sleep(long);
            otherwise.to_owned()
        }
        Some(Reply::Hangs) => {
            std::thread::sleep(SILENCE);
            return Err(std::io::ErrorKind::TimedOut.into());
        }
    };
    say(to, &line)?;
    Ok(line.starts_with(otherwise))
}

fn say(to: &mut impl Write, line: &str) -> Result<()> {
    // At once: what is slipped in behind a line comes in one piece with it.
    to.write_all(format!("{line}\r\n").as_bytes())?;
    to.flush()
}

/// A line without its end.
fn line(from: &mut impl Read) -> Result<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n") {
        from.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn verb(line: &str) -> String {
    line.split([' ', ':'])
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase()
}

/// All that is said in the clear.
fn greet(desk: &Desk, plain: &mut TcpStream) -> Result<Option<Arc<rustls::ServerConfig>>> {
    answer(desk, plain, Stage::Greeting, "220 localhost ESMTP")?;
    loop {
        let said = line(plain)?;
        match (verb(&said).as_str(), &desk.tls) {
            ("EHLO", Some(_)) => say(
                plain,
                "250-localhost\r\n250-STARTTLS\r\n250 ENHANCEDSTATUSCODES",
            )?,
            ("EHLO", None) => say(
                plain,
                "250-localhost\r\n250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES",
            )?,
            ("STARTTLS", Some(tls)) => {
                if answer(desk, plain, Stage::Tls, "220 2.0.0 go ahead")? {
                    return Ok(Some(Arc::clone(tls)));
                }
            }
            ("QUIT", _) => {
                say(plain, "221 2.0.0 bye")?;
                return Ok(None);
            }
            (other, _) => {
                desk.ledger.fault(format!("{other} in the clear"));
                say(plain, "530 5.7.0 must issue a STARTTLS command first")?;
            }
        }
    }
}

/// What is said by TLS.
struct Submission<'d> {
    desk: &'d Desk,
    signed_in: bool,
}

impl Submission<'_> {
    fn take(mut self, tls: &mut (impl Read + Write)) -> Result<()> {
        let (mut from, mut to) = (None, None);
        loop {
            let said = line(tls)?;
            match verb(&said).as_str() {
                "EHLO" => say(
                    tls,
                    "250-localhost\r\n250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES",
                )?,
                "AUTH" => self.sign_in(tls, &said)?,
                "NOOP" => say(tls, "250 2.0.0 here")?,
                "MAIL" if self.signed_in => {
                    if answer(self.desk, tls, Stage::Sender, "250 2.1.0 ok")? {
                        from = path(&said);
                    }
                }
                "RCPT" if from.is_some() => {
                    if answer(self.desk, tls, Stage::Rcpt, "250 2.1.5 ok")? {
                        to = path(&said);
                    }
                }
                "DATA" if to.is_some() => self.email(tls, &from, &to)?,
                "QUIT" => return say(tls, "221 2.0.0 bye"),
                other => {
                    self.desk.ledger.fault(format!("{other} out of its order"));
                    say(tls, "503 5.5.1 bad sequence of commands")?;
                }
            }
        }
    }

    fn sign_in(&mut self, tls: &mut (impl Read + Write), said: &str) -> Result<()> {
        let wanted = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
        if said != format!("AUTH PLAIN {wanted}") {
            self.desk.ledger.fault("a wrong account or password");
            return say(tls, "535 5.7.8 authentication credentials invalid");
        }
        self.signed_in = answer(self.desk, tls, Stage::Auth, "235 2.7.0 welcome")?;
        Ok(())
    }

    fn email(
        &self,
        tls: &mut (impl Read + Write),
        from: &Option<String>,
        to: &Option<String>,
    ) -> Result<()> {
        say(tls, "354 go ahead")?;
        let mut lines = Vec::new();
        loop {
            let next = line(tls)?;
            match next.strip_prefix('.') {
                Some("") => break,
                Some(stuffed) => lines.push(stuffed.to_owned()),
                None => lines.push(next),
            }
        }
        let (from, to) = (
            from.clone().unwrap_or_default(),
            to.clone().unwrap_or_default(),
        );
        match Email::read(&from, &to, &lines) {
            Err(fault) => self.desk.ledger.fault(fault),
            // What is scripted now is an answer to an email that arrived: it may be lost on its
            // way.
            Ok(email) => self.desk.ledger.record(email),
        }
        answer(self.desk, tls, Stage::Data, "250 2.0.0 queued").map(drop)
    }
}

/// `MAIL FROM:<a@b>` → `a@b`.
fn path(said: &str) -> Option<String> {
    Some(said.split_once('<')?.1.split_once('>')?.0.to_owned())
}

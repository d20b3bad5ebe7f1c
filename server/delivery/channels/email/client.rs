//! Hands one email over to the relay.

use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox as Named, Message, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use secrecy::{ExposeSecret, SecretString};

use super::errors::{Stage, broken_off};
use super::mailbox::Mailbox;
use crate::clock::Clock;
use crate::delivery::channels::verdict::{AddressAction, Answer, Verdict};
use crate::delivery::model::FailReason;
use crate::delivery::outbox::message::{Content, SendJob};
use crate::delivery::outbox::retry::PROVIDER_FAILS;

/// The relay and the account there.
pub struct Account {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port for submission.
    pub port: u16,
    /// Name and password, where it wants any.
    pub sign_in: Option<(String, SecretString)>,
    /// The sender of emails: `avisos@example.mx` or `Avisos <avisos@example.mx>`.
    pub from: String,
    /// PEM of the only authority whose certificates are trusted; `None`: those that the machine
    /// trusts.
    pub authority: Option<Vec<u8>>,
    /// What this server calls itself to the relay.
    pub hello: String,
}

/// How long a conversation may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For all of it.
    pub whole: Duration,
}

/// The relay.
pub struct Client {
    clock: Clock,
    host: String,
    port: u16,
    sign_in: Option<Credentials>,
    from: Named,
    tls: TlsParameters,
    hello: ClientId,
    patience: Patience,
}

impl Client {
    /// A client for one account.
    ///
    /// # Errors
    /// In words: a sender that is no address, an authority that cannot be read.
    pub fn new(clock: &Clock, account: Account, patience: Patience) -> Result<Self, String> {
        let from: Named = account
            .from
            .parse()
            .map_err(|_| "email.from is no address".to_owned())?;
        let tls = TlsParameters::builder(account.host.clone());
        let tls = match &account.authority {
            None => tls,
            Some(pem) => {
                let authority =
                    Certificate::from_pem(pem).map_err(|_| "email.ca_file holds no certificate")?;
                tls.certificate_store(CertificateStore::None)
                    .add_root_certificate(authority)
            }
        };
        Ok(Self {
            clock: clock.clone(),
            tls: tls.build().map_err(|e| format!("TLS for email: {e}"))?,
            sign_in: account.sign_in.map(|(user, password)| {
                Credentials::new(user, password.expose_secret().to_owned())
            }),
            host: account.host,
            port: account.port,
            hello: ClientId::Domain(account.hello),
            from,
            patience,
        })
    }

    /// Sends it once.
    pub async fn send(&self, job: &SendJob) -> Answer {
        let Content::Email { subject, text } = &job.message.content else {
            return refused(
                FailReason::BadRequest,
                AddressAction::Keep,
                "email: no message",
            );
        };
        let Some(to) = Mailbox::parse(job.message.to.expose()) else {
            return refused(
                FailReason::BadAddress,
                AddressAction::Retire,
                "email: no address",
            );
        };
        let Ok(email) = self.email(job, &to, subject, text) else {
            return refused(
                FailReason::BadRequest,
                AddressAction::Keep,
                "email: no message can be made of it",
            );
        };
        self.within(Box::pin(self.hand_over(&to, &email))).await
    }

    /// Whether the relay answers, by TLS, and knows the account; what it says if not. For `doctor`.
    pub async fn unreachable(&self) -> Option<String> {
        let answer = self.probe().await;
        (answer.verdict != Verdict::Sent).then_some(answer.cause)
    }

    /// Signs in and leaves again: sends no email.
    pub async fn probe(&self) -> Answer {
        let asks = async {
            let mut relay = self.signed_in().await?;
            relay
                .command(Noop)
                .await
                .map_err(|e| broken_off(Stage::Auth, &e))?;
            part(relay, self.patience.whole);
            Ok(())
        };
        self.within(Box::pin(asks)).await
    }

    /// A conversation is a large thing to carry about: it comes boxed.
    async fn within(&self, conversation: impl Future<Output = Result<(), Answer>>) -> Answer {
        match tokio::time::timeout(self.patience.whole, conversation).await {
            Ok(Ok(())) => Answer::of(Verdict::Sent, "email 250"),
            Ok(Err(answer)) => answer,
            Err(_) => {
                let verdict = Verdict::Again {
                    reason: FailReason::TimedOut,
                    schedule: PROVIDER_FAILS,
                };
                Answer::of(verdict, "email: time-out")
            }
        }
    }

    async fn hand_over(&self, to: &Mailbox, email: &[u8]) -> Result<(), Answer> {
        let mut relay = self.signed_in().await?;
        let from = Mail::new(Some(self.from.email.clone()), Vec::new());
        relay
            .command(from)
            .await
            .map_err(|e| broken_off(Stage::Sender, &e))?;
        relay
            .command(Rcpt::new(to.address(), Vec::new()))
            .await
            .map_err(|e| broken_off(Stage::Rcpt, &e))?;
        let ready = relay
            .command(Data)
            .await
            .map_err(|e| broken_off(Stage::Data, &e))?;
        in_step(&ready, 354)?;
        let taken = relay
            .message(email)
            .await
            .map_err(|e| broken_off(Stage::Data, &e))?;
        in_step(&taken, 250)?;
        part(relay, self.patience.whole);
        Ok(())
    }

    /// Connected, encrypted, and known to the relay. Before the encryption nothing is said but EHLO
    /// and STARTTLS.
    async fn signed_in(&self) -> Result<AsyncSmtpConnection, Answer> {
        let (server, connect) = ((self.host.as_str(), self.port), Some(self.patience.connect));
        let mut relay =
            AsyncSmtpConnection::connect_tokio1(server, connect, &self.hello, None, None)
                .await
                .map_err(|e| broken_off(Stage::Greeting, &e))?;
        relay
            .starttls(self.tls.clone(), &self.hello)
            .await
            .map_err(|e| broken_off(Stage::Tls, &e))?;
        if !relay.is_encrypted() {
            return Err(refused(
                FailReason::NotConfigured,
                AddressAction::Keep,
                "email: in the clear",
            ));
        }
        if let Some(account) = &self.sign_in {
            let ways = [Mechanism::Plain, Mechanism::Login];
            relay
                .auth(&ways, account)
                .await
                .map_err(|e| broken_off(Stage::Auth, &e))?;
        }
        Ok(relay)
    }

    /// The email as it goes out: the same bytes at each try, but for its date.
    fn email(
        &self,
        job: &SendJob,
        to: &Mailbox,
        subject: &str,
        text: &str,
    ) -> Result<Vec<u8>, lettre::error::Error> {
        let now = Duration::from_micros(u64::try_from(self.clock.now().micros()).unwrap_or(0));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Named::new(None, to.address()))
            .subject(subject)
            .date(std::time::UNIX_EPOCH + now)
            .message_id(Some(format!("<{}@{}>", job.id, self.from.email.domain())))
            // So that no answering machine answers (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .singlepart(SinglePart::plain(text.to_owned()))?;
        Ok(message.formatted())
    }
}

/// Whether this is the reply to what was said last. An attacker on the path who injects a
/// line before TLS begins shifts all later replies by one: then an email would count as accepted
/// that the relay has not judged.
fn in_step(reply: &Response, code: u16) -> Result<(), Answer> {
    if reply.has_code(code) {
        return Ok(());
    }
    let verdict = Verdict::Again {
        reason: FailReason::Internal,
        schedule: PROVIDER_FAILS,
    };
    Err(Answer::of(verdict, "email: replies out of step"))
}

/// Sends QUIT and does not wait for the reply: an accepted email stays accepted.
fn part(mut relay: AsyncSmtpConnection, patience: Duration) {
    tokio::spawn(async move { tokio::time::timeout(patience, relay.quit()).await.map(drop) });
}

fn refused(reason: FailReason, address: AddressAction, cause: &str) -> Answer {
    Answer::of(
        Verdict::Failed {
            reason,
            address,
            alarm: true,
        },
        cause,
    )
}

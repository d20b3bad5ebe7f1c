//! What each reply of the relay leads to, and that nothing goes to it in the clear.

use std::time::Duration;

use ampara::db::WritePriority;
use ampara::delivery::addresses::{self, OwnerKind, live_for};
use ampara::delivery::channels::email::client::Account;
use ampara::delivery::channels::email::errors::Stage as At;
use ampara::delivery::channels::email::mailbox::Mailbox;
use ampara::delivery::model::{Channel, FailReason, NotificationState as S};
use ampara::delivery::{Content, Destination, NewNotification};
use ampara::ids::{AddressId, RecipientId};

use super::stage::{Stage, with_repeat, with_step};
use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::smtp::{Face, Reply, Smtp};

const TO: &str = "prima@correo.test";
const OWNER: RecipientId = RecipientId(uuid::Uuid::from_bytes([7; 16]));
/// Long enough for a handshake on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn stage(
    database: &TestDatabase,
    account: Account,
    patience: Duration,
) -> (Stage, AddressId) {
    speaking(Stage::set(database).await, account, patience).await
}

/// The same delivery with another relay.
async fn speaking(stage: Stage, account: Account, patience: Duration) -> (Stage, AddressId) {
    let stage = stage
        .speaking(|settings| {
            settings.email = Some(account);
            (settings.connect, settings.send) = (patience, patience);
        })
        .await;
    let (keys, now) = (stage.keys.clone(), stage.clock.now());
    let written = stage.db.write(WritePriority::Background, move |conn| {
        addresses::put_email(
            conn,
            &keys,
            OwnerKind::Contact,
            OWNER,
            &Mailbox::parse(TO).unwrap(),
            now,
        )
    });
    let address = written.await.unwrap();
    (stage, address)
}

fn email(stage: &Stage, address: AddressId) -> NewNotification {
    NewNotification {
        channel: Channel::Email,
        senders: Vec::new(),
        to: Destination::new(TO),
        content: Content::Email {
            subject: "Tu vecina volvió a pedir ayuda".to_owned(),
            text: "Ábrelo aquí:\nhttps://ampara.test/w/abc\n.\nUna línea con un punto.".to_owned(),
        },
        ..with_step(stage.push(address, ""), 3)
    }
}

async fn is_live(stage: &Stage) -> bool {
    !stage
        .db
        .read(|conn| live_for(conn, &[OWNER]))
        .await
        .unwrap()
        .is_empty()
}

both_engines! {
    async fn an_email_is_handed_over_by_tls_and_says_what_it_should(database) {
        let smtp = Smtp::start();
        let (stage, address) = stage(&database, smtp.account(), PATIENCE).await;
        stage.owes(email(&stage, address)).await;
        assert_eq!(stage.delivery.drain_due().await.unwrap(), 1);
        let email = smtp.expects(TO).await;
        let fact = stage.fact().await;
        assert_eq!((fact.state, fact.attempts), (S::Sent, 1), "taken is sent, never delivered");
        assert_eq!(email.subject, "Tu vecina volvió a pedir ayuda");
        assert_eq!(email.text, "Ábrelo aquí:\r\nhttps://ampara.test/w/abc\r\n.\r\nUna línea con un punto.");
        assert_eq!(email.message_id, format!("<{}@ampara.test>", fact.id));
        assert!(email.raw.contains("Date: Wed, 25 Nov 2026 03:40:00 +0000"), "{}", email.raw);
    }

    async fn what_may_pass_is_tried_again_with_the_same_message_id(database) {
        let smtp = Smtp::start();
        let (stage, address) = stage(&database, smtp.account(), PATIENCE).await;
        // The last one is lost on its way back: the email may have arrived.
        let script = [
            (At::Greeting, Reply::Says("421 4.3.2 shutting down"), FailReason::Unavailable, 2),
            (At::Tls, Reply::Says("454 4.7.0 TLS not available"), FailReason::Unavailable, 3),
            (At::Rcpt, Reply::Says("450 4.2.0 greylisted"), FailReason::Quota, 300),
            (At::Data, Reply::Closes, FailReason::TimedOut, 20),
        ];
        stage.owes(email(&stage, address)).await;
        for (at, reply, reason, wait) in script {
            smtp.answers([(at, reply)]);
            stage.delivery.drain_due().await.unwrap();
            let fact = stage.fact().await;
            assert_eq!((fact.state, fact.reason), (S::Queued, Some(reason)), "{at}");
            stage.clock.advance(Duration::from_secs(wait));
        }
        assert_eq!(stage.delivery.drain_due().await.unwrap(), 1);
        let (lost, taken) = (smtp.expects(TO).await, smtp.expects(TO).await);
        assert_eq!(lost.message_id, taken.message_id);
        assert_eq!(stage.fact().await.state, S::Sent);
    }

    async fn what_the_mailbox_says_ends_the_address_and_what_the_relay_says_does_not(database) {
        let smtp = Smtp::start();
        let (stage, address) = stage(&database, smtp.account(), PATIENCE).await;
        let script = [
            (At::Auth, "535 5.7.8 credentials invalid", FailReason::NotAuthorised, true),
            (At::Sender, "550 5.7.1 not your address", FailReason::NotAuthorised, true),
            (At::Rcpt, "554 5.7.1 relaying denied", FailReason::Rejected, true),
            (At::Rcpt, "552 5.2.2 mailbox full", FailReason::Undelivered, true),
            (At::Rcpt, "550 5.1.1 <prima@correo.test> no such user", FailReason::Unregistered, false),
        ];
        for (repeat, (at, says, reason, stays)) in (0..).zip(script) {
            smtp.answers([(at, Reply::Says(says))]);
            stage.owes(with_repeat(email(&stage, address), repeat)).await;
            stage.delivery.drain_due().await.unwrap();
            assert_eq!(stage.facts().await.pop().unwrap().state, S::Failed(reason), "{says}");
            assert_eq!(is_live(&stage).await, stays, "{says}");
        }
        assert_eq!(smtp.total(), 0);
    }

    async fn a_relay_that_cannot_be_trusted_gets_nothing(database) {
        let mut stage = Stage::set(&database).await;
        for (repeat, face) in (0..).zip([Face::NoTls, Face::AnotherAuthority, Face::AnotherName]) {
            let smtp = Smtp::with_face(face);
            let (again, address) = speaking(stage, smtp.account(), PATIENCE).await;
            stage = again;
            stage.owes(with_repeat(email(&stage, address), repeat)).await;
            stage.delivery.drain_due().await.unwrap();
            let state = stage.facts().await.pop().unwrap().state;
            assert_eq!(state, S::Failed(FailReason::NotConfigured), "{face:?}");
            assert!(is_live(&stage).await);
            assert_eq!(smtp.total(), 0, "{face:?}");
            // That nothing was said in the clear is the relay's to say, when it is dropped.
        }
    }

    async fn a_line_slipped_in_before_tls_makes_no_email_count_as_taken(database) {
        let smtp = Smtp::start();
        let (stage, address) = stage(&database, smtp.account(), PATIENCE).await;
        smtp.answers([(At::Tls, Reply::Says("220 2.0.0 go ahead\r\n250-localhost\r\n250 AUTH PLAIN LOGIN"))]);
        stage.owes(email(&stage, address)).await;
        stage.delivery.drain_due().await.unwrap();
        assert_eq!(stage.fact().await.state, S::Queued);
        assert_eq!(smtp.total(), 0);
    }

    async fn a_relay_that_says_nothing_is_left_in_time(database) {
        let smtp = Smtp::start();
        let (stage, address) = stage(&database, smtp.account(), Duration::from_millis(400)).await;
        smtp.answers([(At::Greeting, Reply::Hangs)]);
        stage.owes(email(&stage, address)).await;
        stage.delivery.drain_due().await.unwrap();
        let fact = stage.fact().await;
        assert_eq!((fact.state, fact.reason), (S::Queued, Some(FailReason::TimedOut)));
    }

    async fn a_relay_that_is_not_there_is_asked_again(database) {
        let smtp = Smtp::start();
        let account = smtp.account();
        drop(smtp);
        let (stage, address) = stage(&database, account, PATIENCE).await;
        stage.owes(email(&stage, address)).await;
        stage.delivery.drain_due().await.unwrap();
        assert_eq!(stage.fact().await.reason, Some(FailReason::Unavailable));
    }
}

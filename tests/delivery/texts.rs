//! Text messages: what each answer of the gateway leads to, and STOP.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ampara::db::WritePriority;
use ampara::delivery::addresses::{self, live_for};
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::channels::twilio::Account;
use ampara::delivery::enqueue;
use ampara::delivery::model::{Channel, FailReason, NotificationState as S};
use ampara::delivery::stops::is_stopped;
use ampara::delivery::{
    Channels, Content, Delivery, Destination, MessageKey, NewNotification, NoOutcomeHook, Outbox,
    PHONE_LOOKUP,
};
use ampara::ids::{AddressId, RecipientId};
use ampara::language::Language;

use super::stage::{IMPATIENT, Stage, with_repeat};
use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::twilio::Twilio;
use crate::harness::twilio::answer::{Answer, INVALID_NUMBER, NOT_MOBILE, OPTED_OUT};

const NUMBER: &str = "+526141234567";
const OWNER: RecipientId = RecipientId(uuid::Uuid::from_bytes([7; 16]));

async fn stage(database: &TestDatabase) -> (Stage, Twilio) {
    waiting(database, Duration::from_secs(20)).await
}

async fn waiting(database: &TestDatabase, patience: Duration) -> (Stage, Twilio) {
    let twilio = Twilio::start();
    let account = Account {
        base_url: twilio.base_url(),
        sid: twilio.account_sid().to_owned(),
        auth_token: twilio.auth_token().to_owned().into(),
        public_url: "https://ampara.example.mx".to_owned(),
    };
    (
        Stage::waiting(database, Some(account), patience).await,
        twilio,
    )
}

both_engines! {
    async fn a_text_is_sent_and_says_where_its_receipt_goes(database) {
        let (stage, twilio) = stage(&database).await;
        let number = stage.a_number(OWNER, NUMBER).await;
        stage.owes(stage.text(number, NUMBER, false)).await;
        stage.delivery.drain_due().await.unwrap();
        let sms = twilio.expects_sms(NUMBER).await;
        let fact = stage.fact().await;
        assert_eq!((sms.body.as_str(), fact.state), ("Tienes un aviso urgente", S::Sent));
        let callback = format!("https://ampara.example.mx/v1/callbacks/sms/status/{}", fact.id);
        assert_eq!(sms.status_callback.as_deref(), Some(callback.as_str()));
    }

    async fn a_number_that_is_none_is_retired_and_one_that_takes_no_texts_is_still_called(database) {
        let (stage, twilio) = stage(&database).await;
        for (repeat, (code, left)) in [(INVALID_NUMBER, vec![]), (NOT_MOBILE, vec![Channel::Voice])].into_iter().enumerate() {
            let number = stage.a_number(OWNER, NUMBER).await;
            twilio.answers(NUMBER, [Answer::Refused(code)]);
            let repeat = i64::try_from(repeat).unwrap();
            stage.owes(with_repeat(stage.text(number, NUMBER, false), repeat)).await;
            stage.delivery.drain_due().await.unwrap();
            twilio.expects_sms(NUMBER).await;
            assert_eq!(stage.facts().await.pop().unwrap().state, S::Failed(FailReason::BadAddress));
            let ways = addresses::ways(stage.db.read(|c| live_for(c, &[OWNER])).await.unwrap(), true);
            assert_eq!(ways.iter().map(|way| way.channel).collect::<Vec<_>>(), left);
            // What was queued for it fails before it is sent.
            let next = 10 + repeat;
            stage.owes(with_repeat(stage.text(number, NUMBER, false), next)).await;
            stage.delivery.drain_due().await.unwrap();
            twilio.expects_nothing_for(NUMBER);
            assert_eq!(stage.facts().await.pop().unwrap().state, S::Failed(FailReason::AddressRetired));
        }
        // Registered anew, it takes texts again.
        let number = stage.a_number(OWNER, NUMBER).await;
        stage.owes(with_repeat(stage.text(number, NUMBER, false), 20)).await;
        stage.delivery.drain_due().await.unwrap();
        twilio.expects_sms(NUMBER).await;
    }

    async fn a_gateway_that_accepts_without_a_name_has_the_message_and_gets_it_once(database) {
        let (stage, twilio) = stage(&database).await;
        let number = stage.a_number(OWNER, NUMBER).await;
        twilio.answers(NUMBER, [Answer::Accepted]);
        stage.owes(stage.text(number, NUMBER, false)).await;
        stage.delivery.drain_due().await.unwrap();
        twilio.expects_sms(NUMBER).await;
        assert_eq!(stage.fact().await.state, S::Sent);
        stage.fast_forward(60).await;
        twilio.expects_nothing_for(NUMBER);
    }

    async fn a_gateway_that_asks_for_days_gets_a_minute(database) {
        let (stage, twilio) = stage(&database).await;
        let number = stage.a_number(OWNER, NUMBER).await;
        for (repeat, days) in [999_999, u64::from(u32::MAX)].into_iter().enumerate() {
            twilio.answers(NUMBER, [Answer::TooMany(Some(days))]);
            stage.owes(with_repeat(stage.text(number, NUMBER, false), repeat.try_into().unwrap())).await;
            stage.delivery.drain_due().await.unwrap();
            twilio.expects_sms(NUMBER).await;
            stage.fast_forward(60).await;
            twilio.expects_sms(NUMBER).await;
            assert_eq!(stage.facts().await.pop().unwrap().state, S::Sent);
        }
    }

    async fn a_refusal_inside_a_201_is_a_refusal(database) {
        let (stage, twilio) = stage(&database).await;
        let number = stage.a_number(OWNER, NUMBER).await;
        twilio.answers(NUMBER, [Answer::QueuedAndFailed(INVALID_NUMBER)]);
        stage.owes(stage.text(number, NUMBER, false)).await;
        stage.delivery.drain_due().await.unwrap();
        twilio.expects_sms(NUMBER).await;
        assert_eq!(stage.fact().await.state, S::Failed(FailReason::BadAddress));
    }

    async fn a_gateway_that_fails_is_asked_again_and_one_that_hangs_holds_up_no_push(database) {
        let (stage, twilio) = waiting(&database, IMPATIENT).await;
        let number = stage.a_number(OWNER, NUMBER).await;
        let cases = [
            (Answer::TooMany(Some(30)), FailReason::Quota, 36),
            (Answer::Broken, FailReason::Internal, 2),
            (Answer::Unavailable, FailReason::Unavailable, 2),
            (Answer::Hang, FailReason::TimedOut, 2),
            (Answer::Garbage, FailReason::Internal, 2),
        ];
        for (repeat, (answer, reason, wait)) in cases.into_iter().enumerate() {
            twilio.answers(NUMBER, [answer]);
            let repeat = i64::try_from(repeat).unwrap();
            stage.owes(with_repeat(stage.text(number, NUMBER, false), repeat)).await;
            stage.delivery.step().await.unwrap();
            twilio.expects_sms(NUMBER).await;
            let fact = stage.facts().await.pop().unwrap();
            assert_eq!((fact.state, fact.reason), (S::Queued, Some(reason)));
            stage.fast_forward(wait).await;
            twilio.expects_sms(NUMBER).await;
            assert_eq!(stage.facts().await.pop().unwrap().state, S::Sent);
        }
    }

    async fn a_number_that_said_stop_to_the_gateway_is_left_alone_from_then_on(database) {
        let (stage, twilio) = stage(&database).await;
        let number = stage.a_number(OWNER, NUMBER).await;
        twilio.answers(NUMBER, [Answer::Refused(OPTED_OUT)]);
        stage.owes(stage.text(number, NUMBER, false)).await;
        stage.delivery.drain_due().await.unwrap();
        twilio.expects_sms(NUMBER).await;
        let lookup = stage.keys.lookup(PHONE_LOOKUP, NUMBER);
        assert!(stage.db.read(move |c| is_stopped(c, &lookup, &[])).await.unwrap());
        // Even an address that is put down anew gets nothing …
        let number = stage.a_number(OWNER, NUMBER).await;
        stage.owes(with_repeat(stage.text(number, NUMBER, false), 1)).await;
        stage.delivery.drain_due().await.unwrap();
        twilio.expects_nothing_for(NUMBER);
        assert_eq!(stage.facts().await.pop().unwrap().state, S::Failed(FailReason::OptedOut));
        assert_eq!(stage.facts().await.pop().unwrap().attempts, 0);
        // … but for the sign-in code it asked for.
        stage.owes(with_repeat(stage.text(AddressId::new(), NUMBER, true), 2)).await;
        stage.delivery.drain_due().await.unwrap();
        twilio.expects_sms(NUMBER).await;
    }

    async fn a_number_without_a_sender_or_a_gateway_fails_at_once(database) {
        let (stage, twilio) = stage(&database).await;
        let number = stage.a_number(OWNER, NUMBER).await;
        stage.owes(NewNotification { senders: Vec::new(), ..stage.text(number, NUMBER, false) }).await;
        stage.delivery.drain_due().await.unwrap();
        assert_eq!(stage.fact().await.state, S::Failed(FailReason::NotConfigured));
        drop(twilio);
    }

    async fn the_demo_shows_what_would_have_gone_out(database) {
        let (stage, _twilio) = stage(&database).await;
        let shown: Arc<Mutex<HashMap<String, Shown>>> = Arc::default();
        let taken = Arc::clone(&shown);
        let channels = Channels::demo(Arc::new(move |s: Shown| { taken.lock().unwrap().insert(s.to.clone(), s); }));
        let outbox = Outbox::new(&stage.foundation.config.delivery);
        let demo = Delivery::new(stage.foundation.clone(), outbox, channels, Arc::new(NoOutcomeHook));
        let number = stage.a_number(OWNER, NUMBER).await;
        let text = stage.text(number, NUMBER, false);
        let words = Content::Call { words: "Marca 1".to_owned(), language: Language::Es };
        let other = Destination::new("+526141234568");
        let new = [
            stage.push(stage.a_phone("tok-1").await, "tok-1"),
            NewNotification { key: MessageKey { address: number.called(), ..text.key }, channel: Channel::Voice, to: other, content: words, ..text.clone() },
            text,
        ];
        let (keys, now) = (Arc::clone(&stage.keys), stage.clock.now());
        stage.db.write(WritePriority::Alert, move |c| enqueue(c, &keys, now, None, &new)).await.unwrap();
        assert_eq!(demo.drain_due().await.unwrap(), 3);
        let shown = shown.lock().unwrap();
        assert_eq!((shown["tok-1"].words.as_str(), shown["tok-1"].kind.as_str()), ("Tu vecina", "alarm"));
        assert_eq!(shown[NUMBER].words, "Tienes un aviso urgente");
        let call = &shown["+526141234568"];
        assert_eq!((call.channel, call.words.as_str()), (Channel::Voice, "Marca 1"));
    }
}

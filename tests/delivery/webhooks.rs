//! What a receiver's answers lead to, and where a webhook does not go.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ampara::db::WritePriority;
use ampara::delivery::addresses::{self, live_for};
use ampara::delivery::channels::webhook::guard::{Guard, Looking, Names, Refused};
use ampara::delivery::channels::webhook::target::Target;
use ampara::delivery::model::{Channel, FailReason, NotificationState as S};
use ampara::delivery::{Content, NewNotification};
use ampara::ids::{AddressId, RecipientId};
use secrecy::ExposeSecret;
use serde_json::json;

use super::stage::{IMPATIENT, Stage, with_repeat, with_step};
use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::webhook::{Answer, WebhookFake};

const OWNER: RecipientId = RecipientId(uuid::Uuid::from_bytes([9; 16]));
const PAGER: &str = "/pager";

fn loopback() -> Guard {
    Guard::new(&["127.0.0.1/32".to_owned()]).unwrap()
}

/// A supervisor's pager at `url`, and delivery that judges targets by `guard`.
async fn stage(database: &TestDatabase, guard: Guard, url: &str) -> (Stage, AddressId, Target) {
    paging(Stage::set(database).await, guard, url).await
}

/// The same delivery with another pager and judge.
async fn paging(stage: Stage, guard: Guard, url: &str) -> (Stage, AddressId, Target) {
    let stage = stage.speaking(|settings| settings.guard = guard).await;
    let target = Target::new(url);
    let (keys, now, put) = (stage.keys.clone(), stage.clock.now(), target.clone());
    let written = stage.db.write(WritePriority::Background, move |conn| {
        addresses::put_webhook(conn, &keys, OWNER, &put, now)
    });
    let address = written.await.unwrap();
    (stage, address, target)
}

async fn with_pager(database: &TestDatabase) -> (Stage, AddressId, Target, WebhookFake) {
    waiting_for_a_pager(database, Duration::from_secs(20)).await
}

async fn waiting_for_a_pager(
    database: &TestDatabase,
    patience: Duration,
) -> (Stage, AddressId, Target, WebhookFake) {
    let clock = ampara::clock::Clock::manual(
        ampara::clock::At::parse("2026-11-24T21:40:00-06:00").unwrap(),
    );
    let webhook = WebhookFake::start(clock);
    let stage = Stage::waiting(database, None, patience).await;
    let (stage, address, target) = paging(stage, loopback(), &webhook.url(PAGER)).await;
    webhook.shares(PAGER, target.secret.expose_secret());
    (stage, address, target, webhook)
}

fn call(stage: &Stage, address: AddressId, target: &Target, repeat: i64) -> NewNotification {
    let fields = [
        ("at", json!(stage.clock.now())),
        ("folio", json!("CUU-26-000123")),
        ("centre", json!("CUU")),
        ("level", json!(2)),
    ];
    let body: BTreeMap<_, _> = fields.map(|(name, value)| (name.to_owned(), value)).into();
    NewNotification {
        channel: Channel::Webhook,
        senders: Vec::new(),
        to: target.sealable(),
        content: Content::Webhook {
            kind: "unclaimed".to_owned(),
            body,
        },
        ..with_step(with_repeat(stage.push(address, ""), repeat), 21)
    }
}

/// A name server that says something else at each look.
struct Fickle(Vec<Vec<IpAddr>>, AtomicUsize);

impl Fickle {
    fn says(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = answers
            .iter()
            .map(|ips| ips.iter().map(|ip| ip.parse().unwrap()).collect())
            .collect();
        Arc::new(Self(parsed, AtomicUsize::new(0)))
    }

    fn looks(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

impl Names for Fickle {
    fn addresses(&self, _: &str) -> Looking {
        let look = self.1.fetch_add(1, Ordering::SeqCst);
        let found = self.0[look.min(self.0.len() - 1)].clone();
        Box::pin(async move { Ok(found) })
    }
}

both_engines! {
    async fn a_call_is_signed_and_taken_once(database) {
        let (stage, address, target, webhook) = with_pager(&database).await;
        stage.owes(call(&stage, address, &target, 0)).await;
        assert_eq!(stage.delivery.drain_due().await.unwrap(), 1);
        let fact = stage.fact().await;
        let taken = webhook.expects(PAGER).await;
        assert_eq!((fact.state, taken.id), (S::Sent, fact.id.to_string()), "taken is sent, and reaches nobody");
        assert_eq!(taken.body["folio"], "CUU-26-000123");
    }

    async fn an_answer_that_may_pass_brings_the_same_call_again(database) {
        let (stage, address, target, webhook) = waiting_for_a_pager(&database, IMPATIENT).await;
        let script = [
            (Answer::Status(503), FailReason::Unavailable, 2),
            (Answer::Status(500), FailReason::Internal, 3),
            (Answer::TooMany(60), FailReason::Quota, 80),
            (Answer::Hang, FailReason::TimedOut, 20),
        ];
        stage.owes(call(&stage, address, &target, 0)).await;
        let mut ids = Vec::new();
        for (answer, reason, wait) in script {
            webhook.answers(PAGER, [answer]);
            assert_eq!(stage.delivery.drain_due().await.unwrap(), 1, "{reason}");
            assert_eq!(stage.fact().await.reason, Some(reason));
            ids.push(webhook.expects(PAGER).await.id);
            stage.clock.advance(Duration::from_secs(wait));
        }
        stage.delivery.drain_due().await.unwrap();
        ids.push(webhook.expects(PAGER).await.id);
        assert_eq!(stage.fact().await.state, S::Sent);
        ids.dedup();
        assert_eq!(ids.len(), 1);
    }

    async fn an_answer_that_is_final_is_not_asked_again_and_410_ends_the_target(database) {
        let (stage, address, target, webhook) = with_pager(&database).await;
        let script = [
            (Answer::Status(401), FailReason::NotAuthorised, true),
            (Answer::Status(404), FailReason::BadRequest, true),
            (Answer::Redirect(webhook.url("/elsewhere")), FailReason::Rejected, true),
            (Answer::Status(410), FailReason::Unregistered, false),
        ];
        for (repeat, (answer, reason, stays)) in (0..).zip(script) {
            webhook.answers(PAGER, [answer]);
            stage.owes(call(&stage, address, &target, repeat)).await;
            stage.delivery.drain_due().await.unwrap();
            webhook.expects(PAGER).await;
            assert_eq!(stage.facts().await.pop().unwrap().state, S::Failed(reason));
            let live = stage.db.read(|conn| live_for(conn, &[OWNER])).await.unwrap();
            assert_eq!(!live.is_empty(), stays, "{reason}");
        }
        assert_eq!(webhook.total(), 4, "where an answer pointed to, nobody went");
    }

    async fn an_answer_without_an_end_holds_nobody_up(database) {
        let (stage, address, target, webhook) = with_pager(&database).await;
        webhook.answers(PAGER, [Answer::Endless]);
        stage.owes(call(&stage, address, &target, 0)).await;
        stage.delivery.drain_due().await.unwrap();
        webhook.expects(PAGER).await;
        assert_eq!(stage.fact().await.state, S::Sent);
    }

    async fn a_name_that_changes_its_mind_leads_nowhere(database) {
        let webhook = WebhookFake::start(ampara::clock::Clock::system());
        let port = webhook.url("").rsplit(':').next().unwrap().to_owned();
        let url = format!("https://pager.example:{port}{PAGER}");
        // Judged when it is written down it is public; when it is sent it is this machine.
        let names = Fickle::says(&[&["9.9.9.9"], &["127.0.0.1"], &["9.9.9.9", "10.0.0.7"]]);
        let guard = Guard::new(&[]).unwrap().with_names(names.clone());
        assert_eq!(guard.check(&url).await.map(drop), Ok(()));
        let (stage, address, target) = stage(&database, guard.clone(), &url).await;
        for repeat in 0..2 {
            stage.owes(call(&stage, address, &target, repeat)).await;
            stage.delivery.drain_due().await.unwrap();
            assert_eq!(stage.facts().await.pop().unwrap().state, S::Failed(FailReason::Rejected));
        }
        assert_eq!(names.looks(), 3, "one look a send: what was judged is what is connected to");
        assert_eq!(guard.check(&url).await.map(drop), Err(Refused::Inside));
        assert_eq!(webhook.total(), 0);
    }

    async fn a_target_inside_a_network_is_refused_however_it_is_written(database) {
        let webhook = WebhookFake::start(ampara::clock::Clock::system());
        let port = webhook.url("").rsplit(':').next().unwrap().to_owned();
        let mut stage = Stage::set(&database).await;
        for (repeat, host) in (0..).zip(["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"]) {
            for (scheme, step) in [("http", 21), ("https", 22)] {
                let url = format!("{scheme}://{host}:{port}{PAGER}");
                let (again, address, target) = paging(stage, Guard::new(&[]).unwrap(), &url).await;
                stage = again;
                stage.owes(with_step(call(&stage, address, &target, repeat), step)).await;
                stage.delivery.drain_due().await.unwrap();
                let state = stage.facts().await.pop().unwrap().state;
                assert_eq!(state, S::Failed(FailReason::Rejected), "{url}");
            }
        }
        assert_eq!(webhook.total(), 0);
    }
}
